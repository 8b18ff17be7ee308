"""What one unit says about a relative change, against simulated units."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.unit_noise import UnitNoise, ratio_deviation, revenue_deviation


def relative(a, b):
    return (b.mean(axis=1) - a.mean(axis=1)) / np.mean(a)


def test_the_variance_is_that_of_simulated_tests():
    rng = np.random.default_rng(1)
    shape, n = (3_000, 400), 400
    for noise, draw in (
        (UnitNoise("rates", 0.2), lambda f: rng.binomial(1, 0.2 * f, shape)),
        (UnitNoise("counts", 3.0), lambda f: rng.poisson(3.0 * f, shape)),
        (UnitNoise("means", 5.0, 2.0), lambda f: rng.normal(5.0 * f, 2.0, shape)),
    ):
        seen = relative(draw(1.0), draw(1.3)).var()
        assert noise.variance(np.array([0.3]))[0] / n == pytest.approx(seen, rel=0.12)


def test_revenue_and_ratios():
    rng = np.random.default_rng(2)
    pays = rng.random(400_000) < 0.1
    revenue = pays * rng.gamma(2, 30, pays.size)
    assert revenue_deviation(0.1, 60, 60 / np.sqrt(2)) == pytest.approx(revenue.std(), rel=0.02)
    x = rng.gamma(4, 1, (4_000, 300))
    y = 0.5 * x + rng.normal(0, 1, x.shape)
    ratios = y.sum(axis=1) / x.sum(axis=1)
    correlation = np.corrcoef(x.ravel(), y.ravel())[0, 1]
    one = ratio_deviation((2.0, 4.0), (float(y.std()), 2.0), correlation=correlation)
    assert one / np.sqrt(300) == pytest.approx(ratios.std(), rel=0.05)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("clicks", 0.1), "kind"),
        (("rates", 0.0), "baseline"),
        (("rates", 1.0), "baseline"),
        (("counts", -1.0), "baseline"),
        (("means", 0.0, 1.0), "baseline"),
        (("means", 3.0), "deviation"),
        (("revenue", 3.0, -1.0), "deviation"),
    ],
)
def test_bad_baselines(given, field):
    with pytest.raises(DataError, match=field):
        UnitNoise(*given)


def test_bad_shares_and_correlations():
    with pytest.raises(DataError, match="paying_rate"):
        revenue_deviation(0, 5, 1)
    with pytest.raises(DataError, match="correlation"):
        ratio_deviation((1, 1), (1, 1), correlation=1.2)
