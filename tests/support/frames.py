"""Small frames in the shape that the overview takes."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from workbench.core.dates import Period

NOW = Period(date(2026, 11, 7), date(2026, 11, 20))
BEFORE = NOW.previous()


def daily(
    period: Period, campaigns: dict[str, dict[str, float]], *, result_type: str | None = "lead"
) -> pd.DataFrame:
    """Return the same figures for every day: spend in units, the rest in counts."""
    rows = []
    for offset in range(period.n_days):
        for name, figures in campaigns.items():
            rows.append(
                {
                    "campaign_id": name,
                    "campaign_name": name.title(),
                    "entity_id": name,
                    "entity_name": name.title(),
                    "date_start": period.start + timedelta(days=offset),
                    "result_type": figures.get("result_type", result_type),
                    "source": "ads_export",
                    "spend_micros": round(figures["spend"] * 1_000_000),
                    "impressions": figures.get("impressions"),
                    "clicks": figures.get("clicks"),
                    "link_clicks": figures.get("link_clicks"),
                    "results": figures.get("results"),
                    "conversions": None,
                    "value_micros": figures.get("value_micros"),
                }
            )
    whole = ["spend_micros", "impressions", "clicks", "link_clicks", "value_micros"]
    return pd.DataFrame(rows).astype(
        {**dict.fromkeys(whole, "Int64"), "results": "float64", "conversions": "float64"}
    )
