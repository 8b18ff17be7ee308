"""What it is worth to count value: ``python -m benchmarks.daily_value [n] [--first seed]``.

Simulated, and says nothing about real advertising. Worlds are those of `benchmarks.daily_budgets`; there a
result of each ad set is worth something of its own (lognormal, as wide as ``--spread`` says), and the single
results scatter about it as exponential ones do. Regret is the value that the oracle has more, who knows every
curve and worth and needs no steps, in per cent of its value. Strategies see the same results and the revenue
that has come with them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from benchmarks.daily_budgets import FIRST, N_BEFORE, DailyWorld, Floats, Ints
from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory
from workbench.budget.daily_worth import DailyWorth, given_worth, learn_worth
from workbench.core.errors import NotEnoughData

Worth = Callable[["Seen", Floats], "DailyWorth | None"]


@dataclass
class Seen:
    """What has come of each day so far: results and revenue by age, (n_ages, n_items) each."""

    names: list[str]
    spend: list[Ints]
    results: list[Floats]
    revenue: list[Floats]

    def by_now(self, parts: list[Floats]) -> Floats:
        """Return what has arrived by now, days × items."""
        n = len(parts)
        return np.array([part[: n - d].sum(axis=0) for d, part in enumerate(parts)])


def learned(seen: Seen, truth: Floats) -> DailyWorth | None:
    """Learn worths from the revenue; count results until there is enough."""
    try:
        return learn_worth(seen.names, seen.by_now(seen.revenue), seen.by_now(seen.results))
    except NotEnoughData:
        return None


def known(seen: Seen, truth: Floats) -> DailyWorth | None:
    """Know the worths."""
    return given_worth(seen.names, dict(zip(seen.names, truth.tolist(), strict=True)))


def counted(seen: Seen, truth: Floats) -> DailyWorth | None:
    """Count results."""
    return None


STRATEGIES: dict[str, Worth] = {
    "results are counted": counted,
    "value, learned from revenue": learned,
    "value, worths given": known,
}


def worths_of(world: DailyWorld, spread: float) -> Floats:
    """Draw what a result of each ad set is worth."""
    rng = np.random.default_rng([71, world.seed])
    return np.exp(rng.normal(np.log(50), spread, len(world.half)))


def live(world: DailyWorld, worths: Floats, worth: Worth, n_days: int) -> Floats:
    """Return the expected value of each day under a strategy."""
    names = [str(i) for i in range(len(worths))]
    seen, out, now = Seen(names, [], [], []), [], world.first_minor
    steps = np.diff(world.known, prepend=0.0)
    for day in range(N_BEFORE + n_days):
        if day >= N_BEFORE:
            now = _next(world, seen, worth(seen, worths), day)
        mean, rng = world.expected(day, now), np.random.default_rng([world.seed, day])
        excess = max(world.dispersion - 1, 1e-6)
        results = rng.poisson(rng.gamma(mean / excess) * excess)
        each = np.array([rng.multinomial(r, np.append(steps, 1 - steps.sum())) for r in results]).T[:-1]
        seen.spend.append(np.asarray(now))
        seen.results.append(each.astype(np.float64))
        seen.revenue.append(np.where(each > 0, rng.gamma(np.maximum(each, 1e-9)), 0.0) * worths)
        if day >= N_BEFORE:
            out.append(float(mean @ worths))
    return np.array(out)


def _next(world: DailyWorld, seen: Seen, worth: DailyWorth | None, day: int) -> Ints:
    n = len(seen.spend)
    share = world.known[np.minimum(np.arange(n)[::-1], world.known.size - 1)]
    history = DailyHistory.of(seen.names, np.array(seen.spend) / 100, seen.by_now(seen.results), share)
    budgets = [DailyBudget(name, int(x)) for name, x in zip(seen.names, seen.spend[-1], strict=True)]
    found = propose_daily(
        history,
        budgets,
        total_minor=world.total_minor,
        day=FIRST + timedelta(days=day),
        options=DailyOptions(n_draws=100),
        worth=worth,
    )
    return np.array([row.proposed_minor for row in found.rows])


def oracle(world: DailyWorld, worths: Floats, n_days: int) -> Floats:
    """Return the best expected value of each day."""
    valued = replace(world, scale=world.scale * worths)
    return np.array([valued.expected(d, valued.best(d)).sum() for d in range(N_BEFORE, N_BEFORE + n_days)])


def _said(x: Floats) -> str:
    half = 1.96 * x.std(ddof=1) / np.sqrt(len(x)) if len(x) > 1 else np.nan
    return f"{x.mean():.2f} [{x.mean() - half:.2f}, {x.mean() + half:.2f}]"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", type=int, nargs="?", default=24)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--days", type=int, default=84)
    parser.add_argument("--spread", type=float, default=0.5)
    asked = parser.parse_args()
    worlds = [DailyWorld.drawn(asked.first + k, n_days=asked.days) for k in range(asked.worlds)]
    worths = [worths_of(world, asked.spread) for world in worlds]
    best = [oracle(world, worth, asked.days) for world, worth in zip(worlds, worths, strict=True)]
    print(f"Simulated: {asked.worlds} worlds, {asked.days} days, spread {asked.spread}. Regret in per cent.")
    print(f"{'':30}{'all days, 95 %':24}{'less than by results':24}CPU s", flush=True)
    first: Floats | None = None
    for name, worth in STRATEGIES.items():
        started = time.process_time()
        lived = [live(world, own, worth, asked.days) for world, own in zip(worlds, worths, strict=True)]
        regret = np.array([100 * (1 - x.sum() / y.sum()) for x, y in zip(lived, best, strict=True)])
        first = regret if first is None else first
        less = _said(first - regret) if name != "results are counted" else ""
        print(f"{name:30}{_said(regret):24}{less:24}{time.process_time() - started:.1f}", flush=True)


if __name__ == "__main__":
    main()
