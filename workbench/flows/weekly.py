"""The weekly performance report: seven days against the seven before, with their freshness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.core.dates import last_days
from workbench.core.errors import NotEnoughData
from workbench.flows.available import Available, available
from workbench.flows.company import shown_lake
from workbench.flows.differences import Differences, differences
from workbench.flows.filters import FilterState
from workbench.flows.overview import OverviewView, overview_of

if TYPE_CHECKING:
    from workbench.core.settings import Settings

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
    """

    week: OverviewView
    trend: OverviewView
    differences: Differences
    late: tuple[str, ...]
    asof: date

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
    known = available(lake)
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
    return Weekly(
        week=week,
        trend=overview_of(lake, states[1], known=known),
        differences=differences(lake, week, settings),
        late=_late(known, asof),
        asof=asof,
    )


def _late(known: Available, asof: date) -> tuple[str, ...]:
    late = []
    for network, account_id in known.accounts:
        last = max(s.period.stop for s in known.grains(network, account_id))
        if last < asof:
            late.append(f"Account {account_id} ({network}) has figures to {last:%-d %b %Y} only.")
    return tuple(late)
