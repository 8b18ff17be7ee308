"""Which days differ from what the lake holds."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from workbench.lake.schema import arrow_schema

JAN = date(2026, 1, 1)


def whole(rows: pa.Table) -> pa.Table:
    """Return the rows with every column of the lake."""
    schema = arrow_schema("ad_insights")
    columns = [
        rows[f.name].cast(f.type) if f.name in rows.schema.names else pa.nulls(len(rows), f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


@pytest.fixture
def differing(lake, insights, window):
    lake.replace("ad_insights", [window(JAN, 5)], insights(JAN, 5), load_id="L")

    def ask(rows, n_days=5):
        return lake.differing_days(
            "ad_insights", window(JAN, n_days), whole(rows).to_batches(max_chunksize=3)
        )

    return ask


def test_the_same_rows_differ_nowhere_whatever_their_order_and_load(differing, insights):
    rows = insights(JAN, 5)
    assert differing(rows) == ()
    assert differing(rows.take(list(range(rows.num_rows))[::-1])) == ()
    named = whole(rows)
    at = named.schema.get_field_index("load_id")
    assert differing(named.set_column(at, named.schema.field(at), pa.array(["M"] * len(named)))) == ()


@pytest.mark.parametrize("column", ["spend_micros", "campaign_name", "results"])
def test_one_changed_value_is_seen_on_its_day_alone(differing, insights, column):
    rows = whole(insights(JAN, 5)).to_pylist()
    changed = next(i for i, row in enumerate(rows) if row["date_start"] == JAN + timedelta(days=2))
    rows[changed][column] = "Other" if column == "campaign_name" else (rows[changed][column] or 0) + 1
    assert differing(pa.Table.from_pylist(rows, schema=arrow_schema("ad_insights"))) == (date(2026, 1, 3),)


def test_days_that_vanish_and_days_that_come_are_seen(differing, insights):
    assert differing(insights(JAN, 4)) == (date(2026, 1, 5),)
    assert differing(insights(JAN, 7), n_days=7) == (date(2026, 1, 6), date(2026, 1, 7))
    assert len(differing(insights(JAN, 5).slice(0, 0))) == 5


def test_rows_outside_the_window_do_not_count(lake, insights, window, differing):
    lake.append("ad_insights", insights(JAN, 5, account="9"), load_id="other")
    assert differing(insights(JAN, 5)) == ()
