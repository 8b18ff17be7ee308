"""Conversions of the sample company by day of contact and day of conversion, as far as they have arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from workbench.sandbox.account import MICROS_PER_MINOR, account_columns
from workbench.sandbox.market.layout import RESULT_NAMES
from workbench.sandbox.market.measures import CLICK_DAYS

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.world import World


def conversion_table(world: World, *, load_id: str) -> pa.Table:
    """Write the conversions that the attribution setting counts, and that happened by the last day."""
    import pyarrow as pa

    layout, got = world.layout, world.history.conversions
    day, delay = got["day"].astype(np.int64), got["delay"].astype(np.int64)
    counted = got["is_view"] | (delay <= CLICK_DAYS["7d_click"])
    at = np.flatnonzero(counted & (day + delay < world.state.n_days))
    place = (day[at] * 64 + delay[at]) * len(layout.ad_ids) + got["ad"][at]
    keys, group = np.unique(place, return_inverse=True)
    ad = keys % len(layout.ad_ids)
    contact = [world.state.day_of(int(d)) for d in keys // len(layout.ad_ids) // 64]
    waited = keys // len(layout.ad_ids) % 64
    account = account_columns(contact, load_id=load_id)
    value = np.bincount(group, got["value_minor"][at]).astype(np.int64) * MICROS_PER_MINOR
    kind = layout.result_of_ad[ad]
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "converted_on": pa.array(
                [d + timedelta(days=int(k)) for d, k in zip(contact, waited, strict=True)], pa.date32()
            ),
            "conversion_type": pa.array([RESULT_NAMES[k] for k in kind], pa.string()),
            "campaign_id": pa.array([layout.campaign_ids[c] for c in layout.ad["campaign"][ad]], pa.string()),
            "adset_id": pa.array([layout.adset_ids[s] for s in layout.ad["adset"][ad]], pa.string()),
            "ad_id": pa.array([layout.ad_ids[a] for a in ad], pa.string()),
            "currency": account["currency"],
            "conversions": pa.array(np.bincount(group).astype(np.float64)),
            "value_micros": pa.array(value, mask=kind != RESULT_NAMES.index("purchase")),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )
