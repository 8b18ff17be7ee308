"""A process that loads a fixed series into a lake, to be killed at any moment and started again."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from workbench.core.dates import Period
from workbench.lake import Lake
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain, Window, month_of

GRAIN = Grain("campaign")
START = date(2026, 1, 1)
N_DAYS = 45
N_CAMPAIGNS = 8
TOTAL = 1_000_000


def one_load(number: int) -> pa.Table:
    """Rows of one load: their spend moves between campaigns and days, its total never changes."""
    n_rows = N_DAYS * N_CAMPAIGNS
    moved = (number * 37) % 1000
    rows = []
    for at in range(n_rows):
        first = START + timedelta(days=at // N_CAMPAIGNS)
        spend = TOTAL + (moved if at % 2 == 0 else -moved)
        rows.append(
            {
                "network": "meta",
                "account_id": "123",
                "month": month_of(first),
                "grain": str(GRAIN),
                "date_start": first,
                "date_stop": first,
                "level": "campaign",
                "campaign_id": f"c{at % N_CAMPAIGNS}",
                "currency": "EUR",
                "impressions": number,
                "spend_micros": spend,
                "source": "sample",
            }
        )
    fields = [f.with_nullable(True) for f in arrow_schema("ad_insights") if f.name in rows[0]]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def window() -> Window:
    """Return the window that every load replaces."""
    return Window("meta", "123", GRAIN, Period(START, START + timedelta(days=N_DAYS - 1)))


def write(lake: Lake, number: int) -> None:
    """One step: replace the window, and append to another table."""
    lake.replace("ad_insights", [window()], one_load(number), load_id=f"L{number:04d}")
    run = pa.table(
        {
            "run_id": [f"r{number}"],
            "month": ["2026-01"],
            "kind": ["k"],
            "finished_at": pa.array([0], pa.timestamp("us", tz="UTC")),
            "code_version": ["0"],
            "data_version": [""],
        }
    )
    lake.append("model_runs", run, load_id=f"r{number}")


def main(root: str, n_loads: int) -> None:
    """Do every step that is not done yet, as a scheduled load would: in order, from the last one on."""
    lake = Lake(root)
    done = lake.sql("SELECT coalesce(max(impressions), 0) AS n FROM ad_insights")["n"].to_pylist()[0]
    Path(root).parent.joinpath("started").touch()
    for number in range(max(done, 1), n_loads + 1):
        write(lake, number)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
