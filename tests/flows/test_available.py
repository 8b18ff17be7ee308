"""What there is to look at is read from the lake's rows, one slice per account and grain."""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa

from workbench.core.dates import Period
from workbench.flows.available import Available, Slice, available, grain_label, presets
from workbench.lake.schema import arrow_schema


class Rows:
    """Answers SQL over rows in memory."""

    def __init__(self, rows) -> None:
        schema = arrow_schema("ad_insights")
        given = {"network": "meta", "currency": "EUR", "spend_micros": 1, "source": "x", "load_id": "l"}
        empty = dict.fromkeys(schema.names)
        self.table = pa.Table.from_pylist([empty | given | row for row in rows], schema=schema)

    def sql(self, query, *, as_of=None):
        with duckdb.connect() as connection:
            connection.register("ad_insights", self.table)
            return connection.sql(query).to_arrow_table()


def row(account, grain, day, stop=None, **more):
    place = {"account_id": account, "grain": grain, "level": grain.split("|")[0], "month": f"{day:%Y-%m}"}
    return place | {"date_start": day, "date_stop": stop or day} | more


ROWS = Rows(
    [
        *(
            row("7", "campaign||day|", date(2026, 11, d), campaign_id="2", campaign_name="b")
            for d in range(1, 21)
        ),
        row("7", "campaign||day|", date(2026, 11, 3), campaign_id="1", campaign_name="Old name"),
        row("7", "campaign||day|", date(2026, 11, 9), campaign_id="1", campaign_name="A"),
        row("7", "campaign||day|", date(2026, 11, 9), campaign_id="3"),
        row("7", "ad|age|range|", date(2026, 10, 1), date(2026, 10, 31), age="25-34"),
        row("7", "ad|age|range|", date(2026, 10, 1), date(2026, 10, 31), age="18-24"),
        row("7", "ad|age|range|", date(2026, 9, 1), date(2026, 9, 30)),
        row("8", "account||day|", date(2026, 1, 1)),
    ]
)


def test_slices_have_their_dates_campaigns_and_breakdown_values():
    found = {(s.account_id, s.grain): s for s in available(ROWS).slices}
    assert set(found) == {("7", "campaign||day|"), ("7", "ad|age|range|"), ("8", "account||day|")}
    daily = found["7", "campaign||day|"]
    assert daily.period == Period(date(2026, 11, 1), date(2026, 11, 20))
    assert daily.campaigns == (("3", "3"), ("1", "A"), ("2", "b"))
    assert daily.ranges == ()
    ranged = found["7", "ad|age|range|"]
    assert ranged.breakdowns == (("age", ("18-24", "25-34")),)
    assert [str(p.start) for p in ranged.ranges] == ["2026-09-01", "2026-10-01"]


def test_an_empty_table_gives_nothing():
    assert available(Rows([])) == Available(())


def test_daily_campaigns_without_breakdowns_come_first():
    assert [s.grain for s in available(ROWS).grains("meta", "7")] == ["campaign||day|", "ad|age|range|"]


def test_offers_count_back_from_the_last_day_with_data():
    shown = Slice("meta", "7", "ad||day|", "EUR", Period(date(2026, 1, 2), date(2026, 3, 31)))
    offers = dict(presets(shown))
    assert offers["Last 28 days"] == Period(date(2026, 3, 4), date(2026, 3, 31))
    assert offers["This month"] == Period(date(2026, 3, 1), date(2026, 3, 31))
    assert offers["Last month"] == Period(date(2026, 2, 1), date(2026, 2, 28))


def test_range_rows_offer_their_ranges_newest_first():
    (ranged,) = (s for s in available(ROWS).slices if not s.is_daily)
    assert [name for name, _ in presets(ranged)] == [
        "All dates",
        "2026-10-01 – 2026-10-31",
        "2026-09-01 – 2026-09-30",
    ]
    assert grain_label(ranged.grain) == "ad by age · date ranges"
