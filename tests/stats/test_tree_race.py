"""The joint race: the plain one where nothing is shared; relatives rise and fall together where it is."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_race import race_in_tree
from workbench.stats.value_remaining import race_of_many


@pytest.mark.parametrize("kind", ["counts", "rates"])
@pytest.mark.parametrize("higher", [True, False])
def test_with_much_data_relatives_do_not_matter(kind, higher):
    tree = nested_rates(kind, np.array([400.0, 430.0, 300.0]), np.full(3, 4_000.0))
    laws = [tree.law(k) for k in range(3)]
    joint = race_in_tree(tree, laws, higher_is_better=higher)
    alone = race_of_many(laws, higher_is_better=higher)
    assert joint.prob_best == pytest.approx(alone.prob_best, abs=0.01)
    assert joint.expected_loss == pytest.approx(alone.expected_loss, rel=0.05, abs=1e-4)


def test_with_few_relatives_rise_together_and_less_is_left_to_gain():
    tree = nested_rates("counts", np.array([2.0, 3.0, 1.0, 2.0]), np.full(4, 100.0), parents=[[0, 0, 1, 1]])
    laws = [tree.law(k) for k in range(4)]
    joint, alone = race_in_tree(tree, laws), race_of_many(laws)
    assert joint.prob_best.sum() == pytest.approx(1)
    assert 0 < joint.expected_loss.min() < 0.9 * alone.expected_loss.min()
    means = np.array([law.mean for law in laws])
    assert np.ptp(joint.expected_loss + means) < 2e-3 * means.max()  # E max is one number
