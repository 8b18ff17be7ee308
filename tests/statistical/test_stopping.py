"""Error rates of stopping rules under many looks: what is published, and what each badge promises."""

from __future__ import annotations

import os

import numpy as np
import pytest

from workbench.experiments.null_simulation import simulate_null
from workbench.stats.multinomial_process import log_e_spend, log_e_split, ratio_interval_by_split

N_RUNS = int(os.environ.get("WORKBENCH_SIMULATIONS", "4000"))
ANYTIME = ("asymptotic sequence", "normal mixture", "multinomial e-process")


def error(p):
    return 3.5 * np.sqrt(p * (1 - p) / N_RUNS)


@pytest.mark.parametrize("looks", [1, 10, 100])
@pytest.mark.parametrize("baseline", [0.05, 0.3])
def test_every_rule_under_no_difference(looks, baseline):
    got = simulate_null(looks, n_per_look=20_000 / looks, baseline=baseline, n_runs=N_RUNS, seed=looks)
    rate = {one.rule: one.false_positive_rate for one in got.rules}
    assert abs(rate["fixed horizon, read once"] - 0.05) < error(0.05)
    assert all(rate[name] <= 0.05 for name in ANYTIME)
    if looks > 1:
        assert rate["fixed horizon, read at every look"] > 0.15


def test_the_published_peeking_figures():
    for looks, published in ((1, 0.102), (10, 0.341), (100, 0.581)):
        got = simulate_null(looks, n_per_look=20_000 / looks, baseline=0.05, level=0.9, n_runs=N_RUNS)
        always = got.rules[1].false_positive_rate
        assert abs(always - published) < 1.5 * error(published)


@pytest.mark.parametrize("kind", ["counts", "means"])
def test_the_asymptotic_sequence_from_a_thousand_units_on(kind):
    share = np.append(1_000, np.full(60, 300)) / 300
    got = simulate_null(
        share,
        n_per_look=300,
        baseline=0.05,
        kind=kind,
        deviation=1.0,
        n_runs=N_RUNS,
        rules=["asymptotic sequence"],
    )
    assert got.rules[0].false_positive_rate <= 0.05


def test_cost_per_result_at_sixty_daily_looks():
    rng = np.random.default_rng(12)
    n_days, n_runs = 60, min(N_RUNS, 4_000)
    spend = rng.gamma(4, 25, (n_runs, n_days, 2)) * (1 + 0.5 * np.sin(np.arange(n_days)))[:, None]
    results = rng.poisson(spend * 0.05)
    ever = log_e_spend(results, spend).max(axis=1) >= np.log(20)
    assert ever.mean() <= 0.05
    lifted = rng.poisson(spend * [0.05, 0.07])
    assert (log_e_spend(lifted, spend).max(axis=1) >= np.log(20)).mean() > 0.85


def test_the_split_over_a_thousand_looks():
    rng = np.random.default_rng(5)
    units = rng.multinomial(40, [0.3, 0.7], size=(min(N_RUNS, 2_000), 300)).cumsum(axis=1)
    ever = log_e_split(units, [0.3, 0.7], strength=1_000).max(axis=1)
    assert (ever >= np.log(100)).mean() <= 0.01


def test_the_ratio_is_inside_at_all_looks_at_once():
    rng = np.random.default_rng(6)
    ratio, n_runs = 1.15, 600
    second = rng.binomial(40, ratio / (1 + ratio), (n_runs, 50)).cumsum(axis=1)
    n = np.stack([40 * np.arange(1, 51) - second, second], axis=-1)
    low, high = ratio_interval_by_split(n, [0.5, 0.5], alpha=0.1)
    assert ((low <= ratio) & (ratio <= high)).all(axis=1).mean() >= 0.9
