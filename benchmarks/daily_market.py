"""Regret of daily budgets in the simulated market: ``python -m benchmarks.daily_market [n] [--first seed]``.

Simulated, and says nothing about real advertising. Each seed makes an advertiser of six lead campaigns with
a year of history (`benchmarks.budget_year_world`); then every strategy sets the daily budgets of the same
total each morning for twelve weeks, in its own copy of the world with the same noise. It sees what a report
would show that morning. Here impressions grow dearer, creatives wear out and exposure carries over: none of
that is in the model. Regret is the expected results, given the days' real prices and rates, that the oracle
has more: it knows the truth, splits each fortnight anew for that fortnight (`benchmarks.budget_year_oracle`)
and needs no steps. What it does to later fortnights it does not weigh, so that regret may fall below zero.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from benchmarks.budget_year_oracle import best_split
from benchmarks.budget_year_world import (
    CURRENCY,
    MINOR,
    N_CAMPAIGNS,
    arrived,
    budgets_of,
    campaign_ids,
    edits_of,
    history,
    twin,
)
from benchmarks.daily_budgets import STEP
from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory
from workbench.sandbox.market.outcomes import DELAY_SHARES, VIEW_SHARE, default_share
from workbench.sandbox.market.world import World
from workbench.stats.counts import Floats

N_DAYS, FORTNIGHT = 84, 14
_N_READ = 120
_CLICK_DAYS = 7
Strategy = Callable[[World, int], "Floats | None"]


def known_shares(n_days: int) -> Floats:
    """Return the share of each day's results that has arrived, the latest day last."""
    by_click = np.cumsum(DELAY_SHARES["lead"])[: _CLICK_DAYS + 1]
    share = (VIEW_SHARE + (1 - VIEW_SHARE) * by_click) / default_share("lead")
    out: Floats = share[np.minimum(np.arange(n_days)[::-1], _CLICK_DAYS)]
    return np.minimum(out, 1.0)


def ours(options: DailyOptions) -> Strategy:
    """Return the package's proposals."""

    def propose(world: World, day: int) -> Floats:
        spend, results = (part[-_N_READ:] for part in arrived(world))
        names = campaign_ids(world)
        budgets = [DailyBudget(n, int(b)) for n, b in zip(names, budgets_of(world), strict=True)]
        found = propose_daily(
            DailyHistory.of(names, spend, results, known_shares(len(spend))),
            budgets,
            total_minor=sum(one.now_minor for one in budgets),
            day=world.state.today,
            currency=CURRENCY,
            options=options,
        )
        return np.array([row.proposed_minor for row in found.rows], dtype=np.float64)

    return propose


def greedy(world: World, day: int) -> Floats:
    """Raise what had the lowest cost per result in the last week by a step, lower what had the highest."""
    spend, results = (part[-7:].sum(axis=0) for part in arrived(world))
    now = budgets_of(world)
    low, high = np.ceil(now * (1 - STEP)), np.floor(now * (1 + STEP))
    rest = now.sum() - low.sum()
    for i in np.argsort(spend / np.maximum(results, 0.5), kind="stable"):
        more = min(high[i] - low[i], rest)
        low[i] += more
        rest -= more
    return low


def equal(world: World, day: int) -> Floats | None:
    """Give each campaign the same from the first day on."""
    return np.full(N_CAMPAIGNS, budgets_of(world).sum() / N_CAMPAIGNS) if day == 0 else None


def fixed(world: World, day: int) -> Floats | None:
    """Leave the budgets."""
    return None


def oracle(world: World, day: int) -> Floats | None:
    """Split the total for the fortnight to come by the truth."""
    if day % FORTNIGHT:
        return None
    return best_split(world, n_days=FORTNIGHT) * budgets_of(world).sum()


STRATEGIES: dict[str, Strategy] = {
    "workbench": ours(DailyOptions(n_draws=100)),
    "workbench, one draw": ours(DailyOptions(n_draws=100, n_averaged=1)),
    "greedy, cost per result": greedy,
    "equal split": equal,
    "budgets left alone": fixed,
}


def live(world: World, strategy: Strategy, n_days: int = N_DAYS) -> Floats:
    """Return the expected results of each day under a strategy, in a copy of a world, and what was spent."""
    mine, out = twin(world), []
    for day in range(n_days):
        wanted = strategy(mine, day)
        if wanted is not None:
            for campaign, params in edits_of(mine, wanted).items():
                mine.change(campaign, params)
        mine.step(1)
        rows, _ = mine.history.between(mine.state.n_days - 1, mine.state.n_days - 1)
        out.append(
            [rows["expected_results"].sum() * default_share("lead"), rows["spend_minor"].sum() / MINOR]
        )
    return np.array(out)


def main() -> None:
    """Print a line a world and strategy, then the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    print("Simulated. Regret in per cent of the oracle's results; spend beside the oracle's.", flush=True)
    regret: dict[str, list[float]] = {name: [] for name in STRATEGIES}
    for seed in range(asked.first, asked.first + asked.n):
        world = history(seed)
        best = live(world, oracle)
        for name, strategy in STRATEGIES.items():
            started = time.process_time()
            got = live(world, strategy)
            taken = time.process_time() - started
            lost = 100 * (best[:, 0] - got[:, 0]) / best[:, 0].mean()
            regret[name].append(float(lost.mean()))
            spent = 100 * (got[:, 1].sum() / best[:, 1].sum() - 1)
            parts = "".join(f"{lost[a : a + 14].mean():8.2f}" for a in range(0, N_DAYS, 14))
            print(f"{seed:3} {name:26}{lost.mean():8.2f}{spent:+8.2f} {parts}{taken:8.1f}", flush=True)
    for name, all_lost in regret.items():
        mean, n = float(np.mean(all_lost)), len(all_lost)
        half = 1.96 * np.std(all_lost, ddof=1) / np.sqrt(n) if n > 1 else np.nan
        print(f"{name:26}{mean:8.2f} [{mean - half:.2f}, {mean + half:.2f}]")


if __name__ == "__main__":
    main()
