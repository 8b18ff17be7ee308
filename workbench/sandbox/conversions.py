"""Conversions of the sample company by day of contact and day of conversion, as far as they have arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from workbench.sandbox.account import account_columns
from workbench.sandbox.campaigns import CAMPAIGNS
from workbench.sandbox.delivery import Delivery
from workbench.sandbox.rates import Market

if TYPE_CHECKING:
    import pyarrow as pa


def conversion_table(market: Market, delivery: Delivery, *, load_id: str) -> pa.Table:
    """Write the conversions that happened up to the last day as rows of ``conversions``."""
    import pyarrow as pa

    converts = np.array([CAMPAIGNS[c].converts for c in market.campaign_of_ad], dtype=bool)
    counts = np.where(converts[None, :, None], delivery.results_by_delay, 0)
    day, column, delay = np.nonzero(counts)
    arrived = day + delay < len(market.days)
    day, column, delay = day[arrived], column[arrived], delay[arrived]
    ads = [market.ads[a] for a in column]
    specs = [CAMPAIGNS[ad.campaign] for ad in ads]
    contact = [market.days[i] for i in day]
    account = account_columns(contact, load_id=load_id)
    value = delivery.value_micros_by_delay[day, column, delay]
    worthless = np.array([spec.order_value_eur == 0 for spec in specs], dtype=bool)
    converted = [d + timedelta(days=int(k)) for d, k in zip(contact, delay, strict=True)]
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "converted_on": pa.array(converted, pa.date32()),
            "conversion_type": pa.array([spec.result_type for spec in specs], pa.string()),
            "campaign_id": pa.array([ad.campaign_id for ad in ads], pa.string()),
            "adset_id": pa.array([ad.adset_id for ad in ads], pa.string()),
            "ad_id": pa.array([ad.ad_id for ad in ads], pa.string()),
            "currency": account["currency"],
            "conversions": pa.array(counts[day, column, delay].astype(np.float64)),
            "value_micros": pa.array(value, mask=worthless),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )
