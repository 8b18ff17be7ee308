"""Adaptive importance sampling against targets whose moments are known."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.importance import Mixture, adaptive_importance, start_mixture


def start(dim, centres=None):
    centres = np.zeros((1, dim)) if centres is None else centres
    covariances = np.tile(np.eye(dim), (len(centres), 1, 1))
    return start_mixture(centres, covariances, wide_mean=np.zeros(dim), wide_covariance=16 * np.eye(dim))


def moments(sample):
    mean = sample.smoothed.weights @ sample.points
    off = sample.points - mean
    return mean, (off * sample.smoothed.weights[:, None]).T @ off


def test_a_correlated_normal_far_from_the_start_is_found():
    mean, cov = np.array([2.0, -1.0, 0.5]), np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.1], [0.0, 0.1, 0.05]])
    precision = np.linalg.inv(cov)

    def target(x):
        return -0.5 * np.einsum("ni,ij,nj->n", x - mean, precision, x - mean), {}

    sample = adaptive_importance(target, start(3), np.random.default_rng(1))
    got_mean, got_cov = moments(sample)
    np.testing.assert_allclose(got_mean, mean, atol=0.05)
    np.testing.assert_allclose(got_cov, cov, atol=0.06)
    assert sample.smoothed.pareto_k < 0.5
    assert sample.smoothed.ess > 2_500


def test_two_modes_keep_their_shares():
    def target(x):
        first, second = -((x - 3) ** 2).sum(axis=1) / 2, -((x + 3) ** 2).sum(axis=1) / 2
        return np.logaddexp(np.log(0.25) + first, np.log(0.75) + second), {}

    sample = adaptive_importance(
        target, start(2, np.array([[3.0, 3.0], [-3.0, -3.0]])), np.random.default_rng(2)
    )
    share = sample.smoothed.weights @ (sample.points[:, 0] > 0)
    assert share == pytest.approx(0.25, abs=0.03)


def test_a_target_heavier_than_any_proposal_is_caught():
    def target(x):
        return -0.75 * np.log1p((x**2).sum(axis=1)), {}

    assert adaptive_importance(target, start(1), np.random.default_rng(3)).smoothed.pareto_k > 0.5


def test_what_is_drawn_along_stays_with_its_point_and_nan_weighs_nothing():
    def target(x):
        inside = np.where(x[:, 0] > 0, -(x**2).sum(axis=1) / 2, np.nan)
        return inside, {"double": 2 * x}

    sample = adaptive_importance(target, start(2), np.random.default_rng(4))
    points, drawn = sample.resample(1_000, np.random.default_rng(5))
    np.testing.assert_array_equal(drawn["double"], 2 * points)
    assert (points[:, 0] > 0).all()
    assert points[:, 0].mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.05)


def test_a_mixtures_density_is_that_of_its_t_laws_of_any_degrees_of_freedom():
    from scipy.stats import multivariate_t

    scale = np.array([[2.0, 0.5], [0.5, 1.0]])
    points = np.random.default_rng(1).standard_normal((20, 2)) * 3
    for degrees in (7.0, 30.0):
        mixture = Mixture(np.ones((1, 2)), np.linalg.cholesky(scale)[None], np.ones(1), degrees)
        want = multivariate_t([1.0, 1.0], scale, df=degrees).logpdf(points)
        np.testing.assert_allclose(mixture.log_parts(points)[0][0], want)
        drawn = mixture.draw(40_000, np.random.default_rng(2))
        np.testing.assert_allclose(np.cov(drawn.T), scale * degrees / (degrees - 2), rtol=0.1)
