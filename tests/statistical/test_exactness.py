"""Every quadrature against a large sample from the same model, drawn by other code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import cauchy, nbinom

from workbench.stats.intervals import proportion_difference_interval, ratio_interval
from workbench.stats.pooling import pooled_rates

N_DRAWS = 400_000
PROBABILITIES = (0.05, 0.5, 0.95)


def misfit(draws: np.ndarray, ends: tuple[float, ...]) -> float:
    """Largest distance between the draws below each end and what should be, in Monte Carlo errors."""
    errors = [
        ((draws <= end).mean() - p) / np.sqrt(p * (1 - p) / len(draws))
        for p, end in zip(PROBABILITIES, ends, strict=True)
    ]
    return float(np.abs(errors).max())


@pytest.mark.parametrize(
    ("events", "exposure"),
    [
        ([12, 30, 9], [200.0, 410.0, 260.0]),
        ([0, 5, 1], [30.0, 60.0, 10.0]),
        ([458, 182, 246, 18, 0], [14_764.0, 6_645.0, 5_369.0, 221.0, 12.0]),
        ([3, 40], [10.0, 20.0]),
    ],
)
def test_pooled_quantiles_against_a_brute_force_sample(events, exposure):
    rng = np.random.default_rng(20)
    y, e = np.array(events), np.array(exposure)
    log_spread = np.linspace(np.log(1e-4), np.log(5), 700)  # below it lies a hundredth of a per cent
    log_mean = np.log(y.sum() / e.sum()) + np.linspace(-9, 16, 1_500)
    shape, mean = np.exp(-2 * log_spread)[:, None, None], np.exp(log_mean)[None, :, None]
    log_mass = nbinom.logpmf(y, shape, shape / (shape + mean * e)).sum(axis=2)
    log_mass += (cauchy.logpdf(np.exp(log_spread), scale=0.5) + log_spread)[:, None]
    mass = np.exp(log_mass - log_mass.max()).ravel()
    node = rng.choice(mass.size, N_DRAWS, p=mass / mass.sum())
    a = np.exp(-2 * log_spread)[node // len(log_mean)]
    m = np.exp(log_mean)[node % len(log_mean)]
    pooled = pooled_rates(y, e)
    for i in range(len(y)):
        draws = rng.gamma(a + y[i], 1 / (a / m + e[i]))
        assert misfit(draws, (pooled.low[i], pooled.rate[i], pooled.high[i])) < 4
        assert pooled.weight_to_mean[i] == pytest.approx((a / (a + m * e[i])).mean(), abs=0.003)
    assert abs((m <= pooled.pooled_mean).mean() - 0.5) < 0.01
    assert abs((1 / np.sqrt(a) <= pooled.spread).mean() - 0.5) < 0.01


@pytest.mark.parametrize("case", [(0, 10.0, 3, 12.0), (120, 1e3, 100, 1e3), (2, 1.0, 900, 300.0)])
@pytest.mark.parametrize("phi", [1.0, 2.2])
def test_ratio_against_a_sample(case, phi):
    rng = np.random.default_rng(21)
    y1, e1, y0, e0 = case
    draws = rng.gamma(y1 / phi + 0.5, phi / e1, N_DRAWS) / rng.gamma(y0 / phi + 0.5, phi / e0, N_DRAWS)
    got = ratio_interval(y1, e1, y0, e0, dispersion=phi)
    assert misfit(draws, (float(got.low), float(got.estimate), float(got.high))) < 4.5
    assert got.prob_above == pytest.approx((draws > 1).mean(), abs=0.004)


@pytest.mark.parametrize("case", [(0, 40, 1, 60), (1_420, 100_000, 1_370, 100_000), (3, 9, 8_000, 600_000)])
@pytest.mark.parametrize("phi", [1.0, 3.0])
def test_difference_against_a_sample(case, phi):
    rng = np.random.default_rng(22)
    x1, n1, x0, n0 = case
    first = rng.beta(x1 / phi + 0.5, (n1 - x1) / phi + 0.5, N_DRAWS)
    draws = first - rng.beta(x0 / phi + 0.5, (n0 - x0) / phi + 0.5, N_DRAWS)
    got = proportion_difference_interval(x1, n1, x0, n0, dispersion=phi)
    assert misfit(draws, (float(got.low), float(got.estimate), float(got.high))) < 4.5
    assert got.prob_above == pytest.approx((draws > 0).mean(), abs=0.004)
