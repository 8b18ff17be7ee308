"""Short journeys beside those along the whole tree, and what they may leave out."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_journeys import Journeys
from workbench.stats.tree_race import GivenParents, race_in_tree

SETS, CAMPAIGNS = np.array([0, 0, 1, 1, 2, 3, 3]), np.array([0, 0, 1, 1])
COUNTS = np.array([4.0, 9.0, 0.0, 12.0, 30.0, 2.0, 1.0])
SIZE = np.array([90.0, 100.0, 20.0, 150.0, 300.0, 80.0, 9.0])
#: What is left out weighs a ten-thousandth of the posterior.
LEFT_OUT = 1e-4


@pytest.fixture(scope="module", params=["counts", "rates"])
def journeys(request):
    return Journeys(nested_rates(request.param, COUNTS, SIZE, parents=[SETS, CAMPAIGNS]).quick())


@pytest.mark.parametrize("units", [[1], [0, 3], [6, 4, 1], list(range(7))])
def test_a_short_journey_is_the_whole_one(journeys, units):
    tree, given = journeys.tree, GivenParents(journeys, np.array(units))
    beaten = given.log_beaten(0.12)
    found = journeys.found(given.units, beaten, with_parents=True)
    factor = np.zeros_like(tree.evidence)
    factor[np.ix_(journeys.used, units)] = beaten
    whole = tree.found_besides(factor)
    nothing = tree.found_besides(np.zeros_like(tree.evidence)).log_total()
    ours = np.exp(found.log_total - journeys.log_total)
    assert ours == pytest.approx(np.exp(whole.log_total() - nothing), abs=LEFT_OUT)
    assert found.parents.tolist() == sorted(set(SETS[units].tolist()))
    # A law given what was found weighs what was left out by one over the probability of finding it.
    law = whole.parent_law()[found.parents][:, journeys.used]
    assert np.abs(found.parent_law - law).sum(axis=(1, 2)).max() * ours < 4 * LEFT_OUT


def test_what_is_left_out_weighs_little(journeys):
    tree = journeys.tree
    kept = np.where(journeys.cells, np.moveaxis(tree.parent_law, 1, 0)[journeys.used], 0).sum(axis=(0, 2))
    assert kept == pytest.approx(1, abs=2 * LEFT_OUT)
    nothing = tree.found_besides(np.zeros_like(tree.evidence)).log_total()
    assert -2 * LEFT_OUT < journeys.log_total - nothing < 0
    assert len(journeys.combinations[2].spread) < nothing_left_out(tree)


def nothing_left_out(tree) -> int:
    return int(np.prod([len(nodes) for nodes in tree.spreads]))


def test_ads_that_are_out_of_the_race_change_nothing():
    """Add a campaign of hopeless ads: they are told apart from the leaders, and take no part."""
    counts, size = np.array([40.0, 60.0, 52.0]), np.full(3, 1_000.0)
    few = np.append(counts, np.full(9, 30.0)), np.append(size, np.full(9, 30_000.0))
    tree = nested_rates("counts", *few, parents=[[0] * 3 + [1] * 9])
    race = race_in_tree(tree.quick(), [tree.law(k) for k in range(12)])
    assert race.prob_best[3:].tolist() == [0] * 9
    assert race.prob_best[:3].sum() == pytest.approx(1)
    means = np.array([tree.law(k).mean for k in range(12)])
    assert np.ptp(race.expected_loss + means) < 2e-3 * means.max()
