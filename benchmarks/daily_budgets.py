"""Regret of daily budgets in simulated worlds: ``python -m benchmarks.daily_budgets``.

Simulated, and says nothing about real advertising. In each world some ad sets with response curves of their
own (Hill's with slopes below one: not the family that is fitted) bring results whose scatter is wider than
Poisson's; all days share a weekday and a season, each ad set's strength drifts, and results arrive late.
Every strategy gets the same total each day and sees what has arrived by then. Regret is what the oracle, who
knows every curve of the day and needs no steps, expects to get more.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from workbench.budget.allocation import allocate
from workbench.budget.curves import hill
from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory
from workbench.budget.problem import Item, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIRST = date(2026, 1, 5)
N_BEFORE = 14  # days at the first budgets, before any strategy acts
STEP = 0.2


@dataclass(frozen=True)
class DailyWorld:
    """Ad sets whose response is known.

    Attributes
    ----------
    scale : ndarray, shape (n_days, n_items)
        Results of endless spend, day by day.
    half, slope : ndarray, shape (n_items,)
        Of Hill's curve, in currency units.
    common : ndarray, shape (n_days,)
        Factor of the day on all.
    dispersion : float
        Variance over mean.
    known : ndarray
        Share of a day's results that has arrived at the age of 1, 2, … days.
    first_minor : ndarray of int, shape (n_items,)
        Budgets at the beginning.
    seed : int
    """

    scale: Floats
    half: Floats
    slope: Floats
    common: Floats
    dispersion: float
    known: Floats
    first_minor: Ints
    seed: int

    @classmethod
    def drawn(cls, seed: int, *, n_days: int) -> DailyWorld:
        """Draw a world: 4 to 12 ad sets, 30 to 200 a day each, about 1 to 15 results a day."""
        rng = np.random.default_rng([20261122, seed])
        n, days = int(rng.integers(4, 13)), N_BEFORE + n_days
        budget = np.round(rng.uniform(30, 120) * rng.lognormal(0, 0.4, n), 2)
        elasticity = rng.uniform(0.4, 0.9, n)  # at the first budget
        slope = rng.uniform(0.85, 1.0, n)
        half = budget * (elasticity / (slope - elasticity).clip(0.05)) ** (1 / slope)
        strength = rng.lognormal(np.log(rng.uniform(1.5, 10)), 0.5, n) * budget / budget.mean()
        scale = strength * (1 + (half / budget) ** slope)
        drift = np.cumsum(rng.normal(0, 0.02, (days, n)), axis=0)
        season = 0.15 * np.sin(2 * np.pi * (np.arange(days) / 90 + rng.random()))
        week = rng.normal(0, 0.1, 7)[np.arange(days) % 7]
        delay = rng.uniform(1.0, 3.0)
        known = 1 - np.exp(-np.arange(1, 29) / delay)
        return cls(
            scale * np.exp(drift),
            half,
            slope,
            np.exp(season + week + rng.normal(0, 0.1, days)),
            float(rng.uniform(1.0, 2.0)),
            known,
            np.round(budget * 100).astype(np.int64),
            seed,
        )

    @property
    def total_minor(self) -> int:
        """Spend of a day."""
        return int(self.first_minor.sum())

    def expected(self, day: int, minor: Ints) -> Floats:
        """Return the expected results of each ad set."""
        x = (np.maximum(minor, 1e-9) / 100 / self.half) ** self.slope
        out: Floats = self.common[day] * self.scale[day] * x / (1 + x)
        return out

    def best(self, day: int) -> Ints:
        """Return the best budgets of a day, by the exact allocator over the true curves."""
        items = tuple(
            Item(str(i), hill([a], [h], [s]), current_minor=int(now))
            for i, (a, h, s, now) in enumerate(
                zip(self.scale[day], self.half, self.slope, self.first_minor, strict=True)
            )
        )
        units: Ints = allocate(Problem(items, self.total_minor, allow_extrapolation=True)).units[:, 0]
        return units


@dataclass
class Account:
    """What one strategy has seen and set in a world."""

    world: DailyWorld
    spend: list[Ints]
    results: list[Floats]
    arrivals: list[Floats]

    @property
    def now(self) -> Ints:
        """Budgets of the last day."""
        return self.spend[-1]

    def seen(self) -> tuple[Floats, Floats]:
        """Return results that have arrived by now, and the share of each day, both days × items."""
        n = len(self.spend)
        share = self.world.known[np.minimum(np.arange(n)[::-1], self.world.known.size - 1)]
        # a result has arrived once its own delay, drawn once, is over
        got = np.array([sum_arrived(a, n - 1 - d) for d, a in enumerate(self.arrivals)])
        return got, np.repeat(share[:, None], len(self.now), axis=1)


def sum_arrived(arrivals: Floats, age: int) -> Floats:
    """Return the results that arrive up to an age, of shape (n_ages, n_items) counts."""
    out: Floats = arrivals[: age + 1].sum(axis=0)
    return out


Strategy = Callable[[Account, int], Ints]


def fixed(account: Account, day: int) -> Ints:
    """Leave the budgets."""
    return account.world.first_minor


def equal(account: Account, day: int) -> Ints:
    """Give each ad set the same."""
    n, total = len(account.now), account.world.total_minor
    out = np.full(n, total // n)
    out[: total - int(out.sum())] += 1
    return out


def greedy(account: Account, day: int) -> Ints:
    """Raise what had the lowest cost per result in the last week by a step, lower what had the highest."""
    got, _ = account.seen()
    cost = np.array(account.spend[-7:]).sum(axis=0) / np.maximum(got[-7:].sum(axis=0), 0.5)
    low, high = np.ceil(account.now * (1 - STEP)), np.floor(account.now * (1 + STEP))
    out, rest = low.copy(), account.world.total_minor - low.sum()
    for i in np.argsort(cost, kind="stable"):
        more = min(high[i] - low[i], rest)
        out[i] += more
        rest -= more
    return out.astype(np.int64)


def ours(options: DailyOptions) -> Strategy:
    """Return the package's daily proposals."""

    def propose(account: Account, day: int) -> Ints:
        got, known = account.seen()
        names = [str(i) for i in range(len(account.now))]
        history = DailyHistory.of(names, np.array(account.spend) / 100, got, known)
        budgets = [DailyBudget(n, int(x)) for n, x in zip(names, account.now, strict=True)]
        found = propose_daily(
            history,
            budgets,
            total_minor=account.world.total_minor,
            day=FIRST + timedelta(days=day),
            options=options,
        )
        return np.array([row.proposed_minor for row in found.rows])

    return propose


