"""Rows at the door: what is refused, and that nothing of a refused load is written."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError, SchemaError
from workbench.lake.checks import check_rows
from workbench.lake.rows import CHUNK_ROWS, Rows
from workbench.lake.schema import AD_INSIGHTS, TABLES
from workbench.lake.window import Grain

JAN = date(2026, 1, 1)


def changed(rows: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        if name in rows.schema.names:
            rows = rows.set_column(rows.schema.names.index(name), name, values)
        else:
            rows = rows.append_column(name, values)
    return rows


def refused(lake, rows, pattern, *, kind=DataError, **more) -> DataError:
    with pytest.raises(kind, match=pattern) as caught:
        lake.append("ad_insights", rows, load_id="L", **more)
    assert lake.version() == "" or lake.is_empty()
    return caught.value


def test_an_unknown_a_missing_and_a_doubled_column_are_named(lake, insights):
    rows = insights(JAN, 1)
    error = refused(
        lake, changed(rows, colour=pa.array(["a", "b"])), "unknown column 'colour'", kind=SchemaError
    )
    assert (error.table, error.column) == ("ad_insights", "colour")
    refused(lake, rows.drop_columns(["spend_micros"]), "missing column 'spend_micros'", kind=SchemaError)
    twice = pa.Table.from_arrays([*rows.columns, rows["level"]], names=[*rows.schema.names, "level"])
    refused(lake, twice, "doubled column 'level'", kind=SchemaError)


def test_a_wrong_type_names_table_column_expected_and_received(lake, insights):
    rows = changed(insights(JAN, 1), spend_micros=pa.array([1.5, 2.0]))
    error = refused(
        lake, rows, "'ad_insights', column 'spend_micros': expected int64, received double", kind=SchemaError
    )
    assert (error.expected, error.received) == ("int64", "double")
    refused(lake, changed(insights(JAN, 1), clicks=pa.array(["1", "2"])), "'clicks'", kind=SchemaError)
    refused(
        lake,
        changed(insights(JAN, 1), clicks=pa.array([2**63, 1], pa.uint64())),
        "'clicks'",
        kind=SchemaError,
    )


def test_columns_are_checked_even_without_rows(lake, insights):
    none = insights(JAN, 1).slice(0, 0)
    refused(lake, none.rename_columns(["x", *none.schema.names[1:]]), "unknown column 'x'", kind=SchemaError)


@pytest.mark.parametrize("data", ["text", 7, [{"a": 1}], None])
def test_what_is_no_arrow_data_is_refused(lake, data):
    refused(lake, data, "no Arrow data", kind=SchemaError)


def test_types_that_lose_nothing_are_widened(lake, insights):
    rows = insights(JAN, 1)
    lake.append(
        "ad_insights",
        changed(
            rows,
            campaign_id=rows["campaign_id"].dictionary_encode(),
            clicks=pa.array([1, 2], pa.int32()),
            results=pa.array([1, 2], pa.int64()),
            campaign_name=pa.array(["a", "b"], pa.large_string()),
            ad_name=pa.nulls(2),
        ),
        load_id="L",
    )
    found = lake.sql("SELECT campaign_id, clicks, results, campaign_name FROM ad_insights ORDER BY 1")
    assert found.to_pylist()[1] == {"campaign_id": "c1", "clicks": 2, "results": 2.0, "campaign_name": "b"}


@pytest.mark.parametrize(
    "case",
    [
        ("currency", pa.array(["EUR", None]), "'currency', row 1: a required value is missing"),
        ("impressions", pa.array([1, -1]), r"'impressions', row 1: a count is negative \(received -1\)"),
        ("reach", pa.array([-5, 1]), "'reach', row 0: a count is negative"),
        ("results", pa.array([0.5, float("nan")]), "'results', row 1: the number is not finite"),
        ("results", pa.array([float("inf"), 1]), "'results', row 0: the number is not finite"),
        ("account_id", pa.array(["1", ""]), "'account_id', row 1: the text is empty"),
        ("month", pa.array(["2026-02", "2026-01"]), "row 0: month '2026-02' is not the month of 2026-01-01"),
        ("level", pa.array(["ad", "campaign"]), "row 0: level 'ad' is not that of grain campaign"),
        ("load_id", pa.array(["L", "M"]), "row 1: load_id 'M' is not the load 'L'"),
        ("date_stop", pa.array([date(2025, 12, 31), JAN]), "row 0: date_stop 2025-12-31 lies before"),
        ("date_stop", pa.array([date(2026, 1, 2), JAN]), "row 0: .*is no single day, but the grain is"),
        ("grain", pa.array(["ad", "ad"]), "'ad' is not a grain"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_place(lake, insights, case):
    column, values, pattern = case
    refused(lake, changed(insights(JAN, 1), **{column: values}), pattern)


def test_a_missing_count_and_a_refund_are_no_faults(lake, insights):
    rows = changed(
        insights(JAN, 1), clicks=pa.array([None, 3], pa.int64()), spend_micros=pa.array([-5, 5], pa.int64())
    )
    lake.append("ad_insights", rows, load_id="L")
    assert lake.sql("SELECT sum(spend_micros) s, count(clicks) c FROM ad_insights").to_pylist() == [
        {"s": 0, "c": 1}
    ]


def test_rows_outside_the_windows_are_refused(lake, insights, window):
    ranges = Grain("campaign", (), "range", "")
    cases = [
        (insights(JAN, 3), [window(JAN, 2)], "2026-01-03"),
        (insights(JAN, 1, account="9"), [window(JAN, 2)], "9 ×"),
        (insights(JAN, 1, network="tiktok"), [window(JAN, 2)], "tiktok"),
        (insights(JAN, 1, grain=Grain("ad")), [window(JAN, 2)], r"ad\|\|day"),
        (insights(JAN, 3, grain=ranges), [window(JAN, 2, grain=ranges)], "2026-01-03"),
        (insights(JAN, 3, grain=ranges), [window(JAN, 4)], "range"),
    ]
    for rows, windows, pattern in cases:
        with pytest.raises(DataError, match=f"(?s){pattern}.*outside the window"):
            lake.replace("ad_insights", windows, rows, load_id="L")
    assert lake.is_empty()


@pytest.mark.parametrize("as_stream", [False, True])
def test_a_key_that_occurs_twice_is_named_with_both_rows(lake, insights, as_stream):
    rows = insights(JAN, 400, n_campaigns=10)
    twice = pa.concat_tables([rows, rows.slice(1234, 1)])
    data = iter(twice.to_batches(max_chunksize=500)) if as_stream else twice
    error = refused(lake, data, r"rows 1234 and 4000 have the same key .*'campaign_id': 'c4'")
    assert error.rows == (1234, 4000)
    assert error.key["campaign_id"] == "c4"
    assert error.key["age"] is None


def test_a_doubled_key_is_found_across_chunks(insights):
    rows = insights(JAN, 1, n_campaigns=1)
    n_rows = 2 * CHUNK_ROWS + 10
    ids = np.arange(n_rows).astype(str)
    ids[-1] = ids[5]
    taken = rows.take(pa.array(np.zeros(n_rows, np.int64)))
    taken = changed(taken, campaign_id=pa.array(ids.tolist()))
    with pytest.raises(DataError, match=f"rows 5 and {n_rows - 1} "):
        check_rows(Rows(AD_INSIGHTS, taken, load_id="L"), None, load_id="L")
    fine = check_rows(Rows(AD_INSIGHTS, taken.slice(0, n_rows - 1), load_id="L"), None, load_id="L")
    assert fine == n_rows - 1


def test_equal_hashes_of_different_keys_are_no_fault(insights, monkeypatch):
    from workbench.lake import checks

    monkeypatch.setattr(checks, "_key_hash", lambda table, encoded, n_rows: np.zeros(n_rows, np.uint64))
    rows = insights(JAN, 5)
    assert check_rows(Rows(AD_INSIGHTS, rows, load_id="L"), None, load_id="L") == 10
    twice = pa.concat_tables([rows, rows.slice(2, 1)])
    with pytest.raises(DataError, match="rows 2 and 10"):
        check_rows(Rows(AD_INSIGHTS, twice, load_id="L"), None, load_id="L")


KEYS = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "", None]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["a", "b", None]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(keys=KEYS)
def test_keys_are_unique_or_refused(keys):
    given_rows = [
        {
            "network": "meta",
            "account_id": "1",
            "month": "2026-01",
            "grain": "campaign||day|",
            "date_start": date(2026, 1, day),
            "date_stop": date(2026, 1, day),
            "level": "campaign",
            "campaign_id": campaign,
            "age": age,
            "gender": gender,
            "currency": "EUR",
            "spend_micros": 1,
            "source": "sample",
        }
        for campaign, age, gender, day in keys
    ]
    rows = pa.Table.from_pylist(given_rows)
    if len(set(keys)) == len(keys):
        assert check_rows(Rows(AD_INSIGHTS, rows, load_id="L"), None, load_id="L") == len(keys)
    else:
        with pytest.raises(DataError, match="have the same key"):
            check_rows(Rows(AD_INSIGHTS, rows, load_id="L"), None, load_id="L")


def test_every_table_names_its_partitions_and_key():
    for table in TABLES.values():
        assert set(table.partition_by) <= set(table.names)
        assert table.key
        assert all(table.column(name).required for name in table.partition_by)


def test_batches_of_different_shapes_are_joined(lake, insights):
    """Batches of one stream may differ in dictionaries and in the optional columns they have."""
    parts = []
    for number, name in enumerate("abca"):
        rows = insights(date(2026, 1, 1 + number), 1)
        rows = changed(rows, campaign_name=pa.array([name, f"{name}!"]).dictionary_encode())
        parts += (rows if number < 2 else rows.drop_columns(["impressions"])).to_batches()
    lake.append("ad_insights", iter(parts), load_id="L")
    found = lake.sql(
        "SELECT campaign_name AS c, impressions AS i FROM ad_insights ORDER BY date_start, ad_id, 1"
    )
    assert found["c"].to_pylist() == ["a", "a!", "b", "b!", "c", "c!", "a", "a!"]
    assert found["i"].to_pylist() == [100] * 4 + [None] * 4
