"""Beta laws on the logit scale keep their digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln, gammaln

from workbench.stats.logit_beta import DROP, fall, log_peak, stirling_rest, windows


def test_the_rest_of_stirling_meets_the_log_gamma_function():
    x = np.array([0.3, 0.5, 1, 7.5, 11.9, 12, 12.1, 40, 1e3])
    by_definition = gammaln(x) - (x - 0.5) * np.log(x) + x - 0.5 * np.log(2 * np.pi)
    assert stirling_rest(x) == pytest.approx(by_definition, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1, 4), (30, 2), (400, 90_000)])
def test_density_is_that_of_the_logit(a, b):
    a, b = np.array([a]), np.array([b])
    mode = np.log(a / b)
    for d in (-2.0, -0.1, 0.0, 0.05, 1.5):
        z = mode + d
        direct = a * z - (a + b) * np.logaddexp(0, z) - betaln(a, b)
        assert log_peak(a, b) - fall(a, b, np.array([d])) == pytest.approx(direct, rel=1e-9, abs=1e-9)


def test_windows_end_where_the_density_is_negligible():
    a = np.array([0.5, 1, 1, 8, 1e3, 3e7, 1e6])
    b = np.array([0.5, 1, 1e6, 2, 1e5, 5e6, 1])
    mode, low, high = windows(a, b)
    for end in (low, high):
        assert fall(a, b, end - mode) == pytest.approx(DROP, rel=0.02)
    assert (low < mode).all()
    assert (mode < high).all()
