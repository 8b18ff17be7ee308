"""From rows to the arrays by campaign that a decomposition takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.performance.decomposition import Slice
from workbench.performance.sums import codes_of, last_by, sum_by

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("spend_micros", "impressions", "link_clicks", "results")
_NOTHING = (0.0,) * len(_COLUMNS)


def campaign_slices(before: pd.DataFrame, after: pd.DataFrame) -> tuple[Slice, Slice, tuple[str, ...]]:
    """Add up both periods by campaign, in one order.

    Returns
    -------
    tuple of Slice, Slice and tuple of str
        The two periods and the campaigns' latest names.
    """
    periods = [_by_campaign(rows) for rows in (before, after)]
    order = sorted({key for _, sums in periods for key in sums})
    names = {**periods[0][0], **periods[1][0]}
    old, new = (
        Slice(*np.array([sums.get(key, _NOTHING) for key in order]).reshape(-1, len(_COLUMNS)).T)
        for _, sums in periods
    )
    return old, new, tuple(str(names.get(key) or key) for key in order)


def _by_campaign(rows: pd.DataFrame) -> tuple[dict[str, Any], dict[str, tuple[float, ...]]]:
    """Return the latest name and the sums of every campaign; rows of none belong to one without a name."""
    if rows["campaign_id"].isna().any():
        rows = rows.assign(campaign_id=rows["campaign_id"].fillna(""))
    sums = sum_by(rows, "campaign_id", _COLUMNS)
    codes, keys = codes_of(rows, "campaign_id")
    names = dict(zip(keys, last_by(rows, codes, len(keys), "campaign_name"), strict=True))
    spend, *counts = (sums.floats(name) for name in _COLUMNS)
    return names, dict(zip(sums.keys, zip(spend / 1_000_000, *counts, strict=True), strict=True))
