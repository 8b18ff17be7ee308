"""The calibration table at a reduced size; `make calibrate` makes it in full."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.calibration import LOOKS, N_PER_ARM, stopped_chances, too_many_winners
from benchmarks.calibration_coverage import FIGURES, LEVELS, Coverage, beyond_chance, simulate
from benchmarks.calibration_kinds import FIXED, KINDS
from workbench.experiments.means import analyse_means
from workbench.experiments.null_simulation import simulate_null
from workbench.experiments.rates import analyse_rates

N_RUNS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))
CELLS = len(LEVELS), len(FIGURES)


@pytest.mark.parametrize("name", KINDS)
def test_intervals_hold_as_often_as_they_say(name):
    got = simulate(KINDS[name], n_runs=N_RUNS, n_read=4)
    assert beyond_chance({name: got}) == []
    assert got.n_alike == got.n_read == (0 if name == "quantiles" else 4 * 9)


@pytest.mark.parametrize("name", FIXED)
def test_fixed_parameters_are_reported(name):
    got = simulate(FIXED[name], n_runs=N_RUNS, n_read=0)
    assert got.n_runs == N_RUNS
    assert (got.share[LEVELS.index(0.8)] > 0.5).all()


def test_an_analysis_under_another_prior_is_named():
    def misled(rng):
        truth, trials = rng.beta(2.0, 30.0, 2), np.array([40, 50])
        seen = rng.binomial(trials, truth)
        return truth, lambda options: analyse_rates(seen, trials, prior=(6.0, 30.0), options=options)

    named = beyond_chance({"misled": simulate(misled, n_runs=300, n_read=0)})
    assert "misled, arm, 80%" in " ".join(named)


def test_cells_are_judged_together():
    asked = np.full(CELLS, 1_000)
    even = np.round(asked * np.array(LEVELS)[:, None]).astype(int)
    low = even.copy()
    low[2, 2] -= 19  # 2.8 Monte Carlo errors
    cells = [Coverage(held, asked, 1_000, 0, 0) for held in (low, even)]
    assert cells[0].errors()[2, 2] == pytest.approx(-2.757, abs=0.001)
    assert cells[0].p_values()[2, 2] == pytest.approx(
        2 * binomtest(931, 1_000, 0.95, alternative="less").pvalue, rel=1e-9
    )
    assert beyond_chance({"low": cells[0]}, family_error=0.2) == [
        "low, relative change, 95%: 0.9310 of 1,000"
    ]
    assert (
        beyond_chance({"low": cells[0], **{f"even {k}": cells[1] for k in range(5)}}, family_error=0.2) == []
    )


def test_a_change_without_a_size_is_not_asked_for():
    def around_zero(rng):
        truth, values = rng.normal(0, 1, 2), rng.normal(0, 3, (2, 30))
        sums = values.sum(axis=1), (values**2).sum(axis=1)
        return truth, lambda options: analyse_means([30, 30], *sums, options=options)

    got = simulate(around_zero, n_runs=12, n_read=12)
    assert got.n_alike == got.n_read
    assert (got.asked[:, :2] == 12).all()
    assert got.asked[0, 2] > got.asked[2, 2]


@pytest.mark.parametrize("looks", LOOKS)
def test_anytime_valid_badges_keep_their_error_rate(looks):
    got = simulate_null(looks, n_per_look=N_PER_ARM / looks, baseline=0.05, n_runs=4_000)
    anytime = [rule for rule in got.rules if rule.badge == "anytime-valid"]
    assert len(anytime) == 3
    assert all(rule.false_positive_rate <= got.alpha for rule in anytime)


def test_a_badge_that_breaks_its_word_is_named():
    got = simulate_null(10, n_per_look=2_000, baseline=0.05, n_runs=2_000)
    bad = [replace(rule, badge="anytime-valid") for rule in got.rules if rule.badge == "none"]
    assert len(too_many_winners([got])) == 0
    assert "every look, 10 looks" in too_many_winners([replace(got, rules=tuple(bad))])[0]


def test_chances_come_true_at_the_stop_only_under_the_right_prior():
    """As Deng, Lu & Chen (2016), doi:10.1109/DSAA.2016.33."""
    flat, matched = (stopped_chances(deviation, n_runs=4_000) for deviation in (1e6, 0.1))
    assert flat[0] - flat[1] > 0.05
    assert abs(matched[0] - matched[1]) < 0.015
