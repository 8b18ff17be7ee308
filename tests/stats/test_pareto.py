"""Smoothed importance weights: their shape says when a mean cannot be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.pareto import fit_pareto, smooth_weights


@pytest.mark.parametrize("shape", [-0.3, 0.2, 0.5, 0.9, 1.5])
def test_a_pareto_tail_is_recovered(shape):
    excess = np.sort(np.expm1(-shape * np.log(np.random.default_rng(1).random(4_000))) / shape)
    got, scale = fit_pareto(excess)
    assert got == pytest.approx(shape, abs=0.07)
    assert scale == pytest.approx(1, rel=0.12)


def test_a_narrow_proposal_is_caught_and_a_wide_one_passes():
    rng = np.random.default_rng(2)

    def k_of(spread):
        x = rng.normal(0, spread, 5_000)
        return smooth_weights(-x * x / 2 + (x / spread) ** 2 / 2).pareto_k

    assert k_of(0.3) > 0.7
    assert k_of(1.3) < 0.5


def test_weights_sum_to_one_and_bound_the_effective_size():
    log_weights = np.random.default_rng(3).normal(0, 1, 2_000)
    got = smooth_weights(log_weights)
    assert got.weights.sum() == pytest.approx(1)
    assert 1 <= got.ess <= 2_000
    np.testing.assert_allclose(smooth_weights(log_weights + 500).weights, got.weights)


def test_agrees_with_arviz():
    arviz_stats = pytest.importorskip("arviz_stats")
    log_weights = np.random.default_rng(4).standard_t(6, 3_000)
    _, expected = arviz_stats.base.array_stats.psislw(-log_weights)
    assert smooth_weights(log_weights).pareto_k == pytest.approx(float(expected), abs=0.02)


@pytest.mark.parametrize("bad", [[0.0, np.nan], [0.0, np.inf], [-np.inf, -np.inf]])
def test_weights_that_are_none_are_refused(bad):
    with pytest.raises(DataError, match="log_weights"):
        smooth_weights(np.array(bad))


def test_a_target_outside_its_support_only_loses_weight():
    log_weights = np.where(np.arange(1_000) < 990, -np.inf, 0.0)
    got = smooth_weights(log_weights)
    assert got.ess == pytest.approx(10)
