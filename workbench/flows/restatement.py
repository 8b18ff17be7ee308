"""How much do these figures still move: what was believed at earlier moments against now.

Every earlier moment costs the opening of an old snapshot, so only a few are asked: for a period the first
moments after each quarter of its days, and a single one to learn how results fill up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.core.dates import Period, account_today
from workbench.flows.rows import to_frame, where_clause
from workbench.performance.maturity import FINAL_AFTER_DAYS, Maturity, from_beliefs, from_delays
from workbench.performance.restatement import Restatement, compare_beliefs

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows.filters import FilterState
    from workbench.flows.overview import OverviewView
    from workbench.lake import Lake

#: Earlier moments that are asked for a period.
N_MOMENTS = 4
#: Commits closer than this are one load of several windows.
_ONE_LOAD = timedelta(seconds=60)
#: Loads of several grains in one morning believe the same of a day.
_ONE_MORNING = timedelta(hours=12)
_LEARNED_DAYS = 4 * FINAL_AFTER_DAYS

_BELIEVED = """
SELECT date_start, sum(spend_micros)::BIGINT AS spend_micros,
       sum(coalesce(results, conversions))
         FILTER (result_type IS NULL OR result_type = ? OR ? = '') AS results,
       (SELECT max(date_stop) FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ?) AS seen_to
