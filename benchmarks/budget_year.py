"""Twelve months of monthly plans in the simulated market: regret against the best split by the truth.

``python -m benchmarks.budget_year [n] [--first seed]`` makes n worlds (10), each another advertiser with six
lead campaigns and a year of history. At the start of each of the next twelve months every strategy is given
the same total and sets its daily budgets; each lives in its own copy of the world, and all share the noise.
The workbench's are what a user would run: weekly figures that have arrived by then, a fit with campaigns
pooled in their network, and a plan from the budgets set now, with steps of a fifth at most and the default
risk. One fit explains what is reported of each campaign (``fit_reported``), the other the total alone
(``fit_mix``). By itself a plan makes one step a month and nothing spends more than was ever observed. Shares
by results per unit of spend know neither limit: beside them stands a plan of four weeks, a step each, that
may go beyond. In our market the network credits what was truly caused, which real networks need not do:
reports are at their best.

Regret is the oracle's expected results less the strategy's, given the month's real prices and rates. The
oracle knows the truth and chooses month by month (`benchmarks.budget_year_oracle`); the best single split of
the year by the truth is lived through too, to see what looking ahead would be worth. All of it is simulated,
and says nothing about real advertising. Times are processor seconds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a second thread only spins

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.budget_year_figures import Claim, Year, print_year
from benchmarks.budget_year_oracle import best_split, responses, room_left
from benchmarks.budget_year_world import (
    MINOR,
    N_CAMPAIGNS,
    N_HISTORY_DAYS,
    N_MONTHS,
    arrived,
    budgets_of,
    days_of_month,
    history,
    live_month,
    twin,
    weeks_of,
)
from workbench.budget.fit import MixFit, fit_mix, fit_reported
from workbench.budget.model_run import write_model_run
from workbench.budget.spec import MixSpec
from workbench.core.errors import DataError, NotConverged
from workbench.flows.budget_plan import BudgetPlan, plan_stored
from workbench.flows.budget_run import MixRun, read_run
from workbench.flows.budget_start import PlanStart
from workbench.sandbox.market.world import World
from workbench.stats.counts import Floats

STEP_LIMIT = 0.2
#: Constraints of the plans, looser ones where the first cannot be kept.
LIMITS: tuple[dict[str, Any], ...] = (
    {"step_limit": STEP_LIMIT},
    {"step_limit": 0.5},
    {"step_limit": 0.5, "allow_extrapolation": True},
)
ORACLE, ONE_SPLIT = "oracle, month by month", "best single split of the year, by the truth"
PLAN, PLAN_WEEKLY = "workbench, as its verdict says", "workbench, weekly steps, beyond seen"
PLAN_OF_TOTAL = "workbench, total alone, every plan"
N_WEEKS = 4
BEYOND: tuple[dict[str, Any], ...] = ({"step_limit": STEP_LIMIT, "allow_extrapolation": True}, LIMITS[-1])
_TRAILING_DAYS = 90
Strategy = Callable[[World], "Floats | Planned"]


@dataclass(frozen=True)
class Planned:
    """Shares of the total as they were decided, and the plan that they follow or not.

    Attributes
    ----------
    shares : ndarray (n_campaigns,) or (n_weeks, n_campaigns)
    plan : BudgetPlan
    """

    shares: Floats
    plan: BudgetPlan


def by_verdict(world: World) -> Floats | Planned:
    """Carry a plan out unless its verdict is to leave things as they are."""
    return _unless_leave(world, by_plan(world))


def by_plan(world: World) -> Floats | Planned:
    """Plan by a fit of what is reported of each campaign."""
    return planned(world, lambda: _fit_of_reported(world))


def in_weekly_steps(world: World) -> Floats | Planned:
    """Plan four weeks at once, a step of a fifth each, beyond the highest spend observed too."""
    found = planned(world, lambda: _fit_of_reported(world), n_weeks=N_WEEKS, limits=BEYOND)
    return _unless_leave(world, found)


def _unless_leave(world: World, found: Floats | Planned) -> Floats | Planned:
    if isinstance(found, Planned) and found.plan.plan.verdict == "leave":
        return replace(found, shares=as_is(world))
    return found


def _fit_of_reported(world: World) -> MixFit:
    data, reported = weeks_of(world)
    spec = MixSpec(adstock="none", groups=dict.fromkeys(data.channels, "meta"))
    return fit_reported(data, reported, spec, method="fast")


def by_plan_of_total(world: World) -> Floats | Planned:
    """Plan by a fit of the total alone, which does not read whose results they are."""
    data, _ = weeks_of(world)
    spec = MixSpec(groups=dict.fromkeys(data.channels, "meta"))
    return planned(world, lambda: fit_mix(data, spec, method="fast"))


def planned(
    world: World,
    fitted: Callable[[], MixFit],
    *,
    n_weeks: int = 1,
    limits: Sequence[dict[str, Any]] = LIMITS,
) -> Floats | Planned:
    """Plan a week of the month, or its weeks one by one; keep the split where the fit's gate stays shut."""
    try:
        fit = fitted()
    except NotConverged:  # a user's fit goes on to NUTS, a minute each
        return as_is(world)
    with tempfile.TemporaryDirectory() as folder:
        run = read_run(Path(folder), write_model_run(fit, Path(folder)))
    found = _first_that_holds(run, world, n_weeks, limits)
    weeks = np.array([item.by_period_minor for item in found.plan.items], dtype=np.float64).T
    shares = weeks / weeks.sum(axis=1, keepdims=True)
    return Planned(shares[0] if n_weeks == 1 else shares, found)


