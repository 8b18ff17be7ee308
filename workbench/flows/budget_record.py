"""What earlier plans and daily budgets expected, and what came of them where they were followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.estimate import Estimate
from workbench.budget.horizon import horizon_of
from workbench.budget.plan import halves_of
from workbench.budget.plan_file import PlanLimits
from workbench.budget.problem import Periods
from workbench.core.errors import WorkbenchError
from workbench.flows.budget_plan import problem_of
from workbench.flows.budget_run import MixRun, read_run
from workbench.flows.daily_record import PastDays, daily_record
from workbench.flows.draft_action import KIND
from workbench.flows.kept_drafts import KeptDraft, kept_drafts

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.stats.counts import Floats

_MOST = 6
_LEAST_PERIODS = 4  # of data after a plan: fewer say little about what it brought
_FOLLOWED = 0.15  # of the total that may have gone elsewhere than planned


@dataclass(frozen=True)
class PastPlan:
    """One plan that was drafted before.

    Attributes
    ----------
    number : int
        Of the action in the ledger.
    state, created_by : str
    created_at : datetime
    n_periods : int
        That its amounts are for.
    moved : float
        Currency units that it takes from one item and gives to another, or adds or takes away.
    expected : Estimate
        Outcome that it was to bring more than the spends of then, by its own model run: a period, and for a
        plan of several periods in all of them and after.
    by_period : tuple of Estimate
        The same of each planned period; empty for one.
    came : Estimate or None
        The same as ``expected`` by the later run, at what was really spent since.
    expected_as_spent : Estimate or None
        What its own run expected of those spends.
    n_since : int
        Whole periods of the later run's data after the plan.
    why_not : str
        Why there is no ``came``; empty where there is.
    """

    number: int
    state: str
    created_by: str
    created_at: datetime
    n_periods: int
    moved: float
    expected: Estimate
    by_period: tuple[Estimate, ...]
    came: Estimate | None
    expected_as_spent: Estimate | None
    n_since: int
    why_not: str

    @property
    def is_inside(self) -> bool | None:
        """Whether what came lies in what was expected of the same spends; ``None`` where none can say."""
        if self.expected_as_spent is None or self.came is None:
            return None
        low, high = self.expected_as_spent.interval
        return low <= self.came.mean <= high


def budget_record(settings: Settings, run: MixRun) -> tuple[PastPlan | PastDays, ...]:
    """Return the last plans of the same items and outcome, then the last daily budgets, each newest first.

    Parameters
    ----------
    settings : Settings
        The installation, whose ledger has the drafts.
    run : MixRun
        The run that is shown: with data since a plan it says what came of it.

    Returns
    -------
    tuple of PastPlan and PastDays
        Six plans at most. What came is the later fit's estimate at the spends since, compared with those
        before the plan; it is given only where there are four periods of data after the plan, or all that
        were planned if these are more, and the money went where the plan said, to 15 % of the total. Of
        daily budgets see `workbench.flows.daily_record`.
    """
    out: list[PastPlan] = []
    for one in kept_drafts(settings, KIND):
        try:
            then = read_run(settings.runs_folder, str(one.payload["model_run"]))
        except (WorkbenchError, OSError, ValueError, KeyError):
            continue  # its model run is gone: nothing says what it expected
        if _kind(then) == _kind(run):
            out.append(_judged(one, then, run))
        if len(out) == _MOST:
            break
    return (*out, *daily_record(settings, is_simulated=_is_simulated(run)))


def _is_simulated(run: MixRun) -> bool:
    return bool(run.stored.about.get("origin", {}).get("is_simulated"))


def _kind(run: MixRun) -> tuple[object, ...]:
    """Return what two runs have to share for their plans to be compared."""
    about = run.stored.about
    outcome, step = about["result"]["outcome"], about["step_days"]
    return outcome, step, run.currency, run.stored.channels, _is_simulated(run)


def _judged(one: KeptDraft, then: MixRun, run: MixRun) -> PastPlan:
    n = int(one.payload["n_periods"])
    planned, before = _spends(one, then)
    expected, *by_period = _gains(then, then, planned, before)
    n_since = (_last(run) - one.created_at.date()).days // int(run.stored.about["step_days"])
    came, as_spent, why_not = None, None, ""
    if run.stored.run_id == then.stored.run_id or n_since < max(_LEAST_PERIODS, n):
        why_not = "too early"
    elif (spent := _spent(run, n_since, n)) is None:
        why_not = "spends not kept"
    elif not _followed(spent, planned):
        why_not = "not followed"
    else:
        came, as_spent = _gains(run, then, spent, before)[0], _gains(then, then, spent, before)[0]
    return PastPlan(
        one.number,
        one.state,
        one.created_by,
        one.created_at,
        n,
        one.moved_minor / then.units,
        expected,
        tuple(by_period),
        came,
        as_spent,
        max(n_since, 0),
        why_not,
    )


def _spends(one: KeptDraft, then: MixRun) -> tuple[Floats, Floats]:
    """Return what a plan wanted and what was spent before it, currency units, items × planned periods."""
    n, names = int(one.payload["n_periods"]), then.stored.channels
    planned = {row["item"]: row["by_period_minor"] for row in one.payload["budgets"]}
    had = {name: sum(minor) / n for name, minor in planned.items()}
    had |= {row["item"]: row["from_minor"] / n for row in one.diff}
    wanted = np.array([planned[name] for name in names], dtype=np.float64) / then.units
    return wanted, np.array([[had[name]] * n for name in names], dtype=np.float64) / then.units


def _spent(run: MixRun, n_since: int, n: int) -> Floats | None:
    """Return what was spent since a plan, items × its periods; for a plan of one, the mean of all since."""
    past = run.stored.recent_spend[-n_since:]
    if n > 1:
        return past[:n].T if len(past) == n_since else None
    return past.mean(axis=0)[:, None] if len(past) >= _LEAST_PERIODS else None


def _followed(spent: Floats, planned: Floats) -> bool:
    """Whether the money went where a plan said, over all its periods."""
    there, wanted = spent.sum(axis=1), planned.sum(axis=1)
    whole = max(float(wanted.sum()), 1e-9)
    elsewhere = max(float(np.abs(there - wanted).sum()) / 2, abs(float(there.sum() - wanted.sum())))
    return elsewhere <= _FOLLOWED * whole


def _gains(run: MixRun, then: MixRun, new: Floats, old: Floats) -> list[Estimate]:
    """Return what spends bring more than others: in all, and of several periods then in each.

    By a run's draws, beginning with what had been spent when the plan was made.
    """
    if new.shape[1] == 1:
        draws = [(run.held_out.by_draw(new[:, 0])[0] - run.held_out.by_draw(old[:, 0])[0]).sum(axis=0)]
    else:
        draws = _gains_of_several(run, then, new, old)
    tail = (1 - run.stored.about["result"]["level"]) / 2
    ranges = [np.quantile(each, [tail, 1 - tail]) for each in draws]
    return [
        Estimate(float(each.mean()), (float(low), float(high)))
        for each, (low, high) in zip(draws, ranges, strict=True)
    ]


def _gains_of_several(run: MixRun, then: MixRun, new: Floats, old: Floats) -> list[Floats]:
    """Return gains by draw: with what is carried out after the last period, and of each period."""
    n = new.shape[1]
    thin = run.for_several
    stored = replace(thin, about={**thin.about, "carry_in_spend": then.stored.about["carry_in_spend"]})
    problem = problem_of(stored, PlanLimits(), 1, currency=run.currency, n_periods=n)
    half = halves_of(problem.items[0].curve.n_draws, problem.seed)[1]

    def gain(first: int, n_after: int) -> Floats:
        periods = Periods(first, n_after=n_after)
        horizon = horizon_of(replace(problem, periods=periods), half)
        parts = [horizon.outcomes(x[:, :first] * run.units) for x in (new, old)]
        return parts[0] - parts[1]

    so_far = [gain(first, 0) for first in range(1, n + 1)]
    each = [so_far[0], *(later - before for before, later in pairwise(so_far))]
    return [gain(n, problem.periods.n_after), *each]


def _last(run: MixRun) -> date:
    return date.fromisoformat(run.stored.about["result"]["dates"]["last"])
