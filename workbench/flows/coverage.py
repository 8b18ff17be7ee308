"""Which days of an account are loaded, which of them may still change, and when each was read last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.dates import Period
from workbench.loaders.meta.windows import RESTATED_DAYS

if TYPE_CHECKING:
    from workbench.lake import Lake
    from workbench.ledger.load_history import DaysRead

DayState = Literal["loaded", "provisional", "missing"]


@dataclass(frozen=True)
class DayRun:
    """Neighbouring days of one state that were read last on the same day.

    Attributes
    ----------
    period : Period
        The days.
    state : {"loaded", "provisional", "missing"}
        ``provisional`` days are loaded, but the network may still restate them.
    read_at : datetime or None
        When they were loaded last, UTC; ``None`` where nothing tells.
    """

    period: Period
    state: DayState
    read_at: datetime | None = None


@dataclass(frozen=True)
class Coverage:
    """The last days of one account.

    Attributes
    ----------
    period : Period
        Days that were looked at; not before the account's first loaded day.
    runs : tuple of DayRun
        Every day of the period, in order.
    """

    period: Period
    runs: tuple[DayRun, ...]

    def n_days(self, *states: DayState) -> int:
        """Count the days in any of these states."""
        return sum(run.period.n_days for run in self.runs if run.state in states)

    @property
    def missing(self) -> tuple[Period, ...]:
        """Runs of days that are not loaded, in order."""
        return tuple(run.period for run in self.runs if run.state == "missing")

    @property
    def read_at(self) -> datetime | None:
        """When any of the days was loaded last."""
        return max((run.read_at for run in self.runs if run.read_at), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the days as JSON values."""
        return {
            "start": self.period.start.isoformat(),
            "stop": self.period.stop.isoformat(),
            "runs": [
                {
                    "start": run.period.start.isoformat(),
                    "stop": run.period.stop.isoformat(),
                    "state": run.state,
                    "read_at": run.read_at.isoformat() if run.read_at else None,
                }
                for run in self.runs
            ],
        }


@dataclass(frozen=True)
class LoadedDays:
    """What the lake holds of one account.

    Attributes
    ----------
    network, account_id, currency : str
        The account.
    first_day, last_day : datetime.date
        First and last day with rows, at any level.
    """

    network: str
    account_id: str
    currency: str
    first_day: date
    last_day: date


_ACCOUNTS = """
SELECT network, account_id, min(currency) AS currency, min(date_start) AS first, max(date_stop) AS last
FROM ad_insights GROUP BY network, account_id ORDER BY network, account_id
"""
_RECENT = """
SELECT DISTINCT network, account_id, date_start, date_stop FROM ad_insights WHERE date_stop >= ?
"""


def loaded_days(lake: Lake) -> tuple[LoadedDays, ...]:
    """Look up which accounts a lake holds, and their days."""
    if lake.is_empty():
        return ()
    rows = lake.sql(_ACCOUNTS).to_pylist()
    return tuple(
        LoadedDays(r["network"], r["account_id"], r["currency"], r["first"], r["last"]) for r in rows
    )


def recent_days(lake: Lake, since: date) -> dict[tuple[str, str], tuple[Period, ...]]:
    """Return the days and ranges with rows that reach to ``since`` or beyond, by network and account."""
    if lake.is_empty():
        return {}
    found: dict[tuple[str, str], list[Period]] = {}
    for row in lake.sql(_RECENT, params=(since,)).to_pylist():
        key = row["network"], row["account_id"]
        found.setdefault(key, []).append(Period(row["date_start"], row["date_stop"]))
    return {key: tuple(periods) for key, periods in found.items()}


def cover(
    period: Period,
    *,
    first_day: date,
    with_rows: Iterable[Period],
    reads: Sequence[DaysRead] = (),
) -> Coverage | None:
    """Say of every day of a period whether it is loaded; a day that was read and had no rows is.

    Parameters
    ----------
    period : Period
        Days to look at.
    first_day : datetime.date
        First day that the account has at all; nothing before it is missing.
    with_rows : iterable of Period
        Days and ranges that have rows.
    reads : sequence of DaysRead
        The account's loads.

    Returns
    -------
    Coverage or None
        ``None`` if the account begins after the period.

    Examples
    --------
    >>> week = Period(date(2026, 11, 1), date(2026, 11, 7))
    >>> rows = [Period(date(2026, 11, 1), date(2026, 11, 3)), Period(date(2026, 11, 6), date(2026, 11, 6))]
    >>> found = cover(week, first_day=date(2026, 1, 1), with_rows=rows)
    >>> [str(gap) for gap in found.missing]
    ['2026-11-04 – 2026-11-05', '2026-11-07 – 2026-11-07']
    """
    if first_day > period.stop:
        return None
    shown = Period(max(first_day, period.start), period.stop)
    read_at: dict[date, datetime | None] = dict.fromkeys(_days(with_rows, shown))
    for read in reads:
        for day in _days([read.period], shown):
            known = read_at.get(day)
            read_at[day] = read.at if known is None else max(known, read.at)
    last = max(read_at, default=None)
    if last is None:
        return Coverage(shown, (DayRun(shown, "missing"),))
    runs: list[DayRun] = []
    for day in shown.days():
        # what was open when the last day was read was never read again after that
        young = day > last - timedelta(days=RESTATED_DAYS)
        state: DayState = "missing" if day not in read_at else "provisional" if young else "loaded"
        _append(runs, day, state, read_at.get(day))
    return Coverage(shown, tuple(runs))


def _days(periods: Iterable[Period], within: Period) -> Iterable[date]:
    for period in periods:
        if period.overlaps(within):
            yield from Period(max(period.start, within.start), min(period.stop, within.stop)).days()


def _append(runs: list[DayRun], day: date, state: DayState, at: datetime | None) -> None:
    before = runs[-1] if runs else None
    if before is not None and before.state == state and _same_day(before.read_at, at):
        latest = max((moment for moment in (before.read_at, at) if moment), default=None)
        runs[-1] = DayRun(Period(before.period.start, day), state, latest)
    else:
        runs.append(DayRun(Period(day, day), state, at))


def _same_day(one: datetime | None, other: datetime | None) -> bool:
    return (one and one.date()) == (other and other.date())
