"""The joint race: the plain one where nothing is shared; relatives rise and fall together where it is."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.leaf_models import prior_shapes
from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_race import race_in_tree
from workbench.stats.value_remaining import race_of_many

N_DRAWS = 60_000


def drawn_from(tree, rng: np.random.Generator) -> np.ndarray:
    """Draw all rates of a tree without inner levels: its parent's law is the joint one of spread and root."""
    law = tree.parent_law[0].ravel()
    spread, at = np.divmod(rng.choice(len(law), N_DRAWS, p=law), len(tree.coordinate))
    a, b = prior_shapes(tree.kind, tree.spreads[0][spread], tree.coordinate[at])
    draw = rng.beta if tree.kind == "rates" else (lambda one, other: rng.gamma(one, 1 / other))
    return np.stack(
        [draw(a + y, b + n - y if tree.kind == "rates" else b + n) for y, n in zip(*tree.seen, strict=True)],
        axis=1,
    )


@pytest.mark.parametrize("kind", ["counts", "rates"])
@pytest.mark.parametrize("higher", [True, False])
def test_it_is_what_draws_of_the_same_tree_say(kind, higher):
    tree = nested_rates(kind, np.array([40.0, 43.0, 30.0]), np.array([400.0, 390.0, 420.0]))
    race = race_in_tree(tree, [tree.law(k) for k in range(3)], higher_is_better=higher)
    draws = drawn_from(tree, np.random.default_rng(5)) * (1 if higher else -1)
    won = np.bincount(draws.argmax(axis=1), minlength=3) / N_DRAWS
    loss = draws.max(axis=1)[:, None] - draws
    # Four Monte Carlo standard errors of independent draws.
    assert np.abs(race.prob_best - won).max() < 4 * 0.5 / np.sqrt(N_DRAWS)
    assert (np.abs(race.expected_loss - loss.mean(axis=0)) < 4 * loss.std(axis=0) / np.sqrt(N_DRAWS)).all()


def test_with_few_relatives_rise_together_and_less_is_left_to_gain():
    tree = nested_rates("counts", np.array([2.0, 3.0, 1.0, 2.0]), np.full(4, 100.0), parents=[[0, 0, 1, 1]])
    laws = [tree.law(k) for k in range(4)]
    joint, alone = race_in_tree(tree, laws), race_of_many(laws)
    assert joint.prob_best.sum() == pytest.approx(1)
    assert 0 < joint.expected_loss.min() < 0.9 * alone.expected_loss.min()
    means = np.array([law.mean for law in laws])
    # E max is one number: the loss is summed on the tree's grid, the means on the laws', and units alike in
    # all but their counts see the same .0005 of the grid.
    assert np.ptp(joint.expected_loss + means) < 1e-3 * means.max()
