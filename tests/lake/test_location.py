"""Where a lake may lie, and what it is told about an object store."""

from __future__ import annotations

import pytest

from workbench.core.errors import ConfigError, StoreError
from workbench.lake import Lake
from workbench.lake.location import locate
from workbench.lake.reading import count_by_load


def test_folders_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate("data/lake").root == str(tmp_path / "data" / "lake")
    assert locate(f"file://{tmp_path}/a%20b").root == str(tmp_path / "a b")


@pytest.mark.parametrize("root", ["ftp://host/lake", "http://host/lake", "S4://x", "", "  "])
def test_other_schemes_are_refused(root):
    with pytest.raises(ConfigError, match=r"s3://, abfss:// or gs://"):
        Lake(root)


@pytest.mark.parametrize("name", ["a[b", "a]b", "a^b", "a|b", "a\\b", "a%20b"])
def test_folders_that_delta_misreads_are_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="Delta does not read"):
        Lake(tmp_path / name)


@pytest.mark.parametrize(
    ("root", "own", "other"),
    [
        ("s3://bucket/lake/", "AWS_ENDPOINT_URL", "AZURE_STORAGE_ACCOUNT_NAME"),
        ("abfss://box@account.dfs.core.windows.net/lake", "AZURE_STORAGE_ACCOUNT_NAME", "GOOGLE_BUCKET"),
        ("gs://bucket/lake", "GOOGLE_SERVICE_ACCOUNT", "AWS_ENDPOINT_URL"),
    ],
)
def test_object_stores_get_their_options_from_the_environment(monkeypatch, root, own, other):
    monkeypatch.setenv(own, "mine")
    monkeypatch.setenv(other, "not mine")
    location = locate(root)
    assert not location.is_local
    assert location.table_uri("posts") == f"{root.rstrip('/')}/posts"
    options = location.storage_options()
    assert options[own] == "mine"
    assert other not in options
    assert "mine" not in repr(Lake(root)) + repr(location)


def test_an_object_stores_path_of_reading_gives_the_same_rows(lake, insights, window, monkeypatch):
    """Object stores are read as an Arrow dataset; a folder can be read that way too."""
    from datetime import date
    from types import SimpleNamespace

    from workbench.lake import reading
    from workbench.lake.schema import AD_INSIGHTS

    jan = date(2026, 1, 1)
    lake.append("ad_insights", insights(jan, 40, account="a b/ü"), load_id="L")
    query = "SELECT * FROM ad_insights ORDER BY ALL"
    remote = SimpleNamespace(is_local=False, open=lake.location.open)
    connection = reading.connect(remote, {"ad_insights": 1, "posts": None})
    assert reading.run(connection, query, ()).equals(lake.sql(query))
    opened = lake.location.open("ad_insights")
    held = count_by_load(remote, opened, AD_INSIGHTS, [window(jan, 3, account="a b/ü")])
    assert held == {"L": 6}


def test_a_torn_log_is_a_store_error_with_the_table(lake, insights):
    from datetime import date
    from pathlib import Path

    lake.append("ad_insights", insights(date(2026, 1, 1), 1), load_id="L")
    (Path(lake.root) / "ad_insights" / "_delta_log" / f"{1:020d}.json").write_text("{torn")
    with pytest.raises(StoreError, match=r"'ad_insights'.*cannot be opened"):
        Lake(lake.root).sql("SELECT 1 FROM ad_insights")
