"""Pooled normal effects against brute force, limits and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.normal_pooling import pooled_effects


def brute_force(x, s):
    """Integrate over a dense grid of τ and, for each, of μ."""
    s0 = np.sqrt(len(s) / (1 / s**2).sum())
    u = (np.arange(4_000) + 0.5)[:, None] / 4_000
    tau = s0 * u / (1 - u)
    width = np.sqrt(s.max() ** 2 + tau**2)
    mu = np.linspace(x.min() - 8 * width, x.max() + 8 * width, 1_001, axis=1)[:, :, 0]
    log = np.log(np.ptp(mu, axis=1))[:, None]
    for one, error in zip(x, s, strict=True):
        v = error**2 + tau**2
        log = log - 0.5 * (np.log(v) + (one - mu) ** 2 / v)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    pulls = [error**2 / (error**2 + tau**2) for error in s]
    means = [(mass * (pull * mu + (1 - pull) * one)).sum() for one, pull in zip(x, pulls, strict=True)]
    return np.array(means), mass.sum(axis=1) @ (tau[:, 0] < s0)


@pytest.mark.parametrize(
    ("x", "s"),
    [
        ([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]),
        ([0.0, 5.0], [1.0, 0.5]),
        ([1e-4, 3e-4, -2e-4], [1e-4, 1e-3, 2e-4]),
    ],
)
def test_the_mixture_is_the_brute_force_posterior(x, s):
    x, s = np.array(x, dtype=float), np.array(s, dtype=float)
    expected, below = brute_force(x, s)
    got = pooled_effects(x, s)
    assert got.mean == pytest.approx(expected, rel=2e-3, abs=2e-3 * s.min())
    s0 = np.sqrt(len(s) / (1 / s**2).sum())
    assert (got.spread[0] < s0) == (below > 0.5)


def test_limits():
    far = pooled_effects([0.0, 1e6, -1e6], [1.0, 1.0, 1.0])
    assert far.mean == pytest.approx([0, 1e6, -1e6], abs=1e-3)
    assert far.weight_to_mean.max() < 1e-6
    assert far.heterogeneity_p < 1e-100
    alike = pooled_effects([1.0] * 40, [1.0] * 40)
    assert alike.weight_to_mean.min() > 0.8
    assert alike.high.max() - 1 < 1.96
    mirrored = pooled_effects([-0.5, 2.0], [1.0, 0.3])
    plain = pooled_effects([0.5, -2.0], [1.0, 0.3])
    assert mirrored.low == pytest.approx(-plain.high)
    assert mirrored.prob_above == pytest.approx(1 - plain.prob_above)


def test_better_is_the_interval_without_zero():
    rng = np.random.default_rng(5)
    for _ in range(40):
        got = pooled_effects(rng.normal(0, 2, 5), rng.uniform(0.3, 2, 5), level=0.8)
        assert ((got.prob_above > 0.9) == (got.low > 0)).all()
        assert ((got.prob_above < 0.1) == (got.high < 0)).all()


def test_coverage_when_parameters_come_from_the_prior():
    rng = np.random.default_rng(11)
    s = np.array([0.5, 1.0, 1.0, 2.0, 4.0, 0.8])
    s0 = np.sqrt(len(s) / (1 / s**2).sum())
    inside, n = 0, 600
    for _ in range(n):
        u = rng.random()
        theta = rng.normal(0, min(s0 * u / (1 - u), 1e6), len(s))
        got = pooled_effects(rng.normal(theta, s), s, level=0.8)
        inside += ((got.low < theta) & (theta < got.high)).mean()
    assert inside / n == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("x", "s"), [([1.0], [1.0]), ([1, 2], [1]), ([1, 2], [1, 0]), ([1, np.nan], [1, 1])])
def test_bad_effects_are_refused(x, s):
    with pytest.raises(DataError, match=r"effects|errors"):
        pooled_effects(x, s)
