"""Counts by inversion agree with the distributions they stand for, and splits add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from workbench.sandbox.market.draws import binomial_count, poisson_count, split_exactly

LEVELS = np.linspace(0.001, 0.999, 333)


@pytest.mark.parametrize(
    ("n", "p"), [(0, 0.5), (1, 0.5), (12, 0.04), (40, 0.97), (900, 0.02), (50, 0.5), (5, 1.0)]
)
def test_small_counts_are_exact_quantiles(n, p):
    counts = binomial_count(LEVELS, np.full(333, n), np.full(333, p))
    assert (counts == stats.binom.ppf(LEVELS, n, p)).all()


@pytest.mark.parametrize(("n", "p"), [(10_000, 0.01), (200_000, 0.0006), (500, 0.4)])
def test_large_counts_are_within_one_of_the_exact_quantile(n, p):
    counts = binomial_count(LEVELS, np.full(333, n), np.full(333, p))
    assert np.abs(counts - stats.binom.ppf(LEVELS, n, p)).max() <= 1


@given(u=st.floats(1e-6, 1 - 1e-6), n=st.integers(0, 3000), p=st.floats(0, 0.009), more=st.floats(1, 1.1))
def test_a_higher_rate_never_gives_fewer(u, n, p, more):
    low, high = binomial_count(np.array([u, u]), np.array([n, n]), np.array([p, p * more]))
    assert 0 <= low <= high <= n


def test_poisson_counts_are_quantiles():
    assert (poisson_count(LEVELS, np.full(333, 3.2)) == stats.poisson.ppf(LEVELS, 3.2)).all()


@given(
    total=hnp.arrays(np.int64, 4, elements=st.integers(0, 10**12)),
    weight=hnp.arrays(np.float64, (4, 7), elements=st.floats(0, 1e6)),
    tie=hnp.arrays(np.float64, (4, 7), elements=st.floats(0, 0.999)),
)
def test_parts_add_up_and_follow_their_weights(total, weight, tie):
    parts = split_exactly(total, weight, tie)
    assert (parts.sum(axis=1) == total).all()
    assert (parts >= 0).all()
    sums = weight.sum(axis=1, keepdims=True)
    ideal = total[:, None] * weight / np.where(sums > 0, sums, 1)
    assert (np.abs(parts - ideal)[sums[:, 0] > 0] <= 1 + 1e-9 * total.max()).all()
