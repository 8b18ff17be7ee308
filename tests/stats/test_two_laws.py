"""Probabilities of two laws together, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw
from workbench.stats.two_laws import TwoLaws


@pytest.mark.parametrize("ratio", [0.01, 0.4, 1.0, 2.5, 60.0])
def test_a_ratio_of_gammas_is_a_beta(ratio):
    x, y = GammaLaw(7.0, 3.0), GammaLaw(4.0, 2.0)
    u = 2.0 * ratio / (3.0 + 2.0 * ratio)  # of Y's share in the sum of both, at rate 1
    assert TwoLaws.of(x, y).ratio_below(ratio) == pytest.approx(special.betainc(4.0, 7.0, u), abs=1e-13)


def test_no_ratio_below_zero():
    pair = TwoLaws.of(BetaLaw(3.0, 4.0), BetaLaw(5.0, 6.0))
    assert pair.ratio_below(0.0) == 0.0
    assert pair.ratio_below(-1.0) == 0.0


def test_a_bend_inside_the_other_law_is_seen():
    pair = TwoLaws.of(BetaLaw(1.0, 1.0), BetaLaw(1.0, 1.0))  # P(Y <= X + d) = 1 - (1 - d)^2 / 2
    got = pair.prob_below(lambda a: a + 0.3, lambda b: b - 0.3)
    assert got == pytest.approx(1 - 0.7**2 / 2, abs=1e-12)


def test_a_change_of_what_may_be_negative():
    x, y = StudentLaw(1e7, 0.1, 1.0), StudentLaw(1e7, 0.4, 1.0)
    r = 0.5
    steps = np.linspace(-9, 9, 400_001)
    exact = np.trapezoid(
        stats.norm.pdf(steps) * stats.norm.cdf(steps + 0.1 + r * np.abs(steps + 0.1) - 0.4), steps
    )
    assert TwoLaws.of(x, y).change_below(r) == pytest.approx(exact, abs=1e-7)


def test_bounds_hold_zero_and_almost_all_probability():
    pair = TwoLaws.of(GammaLaw(40.0, 1.0), GammaLaw(4_000.0, 1.0))
    low, high = pair.log_bounds()
    assert low == 0.0
    assert pair.ratio_below(np.exp(high)) == pytest.approx(1.0, abs=1e-10)
    least, most = pair.widest()
    assert least < 0 or pair.prob_below(lambda a: a + least, lambda b: b - least) < 1e-10
    assert pair.prob_below(lambda a: a + most, lambda b: b - most) > 1 - 1e-10
