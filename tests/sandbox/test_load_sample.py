"""The way of the sample company: made, saved, loaded, asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from workbench.core.errors import DataError
from workbench.flows.sample import load_sample
from workbench.lake import Lake
from workbench.sandbox.company import make_company
from workbench.sandbox.company_files import write_company


@pytest.fixture(scope="module")
def company():
    return make_company(5, n_days=100)


@pytest.fixture
def folder(company, tmp_path):
    write_company(tmp_path / "sample", company)
    return tmp_path / "sample"


def test_the_lake_gives_back_what_was_made(company, folder):
    lake = Lake(folder / "lake")
    assert load_sample(folder, lake) == {name: table.num_rows for name, table in company.tables.items()}
    spent = lake.sql("SELECT grain, sum(spend_micros) AS micros FROM ad_insights GROUP BY grain").to_pylist()
    assert len(spent) == 4
    assert len({row["micros"] for row in spent}) == 1
    assert lake.sql("SELECT DISTINCT source FROM ad_insights")["source"].to_pylist() == ["sample"]
    assert not lake.is_empty("conversions")


def test_loading_again_changes_nothing(folder):
    lake = Lake(folder / "lake")
    first = load_sample(folder, lake)
    version = lake.version()
    assert load_sample(folder, lake) == first
    assert lake.version() == version


def test_it_is_believed_from_the_morning_after_its_last_day(folder):
    lake = Lake(folder / "lake")
    load_sample(folder, lake)
    assert lake.earliest() == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_another_company_takes_the_place_of_the_first(folder):
    lake = Lake(folder / "lake")
    load_sample(folder, lake)
    later = make_company(6, until=date(2026, 12, 20), n_days=100)
    write_company(folder, later)
    load_sample(folder, lake)
    found = lake.sql("SELECT count(*) AS n, min(date_start) AS first FROM ad_insights").to_pylist()[0]
    assert found == {
        "n": later.ad_insights.num_rows,
        "first": pc.min(later.ad_insights["date_start"]).as_py(),
    }


@pytest.mark.parametrize("damage", ["no truth", "torn truth", "torn table", "missing table", "unknown table"])
def test_an_incomplete_folder_is_refused_with_the_next_step(folder, damage):
    truth, posts = folder / "truth.json", folder / "posts.parquet"
    if damage == "no truth":
        truth.unlink()
    elif damage == "torn truth":
        truth.write_text(truth.read_text()[:100])
    elif damage == "torn table":
        posts.write_bytes(posts.read_bytes()[:-9])
    elif damage == "missing table":
        posts.unlink()
    else:
        truth.write_text(truth.read_text().replace("posts.parquet", "people.parquet"))
    with pytest.raises(DataError, match="Make the sample company again"):
        load_sample(folder, Lake(folder / "lake"))


def test_rows_of_another_source_are_refused(company, tmp_path):
    own = company.posts.set_column(
        company.posts.schema.get_field_index("source"), "source", pa.array(["meta_api"] * len(company.posts))
    )
    write_company(tmp_path, replace(company, posts=own))
    with pytest.raises(DataError, match="not the sample company's"):
        load_sample(tmp_path, Lake(tmp_path / "lake"))


def test_a_second_start_reads_nothing_and_a_lake_that_is_gone_is_filled_again(tmp_path, monkeypatch):
    from workbench.flows import sample
    from workbench.sandbox.company_files import ensure_company

    folder = ensure_company(tmp_path / "sample", n_days=90).folder
    first = sample.ensure_sample(folder, Lake(tmp_path / "lake"))
    with monkeypatch.context() as broken:
        broken.setattr(sample, "load_sample", None)  # any call would fail
        assert sample.ensure_sample(folder, Lake(tmp_path / "lake")) == first
    again = Lake(tmp_path / "other")
    assert sample.ensure_sample(folder, again) == first
    assert not again.is_empty()
