"""From rows to the arrays by campaign that a decomposition takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.performance.decomposition import Slice

if TYPE_CHECKING:
    import pandas as pd


def campaign_slices(before: pd.DataFrame, after: pd.DataFrame) -> tuple[Slice, Slice, tuple[str, ...]]:
    """Add up both periods by campaign, in one order.

    Returns
    -------
    tuple of Slice, Slice and tuple of str
        The two periods and the campaigns' latest names.
    """
    columns = ["spend_micros", "impressions", "link_clicks", "results"]
    sums = [
        rows.assign(**{c: 0.0 for c in columns if c not in rows})
        .groupby("campaign_id", dropna=False)[columns]
        .sum(min_count=0)
        .astype("float64")
        for rows in (before, after)
    ]
    order = sums[0].index.union(sums[1].index, sort=True)
    aligned = [s.reindex(order, fill_value=0.0).fillna(0.0) for s in sums]
    names = {}
    for rows in (before, after):
        names.update(dict(rows[["campaign_id", "campaign_name"]].to_numpy()))
    old, new = (
        Slice(
            (s["spend_micros"] / 1_000_000).to_numpy(),
            s["impressions"].to_numpy(),
            s["link_clicks"].to_numpy(),
            s["results"].to_numpy(),
        )
        for s in aligned
    )
    return old, new, tuple(str(names.get(key) or key) for key in order)
