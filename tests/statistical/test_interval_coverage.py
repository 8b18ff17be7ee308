"""How often the 90 % intervals hold the truth, by simulation: as assumed, and moderately otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.dispersion import dispersion
from workbench.stats.intervals import proportion_difference_interval, rate_interval, ratio_interval

LEVEL = 0.9
N = 20_000
#: Exact intervals of counts oscillate around their level with the mean; averaged over means they meet it.
SLACK = 0.008


def three_errors(n: int) -> float:
    return 3 * np.sqrt(LEVEL * (1 - LEVEL) / n)


def test_rate_over_many_means():
    rng = np.random.default_rng(1)
    mean = np.exp(rng.uniform(np.log(3), np.log(3_000), N))
    got = rate_interval(rng.poisson(mean), 1.0, level=LEVEL)
    coverage = ((got.low <= mean) & (mean <= got.high)).mean()
    assert abs(coverage - LEVEL) < three_errors(N) + SLACK


def exact_coverage(mean: float) -> float:
    """Sum the Poisson probabilities of the counts whose interval holds the mean."""
    from scipy.stats import poisson

    counts = np.arange(2_000)
    got = rate_interval(counts, 1.0, level=LEVEL)
    return float(poisson.pmf(counts, mean)[(got.low <= mean) & (mean <= got.high)].sum())


def test_rate_at_each_mean_oscillates_around_the_level():
    few, some = ([exact_coverage(m) for m in np.linspace(*ends, 400)] for ends in ((0.2, 5), (5, 60)))
    assert min(few) > 0.80
    assert min(some) > 0.855
    assert np.mean(few) == pytest.approx(LEVEL, abs=0.02)
    assert np.mean(some) == pytest.approx(LEVEL, abs=0.005)


def test_ratio_over_many_means():
    rng = np.random.default_rng(3)
    mean1, mean0 = (np.exp(rng.uniform(np.log(3), np.log(3_000), N)) for _ in range(2))
    got = ratio_interval(rng.poisson(mean1), 1.0, rng.poisson(mean0), 1.0, level=LEVEL)
    truth = mean1 / mean0
    coverage = ((got.low <= truth) & (truth <= got.high)).mean()
    assert abs(coverage - LEVEL) < three_errors(N) + SLACK


def test_prob_above_is_uniform_when_nothing_changed():
    rng = np.random.default_rng(4)
    got = ratio_interval(rng.poisson(60, N), 1.0, rng.poisson(60, N), 1.0)
    for p in (0.05, 0.5, 0.95):
        assert abs((got.prob_above < p).mean() - p) < 0.03


def test_difference_over_many_rates():
    n = 1_500
    rng = np.random.default_rng(5)
    p1, p0 = rng.uniform(0.002, 0.05, (2, n))
    n1, n0 = np.exp(rng.uniform(np.log(1_000), np.log(200_000), (2, n))).astype(int)
    got = proportion_difference_interval(rng.binomial(n1, p1), n1, rng.binomial(n0, p0), n0, level=LEVEL)
    coverage = ((got.low <= p1 - p0) & (p1 - p0 <= got.high)).mean()
    assert abs(coverage - LEVEL) < three_errors(n) + SLACK


def overdispersed_coverage(phi: float, *, n_days: int, widened: bool) -> float:
    """Coverage of a rate and a ratio from days whose counts are negative binomial, φ estimated."""
    rng = np.random.default_rng(6)
    n, by_day = 4_000, 8.0
    hits = 0
    for _ in range(n):
        days = rng.negative_binomial(by_day / (phi - 1), 1 / phi, (2, n_days))
        phi_hat = 1.0
        if widened:
            expected = np.repeat(days.mean(axis=1, keepdims=True), n_days, axis=1)
            phi_hat = dispersion(days.T, expected.T)
        total = days.sum(axis=1)
        got = ratio_interval(total[0], 1.0, total[1], 1.0, level=LEVEL, dispersion=phi_hat)
        hits += bool(got.low <= 1 <= got.high)
    return hits / n


@pytest.mark.parametrize(("phi", "n_days"), [(1.5, 28), (2.5, 28), (2.0, 14)])
def test_estimated_dispersion_restores_the_coverage(phi, n_days):
    assert overdispersed_coverage(phi, n_days=n_days, widened=True) > 0.86


def test_without_it_the_coverage_is_lost():
    assert overdispersed_coverage(2.5, n_days=28, widened=False) < 0.78
