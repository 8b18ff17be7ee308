"""The running integral is exact for polynomials and fast for what is smooth."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.panels import gauss_legendre


@pytest.mark.parametrize("n", [2, 5, 20, 40])
def test_polynomials_are_integrated_exactly(n):
    rule = gauss_legendre(n)
    for power in range(n):
        expected = (rule.nodes ** (power + 1) - (-1.0) ** (power + 1)) / (power + 1)
        assert rule.nodes**power @ rule.running == pytest.approx(expected, abs=1e-13)
    assert rule.weights.sum() == pytest.approx(2)


def test_a_smooth_function_converges():
    rule = gauss_legendre(24)
    assert np.exp(3 * rule.nodes) @ rule.running == pytest.approx((np.exp(3 * rule.nodes) - np.exp(-3)) / 3)
