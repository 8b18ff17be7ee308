"""Each law is one law, whichever way it is asked."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.best_of import spread_nodes
from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw

LAWS = [
    BetaLaw(0.5, 0.5),
    BetaLaw(1.0, 1e6),
    BetaLaw(8e5, 3.0),
    GammaLaw(0.5, 100.0),
    GammaLaw(4e6, 2.0),
    StudentLaw(2.0, 3.0, 0.5),
    StudentLaw(1e9, -20.0, 4.0),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_density_values_and_distribution_agree(law):
    z, weights = spread_nodes(law.breakpoints(), 60)
    mass = law.density(z) * weights
    x = law.value(z)
    assert mass.sum() == pytest.approx(1, abs=1e-9)
    assert (mass * x).sum() == pytest.approx(law.mean, rel=1e-6)
    for p in (0.025, 0.3, 0.5, 0.975):
        end = law.quantile(p)
        assert float(law.below(np.array(end))) == pytest.approx(p, abs=1e-9)
        assert float(law.above(np.array(end))) == pytest.approx(1 - p, abs=1e-9)
    running = np.cumsum(law.slope(z) * weights)
    assert running[-1] == pytest.approx(np.ptp(law.value(law.breakpoints()[[0, -1]])), rel=1e-9)
    middle = np.array([law.quantile(0.4)])
    assert law.value(law.coordinate(middle)) == pytest.approx(middle)


def test_expected_reciprocals():
    assert BetaLaw(42.5, 62.5).mean_inverse == pytest.approx(104 / 41.5)
    assert GammaLaw(3.0, 8.0).mean_inverse == 4
    assert BetaLaw(1.0, 5.0).mean_inverse == np.inf == GammaLaw(0.5, 1.0).mean_inverse
    assert np.isnan(StudentLaw(1.0, 0.0, 1.0).mean)