def simulate(world: DailyWorld, strategy: Strategy, *, n_days: int) -> Floats:
    """Return the expected results of each day under a strategy."""
    account = Account(world, [], [], [])
    out = []
    for day in range(N_BEFORE + n_days):
        minor = world.first_minor if day < N_BEFORE else strategy(account, day)
        mean = world.expected(day, minor)
        rng = np.random.default_rng([world.seed, day])
        excess = world.dispersion - 1
        rate = rng.gamma(mean / excess) * excess if excess > 1e-6 else mean
        results = rng.poisson(rate)
        steps = np.diff(world.known, prepend=0.0)
        arrivals = np.array([rng.multinomial(r, np.append(steps, 1 - steps.sum())) for r in results]).T
        account.spend.append(np.asarray(minor))
        account.results.append(results.astype(np.float64))
        account.arrivals.append(arrivals[:-1].astype(np.float64))
        if day >= N_BEFORE:
            out.append(mean.sum())
    return np.array(out)


def oracle(world: DailyWorld, *, n_days: int) -> Floats:
    """Return the best expected results of each day."""
    return np.array([world.expected(d, world.best(d)).sum() for d in range(N_BEFORE, N_BEFORE + n_days)])


def strategies() -> dict[str, Strategy]:
    """Return what is compared."""
    return {
        "workbench": ours(DailyOptions(n_draws=100)),
        "workbench, one draw": ours(DailyOptions(n_draws=100, n_averaged=1)),
        "greedy, cost per result": greedy,
        "equal split": equal,
        "budgets left alone": fixed,
    }


def regrets(worlds: Sequence[DailyWorld], best: Sequence[Floats], strategy: Strategy) -> Floats:
    """Return each world's and day's regret as a share of what the oracle brings there on average."""
    out = []
    for world, most in zip(worlds, best, strict=True):
        out.append((most - simulate(world, strategy, n_days=len(most))) / most.mean())
    return np.array(out)


def line(name: str, regret: Floats, seconds: float) -> str:
    """Return a row of the table: mean of the worlds with its 95 % interval, and by fortnight, in per cent."""
    by_world = 100 * regret.mean(axis=1)
    half = 1.96 * by_world.std(ddof=1) / np.sqrt(len(by_world)) if len(by_world) > 1 else np.nan
    parts = "".join(f"{100 * regret[:, a : a + 14].mean():8.2f}" for a in range(0, regret.shape[1], 14))
    said = f"{by_world.mean():.2f} [{by_world.mean() - half:.2f}, {by_world.mean() + half:.2f}]"
    return f"{name:26}{said:24}{parts}{seconds:8.1f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=24)
    parser.add_argument("--days", type=int, default=84)
    parser.add_argument("--only", default="", help="One strategy by name.")
    asked = parser.parse_args()
    worlds = [DailyWorld.drawn(seed, n_days=asked.days) for seed in range(asked.worlds)]
    best = [oracle(world, n_days=asked.days) for world in worlds]
    print(f"Simulated: {asked.worlds} worlds, {asked.days} days. Regret in per cent of the oracle's results.")
    fortnights = "".join(f"d{a + 1}-".rjust(8) for a in range(0, asked.days, 14))
    print(f"{'':26}{'all days, 95 %':24}{fortnights}   CPU s", flush=True)
    for name, strategy in strategies().items():
        if asked.only in ("", name):
            started = time.process_time()
            regret = regrets(worlds, best, strategy)
            print(line(name, regret, time.process_time() - started), flush=True)


if __name__ == "__main__":
    main()
