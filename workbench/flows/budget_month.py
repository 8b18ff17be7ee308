"""The monthly budget report: spend against plan, what it brought by the kept model, and the next plan."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.budget.pacing import Pace, pace
from workbench.core.errors import NotEnoughData, WorkbenchError
from workbench.core.money import to_minor
from workbench.flows.budget_asked import Asked
from workbench.flows.budget_from_now import read_run_now
from workbench.flows.budget_plan import NO_CURRENCY
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_run import MixRun, mix_runs
from workbench.flows.budget_view import BudgetView, view_of
from workbench.flows.company import shown_lake, shows_simulated
from workbench.flows.kept_plans import KeptPlan, kept_plans, origin_of
from workbench.flows.month_spend import MonthSpend, month_spend

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake

_DROPPED = ("refused", "failed", "expired", "undone")
_AGREED = ("approved", "applying", "applied", "verified")


@dataclass(frozen=True)
class SpentItem:
    """One item's spend of the month beside its plan; ``planned_minor`` is ``None`` without one."""

    name: str
    spent_micros: int
    planned_minor: int | None


@dataclass(frozen=True)
class BudgetMonth:
    """What the monthly report says.

    Attributes
    ----------
    asof : datetime.date
        The report's day.
    spend : MonthSpend
    items : tuple of SpentItem
        The largest spend first.
    plan : KeptPlan or None
        The one that was written last by the end of the month, agreed ones before drafts.
    no_plan : str
        Why there is none to compare with.
    pace : Pace or None
        The running month so far; its plan is 0 where none can be compared.
    no_pace : str
        Why there is none.
    run : MixRun or None
        The newest kept run of these figures.
    view : BudgetView or None
        The next plan, as the Budget page shows it first.
    no_view : str
        Why there is none.
    kept : tuple of KeptPlan
        The plan, and those written since the month began, the newest first.
    is_simulated : bool
    """

    asof: date
    spend: MonthSpend
    items: tuple[SpentItem, ...]
    plan: KeptPlan | None
    no_plan: str
    pace: Pace | None
    no_pace: str
    run: MixRun | None
    view: BudgetView | None
    no_view: str
    kept: tuple[KeptPlan, ...]
    is_simulated: bool

    @property
    def planned_minor(self) -> int | None:
        """The month's plan; ``None`` without one."""
        planned = [one.planned_minor for one in self.items if one.planned_minor is not None]
        return sum(planned) if self.plan is not None else None

    @property
    def spent_minor(self) -> int:
        """All that was spent in the month, rounded once."""
        return to_minor(self.spend.total_micros, self.spend.currency)

    @property
    def covered_micros(self) -> int:
        """What was spent on the items that the plan names; without a plan, on all."""
        return sum(
            one.spent_micros for one in self.items if self.plan is None or one.planned_minor is not None
        )


def budget_month(settings: Settings, *, asof: date, account_id: str = "") -> BudgetMonth:
    """Compute the monthly budget report for the last month that ended by a day.

    Parameters
    ----------
    settings : Settings
        The installation.
    asof : datetime.date
        Last day to report on; the days after the month tell where the next one lands.
    account_id : str
        Ad account; by default those of the newest kept run, else the one with the newest figures.

    Raises
    ------
    NotEnoughData
        If no month with daily figures has ended.
    DataError
        If the accounts cannot be added up.
    """
    lake, simulated = shown_lake(settings), shows_simulated(settings)
    run = _newest_run(settings, account_id, is_simulated=simulated, asof=asof)
    spend = _spend(lake, settings, run, account_id, asof=asof)
    written = kept_plans(settings, is_simulated=simulated)
    plan, no_plan = _plan_at(written, spend, until=spend.month.stop)
    planned = plan.for_days(spend.month.n_days) if plan else {}
    names = {**dict.fromkeys(planned, 0), **spend.of_month}
    items = [SpentItem(name, micros, planned.get(name)) for name, micros in names.items()]
    paced, no_pace = _pace(written, spend)
    view, no_view = _next_plan(run)
    return BudgetMonth(
        asof=asof,
        spend=spend,
        items=tuple(sorted(items, key=lambda one: (-one.spent_micros, one.name))),
        plan=plan,
        no_plan=no_plan,
        pace=paced,
        no_pace=no_pace,
        run=run,
        view=view,
        no_view=no_view,
        kept=tuple(one for one in written if one is plan or one.created_at.date() >= spend.month.start),
        is_simulated=simulated,
    )


