"""Rates of rows in columns: beside brute force, as rows and columns move, and how often intervals hold."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.special import gammaln

from workbench.stats.crossed_rates import crossed_rates

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))
EVEN = np.array([0.5, 0.5])


def sampled(counts, size, mix, *, n=400_000, seed=5):
    """Draw spreads and levels around the fit, weigh them by the model, draw the pairs' rates; two rows."""
    rng = np.random.default_rng(seed)
    spread = np.abs(0.5 * np.tan(np.pi * (rng.random((3, n)) - 0.5)))
    spread = np.minimum(spread, 5.0)
    centre = np.log(counts.sum() / size.sum()) + 2.0 * rng.standard_t(4, n)
    rows = centre[:, None] + spread[1][:, None] * rng.normal(size=(n, len(counts)))
    columns = spread[2][:, None] * rng.normal(size=(n, len(mix)))
    away = (centre - np.log(counts.sum() / size.sum())) / 2.0
    log_weight = 2.5 * np.log1p(away**2 / 4)  # the flat prior over the law that was drawn from
    a = (spread[0] ** -2)[:, None, None]
    mean = np.exp(rows[:, :, None] + columns[:, None, :])
    pairs = counts * np.log(mean / a) - (a + counts) * np.log1p(size * mean / a)
    log_weight = log_weight + (pairs + gammaln(a + counts) - gammaln(a)).sum(axis=(1, 2))
    weight = np.exp(log_weight - log_weight.max())
    drawn = rng.choice(n, 40_000, p=weight / weight.sum())
    rates = rng.gamma(a[drawn] + counts, 1 / (a[drawn] / mean[drawn] + size))
    return rates @ mix, weight.sum() ** 2 / (weight**2).sum()


@pytest.mark.parametrize(
    ("counts", "size", "mix"),
    [
        ([[12, 3], [4, 9]], [[400, 100], [100, 400]], EVEN),
        ([[6, 2], [1, 4]], [[90, 60], [80, 90]], EVEN),
        ([[9, 0], [14, 5]], [[150, 0], [200, 100]], np.array([0.7, 0.3])),
        ([[4, 7, 3], [8, 5, 9]], [[100] * 3, [120] * 3], np.full(3, 1 / 3)),
    ],
)
def test_probabilities_meet_weighted_draws_of_the_same_model(counts, size, mix, record_property):
    counts, size = np.array(counts, dtype=float), np.array(size, dtype=float)
    found = crossed_rates(counts, size, mix)
    drawn, worth = sampled(counts, size, mix)
    wanted = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    got = np.array([(drawn <= found.quantile(p)).mean(axis=0) for p in wanted])
    record_property("draws are worth", round(float(worth)))
    record_property("error", round(float(np.abs(got - wanted[:, None]).max()), 4))
    assert np.abs(got - wanted[:, None]).max() < 0.02


def test_what_the_columns_explain_is_taken_out_and_nothing_else():
    rates = np.array([0.01, 0.03, 0.06])
    shown = np.array([[80_000.0, 15_000, 5_000], [5_000, 15_000, 80_000]])
    found = crossed_rates(shown * rates * [[1.0], [1.3]], shown, np.full(3, 1 / 3))
    low, middle, high = (found.quantile(p) for p in (0.05, 0.5, 0.95))
    assert middle == pytest.approx([0.0333, 0.0433], rel=0.03)
    assert middle[1] / middle[0] == pytest.approx(1.3, rel=0.02)
    assert (low < middle).all()
    assert (middle < high).all()
    assert found.mean == pytest.approx(middle, rel=0.02)


def test_order_and_unit_do_not_matter():
    rng = np.random.default_rng(4)
    size = 10 ** rng.uniform(2, 4, (3, 4))
    counts, mix = rng.poisson(0.02 * size).astype(float), size.sum(axis=0) / size.sum()
    middle = crossed_rates(counts, size, mix).quantile(0.5)
    turned = crossed_rates(counts[::-1, ::-1], size[::-1, ::-1], mix[::-1]).quantile(0.5)
    assert turned[::-1] == pytest.approx(middle, rel=1e-5)
    assert 50 * crossed_rates(counts, 50 * size, mix).quantile(0.5) == pytest.approx(middle, rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "size"),
    [
        ([[1e7, 2e7], [3e7, 1e7]], [[1e8, 1e8], [1e8, 1e8]]),
        ([[1, 0], [0, 0]], [[10, 10], [10, 10]]),
        ([[0, 0], [0, 1e-3]], [[10, 10], [10, 10]]),
        ([[500, 0, 100], [0, 300, 0]], [[1_000, 0, 100], [0, 1_000, 0]]),
        ([[5, 0], [0, 9e5]], [[1e6, 0], [0, 1e6]]),
        ([[0, 0, 0], [20, 40, 10]], [[8, 6, 6], [80, 100, 40]]),
        (np.full((20, 20), 9.0), np.full((20, 20), 300.0)),
    ],
)
def test_extreme_tables_have_ordered_finite_limits(counts, size):
    counts, size = np.array(counts, dtype=float), np.array(size, dtype=float)
    found = crossed_rates(counts, size, size.sum(axis=0) / size.sum())
    limits = np.array([found.quantile(p) for p in (0.05, 0.5, 0.95)])
    assert np.isfinite(limits).all()
    assert (np.diff(limits, axis=0) > 0).all()


def test_large_counts_that_agree_with_the_levels_are_known_to_their_own_error():
    size = np.full((2, 2), 1e8)
    found = crossed_rates(np.array([[1e7, 2e7], [1e7, 2e7]]), size, EVEN)
    assert found.quantile(0.5) == pytest.approx([0.15, 0.15], rel=1e-4)
    assert found.quantile(0.95) - found.quantile(0.05) == pytest.approx(
        3.29 * np.sqrt(3e7) / 2e8 * np.ones(2), rel=0.5
    )


@pytest.mark.parametrize("n_rows", [2, 5])
def test_the_interval_holds_the_truth(n_rows, record_property):
    rng, shares = np.random.default_rng(31), []
    for _ in range(N_SIMULATIONS):
        truth = np.exp(rng.normal(-4, 0.4, 4) + rng.normal(0, 0.3, (n_rows, 1)))
        truth = truth * rng.gamma(12, 1 / 12, (n_rows, 4))
        size = np.floor(10 ** rng.uniform(2, 4, (n_rows, 4)))
        mix = size.sum(axis=0) / size.sum()
        found = crossed_rates(rng.poisson(truth * size).astype(float), size, mix)
        shares.append(((found.quantile(0.05) <= truth @ mix) & (truth @ mix <= found.quantile(0.95))).mean())
    record_property("coverage", round(float(np.mean(shares)), 3))
    error = max(float(np.std(shares)), 0.1) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - 0.9) < 0.01 + 3.5 * error
