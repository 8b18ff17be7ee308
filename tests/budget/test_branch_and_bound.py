"""S-shaped curves and least changes: bounds that hold, plans that brute force cannot better."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_budgets import random_curve

from workbench.budget.allocation import allocate, curves_of
from workbench.budget.curves import hill, michaelis_menten
from workbench.budget.envelope import envelope_of
from workbench.budget.problem import Group, Item, Problem
from workbench.core.errors import DataError, NotConverged


def shaped_curve(rng, n_draws=20):
    spread = np.exp(rng.normal(0, 0.2, (2, n_draws)))
    slope = rng.uniform(1.2, 4) * np.exp(rng.normal(0, 0.2, n_draws))
    return hill(rng.lognormal(5, 0.5) * spread[0], rng.lognormal(5, 0.5) * spread[1], slope)


def by_grid(problem, step):
    """Return the best value of all plans on a grid."""
    curves = curves_of(problem)
    totals = range(0, problem.total_minor + 1, step)
    values = [[curve.mean_value(float(x)) for x in totals] for curve in curves.curves]
    n = len(totals) - 1
    best = [values[0][k] for k in range(n + 1)]
    for row in values[1:]:
        best = [max(best[j] + row[k - j] for j in range(k + 1)) for k in range(n + 1)]
    return best[n]


@given(seed=st.integers(0, 10_000), low=st.floats(0, 300), width=st.floats(1, 3_000), shaped=st.booleans())
@settings(max_examples=40)
def test_the_envelope_is_above_the_curve_and_concave(seed, low, width, shaped):
    rng = np.random.default_rng(seed)
    curve = shaped_curve(rng) if shaped else random_curve(rng, 20, seed)
    found = envelope_of(curve, low, low + width)
    x = np.linspace(low, low + width, 3_001)
    value = curve.at(x).mean(axis=1)
    assert (np.interp(x, found.spend, found.bound) >= value - 1e-9 * value.max()).all()
    assert (np.diff(found.segments()[1]) <= 1e-9 * np.abs(found.segments()[1]).max()).all()
    assert found.bound[-1] == pytest.approx(value[-1])


def test_s_shaped_plans_are_proven_and_no_grid_betters_them():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        items = tuple(Item(str(k), shaped_curve(rng), 10_000) for k in range(3))
        problem = Problem(items, 40_000)
        found = allocate(problem)
        units = found.units[:, 0]
        assert units.sum() == 40_000
        value = curves_of(problem).moments(units.astype(float))[0].sum()
        assert found.certificate.value == pytest.approx(value)
        best = by_grid(problem, 400)
        assert found.certificate.relative_gap <= 1e-4
        assert value >= best * (1 - found.certificate.relative_gap - 1e-12)
        assert found.certificate.upper_bound >= best
        assert "Proven (envelope, branch and bound)" in found.certificate.summary()


@pytest.mark.parametrize("outcome_scale", [1e-6, 1e9])
@pytest.mark.parametrize("money_scale", [1, 100_000])
def test_the_plan_and_its_proof_are_the_same_in_any_unit(outcome_scale, money_scale):
    rng = np.random.default_rng(1)
    plain = [shaped_curve(rng) for _ in range(3)]
    curves = [hill(c.scale * outcome_scale, money_scale / c.rate, c.slope) for c in plain]
    total = 40_000 * money_scale
    found = allocate(Problem(tuple(Item(str(k), c, 0) for k, c in enumerate(curves)), total))
    alike = Problem(tuple(Item(str(k), c, 0) for k, c in enumerate(plain)), 40_000)
    best = outcome_scale * by_grid(alike, 400)
    assert found.certificate.value >= best * (1 - 1e-9)
    assert found.certificate.upper_bound >= best
    assert found.certificate.relative_gap <= 1e-4


def test_an_infinite_slope_at_nothing_hides_no_other_item():
    steep = Item("a", hill([1.9e-3, 2.5e-4], [0.33, 0.12], [0.5, 3.6]), 23, max_minor=5)
    weak = Item("b", hill([1.4e-3, 1.3e-4], [0.04, 0.51], [1.3, 1.1]), 4, value=0.1)
    assert allocate(Problem((steep, weak), 44, spend_all=False)).units[:, 0].tolist() == [5, 39]


@pytest.mark.parametrize("gives_up", [True, False])
def test_a_part_that_the_solver_cannot_bound_is_never_left_out(monkeypatch, gives_up):
    from scipy import optimize

    solve = optimize.linprog

    def falters(gain, **given):
        found = solve(gain, **given)
        if given["options"] or gives_up:
            found.status, found.message = 4, "Not Set"
        return found

    rng = np.random.default_rng(3)
    problem = Problem(tuple(Item(str(k), shaped_curve(rng), 0) for k in range(2)), 40_000)
    best = allocate(problem)
    monkeypatch.setattr(optimize, "linprog", falters)
    if gives_up:
        with pytest.raises(NotConverged, match="bound of the plan was not found"):
            allocate(problem)
    else:
        assert allocate(problem).certificate.value == pytest.approx(best.certificate.value, rel=1e-6)


def test_no_one_cent_exchange_betters_an_s_shaped_plan():
    rng = np.random.default_rng(11)
    problem = Problem(tuple(Item(str(k), shaped_curve(rng), 0) for k in range(4)), 50_000)
    units = allocate(problem).units[:, 0]
    curves = curves_of(problem)
    value = curves.moments(units.astype(float))[0].sum()
    for i, j in itertools.permutations(range(4), 2):
        moved = units.astype(float)
        moved[i] += 1
        moved[j] -= 1
        if moved[j] >= 0:
            assert curves.moments(moved)[0].sum() <= value * (1 + 1e-14)


def test_little_money_goes_to_one_s_shaped_item():
    items = tuple(Item(str(k), hill([100.0], [100.0], [3.0]), 0) for k in range(3))
    units = sorted(allocate(Problem(items, 15_000)).units[:, 0].tolist())
    assert units == [0, 0, 15_000]


def test_a_group_and_a_target_hold_for_s_shapes():
    items = tuple(Item(str(k), hill([100.0 + k], [100.0], [2.0]), 0) for k in range(3))
    held = Problem(items, 40_000, groups=(Group("g", ("1", "2"), max_minor=18_000),))
    assert allocate(held).units[1:, 0].sum() <= 18_000
    target = Problem(items, 90_000, spend_all=False, target_cpa=2.5)
    units = allocate(target).units[:, 0].astype(float)
    assert units.sum() / 100 <= 2.5 * curves_of(target).moments(units)[0].sum()
    assert units.sum() > 0


def test_least_changes_are_all_or_nothing():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        items = tuple(
            Item(str(k), random_curve(rng, 20, k), 15_000, min_change_minor=6_000) for k in range(3)
        )
        problem = Problem(items, 45_000)
        found = allocate(problem)
        units = found.units[:, 0]
        change = np.abs(units - 15_000)
        assert ((change == 0) | (change >= 6_000)).all()
        assert units.sum() == 45_000
        curves = curves_of(problem)
        free = [x for x in range(0, 45_001, 500) if x == 15_000 or abs(x - 15_000) >= 6_000]
        best = max(
            curves.moments(np.array([a, b, 45_000.0 - a - b]))[0].sum()
            for a in free
            for b in free
            if a + b <= 45_000 and (45_000 - a - b) in free
        )
        assert found.certificate.upper_bound >= best * (1 - 1e-12)
        assert found.certificate.value >= best * (1 - 1e-5)


def test_an_item_below_its_minimum_cannot_be_left():
    items = (
        Item("a", michaelis_menten([0.001], [1.0]), 0, min_minor=200, min_change_minor=500),
        Item("b", michaelis_menten([10.0], [100.0]), 0),
    )
    assert allocate(Problem(items, 3_000)).units[:, 0].tolist() == [500, 2_500]


def test_what_the_search_cannot_take_is_refused():
    items = (Item("a", hill([1.0], [1.0], [2.0]), 0), Item("b", michaelis_menten([1.0], [1.0]), 0))
    groups = (
        Group("one", ("a", "b"), max_minor=900),
        Group("two", ("a",)),
        Group("three", ("b",), max_minor=800),
    )
    overlapping = (*groups, Group("four", ("a", "b"), min_minor=10), Group("five", ("b",), min_minor=1))
    assert allocate(Problem(items, 900, groups=overlapping)).units.sum() == 900
    third = (*items, Item("c", michaelis_menten([1.0], [1.0]), 0))
    crossing = (Group("ab", ("a", "b"), max_minor=500), Group("bc", ("b", "c"), max_minor=500))
    with pytest.raises(DataError, match="does not go with overlapping groups"):
        allocate(Problem(third, 900, groups=crossing))
