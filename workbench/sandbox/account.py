"""The sample company's one ad account, and the columns that all its rows share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from workbench.sandbox.market.accounts import ACCOUNTS

if TYPE_CHECKING:
    import pyarrow as pa

NETWORK = "meta"
#: The sample company is the first account of the sandbox's market.
SPEC = ACCOUNTS[0]
ACCOUNT_ID = SPEC.account_id
ACCOUNT_NAME = SPEC.name
CURRENCY = SPEC.currency
TIME_ZONE = SPEC.time_zone
ATTRIBUTION = "7d_click,1d_view"
SOURCE = "sample"
MICROS_PER_MINOR = 10_000
#: Days (before the last one) on which no report could be had; nothing of them is in ``ad_insights``.
MISSING_DAYS_BEFORE_END: tuple[int, ...] = (613, 612, 301)


def account_columns(days: Sequence[date], *, load_id: str) -> dict[str, pa.Array]:
    """Return network, account, month, day, currency and provenance for rows of the given days.

    Parameters
    ----------
    days : sequence of date
        One day per row.
    load_id : str
        Load that the rows belong to.
    """
    import pyarrow as pa

    n = len(days)
    constant = {
        "network": NETWORK,
        "account_id": ACCOUNT_ID,
        "currency": CURRENCY,
        "source": SOURCE,
        "load_id": load_id,
    }
    return {
        **{name: pa.array([value] * n, pa.string()) for name, value in constant.items()},
        "month": pa.array([f"{day:%Y-%m}" for day in days], pa.string()),
        "date_start": pa.array(days, pa.date32()),
    }
