"""Where the arms of a registered test lie, and what they had there by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from workbench.core.dates import Period

if TYPE_CHECKING:
    import pandas as pd

SUMS = ("results", "conversions", "link_clicks", "clicks", "impressions", "spend", "value")


@dataclass(frozen=True)
class Place:
    """Where the arms lie: one account at one grain.

    Attributes
    ----------
    network, account_id, grain, currency, time_zone : str
        Empty network, account and grain for a file.
    last_day : datetime.date
        Last whole day of the account's figures.
    believed_at : datetime
        Moment of the newest load read.
    """

    network: str
    account_id: str
    grain: str
    currency: str
    time_zone: str
    last_day: date
    believed_at: datetime


@dataclass(frozen=True)
class Delivered:
    """The arms' sums by day.

    Attributes
    ----------
    place : Place
    period : Period or None
        Days that are read; ``None`` where every day is still immature.
    days : pandas.DataFrame
        ``date_start``, ``arm`` (its place in the design) and the sums, ``spend`` and ``value`` in currency
        units; mature days only.
    n_left_out : int
        Last days that were left out.
    is_simulated : bool
    notes : tuple of str
        What a reader has to know of the figures.
    """

    place: Place
    period: Period | None
    days: pd.DataFrame
    n_left_out: int
    is_simulated: bool
    notes: tuple[str, ...] = field(default=())

    def by_arm(self, n_arms: int) -> pd.DataFrame:
        """Return the sums of each arm in the order of the design, with the days on which it delivered."""
        sums = self.days.groupby("arm")[list(SUMS)].sum().reindex(range(n_arms), fill_value=0.0)
        active = self.days[self.days["impressions"].fillna(0) + self.days["spend"] > 0]
        n_days = active.groupby("arm")["date_start"].nunique().reindex(range(n_arms), fill_value=0)
        return sums.assign(n_days=n_days)
