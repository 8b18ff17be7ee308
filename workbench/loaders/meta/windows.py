"""Which days to ask for at once: as many as memory and Meta's own limits bear, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench.core.dates import Period

if TYPE_CHECKING:
    from workbench.lake import Lake
    from workbench.lake.window import Grain

#: Conversions of so many days may still change, so they are read again each time.
RESTATED_DAYS = 28
#: Rows of one commit; a window holds the days that bring about so many.
TARGET_ROWS = 40_000
#: Days of the first window where nothing is known about their number of rows.
FIRST_DAYS = 3

_QUERY = """
SELECT count(*) AS n_rows, count(DISTINCT date_start) AS n_days FROM ad_insights
WHERE network = 'meta' AND account_id = ? AND grain = ? AND date_start >= ?
"""


def since_when(*, last_good_day: date | None, yesterday: date, since: date | None = None) -> date:
    """Return the first day to read: what may still be restated, and whatever was missed before.

    Parameters
    ----------
    last_good_day : datetime.date or None
        Last whole day that is loaded; a gap after it fills itself.
    yesterday : datetime.date
        Last whole day in the account's time zone.
    since : datetime.date, optional
        Asked for by the reader; wins.

    Examples
    --------
    >>> since_when(last_good_day=date(2026, 9, 1), yesterday=date(2026, 11, 20))
    datetime.date(2026, 8, 5)
    """
    if since is not None:
        return since
    last = yesterday if last_good_day is None else min(last_good_day, yesterday)
    # What was still open on the last good day has been restated during the gap.
    return last - timedelta(days=RESTATED_DAYS - 1)


def gaps(period: Period, done: Iterable[Period]) -> list[Period]:
    """Return the runs of days of a period that no finished window covers, in order.

    Examples
    --------
    >>> week = Period(date(2026, 11, 1), date(2026, 11, 7))
    >>> [str(run) for run in gaps(week, [Period(date(2026, 11, 3), date(2026, 11, 4))])]
    ['2026-11-01 – 2026-11-02', '2026-11-05 – 2026-11-07']
    """
    covered = {day for window in done for day in window.days()}
    runs: list[Period] = []
    for day in period.days():
        if day in covered:
            continue
        if runs and runs[-1].stop == day - timedelta(days=1):
            runs[-1] = Period(runs[-1].start, day)
        else:
            runs.append(Period(day, day))
    return runs


class Pace:
    """How many days bring about :data:`TARGET_ROWS` rows, learned from what came before.

    Parameters
    ----------
    rows_per_day : float or None
        What the lake knows; ``None`` if nothing.
    """

    def __init__(self, rows_per_day: float | None) -> None:
        self.rows_per_day = rows_per_day

    @property
    def n_days(self) -> int:
        """Days of the next window, from 1 to :data:`RESTATED_DAYS`."""
        if self.rows_per_day is None:
            return FIRST_DAYS
        return max(1, min(RESTATED_DAYS, int(TARGET_ROWS / max(self.rows_per_day, 1e-9))))

    def learn(self, window: Period, n_rows: int) -> None:
        """Take the rows of a window into account."""
        self.rows_per_day = max(n_rows / window.n_days, (self.rows_per_day or 0.0) / 2)


def windows(period: Period, done: Iterable[Period], pace: Pace) -> Iterator[Period]:
    """Yield the windows that are still to be read, the newest first, each as long as the pace allows then."""
    for run in reversed(gaps(period, done)):
        stop = run.stop
        while stop >= run.start:
            start = max(run.start, stop - timedelta(days=pace.n_days - 1))
            yield Period(start, stop)
            stop = start - timedelta(days=1)


def known_pace(lake: Lake, account_id: str, grain: Grain, *, since: date) -> Pace:
    """Return the pace that the lake's own rows of this grain suggest."""
    found = lake.sql(_QUERY, params=(account_id, str(grain), since)).to_pylist()[0]
    return Pace(found["n_rows"] / found["n_days"] if found["n_days"] else None)