def _first_that_holds(
    run: MixRun, world: World, n_weeks: int, limits: Sequence[dict[str, Any]]
) -> BudgetPlan:
    """Loosen what the refusal names, where much less than the total was spent of late: usually nothing."""
    weekly = np.rint(7 * budgets_of(world)).astype(int)
    start = PlanStart(tuple(map(int, weekly)), (True,) * N_CAMPAIGNS, world.state.today.isoformat(), ())
    stored, total = run.for_several if n_weeks > 1 else run.stored, f"{weekly.sum() / MINOR:.2f}"
    for some in limits[:-1]:
        try:
            return plan_stored(stored, total, some, n_periods=n_weeks, start=start)
        except DataError:
            continue
    return plan_stored(stored, total, limits[-1], n_periods=n_weeks, start=start)


def as_is(world: World) -> Floats:
    """Keep the budgets' split."""
    return _shares(budgets_of(world))


def equal(world: World) -> Floats:
    """Give each campaign the same."""
    return np.full(N_CAMPAIGNS, 1 / N_CAMPAIGNS)


def last_year(world: World) -> Floats:
    """Give each campaign its share of the first year's spend."""
    return _shares(arrived(world)[0][:N_HISTORY_DAYS].sum(axis=0))


def by_roas(world: World) -> Floats:
    """Give in proportion to results per currency unit spent, of the last 90 days."""
    spend, results = (part[-_TRAILING_DAYS:].sum(axis=0) for part in arrived(world))
    return _shares(results / np.maximum(spend, 1.0))


def by_truth_in_steps(world: World) -> Floats:
    """Choose the best split within the steps that the plans keep to."""
    return best_split(world, now=as_is(world), step=STEP_LIMIT)


def _shares(amounts: Floats | Sequence[int]) -> Floats:
    given = np.asarray(amounts, dtype=np.float64)
    out: Floats = given / given.sum()
    return out


STRATEGIES: dict[str, Strategy] = {
    ORACLE: best_split,
    "oracle in steps of a fifth": by_truth_in_steps,
    PLAN: by_verdict,
    PLAN_WEEKLY: in_weekly_steps,
    PLAN_OF_TOTAL: by_plan_of_total,
    "ROAS-proportional": by_roas,
    "last year's split": last_year,
    "equal split": equal,
    "left as it is": as_is,
}


def live_through(
    seeds: Sequence[int], *, n_months: int = N_MONTHS, strategies: dict[str, Strategy] | None = None
) -> Year:
    """Let every strategy live through the months of every world; the oracle has to be the first."""
    chosen = strategies or STRATEGIES
    shape = (len(chosen), len(seeds), n_months)
    results, spend, spent = np.zeros(shape), np.zeros(shape), np.zeros(len(chosen))
    claims: dict[str, list[Claim]] = {}
    for w, seed in enumerate(seeds):
        start = history(seed)
        for s, (name, decide) in enumerate(chosen.items()):
            world, total = twin(start), budgets_of(start).sum()
            for month in range(n_months):
                started = time.process_time()
                decided = decide(world)
                spent[s] += time.process_time() - started
                if isinstance(decided, Planned):
                    if decided.plan.n_periods == 1:
                        claims.setdefault(name, []).append(claim_of(decided.plan, world))
                    decided = decided.shares
                results[s, w, month], spend[s, w, month] = live_month(world, decided * total)
    return Year(tuple(chosen), results, spend, spent, claims)


def claim_of(found: BudgetPlan, world: World) -> Claim:
    """Hold what a plan says of its gain against the truth of the month that comes."""
    spends = np.array([[item.spend_minor, item.current_minor] for item in found.plan.items], dtype=np.float64)
    n_days, said = days_of_month(world), found.plan.same_split
    new, old = (responses(world, _shares(split), n_days).sum() for split in spends.T)
    if said is None:
        raise SystemExit("nothing was spent before the plan")
    return Claim(said.mean, said.interval, found.plan.verdict, float(new - old) / n_days * 7)


def one_split(seed: int, n_months: int = N_MONTHS) -> float:
    """Return the results of the best single split of the year by the truth, which sees what it does later."""
    world = history(seed)
    total, share = budgets_of(world).sum(), best_split(world, n_days=365)
    return sum(live_month(world, share * total)[0] for _ in range(n_months))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=10, help="number of worlds, 2 or more")
    parser.add_argument("--first", type=int, default=1, help="seed of the first one")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.n)
    started = time.process_time()
    year = live_through(seeds)
    print_year(year, (PLAN, PLAN_WEEKLY))
    ahead = np.array([one_split(seed) for seed in seeds]) / year.results[0].sum(axis=1) - 1
    room = max(room_left(world, best_split(world)) for world in map(history, seeds))
    print(f"\nThe oracle's first splits: moving 1 or .25 % of the total helps by {room:.0e} at most.")
    print(f"{ONE_SPLIT}: {ahead.mean():+.1%} beside the oracle, {ahead.min():+.1%} to {ahead.max():+.1%}")
    print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
