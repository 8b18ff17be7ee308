"""What is left to gain in a tree: beside draws of the same tree, beside independent laws, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_race import race_in_tree
from workbench.stats.tree_remaining import remaining_in_tree
from workbench.stats.value_remaining import value_remaining

N_DRAWS = 60_000


def drawn_from(tree, rng: np.random.Generator) -> np.ndarray:
    """Draw all rates of a tree without inner levels: its parent's law is the joint one of spread and root."""
    law = tree.parent_law[0].ravel()
    spread, at = np.divmod(rng.choice(len(law), N_DRAWS, p=law), len(tree.coordinate))
    a = tree.spreads[0][spread] ** -2
    b = a * np.exp(-tree.coordinate[at])
    return np.stack([rng.gamma(a + y, 1 / (b + n)) for y, n in zip(*tree.seen, strict=True)], axis=1)


def test_it_is_what_draws_of_the_same_tree_say():
    tree = nested_rates("counts", np.array([9.0, 12.0, 4.0, 0.0]), np.array([200.0, 220.0, 150.0, 30.0]))
    laws = [tree.law(k) for k in range(4)]
    race = race_in_tree(tree, laws)
    left = remaining_in_tree(tree, laws, race)
    draws = drawn_from(tree, np.random.default_rng(2))
    best, chosen = draws.max(axis=1), draws[:, left.chosen]
    gain, share = best - chosen, (best - chosen) / best
    won = np.bincount(draws.argmax(axis=1), minlength=4) / N_DRAWS
    # Four Monte Carlo standard errors of 60,000 independent draws, and nothing more.
    assert np.abs(race.prob_best - won).max() < 4 * 0.5 / np.sqrt(N_DRAWS)
    assert left.expected == pytest.approx(gain.mean(), abs=4 * gain.std() / np.sqrt(N_DRAWS))
    assert left.relative_expected == pytest.approx(share.mean(), abs=4 * share.std() / np.sqrt(N_DRAWS))
    assert abs((share <= left.relative_quantile).mean() - 0.95) < 4 * np.sqrt(0.95 * 0.05 / N_DRAWS)


def test_independent_ads_would_leave_more_to_gain():
    tree = nested_rates("counts", np.array([2.0, 3.0, 1.0, 2.0]), np.full(4, 100.0), parents=[[0, 0, 1, 1]])
    laws, quick = [tree.law(k) for k in range(4)], tree.quick()
    joint, alone = remaining_in_tree(quick, laws, race_in_tree(quick, laws)), value_remaining(laws)
    assert joint.chosen == alone.chosen
    assert 0 < joint.relative_expected < 0.9 * alone.relative_expected
    assert joint.relative_expected < joint.relative_quantile < 0.9 * alone.relative_quantile


def test_a_clear_winner_leaves_nothing():
    tree = nested_rates("rates", np.array([500.0, 5.0]), np.array([1_000.0, 5_000.0]))
    laws = [tree.law(k) for k in range(2)]
    left = remaining_in_tree(tree, laws, race_in_tree(tree, laws))
    assert (left.chosen, left.relative_quantile) == (0, 0)
    assert left.relative_expected < 1e-6
    with pytest.raises(DataError, match="p: 0 is no probability"):
        remaining_in_tree(tree, laws, race_in_tree(tree, laws), p=0)


def test_without_any_result_almost_all_may_be_left_to_gain():
    tree = nested_rates("counts", np.zeros(3), np.full(3, 700.0), parents=[[0, 0, 1]])
    laws, quick = [tree.law(k) for k in range(3)], tree.quick()
    left = remaining_in_tree(quick, laws, race_in_tree(quick, laws))
    assert 0 < left.relative_expected < 1
    assert 0.9 < left.relative_quantile < 1
