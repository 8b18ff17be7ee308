"""Marginal likelihoods against the sums and integrals they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.stats.leaf_models import log_evidence, prior_shapes, rough_place


@pytest.mark.parametrize("spread", [0.05, 0.4, 2.0])
def test_counts_are_negative_binomial(spread):
    at = np.log([0.01, 0.04, 0.3])
    got = log_evidence("counts", (np.array([7.0]), np.array([200.0])), np.array([spread]), at)[0, 0]
    a = spread**-2
    exact = stats.nbinom.logpmf(7, a, a / (a + 200 * np.exp(at)))
    assert got - got[0] == pytest.approx(exact - exact[0])


@pytest.mark.parametrize("spread", [0.05, 0.4, 2.0])
def test_rates_are_beta_binomial(spread):
    at = np.array([-4.0, -1.0, 2.0])
    got = log_evidence("rates", (np.array([7.0]), np.array([90.0])), np.array([spread]), at)[0, 0]
    a, b = prior_shapes("rates", np.array(spread), at)
    assert got - got[0] == pytest.approx(np.diff(stats.betabinom.logpmf(7, 90, a, b)[[0, 0]])[0] + (
        stats.betabinom.logpmf(7, 90, a, b) - stats.betabinom.logpmf(7, 90, a, b)[0]
    ))  # fmt: skip
    assert a / (a + b) == pytest.approx(1 / (1 + np.exp(-at)))


def test_the_spread_is_that_of_log_odds():
    rng = np.random.default_rng(2)
    for mean in (0.001, 0.5, 0.98):
        a, b = prior_shapes("rates", np.array(0.2), np.array(np.log(mean / (1 - mean))))
        p = rng.beta(a, b, 200_000)
        assert np.std(np.log(p / (1 - p))) == pytest.approx(0.2, rel=0.03)


def test_no_result_and_all_results_have_a_place():
    for kind, y in (("rates", [0.0, 50.0]), ("counts", [0.0, 50.0])):
        place, deviation = rough_place(kind, (np.array(y), np.array([50.0, 50.0])))
        assert np.isfinite(place).all()
        assert (deviation > 0).all()
