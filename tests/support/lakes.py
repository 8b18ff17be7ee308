"""Small lakes with rows known beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from workbench.core.dates import Period
from workbench.lake import Lake
from workbench.lake.schema import TABLES, arrow_schema
from workbench.lake.window import Grain, Window

GRAIN = "campaign||day|7d_click,1d_view"


def insight(day: date, **figures: Any) -> dict[str, Any]:
    """One row of insights of a campaign; spend in micros."""
    return {
        "network": "meta",
        "account_id": "1",
        "grain": GRAIN,
        "date_start": day,
        "date_stop": day,
        "campaign_id": "c1",
        "campaign_name": "Spring",
        "currency": "EUR",
        "impressions": 10_000,
        "clicks": 200,
        "link_clicks": 150,
        "spend_micros": 100_000_000,
        "results": 10.0,
        "result_type": "lead",
        **figures,
    }


def write(
    lake: Lake, table: str, rows: Sequence[Mapping[str, Any]], *, load_id: str, believed_at: datetime
) -> None:
    """Replace the windows that the rows lie in; what a table needs of every row is filled in."""
    names = TABLES[table].names
    full = [{**_defaults(table, row), "load_id": load_id, **row} for row in rows]
    columns = {name: [row.get(name) for row in full] for name in names}
    windows = {}
    for row in full:
        grain = Grain.parse(row["grain"]) if "grain" in row else Grain("account")
        key = row["network"], row["account_id"], grain
        days = windows.setdefault(key, [])
        days += [row["date_start"], row.get("date_stop") or row["date_start"]]
    lake.replace(
        table,
        [Window(*key, Period(min(days), max(days))) for key, days in windows.items()],
        pa.table(columns, schema=arrow_schema(table)),
        load_id=load_id,
        believed_at=believed_at,
    )


def _defaults(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        "network": "meta",
        "account_id": "1",
        "month": f"{row['date_start']:%Y-%m}",
        "source": "meta_api",
    }
    if table == "ad_insights":
        defaults["level"] = str(row["grain"]).split("|")[0]
        defaults["attribution"] = str(row["grain"]).split("|")[3]
    return defaults


def days(first: date, n_days: int) -> list[date]:
    """Return ``n_days`` days from the first one on."""
    return [first + timedelta(days=i) for i in range(n_days)]


def morning(day: date) -> datetime:
    """Return six o'clock (UTC) of the day after: when the figures of a day are loaded."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1)
