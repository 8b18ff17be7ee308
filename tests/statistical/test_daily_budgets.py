"""Daily budgets in simulated worlds: they lose less than what people do without a model."""

import os
from datetime import date

import numpy as np

from benchmarks.daily_budgets import DailyWorld, equal, fixed, greedy, oracle, ours, regrets
from benchmarks.daily_value import STRATEGIES, live, worths_of
from benchmarks.daily_value import oracle as value_oracle
from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory

N_WORLDS = int(os.environ.get("WORKBENCH_SIMULATIONS", "4")) // 2 or 1
N_DAYS = 28


def test_regret_is_less_than_that_of_simple_strategies():
    """Two worlds, four weeks (full run: `make bench-daily`); the last fortnight, when all have begun."""
    worlds = [DailyWorld.drawn(seed, n_days=N_DAYS) for seed in range(min(N_WORLDS, 24))]
    best = [oracle(world, n_days=N_DAYS) for world in worlds]
    found = {
        name: regrets(worlds, best, strategy)[:, 14:].mean()
        for name, strategy in (
            ("ours", ours(DailyOptions(n_draws=100))),
            ("greedy", greedy),
            ("equal", equal),
            ("fixed", fixed),
        )
    }
    assert 0 < found["ours"] < 0.06
    assert found["ours"] < 0.8 * min(found["greedy"], found["equal"], found["fixed"])


def test_the_probability_of_being_better_is_as_often_right_as_it_says():
    """Over worlds drawn from what the model assumes, proposals by one draw each."""
    rng = np.random.default_rng(3)
    said, true = [], []
    for k in range(60):
        theta, e = rng.gamma(2, 3, 3), rng.choice([0.45, 0.55, 0.65, 0.75], 3)
        half = 100 * e / (1 - e)

        def mean(spend, theta=theta, half=half):
            return theta * spend / (half + spend) * (half + 100) / 100

        spend = 100 * rng.gamma(20, 1 / 20, (10, 3))
        history = DailyHistory.of("abc", spend, rng.poisson(mean(spend)))
        now = [DailyBudget(name, 10_000) for name in "abc"]
        options = DailyOptions(n_draws=200, n_averaged=1, half_life_days=1e9, seed=k)
        found = propose_daily(history, now, total_minor=30_000, day=date(2026, 6, 1), options=options)
        proposed = np.array([row.proposed_minor for row in found.rows]) / 100
        said.append(found.prob_better)
        true.append(mean(proposed).sum() > mean(np.full(3, 100.0)).sum())
    assert abs(np.mean(said) - np.mean(true)) < 0.14  # three standard errors
    assert np.mean(np.array(true)[np.array(said) > 0.9]) > 0.85


def test_counting_value_brings_more_of_it_where_worths_differ():
    """One world, two weeks (full run: `make bench-daily`)."""
    world = DailyWorld.drawn(301, n_days=14)
    worths = worths_of(world, 0.7)
    brought = {name: live(world, worths, worth, 14)[7:].sum() for name, worth in STRATEGIES.items()}
    best = value_oracle(world, worths, 14)[7:].sum()
    assert brought["results are counted"] < brought["value, learned from revenue"] < best
    assert brought["value, worths given"] > 1.02 * brought["results are counted"]
