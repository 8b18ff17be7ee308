"""Messages on a grid against normal laws, where all is known."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.tree_messages import across, carried, log_sum, passed, siblings_without

GRID = np.linspace(-12, 12, 481)


def test_evidence_of_a_normal_law_widens_by_the_spread():
    values = np.stack([-((GRID - 1) ** 2) / (2 * 0.5**2), -((GRID + 2) ** 2) / (2 * 1.5**2)])
    got = passed(values, np.array([0.4, 1.0]), GRID)
    assert got.shape == (2, 2, 481)
    for k, spread in enumerate((0.4, 1.0)):
        for j, (mean, deviation) in enumerate(((1, 0.5), (-2, 1.5))):
            law = np.exp(got[k, j] - got[k, j].max())
            law /= law.sum()
            assert law @ GRID == pytest.approx(mean, abs=1e-6)
            assert law @ (GRID - mean) ** 2 == pytest.approx(deviation**2 + spread**2, rel=1e-4)


def test_each_spread_may_have_its_own_values():
    values = np.stack([-(GRID**2), -((GRID - 3) ** 2)])[:, None]
    both = passed(values, np.array([0.5, 0.9]), GRID, pairwise=True)
    assert both[1] == pytest.approx(passed(values[1], np.array([0.9]), GRID)[0])


def test_siblings_are_the_others():
    sent, places = np.random.default_rng(1).normal(size=(2, 5, 3)), np.array([0, 1, 0, 0, 1])
    rest = siblings_without(across(sent, places), sent, places)
    assert rest[:, 0] == pytest.approx(sent[:, 2] + sent[:, 3])
    assert rest[:, 4] == pytest.approx(sent[:, 1])


def test_what_is_impossible_stays_so():
    assert log_sum(np.full((2, 3), -np.inf), axis=0).tolist() == [-np.inf] * 3
    sent = np.array([[-np.inf], [0.0]])
    assert siblings_without(across(sent, np.zeros(2, int)), sent, np.zeros(2, int)).ravel()[0] == -np.inf


def test_chosen_pairs_are_carried_as_all_are():
    values = np.stack([-(GRID**2), -((GRID - 3) ** 2)])[:, None]
    spread, source, place = np.array([0.01, 0.5, 0.9]), np.array([0, 0, 1]), np.array([0, 2, 1])
    got = carried(values, source, place, spread, grid=GRID)
    for k in range(3):
        whole = passed(values[source[k]], spread[[place[k]]], GRID)[0]
        near = whole > whole.max() - 100
        assert got[k][near] == pytest.approx(whole[near])
    assert np.isfinite(got).all()  # so that what one child said can be taken away again
