"""The normal mixture: against its integral, and inverted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from workbench.core.errors import DataError
from workbench.stats.mixture_sequence import best_prior_ratio, log_mixture_factor, mixture_radius


@pytest.mark.parametrize(("d", "v", "t"), [(0.1, 0.0025, 0.01), (-0.3, 0.04, 0.5), (0.0, 1.0, 0.001)])
def test_the_factor_is_the_integral(d, v, t):
    with_effect, _ = quad(
        lambda x: norm.pdf(d, x, np.sqrt(v)) * norm.pdf(x, 0, np.sqrt(t)), -10, 10, points=[0, d]
    )
    ratio = with_effect / norm.pdf(d, 0, np.sqrt(v))
    assert float(log_mixture_factor(d, v, prior_variance=t)) == pytest.approx(np.log(ratio), abs=1e-7)


@given(st.floats(1e-6, 10), st.floats(1e-6, 10), st.floats(0.001, 0.5))
def test_the_interval_is_what_the_factor_does_not_reject(v, t, alpha):
    radius = float(mixture_radius(v, prior_variance=t, alpha=alpha))
    assert float(log_mixture_factor(radius, v, prior_variance=t)) == pytest.approx(
        np.log(1 / alpha), rel=1e-6
    )


def test_the_best_prior_is_the_best():
    ratios = np.linspace(1, 40, 4_000)
    widths = mixture_radius(1.0, prior_variance=ratios, alpha=0.05)
    assert best_prior_ratio(0.05) == pytest.approx(ratios[widths.argmin()], abs=0.02)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, float("nan")])
def test_no_error_probability(alpha):
    with pytest.raises(DataError, match="alpha"):
        mixture_radius(1.0, prior_variance=1.0, alpha=alpha)
