"""Whether the running month's spend is on its way to plan, from the figures that are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.budget.pacing import Pace, pace
from workbench.budget.plan_file import exact_minor
from workbench.budget.problem import refused
from workbench.core.dates import Period
from workbench.core.errors import NotEnoughData
from workbench.core.money import to_minor
from workbench.flows.budget_rows import LakeQuestion, daily_slices, last_whole_day
from workbench.flows.company import SIMULATED_LABEL, shown_lake, shows_simulated
from workbench.flows.set_budgets import budget_snapshot

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.available import Slice
    from workbench.lake import Lake

_LEAST_DAYS = 5
_DAYS = """
SELECT date_start, sum(spend_micros)::BIGINT AS spend_micros FROM ad_insights
WHERE network = ? AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ? GROUP BY date_start
"""


@dataclass(frozen=True)
class MonthPace:
    """The running month beside its plan, with the basis.

    Attributes
    ----------
    pace : Pace
    period : Period
        Days that were read: from the first of the month to the last whole day.
    notes : tuple of str
        What a reader has to know.
    is_simulated : bool
    """

    pace: Pace
    period: Period
    notes: tuple[str, ...]
    is_simulated: bool

    def summary(self) -> str:
        """Say where the month lands and what to set tomorrow, and on which basis."""
        label = [SIMULATED_LABEL] if self.is_simulated else []
        return "\n".join([*label, f"{self.period}: {self.pace.summary()}", *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        days = {"start": self.period.start.isoformat(), "stop": self.period.stop.isoformat()}
        return {
            "simulated": self.is_simulated,
            **self.pace.to_dict(),
            "days": days,
            "notes": list(self.notes),
        }


def pace_from_lake(
    settings: Settings, *, plan: str, account: str = "", daily_budget: str = "", asof: date | None = None
) -> MonthPace:
    """Project the spend of the month that the newest figures are of.

    Parameters
    ----------
    settings : Settings
    plan : str
        Planned spend of the whole month, in currency units.
    account : str
        Ad account; by default all, which have to share a currency and a time zone.
    daily_budget : str
        All daily budgets together, in currency units; by default what is set in the account, else the dearest
        day so far, over which no day is then expected to go.
    asof : datetime.date, optional
        Last day that may be read.

    Raises
    ------
    NotEnoughData
        If there are no daily figures.
    DataError
        If an amount cannot be read, or the month has fewer than five days.
    """
    lake = shown_lake(settings)
    slices = daily_slices(lake, settings, LakeQuestion(accounts=(account,) if account else ()))
    currency = slices[0].currency
    plan_minor = exact_minor("plan", plan, currency)
    if plan_minor == 0:
        raise refused("plan", plan, "leaves nothing to pace", "Give an amount above 0.")
    period = _period(lake, slices, asof)
    daily = _daily_minor(lake, slices, period)
    if not any(daily):
        there_are = Period(min(s.period.start for s in slices), max(s.period.stop for s in slices))
        raise NotEnoughData(
            f"day: nothing was spent from {period.start} to {period.stop}.",
            next_step=f"There are figures of {there_are}: ask for another day, or load newer ones.",
            field="day",
        )
    budget, note = _daily_budget(lake, slices, daily_budget, daily)
    found = pace(
        daily,
        first_day=period.start,
        plan_minor=plan_minor,
        daily_budget_minor=budget,
        currency=currency,
    )
    return MonthPace(found, period, (note,), shows_simulated(settings))


def _period(lake: Lake, slices: list[Slice], asof: date | None) -> Period:
    """Return the days so far of the month that the last whole day of all accounts lies in."""
    last = min([last_whole_day(lake, shown) for shown in slices] + ([asof] if asof else []))
    first = last.replace(day=1)
    if last.day < _LEAST_DAYS:
        before = first - timedelta(days=1)
        raise NotEnoughData(
            f"day: {last.day} of the {_LEAST_DAYS} days that a month's pace takes have ended by {last}.",
            next_step=f"Wait for the fifth, or look back by --day {before}.",
            field="day",
        )
    return Period(first, last)


def _daily_minor(lake: Lake, slices: list[Slice], period: Period) -> list[int]:
    """Return each day's spend; days without rows spent nothing. They sum to the total rounded once."""
    micros: dict[date, int] = dict.fromkeys(period.days(), 0)
    for shown in slices:
        where = (shown.network, shown.account_id, shown.grain, period.start, period.stop)
        for row in lake.sql(_DAYS, params=where).to_pylist():
            micros[row["date_start"]] += row["spend_micros"]
    out, so_far = [], 0
    for value in micros.values():
        before = to_minor(so_far, slices[0].currency)
        so_far += value
        out.append(to_minor(so_far, slices[0].currency) - before)
    return out


def _daily_budget(lake: Lake, slices: list[Slice], given: str, daily: list[int]) -> tuple[int, str]:
    """Return all daily budgets together, and where they are from."""
    if given:
        budget = exact_minor("daily_budget", given, slices[0].currency)
        if budget <= 0:
            raise refused("daily_budget", given, "is no budget", "Give one above zero.")
        return budget, "The daily budget is as given."
    known = [budget_snapshot(lake, shown, "campaign") for shown in slices]
    found = [one for one in known if one is not None]
    total = sum(sum(one.daily_minor.values()) for one in found)
    if total and len(found) == len(known):
        said = "The daily budget is the sum of those set on campaigns and ad sets that run."
        n_other = sum(len(one.partly_known) for one in found)
        lifetime = f" Budgets for a lifetime, of {n_other}, are not in it; their spend is." if n_other else ""
        return total, said + lifetime
    return max(daily), "No daily budgets are loaded: the dearest day so far stands for them."
