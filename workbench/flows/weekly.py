"""The weekly performance report: seven days against the seven before, with their freshness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from workbench.core.dates import last_days
from workbench.core.errors import NotEnoughData
from workbench.flows.accounts import with_account_facts
from workbench.flows.available import Available, available
from workbench.flows.company import shown_lake
from workbench.flows.differences import Differences, differences
from workbench.flows.filters import FilterState
from workbench.flows.overview import OverviewView, overview_of
from workbench.flows.platforms import Spread, spread_of
from workbench.flows.restatement import restatement_of
from workbench.flows.why_changed import Evidence, why_changed

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake
    from workbench.performance.restatement import Restatement
    from workbench.performance.why_changed import WhyChanged

N_DAYS = 7
N_TREND_DAYS = 56


@dataclass(frozen=True)
class Weekly:
    """What the weekly report says.

    Attributes
    ----------
    week : OverviewView
        The seven days, against the seven before.
    trend : OverviewView
        The eight weeks up to the same day, for the long line.
    differences : Differences
        What may explain another figure in Ads Manager.
    late : tuple of str
        Accounts whose figures do not reach the report's day, each as a sentence.
    asof : datetime.date
        Last day reported on.
    restated : Restatement
        What moved, since the report a week earlier, in the weeks that it knew.
    why : WhyChanged or None
        Four checks of the change of cost per result.
    spread : Spread
        Networks, accounts and platforms side by side.
    """

    week: OverviewView
    trend: OverviewView
    differences: Differences
    late: tuple[str, ...]
    asof: date
    restated: Restatement
    why: WhyChanged | None
    spread: Spread

    def subject(self, locale: str = "en_GB") -> str:
        """Return the finding in one line: what a mail's subject says."""
        simulated = "Simulated: " if self.week.is_simulated else ""
        return f"{simulated}{self.week.overview.summary(locale)}"


def weekly(settings: Settings, *, asof: date, account_id: str | None = None) -> Weekly:
    """Compute the weekly report.

    Parameters
    ----------
    settings : Settings
        The installation.
    asof : datetime.date
        Last day to report on.
    account_id : str, optional
        Ad account; default the one with the newest figures.

    Raises
    ------
    NotEnoughData
        If there are no figures in the week.
    """
    lake = shown_lake(settings)
    known = with_account_facts(available(lake), settings)
    shown = known.choose(None, account_id or None, None)
    base = {"account": shown.account_id, "network": shown.network, "grain": shown.grain}
    if shown.is_daily:
        days, long = last_days(N_DAYS, until=asof), last_days(N_TREND_DAYS, until=asof)
        states = [
            FilterState.from_fragment({**base, "from": p.start.isoformat(), "to": p.stop.isoformat()}, known)
            for p in (days, long)
        ]
    else:  # rows that span many days have no week: the report shows all of them
        states = [FilterState.from_fragment(base, known)] * 2
    week = overview_of(lake, states[0], known=known)
    if not week.overview.totals.spend_micros and not week.overview.totals.impressions:
        raise NotEnoughData(
            f"Account {shown.account_id} has no figures from {states[0].start} to {states[0].stop}.",
            next_step=f"Choose a day from {shown.period.start} to {shown.period.stop}.",
            account_id=shown.account_id,
            asof=asof,
        )
    trend = overview_of(lake, states[1], known=known)
    return Weekly(
        week=week,
        trend=trend,
        differences=differences(lake, week, settings),
        late=_late(known, asof),
        asof=asof,
        restated=_restated(lake, trend, asof=asof),
        why=why_changed(week, Evidence(lake, settings)),
        spread=spread_of(lake, week.state, known, result_type=week.overview.result_type),
    )


def _restated(lake: Lake, trend: OverviewView, *, asof: date) -> Restatement:
    """Compare with what the report of the week before could know: the morning after its last day."""
    since = datetime.combine(asof - timedelta(days=N_DAYS - 1), time(12), UTC)
    return restatement_of(lake, trend, since=since, time_zone=trend.shown.time_zone)


def _late(known: Available, asof: date) -> tuple[str, ...]:
    late = []
    for network, account_id in known.accounts:
        last = max(s.period.stop for s in known.grains(network, account_id))
        if last < asof:
            late.append(f"Account {account_id} ({network}) has figures to {last:%-d %b %Y} only.")
    return tuple(late)
