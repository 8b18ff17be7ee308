"""Laws on finitely many values: sums against enumeration and draws, halves for ties, never across zero."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats.atoms import (
    Atoms,
    absolute_change_of_atoms,
    best_atoms,
    prob_atoms_above,
    quantile_atoms,
    relative_below_of_atoms,
    relative_change_of_atoms,
)


def law(values, mass):
    return Atoms(np.array(values, dtype=float), np.array(mass))


THREE = [law([1, 2, 5], [0.2, 0.5, 0.3]), law([2, 3], [0.6, 0.4]), law([0, 2, 3, 7], [0.1, 0.4, 0.3, 0.2])]


@pytest.mark.parametrize("higher", [True, False])
def test_the_race_is_the_enumerated_one(higher):
    prob, loss = np.zeros(3), np.zeros(3)
    for picks in itertools.product(*(zip(one.values, one.mass, strict=True) for one in THREE)):
        values, chance = np.array([v for v, _ in picks]), np.prod([m for _, m in picks])
        best = values.max() if higher else values.min()
        winners = values == best
        prob += chance * winners / winners.sum()
        loss += chance * np.abs(best - values)
    race = best_atoms(THREE, higher_is_better=higher)
    assert race.prob_best == pytest.approx(prob, abs=1e-14)
    assert race.expected_loss == pytest.approx(loss, abs=1e-14)


def test_changes_are_the_enumerated_ones():
    x, y = THREE[0], THREE[1]
    assert prob_atoms_above(x, y) == pytest.approx(0.2 + 0.5 * 0.4 + 0.5 * 0.6 / 2)
    assert relative_below_of_atoms(x, y, 0.5) == pytest.approx(0.3 + 0.5 * 0.6 + 0.5 * 0.4 / 2)
    change = absolute_change_of_atoms(x, y, level=0.5)
    assert change.mean == pytest.approx(2.4 - 2.7)
    assert (change.low, change.median, change.high) == pytest.approx((-2, 0, 1), abs=1e-9)
    relative = relative_change_of_atoms(x, y, level=0.9)
    assert relative.mean == pytest.approx(2.4 * (0.2 + 0.25 + 0.06) - 1)
    assert (relative.low, relative.high) == pytest.approx((-0.6, 2.0), abs=1e-9)


values = st.lists(st.integers(-3, 4), min_size=4, max_size=30)


@settings(max_examples=60)
@given(values, values, st.sampled_from([0.3, 0.5, 0.8, 0.95]))
def test_an_interval_excludes_zero_just_when_the_probability_says_so(first, second, level):
    x, y = (quantile_atoms(np.sort(np.array(v, dtype=float)), 0.5) for v in (first, second))
    above = prob_atoms_above(x, y)
    change = absolute_change_of_atoms(x, y, level=level)
    back = absolute_change_of_atoms(y, x, level=level)
    assert (change.low > 0) == (above > 1 - (1 - level) / 2)
    assert (change.high < 0) == (above < (1 - level) / 2)
    assert change.low <= change.median <= change.high
    assert (-change.high, -change.median) == pytest.approx((back.low, back.median), abs=1e-9)
    assert prob_atoms_above(y, x) == pytest.approx(1 - above)


@pytest.mark.parametrize(("n", "q"), [(7, 0.5), (60, 0.9), (400, 0.25)])
def test_a_quantile_is_that_of_dirichlet_weights(n, q):
    rng = np.random.default_rng(n)
    ordered = np.sort(rng.normal(size=n).round(1))
    got = quantile_atoms(ordered, q)
    weights = rng.dirichlet(np.ones(n), 40_000)
    drawn = ordered[(np.cumsum(weights, axis=1) < q).sum(axis=1)]
    for value, mass in zip(got.values, got.mass, strict=True):
        error = np.sqrt(max(mass * (1 - mass), 1e-4) / 40_000)
        assert (drawn == value).mean() == pytest.approx(mass, abs=4.5 * error)
    assert got.mass.sum() == pytest.approx(1)


def test_a_design_effect_widens():
    ordered = np.sort(np.random.default_rng(1).normal(size=5_000))
    widths = [
        np.diff([law.quantile(0.025), law.quantile(0.975)])[0]
        for law in (quantile_atoms(ordered, 0.5, design_effect=effect) for effect in (1.0, 4.0))
    ]
    assert widths[1] / widths[0] == pytest.approx(2, rel=0.1)
