"""A tree of rates: beside the flat model, where nothing is known, where the tree is hurt."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.nested_rates import nested_rates
from workbench.stats.pooling import pooled_rates


def test_without_parents_it_is_the_flat_model():
    counts, size = np.array([45.0, 18.0, 24.0, 3.0, 0.0]), np.array([1_476.0, 664.0, 536.0, 60.0, 40.0])
    flat, tree = pooled_rates(counts, size, level=0.9), nested_rates("counts", counts, size)
    for k in range(5):
        law = tree.law(k)
        got = [law.quantile(p) for p in (0.05, 0.5, 0.95)]
        assert got == pytest.approx([flat.low[k], flat.rate[k], flat.high[k]], rel=1e-2)
    assert tree.spread_medians[0] == pytest.approx(flat.spread, rel=0.08)


def test_few_results_follow_their_own_branch():
    counts, size = np.array([300.0, 310, 1, 30, 28, 1]), np.array([3_000.0, 3_000, 10, 3_000, 3_000, 10])
    tree = nested_rates("counts", counts, size, parents=[[0, 0, 0, 1, 1, 1]])
    near_high, near_low = tree.law(2).quantile(0.5), tree.law(5).quantile(0.5)
    assert 0.07 < near_high < 0.13
    assert 0.008 < near_low < 0.04  # the same count, another branch


@pytest.mark.parametrize("kind", ["counts", "rates"])
def test_the_order_of_units_plays_no_part(kind):
    rng = np.random.default_rng(4)
    counts, size = np.array([12.0, 30, 0, 8, 5, 19]), np.array([300.0, 500, 40, 310, 90, 400])
    parents = [np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1])]
    order = rng.permutation(6)
    first = nested_rates(kind, counts, size, parents=parents)
    second = nested_rates(kind, counts[order], size[order], parents=[parents[0][order], parents[1]])
    for k, old in enumerate(order):
        assert second.law(k).quantile(0.9) == pytest.approx(first.law(int(old)).quantile(0.9), rel=1e-6)


@pytest.mark.parametrize("kind", ["counts", "rates"])
def test_nothing_at_all_and_everything_work(kind):
    none = nested_rates(kind, np.zeros(3), np.array([50.0, 500.0, 5.0]), parents=[[0, 0, 1]])
    assert none.law(1).quantile(0.5) < none.law(2).quantile(0.5) < 0.2
    full = nested_rates("rates", np.array([50.0, 500.0]), np.array([50.0, 500.0]))
    assert full.law(1).quantile(0.05) > 0.98
    large = nested_rates(kind, np.array([90_000.0, 91_000.0, 3.0]), np.array([1e6, 1e6, 30.0]))
    assert large.law(0).quantile(0.5) == pytest.approx(0.09, rel=1e-2)


def test_a_finer_grid_says_the_same(monkeypatch):
    from workbench.stats import nested_rates as module

    counts, size = np.array([40.0, 60, 0, 9, 22, 3]), np.array([1_000.0, 900, 30, 1_000, 400, 60])
    parents = [[0, 0, 1, 1, 2, 2], [0, 0, 1]]
    coarse = nested_rates("counts", counts, size, parents=parents)
    monkeypatch.setattr(module, "_STEP", 0.6)
    monkeypatch.setattr(module, "_N_SPREADS", 13)
    fine = nested_rates("counts", counts, size, parents=parents)
    for k in range(6):
        for p in (0.025, 0.5, 0.975):
            assert coarse.law(k).quantile(p) == pytest.approx(fine.law(k).quantile(p), rel=0.05)


@pytest.mark.parametrize(
    ("counts", "size", "parents", "said"),
    [
        ([1.0], [0.0], [], "no exposure"),
        ([-1.0], [5.0], [], "fewer than no results"),
        ([1.0, 2.0], [5.0], [], "do not fit"),
        ([1.0, 2.0], [5.0, 5.0], [[0, 2]], "numbered from 0"),
        ([1.0, 2.0], [5.0, 5.0], [[0, 1], [0]], "do not fit"),
    ],
)
def test_what_is_no_tree_is_refused(counts, size, parents, said):
    with pytest.raises(DataError, match=said):
        nested_rates("counts", np.array(counts), np.array(size), parents=parents)
