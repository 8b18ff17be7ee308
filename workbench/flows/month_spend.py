"""What each item of the lake spent in the last whole calendar month, and day by day since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.core.errors import NotEnoughData
from workbench.core.money import to_minor
from workbench.flows.budget_rows import ITEM_KEYS, LakeQuestion, daily_slices, last_whole_day
from workbench.flows.budget_series import labels_of
from workbench.flows.rows import to_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.flows.available import Slice
    from workbench.lake import Lake

_ROWS = """
SELECT date_start, {key} AS item, any_value(coalesce({name}, {key})) AS name,
       sum(spend_micros)::BIGINT AS spend_micros
FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ? AND date_start <= ?
GROUP BY ALL ORDER BY date_start, item
"""


@dataclass(frozen=True)
class MonthSpend:
    """Spend of a whole month, and of the days after it.

    Attributes
    ----------
    month : Period
        First to last day of the calendar month.
    running : Period or None
        Days of the next month that have figures; ``None`` where the month ends with the figures.
    of_month : dict of str to int
        Micros by item.
    by_day : dict of date to dict of str to int
        Micros by item, of each day of ``running`` that has rows.
    slices : tuple of Slice
        The accounts, one daily grain each; one currency and time zone.
    level : str
        ``channel``, ``campaign`` or ``adset``.
    n_days_with_rows : int
        Of the month.
    believed_at : datetime
        Moment of the lake's newest load.
    """

    month: Period
    running: Period | None
    of_month: Mapping[str, int]
    by_day: Mapping[date, Mapping[str, int]]
    slices: tuple[Slice, ...]
    level: str
    n_days_with_rows: int
    believed_at: datetime

    @property
    def currency(self) -> str:
        """ISO 4217 code."""
        return self.slices[0].currency

    @property
    def total_micros(self) -> int:
        """Spend of the month, of all items."""
        return sum(self.of_month.values())

    def daily_minor(self, items: Collection[str] | None = None) -> list[int]:
        """Return the running month's spend by day in minor units, of some items or of all.

        They sum to what all the days come to, rounded once.
        """
        out, so_far = [], 0
        for day in self.running.days() if self.running else ():
            before = to_minor(so_far, self.currency)
            so_far += sum(
                micros for name, micros in self.by_day.get(day, {}).items() if items is None or name in items
            )
            out.append(to_minor(so_far, self.currency) - before)
        return out


def month_spend(lake: Lake, settings: Settings, asked: LakeQuestion, *, asof: date) -> MonthSpend:
    """Read the last month that ended by a day, and the days since.

    Parameters
    ----------
    lake, settings
        Whose figures.
    asked : LakeQuestion
        Its level and accounts count.
    asof : datetime.date
        Last day that may be read.

    Raises
    ------
    NotEnoughData
        If no month with figures has ended, or there is no daily grain at the level.
    DataError
        If the accounts have two currencies or time zones, or one of them is unknown.
    """
    import pandas as pd

    slices = daily_slices(lake, settings, asked)
    last = min(asof, *(last_whole_day(lake, shown) for shown in slices))
    rows = pd.concat([_rows(lake, shown, asked.level, last) for shown in slices], ignore_index=True)
    month = last_whole_month(last)
    inside = rows[(rows["date_start"] >= month.start) & (rows["date_start"] <= month.stop)]
    if not len(inside):
        first = min(shown.period.start for shown in slices)
        raise NotEnoughData(
            f"asof: there are no figures from {month.start} to {month.stop}, the last whole month by {last}.",
            next_step=f"Figures begin on {first}: report on a day after the end of a month that has some.",
            field="asof",
        )
    labels = labels_of(rows)
    since = rows[rows["date_start"] > month.stop]
    return MonthSpend(
        month=month,
        running=Period(month.stop + timedelta(days=1), last) if last > month.stop else None,
        of_month=_sums(inside, labels),
        by_day={
            day: _sums(since[since["date_start"] == day], labels) for day in since["date_start"].unique()
        },
        slices=tuple(slices),
        level=asked.level,
        n_days_with_rows=int(inside["date_start"].nunique()),
        believed_at=max(commit.believed_at for commit in lake.history("ad_insights")),
    )


def last_whole_month(until: date) -> Period:
    """Return the last calendar month that ends on ``until`` or before.

    Examples
    --------
    >>> print(last_whole_month(date(2026, 3, 30)), last_whole_month(date(2026, 3, 31)))
    2026-02-01 – 2026-02-28 2026-03-01 – 2026-03-31
    """
    tomorrow = until + timedelta(days=1)
    stop = tomorrow.replace(day=1) - timedelta(days=1)
    return Period(stop.replace(day=1), stop)


def _rows(lake: Lake, shown: Slice, level: str, last: date) -> pd.DataFrame:
    key, name = ITEM_KEYS[level]
    query = _ROWS.format(key=key, name=name)
    return to_frame(lake.sql(query, params=(shown.network, shown.account_id, shown.grain, last)))


def _sums(rows: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, int]:
    sums = rows.groupby("item")["spend_micros"].sum()
    return {labels[str(item)]: int(micros) for item, micros in sums.items()}
