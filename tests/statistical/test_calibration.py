"""The calibration table at a reduced size; `make calibrate` makes it in full."""

from __future__ import annotations

import os

import numpy as np
import pytest

from benchmarks.calibration import LEVELS, LOOKS, N_PER_ARM, coverage, monte_carlo_error, stopped_chances
from benchmarks.calibration_kinds import FIXED, KINDS
from workbench.experiments.null_simulation import simulate_null

N_RUNS = int(os.environ.get("WORKBENCH_SIMULATIONS", "30"))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", KINDS)
def test_intervals_hold_as_often_as_they_say(name, level):
    got, n = coverage(KINDS[name], level, n_runs=N_RUNS)
    assert (np.abs(got - level) < monte_carlo_error(level, n)).all()


@pytest.mark.parametrize("name", FIXED)
def test_fixed_parameters_are_reported(name):
    got, n = coverage(FIXED[name], 0.8, n_runs=N_RUNS)
    assert n == N_RUNS
    assert (got > 0.5).all()


@pytest.mark.parametrize("looks", LOOKS)
def test_anytime_valid_badges_keep_their_error_rate(looks):
    got = simulate_null(looks, n_per_look=N_PER_ARM / looks, baseline=0.05, n_runs=4_000)
    anytime = [rule for rule in got.rules if rule.badge == "anytime-valid"]
    assert len(anytime) == 3
    assert all(rule.false_positive_rate <= got.alpha for rule in anytime)


def test_chances_come_true_at_the_stop_only_under_the_right_prior():
    """As Deng, Lu & Chen (2016), doi:10.1109/DSAA.2016.33."""
    flat, matched = (stopped_chances(deviation, n_runs=4_000) for deviation in (1e6, 0.1))
    assert flat[0] - flat[1] > 0.05
    assert abs(matched[0] - matched[1]) < 0.015


def test_the_budget_of_time_ends_a_run():
    _, n = coverage(KINDS["rates"], 0.8, n_runs=10_000, seconds=0.2)
    assert 0 < n < 1_000
