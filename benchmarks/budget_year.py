"""Twelve months of monthly plans in the simulated market: regret against the best split by the truth.

``python -m benchmarks.budget_year [n] [--first seed]`` makes n worlds (6), each another advertiser with six
lead campaigns and a year of history. At the start of each of the next twelve months every strategy is given
the same total and sets its daily budgets; each lives in its own copy of the world, and all share the noise.
The workbench's are what a user would run: weekly figures that have arrived by then, a fit with campaigns
pooled in their network, and ``plan_budget`` with steps of a fifth at most and the default risk. One fit
explains what is reported of each campaign (``fit_reported``), the other the total alone (``fit_mix``). In our
market the network credits what was truly caused, which real networks need not do: reports are at their best.

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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

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
from workbench.flows.budget_plan import BudgetPlan, plan_budget
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
PLAN, PLAN_ALWAYS = "workbench, as its verdict says", "workbench, every plan"
PLAN_OF_TOTAL = "workbench, total alone, every plan"
_TRAILING_DAYS = 90
_LEVEL = 0.9
Strategy = Callable[[World], "Floats | Planned"]


@dataclass(frozen=True)
class Planned:
    """Shares of the total as they were decided, and the plan that they follow or not."""

    shares: Floats
    plan: BudgetPlan


def by_verdict(world: World) -> Floats | Planned:
    """Carry a plan out unless its verdict is to leave things as they are."""
    found = by_plan(world)
    if isinstance(found, Planned) and found.plan.plan.verdict == "leave":
        return replace(found, shares=as_is(world))
    return found


def by_plan(world: World) -> Floats | Planned:
    """Plan by a fit of what is reported of each campaign."""
    data, reported = weeks_of(world)
    spec = MixSpec(adstock="none", groups=dict.fromkeys(data.channels, "meta"))
    return planned(world, lambda: fit_reported(data, reported, spec, method="fast"))


def by_plan_of_total(world: World) -> Floats | Planned:
    """Plan by a fit of the total alone, which does not read whose results they are."""
    data, _ = weeks_of(world)
    spec = MixSpec(groups=dict.fromkeys(data.channels, "meta"))
    return planned(world, lambda: fit_mix(data, spec, method="fast"))


def planned(world: World, fitted: Callable[[], MixFit]) -> Floats | Planned:
    """Plan a week of the month; keep the split where the fit's gate stays shut."""
    try:
        fit = fitted()
    except NotConverged:  # a user's fit goes on to NUTS, a minute each
        return as_is(world)
    total = f"{7 * budgets_of(world).sum() / MINOR:.2f}"
    with tempfile.TemporaryDirectory() as folder:
        run_id = write_model_run(fit, Path(folder))
        found = _first_that_holds(Path(folder), run_id, total)
    return Planned(_shares([item.spend_minor for item in found.plan.items]), found)


def _first_that_holds(folder: Path, run_id: str, total: str) -> BudgetPlan:
    """Loosen what the refusal names, where much less than the total was spent of late: usually nothing."""
    for limits in LIMITS[:-1]:
        try:
            return plan_budget(folder, run_id, total, limits)
        except DataError:
            continue
    return plan_budget(folder, run_id, total, LIMITS[-1])


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
    PLAN_ALWAYS: by_plan,
    PLAN_OF_TOTAL: by_plan_of_total,
    "ROAS-proportional": by_roas,
    "last year's split": last_year,
    "equal split": equal,
    "left as it is": as_is,
}


@dataclass(frozen=True)
class Claim:
    """What a plan said of its gain over the current split of the same total, results a week; the truth."""

    mean: float
    interval: tuple[float, float]
    verdict: str
    true: float


@dataclass(frozen=True)
class Year:
    """What strategies brought in the worlds.

    Attributes
    ----------
    names : tuple of str
        The oracle first.
    results : ndarray (n_strategies, n_worlds, n_months)
        Expected results given the noise.
    spend_minor : ndarray (n_strategies, n_worlds, n_months)
    cpu_seconds : ndarray (n_strategies,)
        Deciding, without the months themselves.
    claims : dict of str to list of Claim
        Of the strategies that plan; fits whose gate stayed shut make none.
    """

    names: tuple[str, ...]
    results: Floats
    spend_minor: Floats
    cpu_seconds: Floats
    claims: dict[str, list[Claim]] = field(default_factory=dict)

    @property
    def regret(self) -> Floats:
        """The oracle's results less each strategy's, same shape as ``results``."""
        out: Floats = self.results[0] - self.results
        return out

    @property
    def relative(self) -> Floats:
        """Regret of all months as a share of the oracle's results, (n_strategies, n_worlds)."""
        out: Floats = self.regret.sum(axis=2) / self.results[0].sum(axis=1)
        return out

    @property
    def by_month(self) -> Floats:
        """Regret of each month as a share of the oracle's results, all worlds, (n_strategies, n_months)."""
        out: Floats = self.regret.sum(axis=1) / self.results[0].sum(axis=0)
        return out


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


