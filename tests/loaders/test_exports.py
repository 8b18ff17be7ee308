"""Loading into the lake: once, whole or not at all, noted in the ledger."""

from __future__ import annotations

import pytest

from workbench.core.errors import ConfigError, SchemaError
from workbench.lake import Lake
from workbench.ledger import last_loads, open_ledger, quarantined
from workbench.loaders.exports import load_export
from workbench.loaders.mapping import read_mapping

HEAD = "Campaign name,Campaign ID,Day,Impressions,Amount spent (EUR)\n"


def spend(lake):
    rows = lake.sql(
        "select date_start as d, sum(spend_micros)::bigint as s from ad_insights group by 1 order by 1"
    )
    return {str(r["d"]): r["s"] // 10**6 for r in rows.to_pylist()}


@pytest.fixture
def lake(euro):
    return Lake(euro.lake_root)


def save(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_an_overlapping_export_replaces_its_days_and_no_others(tmp_path, euro, lake):
    first = save(tmp_path, "a.csv", HEAD + "".join(f"A,1,2026-11-0{d},10,1\n" for d in range(1, 6)))
    second = save(tmp_path, "b.csv", HEAD + "".join(f"A,1,2026-11-0{d},10,5\n" for d in range(4, 8)))
    assert load_export(first, lake=lake, settings=euro).changed
    assert load_export(second, lake=lake, settings=euro).changed
    assert list(spend(lake).values()) == [1, 1, 1, 5, 5, 5, 5]
    assert not load_export(second, lake=lake, settings=euro).changed


def test_a_quarantined_file_leaves_everything_as_it_was(tmp_path, euro, lake):
    good = save(tmp_path, "a.csv", HEAD + "A,1,2026-11-01,10,1\n")
    load_export(good, lake=lake, settings=euro)
    version = lake.version()
    bad = save(tmp_path, "b.csv", HEAD + "A,1,2026-11-01,10,2\nA,1,2026-11-02,ten,2\n")
    result = load_export(bad, lake=lake, settings=euro)
    assert (result.rows, result.reconciled, result.changed) == (0, "not reconciled", False)
    assert result.to_dict()["quarantined"] == [
        {
            "file": "b.csv",
            "row": 3,
            "column": "Impressions",
            "reason": "'ten' is not a number. Correct the cell, or export the table again.",
        }
    ]
    assert "was not loaded (row 3)" in result.summary()
    assert lake.version() == version


def test_a_missing_file_says_so(tmp_path, euro, lake):
    result = load_export(tmp_path / "none.csv", lake=lake, settings=euro)
    assert "cannot be read" in result.quarantined[0].reason


def test_the_id_depends_on_content_account_and_currency_only(tmp_path, euro, lake):
    text = HEAD.replace(" (EUR)", "") + "A,1,2026-11-01,10,1\n"
    one = load_export(save(tmp_path, "a.csv", text), lake=lake, settings=euro)
    two = load_export(save(tmp_path, "b.csv", text), lake=lake, settings=euro)
    other = load_export(save(tmp_path, "c.csv", text), lake=lake, settings=euro, account_id="8")
    assert one.load_id == two.load_id != other.load_id
    assert (two.changed, other.changed) == (False, True)


def test_the_ledger_notes_loads_and_quarantine(tmp_path, euro, lake):
    good = save(tmp_path, "a.csv", HEAD + "A,1,2026-11-01,10,1\n")
    bad = save(tmp_path, "b.csv", HEAD + "A,1,someday,10,1\n")
    euro.home.mkdir(parents=True, exist_ok=True)
    with open_ledger(euro.ledger_location) as ledger:
        for path in (good, bad, good):
            load_export(path, lake=lake, settings=euro, ledger=ledger)
        with ledger.read() as session:
            loads = {load.file_name: load for load in last_loads(session)}
            assert {name: load.state for name, load in loads.items()} == {
                "a.csv": "done",
                "b.csv": "quarantined",
            }
            assert (loads["a.csv"].spend_micros, loads["a.csv"].n_rows) == (1_000_000, 1)
            (cell,) = quarantined(session)
            assert (cell.row_number, cell.column_name) == (2, "Day")


MAPPING = """columns: {Kosten: spend, Anzeige: ad_name, Tag: day}
breakdown_other: [Motiv]
constants: {currency: CHF}
"""


def test_a_mapped_table_loads(tmp_path, euro, lake):
    table = save(
        tmp_path, "t.csv", "Tag;Anzeige;Motiv;Kosten\n01.11.2026;X;rot;1'000.50\n01.11.2026;X;blau;2.25\n"
    )
    result = load_export(table, mapping=save(tmp_path, "m.yml", MAPPING), lake=lake, settings=euro)
    assert (result.spend, result.currency, result.grain) == ("1002.75", "CHF", "ad|breakdown_other|day|")
    assert not load_export(table, mapping=tmp_path / "m.yml", lake=lake, settings=euro).changed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {Kosten: spent}", "Did you mean spend"),
        ("columns: {Kosten: spend}\nkolumns: 1", "unknown key"),
        ("columns: {A: ad_name}", "no column to spend"),
        ("columns: {A: spend, B: spend}", "two columns to spend"),
        ("columns: {A: spend}\nconstants: {curency: EUR}", "Did you mean currency"),
        ("columns: {A: spend}\nperiod: 2026", "has period"),
        ("columns: {A: spend}\ndecimal: x", "has decimal"),
        ("- a", "no 'columns'"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path, text, said):
    with pytest.raises(SchemaError, match=said):
        read_mapping(save(tmp_path, "m.yml", text))


def test_a_missing_mapping_names_the_shipped_ones():
    with pytest.raises(ConfigError, match="kag"):
        read_mapping("nothing")


def test_a_mapped_column_that_the_file_lacks_lists_those_it_has(tmp_path, euro, lake):
    table = save(tmp_path, "t.csv", "Tag,Anzeige,Kosten\n01.11.2026,X,1\n")
    result = load_export(table, mapping=save(tmp_path, "m.yml", MAPPING), lake=lake, settings=euro)
    assert "'Motiv'" in result.quarantined[0].reason
    assert "'Tag', 'Anzeige', 'Kosten'" in result.quarantined[0].reason
