"""Tables of organic posts, read by a mapping."""

from __future__ import annotations

import re
from datetime import date

import pytest

from workbench.core.dates import Period
from workbench.core.errors import SchemaError
from workbench.core.settings import load_settings
from workbench.lake import Lake
from workbench.ledger import last_loads, open_ledger
from workbench.loaders.exports import load_export
from workbench.loaders.mapping import read_mapping

MAPPING = """
table: posts
columns: {Id: post_id, Tag: day, Art: post_type, Reichweite: reach, Likes: reactions, Kommentare: comments,
  Geteilt: shares, Summe: interactions, Bezahlt: is_paid}
constants: {network: instagram}
delimiter: ";"
decimal: ","
"""
HEAD = "Id;Tag;Art;Reichweite;Likes;Kommentare;Geteilt;Summe;Bezahlt\n"


@pytest.fixture
def installation(tmp_path):
    return load_settings(tmp_path / "home", account_id="page")


@pytest.fixture
def lake(installation):
    return Lake(installation.lake_root)


@pytest.fixture
def load(tmp_path, installation, lake):
    (tmp_path / "own.yml").write_text(MAPPING)

    def load_text(text, **options):
        path = tmp_path / "posts.csv"
        path.write_text(text)
        options.setdefault("mapping", tmp_path / "own.yml")
        return load_export(path, lake=lake, settings=installation, **options)

    return load_text


def test_real_posts_load_with_their_sums(shared_data, installation, lake):
    path = shared_data / "posts" / "facebook_post_metrics.csv"
    with open_ledger(installation) as ledger:
        result = load_export(path, lake=lake, settings=installation, ledger=ledger, mapping="moro_posts")
        with ledger.read() as session:
            assert last_loads(session)[0].state == "done"
    assert (result.rows, result.impressions, result.network) == (500, 14_792_974, "facebook")
    assert result.period == Period(date(2014, 1, 1), date(2014, 12, 31))
    assert "months and no days" in " ".join(result.warnings)
    assert result.summary() == "Loaded 500 posts of facebook_post_metrics.csv: 14,792,974 impressions."
    sums = lake.sql(
        "SELECT count(*) AS n, sum(impressions) AS i, sum(reactions) AS r, sum(comments) AS c, "
        "sum(shares) AS s, "
        "count(DISTINCT post_id) AS ids, count(published_at) AS moments, "
        "count(*) FILTER (post_type = 'photo') AS photos, count(is_paid) AS known FROM posts"
    ).to_pylist()[0]
    assert list(sums.values()) == [500, 14_792_974, 88_795, 3_741, 13_524, 500, 0, 426, 499]
    reach = lake.sql("SELECT reach FROM posts").column("reach").to_pylist()
    assert sorted(reach)[-1] < result.impressions
    assert result.to_dict()["rows"] == 500
    assert not load_export(path, lake=lake, settings=installation, mapping="moro_posts").changed


def test_posts_with_days_and_ids_replace_their_days(load, lake):
    first = load(HEAD + "1;02.11.2026;Foto;100;3;2;1;6;1\n2;03.11.2026;Reel;50;1;0;0;1;\n")
    assert (first.rows, first.period) == (2, Period(date(2026, 11, 2), date(2026, 11, 3)))
    load(HEAD + "2;03.11.2026;Reel;60;2;0;0;2;0\n")
    rows = lake.sql("SELECT date_start, post_id, reach, is_paid FROM posts ORDER BY ALL").to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 11, 2), "1", 100, True),
        (date(2026, 11, 3), "2", 60, False),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1;02.11.2026;Foto;viel;3;2;1;6;1", "Reichweite", "'viel' is not a number"),
        ("1;02.11.2026;Foto;9;3;2;1;7;1", "Summe", r"\(7\) are not the sum"),
        ("1;;Foto;9;3;2;1;6;1", "Tag", "no day"),
        (";02.11.2026;Foto;9;3;2;1;6;1", "Id", "no id"),
        ("1;02.11.2026;Foto;9;3;2;1;6;ja", "Bezahlt", "'ja' does not say"),
    ],
)
def test_a_bad_cell_refuses_the_file(load, row, column, reason):
    result = load(HEAD + row + "\n")
    cell = result.quarantined[0]
    assert (cell.row, cell.column) == (2, column)
    assert re.search(reason, cell.reason)
    assert result.rows == 0


def test_two_equal_posts_without_ids_stay_two(load, lake):
    head = "Type;Month;Paid;T_Impression;T_Reach;like;comment;share;T_Interactions\n"
    assert load(head + "Photo;3;0;1;1;0;0;0;0\n" * 2, mapping="moro_posts").rows == 2
    assert lake.sql("SELECT count(DISTINCT post_id) AS n FROM posts").to_pylist() == [{"n": 2}]


def test_a_month_that_is_none_is_refused(load):
    head = "Type;Month;Paid;T_Impression;T_Reach;like;comment;share;T_Interactions\n"
    result = load(head + "Photo;13;0;1;1;0;0;0;0\n", mapping="moro_posts")
    assert "'13' is not a month" in result.quarantined[0].reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("table: posts\ncolumns: {A: reach}", "0 columns to the time"),
        ("table: posts\ncolumns: {A: day, B: month}", "2 columns to the time"),
        ("table: posts\ncolumns: {A: month}", "says no year"),
        ("table: posts\ncolumns: {A: day, B: spend}", "unknown name: 'spend'"),
        ("table: mails\ncolumns: {A: day}", "unknown table: 'mails'"),
    ],
)
def test_a_mapping_of_posts_that_leaves_something_open_is_refused(tmp_path, text, reason):
    path = tmp_path / "m.yml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=reason):
        read_mapping(path)
