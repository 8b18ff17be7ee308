"""The law of a rate times a value, against closed forms, moments and draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, gamma, t

from workbench.stats.best_of import spread_nodes
from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw
from workbench.stats.product_law import product_law

RATES = [
    BetaLaw(1.0, 4.0),
    BetaLaw(30.0, 300.0),
    BetaLaw(111.5, 889.5),
    BetaLaw(5e5, 3e7),
    BetaLaw(40.0, 1.0),
]
VALUES = [
    GammaLaw(2.0, 0.1),
    GammaLaw(1e6, 3e4),
    StudentLaw(4.0, 5.0, 2.0),
    StudentLaw(110.0, 7.2, 0.09),  # the rate is much the wider one
    StudentLaw(2_000.0, -3.0, 1e-4),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_moments_of_the_table_are_products_of_moments(rate, value):
    law = product_law(rate, value)
    z, weights = spread_nodes(law.breakpoints())
    mass = law.density(z) * weights
    assert mass.sum() == pytest.approx(1, abs=1e-9)
    assert mass @ law.value(z) == pytest.approx(rate.mean * value.mean, rel=1e-6)
    if value.support[0] >= 0:
        square = (
            (rate.mean * (rate.a + 1) / (rate.a + rate.b + 1)) * value.mean * (value.shape + 1) / value.rate
        )
        assert mass @ law.value(z) ** 2 == pytest.approx(square, rel=1e-6)


def test_beta_times_gamma_is_gamma():
    law, exact = product_law(BetaLaw(6.0, 14.0), GammaLaw(20.0, 3.0)), GammaLaw(6.0, 3.0)
    x = np.geomspace(0.05, 12, 60)
    assert law.below(x) == pytest.approx(exact.below(x), abs=1e-10)
    assert law.above(x) == pytest.approx(exact.above(x), abs=1e-10)


@pytest.mark.parametrize("value", VALUES[:4], ids=str)
@pytest.mark.parametrize("rate", RATES[:3], ids=str)
def test_draws_have_the_law(rate, value):
    rng = np.random.default_rng(12)
    n = 200_000
    shares = beta.rvs(rate.a, rate.b, size=n, random_state=rng)
    if isinstance(value, GammaLaw):
        paid = gamma.rvs(value.shape, scale=1 / value.rate, size=n, random_state=rng)
    else:
        paid = t.rvs(value.freedom, value.centre, value.scale, size=n, random_state=rng)
    law = product_law(rate, value)
    for p in (0.01, 0.2, 0.5, 0.8, 0.99):
        error = np.sqrt(p * (1 - p) / n)
        assert (shares * paid <= law.quantile(p)).mean() == pytest.approx(p, abs=4.5 * error)
