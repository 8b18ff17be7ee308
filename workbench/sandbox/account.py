"""The sample company's one ad account, and the columns that all its rows share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

NETWORK = "meta"
ACCOUNT_ID = "100000000000001"
ACCOUNT_NAME = "Sample company"
CURRENCY = "EUR"
TIME_ZONE = "Europe/Berlin"
ATTRIBUTION = "7d_click,1d_view"
SOURCE = "sample"


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