def interval(values: Floats) -> tuple[float, float, float]:
    """Return mean and t interval of values, one a world."""
    from scipy.stats import t

    half = t.ppf((1 + _LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def paired(year: Year, ours: str, other: str) -> tuple[Floats, Floats]:
    """Return regret of a strategy less that of another in each world: below zero it is the better one.

    Returns
    -------
    results, relative : ndarray (n_worlds,)
        Results a year, and the same as a share of the oracle's results of the world. The worlds and their
        noise are the same for both, so that what makes a world hard or easy drops out.
    """
    one, two = year.names.index(ours), year.names.index(other)
    in_results: Floats = year.regret[one].sum(axis=1) - year.regret[two].sum(axis=1)
    relative: Floats = year.relative[one] - year.relative[two]
    return in_results, relative


def print_pairs(year: Year, ours: str = PLAN) -> None:
    """Print regret of the plans less that of each other strategy, world by world."""
    if ours not in year.names:
        return
    print(f"\nregret of {ours!r} less that of each other, by world: below zero it is better")
    print(f"{'':36}{'results [90 %]':>26}{'points of % [90 %]':>26}{'better in':>14}")
    for other in year.names:
        if other == ours:
            continue
        in_results, relative = paired(year, ours, other)
        mean, low, high = interval(in_results)
        share, least, most = (100 * x for x in interval(relative))
        print(
            f"{other:36}{mean:+10,.0f} [{low:+6,.0f}, {high:+6,.0f}]"
            f"{share:+10.1f} [{least:+5.1f}, {most:+5.1f}]{(relative < 0).sum():8} of {relative.size}"
        )


def print_year(year: Year) -> None:
    """Print regret in all and beside the plans', by month, and what the plans said."""
    _, n_worlds, n_months = year.results.shape
    oracle = year.results[0].sum(axis=1).mean()
    print(
        f"Simulated: {n_worlds} worlds, {n_months} months; the oracle brings {oracle:,.0f} results a world."
    )
    print(
        f"{'':36}{'regret, results [90 %]':>26}{'% of the oracle [90 %]':>26}{'worst':>7}{'CPU s a plan':>14}"
    )
    for s, name in enumerate(year.names):
        mean, low, high = interval(year.regret[s].sum(axis=1))
        share, least, most = (100 * x for x in interval(year.relative[s]))
        print(
            f"{name:36}{mean:10,.0f} [{low:6,.0f}, {high:6,.0f}]{share:10.1f} [{least:5.1f}, {most:5.1f}]"
            f"{100 * year.relative[s].max():7.1f}{year.cpu_seconds[s] / (n_worlds * n_months):14.2f}"
        )
    print_pairs(year)
    print("\nregret of each month, % of the oracle's results, all worlds")
    for name, row in zip(year.names, year.by_month, strict=True):
        print(f"{name:36}" + "".join(f"{100 * x:6.1f}" for x in row))
    far = np.abs(year.spend_minor / year.spend_minor[0] - 1).max()
    print(f"spend of a month differs between strategies by {far:.1%} at most")
    for name, claims in year.claims.items():
        print_claims(name, claims, n_worlds * n_months)


def print_claims(name: str, claims: Sequence[Claim], n_plans: int) -> None:
    """Print how what plans said of their gains compares with the truth."""
    true, mean = np.array([c.true for c in claims]), np.mean([c.mean for c in claims])
    held = np.mean([c.interval[0] <= c.true <= c.interval[1] for c in claims])
    print(
        f"\n{name}: {len(claims)} plans ({n_plans - len(claims)} fits kept the split, their gate shut). "
        f"Gain a week over the current split said {mean:+.1f} results, true {true.mean():+.1f}; "
        f"90 % intervals hold {held:.0%}"
    )
    for verdict in ("move", "likely", "leave"):
        of = np.array([c.true for c in claims if c.verdict == verdict])
        if of.size:
            better = f"{(of > 0).mean():.0%} truly better, {of.mean():+.1f} a week"
            print(f"  verdict {verdict:7}{of.size:5} plans, {better}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=6, help="number of worlds, 2 or more")
    parser.add_argument("--first", type=int, default=1, help="seed of the first one")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.n)
    started = time.process_time()
    year = live_through(seeds)
    print_year(year)
    ahead = np.array([one_split(seed) for seed in seeds]) / year.results[0].sum(axis=1) - 1
    room = max(room_left(world, best_split(world)) for world in map(history, seeds))
    print(f"\nThe oracle's first splits: moving 1 or .25 % of the total helps by {room:.0e} at most.")
    print(f"{ONE_SPLIT}: {ahead.mean():+.1%} beside the oracle, {ahead.min():+.1%} to {ahead.max():+.1%}")
    print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
