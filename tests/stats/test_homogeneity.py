"""The exact test beside Fisher's and beside chi-square; distances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.core.errors import DataError
from workbench.stats.homogeneity import same_shares_p, share_distance


@pytest.mark.parametrize("table", [([3, 0], [1, 4]), ([10, 2], [3, 15]), ([0, 7], [9, 1]), ([5, 5], [5, 5])])
def test_two_cells_are_fishers_test(table):
    assert same_shares_p(*table) == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-9)


def test_more_cells_count_every_table():
    rng = np.random.default_rng(3)
    first, second = np.array([4, 1, 0, 3]), np.array([2, 6, 5, 4])
    people = np.repeat(np.arange(4), first + second)
    seen = stats.multivariate_hypergeom(first + second, 8).logpmf(first)
    rows = np.array([np.bincount(rng.permutation(people)[:8], minlength=4) for _ in range(20_000)])
    as_rare = stats.multivariate_hypergeom(first + second, 8).logpmf(rows) <= seen + 1e-9
    assert same_shares_p(first, second) == pytest.approx(as_rare.mean(), abs=0.01)


def test_many_counts_are_chi_square():
    table = np.array([[5_200, 4_800, 3_000], [5_000, 5_100, 2_900]])
    assert same_shares_p(*table) == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert same_shares_p(table[1], table[0]) == pytest.approx(same_shares_p(*table))


def test_distance_is_what_would_have_to_move():
    assert share_distance([1, 0], [0, 9]) == 1
    assert share_distance([2, 2], [50, 50]) == 0
    with pytest.raises(DataError, match="cells:"):
        same_shares_p([1, 2], [1, 2, 3])
