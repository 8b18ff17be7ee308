"""The final rate of a cohort: against brute force, and the plain beta law where all have come."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from workbench.stats.lagged_rate import lagged_rate_law, likely_curves


def test_without_delay_it_is_the_beta_posterior():
    law = lagged_rate_law(np.array([3.0, 0.0]), np.array([40.0, 57.0]), np.ones(2))
    for p in (1e-6, 0.025, 0.5, 0.975):
        assert law.quantile(p) == pytest.approx(beta.ppf(p, 4, 98), rel=1e-9)
    assert law.mean == pytest.approx(4 / 102)


@pytest.mark.parametrize("converted", [[0, 0, 0], [1, 4, 9], [5, 50, 60]])
def test_it_is_the_brute_force_posterior(converted):
    done, waiting, curve = np.array(converted, float), np.array([200.0, 150.0, 80.0]), np.array([0.2, 0.6, 1])
    law = lagged_rate_law(done, waiting, curve, prior=(2.0, 30.0))
    p = np.linspace(0, 1, 400_001)[1:-1]
    log = (
        (done.sum() + 1) * np.log(p)
        + 29 * np.log1p(-p)
        + (waiting[:, None] * np.log1p(-p * curve[:, None])).sum(0)
    )
    mass = np.exp(log - log.max())
    below = np.cumsum(mass) / mass.sum()
    assert law.mean == pytest.approx((mass * p).sum() / mass.sum(), rel=1e-4)
    for q in (0.05, 0.5, 0.95):
        assert law.quantile(q) == pytest.approx(np.interp(q, below, p), abs=5e-6)


def test_everyone_converted():
    law = lagged_rate_law(np.array([5.0, 5.0]), np.zeros(2), np.array([0.5, 1.0]))
    assert law.quantile(0.5) == pytest.approx(beta.ppf(0.5, 11, 1), rel=1e-9)


def test_an_unknown_curve_widens_as_its_draws_do():
    rng = np.random.default_rng(4)
    curve, variance = np.array([0.3, 0.7, 1.0]), np.array([0.04, 0.01, 0.0])
    done, waiting = np.array([20.0, 30.0, 40.0]), np.array([1_000.0, 600.0, 500.0])
    curves, weights = likely_curves(curve, variance, done + waiting)
    got = lagged_rate_law(done, waiting, curves, weights=weights)
    known = lagged_rate_law(done, waiting, curve)
    noise = np.cumsum(rng.normal(size=(3_000, 3)) * np.sqrt([0, 0.01, 0.03]), axis=1)[:, ::-1]
    many = lagged_rate_law(done, waiting, np.minimum(curve * np.exp(noise), 1.0))
    width = [law.quantile(0.95) - law.quantile(0.05) for law in (known, got, many)]
    assert width[0] < width[1]
    assert width[1] == pytest.approx(width[2], rel=0.03)
    assert got.mean == pytest.approx(many.mean, rel=0.01)


def test_a_known_curve_stays():
    curves, weights = likely_curves(np.array([0.3, 1.0]), np.zeros(2), np.ones(2))
    assert curves.tolist() == [[0.3, 1.0]]
    assert weights.tolist() == [1.0]


def test_two_possible_curves_are_weighed_by_what_was_seen():
    done, waiting = np.array([2.0, 30.0]), np.array([198.0, 270.0])
    curves, weights = np.array([[0.1, 1.0], [0.6, 1.0]]), np.array([0.3, 0.7])
    law = lagged_rate_law(done, waiting, curves, weights=weights)
    p = np.linspace(0, 1, 200_001)[1:-1]
    each = [
        w
        * np.exp(
            (done[:, None] * np.log(p * f[:, None]) + waiting[:, None] * np.log1p(-p * f[:, None])).sum(0)
            + 130
        )
        for w, f in zip(weights, curves, strict=True)
    ]
    mass = np.sum(each, axis=0)
    assert law.mean == pytest.approx((mass * p).sum() / mass.sum(), rel=1e-6)