def _newest_run(settings: Settings, account_id: str, *, is_simulated: bool, asof: date) -> MixRun | None:
    """Return the newest kept run of the shown company: no company's model explains another's figures."""
    folder = settings.runs_folder
    for run_id, _ in mix_runs(folder):
        origin = origin_of(folder, run_id)
        accounts = [one["account_id"] for one in origin.get("accounts", ())]
        is_theirs = bool(origin.get("is_simulated")) == is_simulated
        if is_theirs and (not account_id or not accounts or accounts == [account_id]):
            return read_run_now(settings, run_id, until=asof)
    return None


def _spend(lake: Lake, settings: Settings, run: MixRun | None, account_id: str, *, asof: date) -> MonthSpend:
    """Read the month at the level of the run, else by campaign, else by network."""
    from workbench.flows.available import available

    origin = run.stored.about.get("origin") if run else None
    if origin:
        accounts = tuple(one["account_id"] for one in origin["accounts"])
        asked = LakeQuestion(level=origin["level"], accounts=accounts)
        return month_spend(lake, settings, asked, asof=asof)
    account = available(lake).choose(None, account_id or None, None).account_id
    try:
        return month_spend(lake, settings, LakeQuestion("campaign", accounts=(account,)), asof=asof)
    except NotEnoughData as error:
        if error.facts.get("field") != "level":
            raise
        return month_spend(lake, settings, LakeQuestion(accounts=(account,)), asof=asof)


def _plan_at(written: list[KeptPlan], spend: MonthSpend, *, until: date) -> tuple[KeptPlan | None, str]:
    """Return the plan that held on a day, or why there is none to compare with."""
    known = [one for one in written if one.created_at.date() <= until and one.state not in _DROPPED]
    if not known:
        return None, "No plan was written by then."
    plan = next((one for one in known if one.state in _AGREED), known[0])
    spent_on = {*spend.of_month, *(name for items in spend.by_day.values() for name in items)}
    if plan.currency not in (spend.currency, NO_CURRENCY) or not spent_on & set(plan.budgets):
        return None, f"Plan {plan.number}, the last one, speaks of other items than these figures."
    return plan, ""


def _pace(written: list[KeptPlan], spend: MonthSpend) -> tuple[Pace | None, str]:
    """Project the running month from its days so far; none to come may cost more than the dearest."""
    if spend.running is None:
        return None, "The figures end with the month."
    plan, _ = _plan_at(written, spend, until=spend.running.stop)
    daily = spend.daily_minor(plan.budgets if plan else None)
    if not any(daily):
        return None, "Nothing has been spent in it so far."
    n_days = monthrange(spend.running.start.year, spend.running.start.month)[1]
    planned = sum(plan.for_days(n_days).values()) if plan else 0
    try:
        return pace(
            daily,
            first_day=spend.running.start,
            plan_minor=planned,
            daily_budget_minor=max(daily),
            currency=spend.currency,
        ), ""
    except WorkbenchError:
        return None, f"{len(daily)} days are too few to tell where it lands."


def _next_plan(run: MixRun | None) -> tuple[BudgetView | None, str]:
    if run is None:
        return None, "No kept model run is of these figures."
    try:
        return view_of(run, Asked()), ""
    except WorkbenchError as error:
        return None, str(error)
