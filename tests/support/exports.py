"""Small Ads Manager exports, written as a person would have them, with sums known beforehand."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

HEADER = [
    "Campaign name",
    "Campaign ID",
    "Day",
    "Impressions",
    "Reach",
    "Link clicks",
    "Results",
    "Result indicator",
    "Amount spent (EUR)",
    "Attribution setting",
]


def daily_export(
    path: Path,
    *,
    first: date,
    n_days: int,
    spend: str = "10.01",
    campaigns: tuple[str, ...] = ("Spring", "Autumn"),
) -> Decimal:
    """Write one row per campaign and day, with a totals row first; return the total spend."""
    rows = []
    for offset in range(n_days):
        day = (first + timedelta(days=offset)).isoformat()
        for number, name in enumerate(campaigns, 1):
            rows.append(
                [
                    name,
                    str(1000 + number),
                    day,
                    1000 * number,
                    900,
                    20 * number,
                    4 + number,
                    "actions:lead",
                    spend,
                    "7-day click",
                ]
            )
    total = Decimal(spend) * len(rows)
    sums = [
        "",
        "",
        "",
        sum(r[3] for r in rows),
        5000,
        sum(r[5] for r in rows),
        sum(r[6] for r in rows),
        "",
        total,
        "7-day click",
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER, sums, *rows])
    return total