FROM ad_insights WHERE {where} GROUP BY date_start ORDER BY date_start
"""

_DELAYS = """
SELECT date_start, converted_on, sum(conversions) AS conversions FROM conversions
WHERE network = ? AND account_id = ? AND conversion_type = ? AND date_start > ?
GROUP BY date_start, converted_on
"""


def restatement_of(
    lake: Lake,
    view: OverviewView,
    *,
    since: datetime | None = None,
    maturity: Maturity | None = None,
    time_zone: str = "UTC",
) -> Restatement:
    """Compare each day's first belief with what is believed now.

    Parameters
    ----------
    lake : Lake
        The lake that ``view`` was computed from.
    view : OverviewView
        What is shown: its slice, days, filters and kind of result.
    since : datetime, optional
        The one earlier moment to compare with; default a few soon after the days shown.
    maturity : Maturity, optional
        How results fill up, from :func:`learned_maturity`.
    time_zone : str
        The account's time zone: a day counts as seen once it is over there.

    Returns
    -------
    Restatement
        Without days where no earlier belief knew any of them.
    """
    state, overview = view.state, view.overview
    moments: Sequence[datetime] = ()
    if view.shown.is_daily:
        if since is None:
            moments = _for_period(earlier_moments(lake, as_of=state.as_of), state.period)
        elif (earliest := lake.earliest()) is not None and earliest <= since:
            moments = [since]
    kind = overview.result_type or ""
    beliefs = _beliefs(lake, state, state.period, moments, kind=kind, time_zone=time_zone)
    return compare_beliefs(
        beliefs,
        period=state.period,
        currency=overview.currency,
        result_type=overview.result_type,
        maturity=maturity,
        history_days=_history_days(lake, state),
    )


def learned_maturity(lake: Lake, view: OverviewView, *, time_zone: str = "UTC") -> Maturity | None:
    """Learn how results of the shown account and grain fill up.

    Where conversions are kept by the day of the contact and their own, their delays tell; else what was
    believed four weeks ago of days that are final by now.

    Parameters
    ----------
    lake, view, time_zone
        As for :func:`restatement_of`.

    Returns
    -------
    Maturity or None
        ``None`` where neither tells enough; then no old snapshot has been opened.
    """
    if not view.shown.is_daily:
        return None
    kind, data_to = view.overview.result_type or "", view.shown.period.stop
    state = view.state
    found = _from_delays(lake, state, kind, data_to)
    if found is not None:
        return found
    moments = _for_learning(earlier_moments(lake, as_of=state.as_of), _newest(lake, state))
    period = Period(data_to - timedelta(days=_LEARNED_DAYS), data_to)
    beliefs = _beliefs(lake, state, period, moments, kind=kind, time_zone=time_zone, whole=True)
    return from_beliefs(beliefs, data_to=data_to) if len(beliefs) else None


def earlier_moments(lake: Lake, *, as_of: datetime | None = None) -> tuple[datetime, ...]:
    """Return the moments, in order, whose beliefs may differ from the newest one (at ``as_of``).

    Commits within a minute are one load, and loads of the newest half day tell little of how figures move;
    both count where there is nothing else.
    """
    every = sorted({c.believed_at for c in lake.history("ad_insights") if c.n_rows})
    known = [m for m in every if as_of is None or m <= as_of]
    ends = [a for a, b in pairwise(known) if b - a >= _ONE_LOAD]
    before_today = [m for m in ends if known[-1] - m >= _ONE_MORNING]
    return tuple(before_today or ends or known[-2:-1])


def _newest(lake: Lake, state: FilterState) -> datetime:
    moments = [c.believed_at for c in lake.history("ad_insights") if c.n_rows]
    return state.as_of or max(moments, default=datetime.min.replace(tzinfo=UTC))


def _history_days(lake: Lake, state: FilterState) -> int:
    moments = earlier_moments(lake, as_of=state.as_of)
    return (_newest(lake, state) - moments[0]).days if moments else 0


def _for_period(known: Sequence[datetime], period: Period) -> list[datetime]:
    """Choose the first moment after each quarter of the days; of one day's moments, some evenly."""
    if not known or known[-1] - known[0] < timedelta(days=2):
        return _evenly(known, N_MOMENTS)
    seen = [m for m in known if m.date() > period.start]
    chosen = []
    for i in range(1, N_MOMENTS + 1):
        over = period.start + timedelta(days=max(i * period.n_days // N_MOMENTS, 1))
        after = [m for m in seen if m >= datetime.combine(over, time(), UTC)]
        chosen += after[:1] or seen[-1:]
    return sorted(set(chosen))


def _for_learning(known: Sequence[datetime], newest: datetime) -> list[datetime]:
    """Choose the newest moment that lies so far back that what it saw is final by now."""
    if known and known[-1] - known[0] < timedelta(days=2):
        return list(known[:1])  # a rehearsal lives through months in an hour
    return [m for m in known if m <= newest - timedelta(days=FINAL_AFTER_DAYS)][-1:]


def _evenly(known: Sequence[datetime], n: int) -> list[datetime]:
    if len(known) <= n:
        return list(known)
    return [known[round(i * (len(known) - 1) / (n - 1))] for i in range(n)]


def _beliefs(
    lake: Lake,
    state: FilterState,
    period: Period,
    moments: Sequence[datetime],
    *,
    kind: str,
    time_zone: str,
    whole: bool = False,
) -> pd.DataFrame:
    """Read what each moment believed of the days that were over by then, beside what is believed now."""
    import pandas as pd

    frames = []
    for moment in moments:
        then = _believed(lake, state, period, at=moment, kind=kind, whole=whole)
        if not len(then):
            continue
        # the newest snapshot is asked in between, so that it stays open for the page
        now = _believed(lake, state, period, at=state.as_of, kind=kind, whole=whole)
        last = _last_whole_day(then["seen_to"].iloc[0], moment, time_zone)
        both = then[then["date_start"] <= last].merge(now, on="date_start", suffixes=("_then", "_now"))
        ages = [(last - day).days for day in both["date_start"]]
        frames.append(both.assign(moment=pd.Timestamp(moment), age_days=ages))
    if not frames:
        return pd.DataFrame(columns=["moment", "date_start", "age_days", *_MEASURES])
    return pd.concat(frames, ignore_index=True).rename(columns=_NAMES)


_NAMES = {
    "spend_micros_then": "spend_then_micros",
    "spend_micros_now": "spend_now_micros",
}
_MEASURES = (*_NAMES.values(), "results_then", "results_now")


def _believed(
    lake: Lake, state: FilterState, period: Period, *, at: datetime | None, kind: str, whole: bool
) -> pd.DataFrame:
    where, values = where_clause(state, period, whole=whole)
    params = (kind, kind, state.network, state.account_id, state.grain, *values)
    return to_frame(lake.sql(_BELIEVED.format(where=where), params=params, as_of=at))


def _last_whole_day(seen_to: date, moment: datetime, time_zone: str) -> date:
    """Return the last day that was over: an export of today has a part of it only."""
    is_today = seen_to == account_today(time_zone, moment)
    return seen_to - timedelta(days=1) if is_today else seen_to


def _from_delays(lake: Lake, state: FilterState, kind: str, data_to: date) -> Maturity | None:
    first = data_to - timedelta(days=_LEARNED_DAYS)
    params = (state.network, state.account_id, kind, first)
    frame = to_frame(lake.sql(_DELAYS, params=params, as_of=state.as_of))
    return from_delays(frame, data_to=data_to) if len(frame) else None
