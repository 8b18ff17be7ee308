"""A lake of its own for every test, in a folder whose name is awkward, and rows to put into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from workbench.core.dates import Period
from workbench.lake import Lake
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain, Window, month_of

DAILY = Grain("campaign", (), "day", "")
RANGES = Grain("campaign", (), "range", "")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data of Müller" / "lake")


@pytest.fixture
def insights() -> Callable[..., pa.Table]:
    return make_insights


@pytest.fixture
def window() -> Callable[..., Window]:
    return make_window


def make_insights(
    start: date,
    n_days: int,
    *,
    n_campaigns: int = 2,
    account: str = "123",
    spend: int = 1_000_000,
    load_id: str | None = None,
    grain: Grain = DAILY,
    **fields: Any,
) -> pa.Table:
    """Rows of ``n_campaigns`` per day, or one range of ``n_days`` each where the grain is one of ranges."""
    n_steps = n_days if grain.increment == "day" else 1
    rows = []
    for step in range(n_steps):
        first = start + timedelta(days=step)
        last = first if grain.increment == "day" else start + timedelta(days=n_days - 1)
        for campaign in range(n_campaigns):
            row = {
                "network": "meta",
                "account_id": account,
                "month": month_of(first),
                "grain": str(grain),
                "date_start": first,
                "date_stop": last,
                "level": grain.level,
                "campaign_id": f"c{campaign}",
                "currency": "EUR",
                "impressions": 100,
                "spend_micros": spend,
                "source": "sample",
            }
            if load_id is not None:
                row["load_id"] = load_id
            rows.append(row | fields)
    names = set(rows[0]) if rows else {c.name for c in arrow_schema("ad_insights") if not c.nullable}
    schema = pa.schema([f.with_nullable(True) for f in arrow_schema("ad_insights") if f.name in names])
    return pa.Table.from_pylist(rows, schema=schema)


def make_window(start: date, n_days: int, *, account: str = "123", grain: Grain = DAILY) -> Window:
    return Window("meta", account, grain, Period(start, start + timedelta(days=n_days - 1)))
