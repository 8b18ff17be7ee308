"""Allocations: exact sums, certificates, whole-unit optimality, and SciPy's SLSQP beside them."""

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_budgets import random_curve, random_problem

from workbench.budget.allocation import allocate, curves_of
from workbench.budget.certificate import Certificate
from workbench.budget.curves import hill, michaelis_menten
from workbench.budget.limits import limits_of, region_of
from workbench.budget.problem import Group, Item, Problem
from workbench.core.errors import DataError

N_RANDOM = int(os.environ.get("WORKBENCH_SIMULATIONS", "300"))


def test_a_gap_below_the_precision_is_not_called_nothing():
    assert "better by more than 2e-16" in Certificate(3.0, 3.0, "duality").summary()


def objective(problem, units):
    values = np.array([item.value for item in problem.items])
    return float(values @ curves_of(problem).moments(np.asarray(units, dtype=float))[0])


def keeps(problem, units):
    region = region_of(problem, limits_of(problem))
    sums = region.group_sums(units.astype(float))
    return (
        (units >= region.lower).all()
        and (units <= region.upper).all()
        and (sums >= region.group_low).all()
        and (sums <= region.group_high).all()
        and (region.rows @ units <= region.limits + 1e-6).all()
    )


def test_random_problems_sum_to_the_cent_certified_and_within_limits():
    for seed in range(N_RANDOM):
        problem = random_problem(seed)
        found = allocate(problem)
        units = found.units[:, 0]
        assert units.dtype.kind == "i"
        assert int(units.sum()) == problem.total_minor, seed
        assert keeps(problem, units), seed
        assert found.certificate.relative_gap <= 1e-8, seed
        assert np.abs(units - found.spend[:, 0]).max() <= 1 + 1e-6, seed


@given(seed=st.integers(0, 100_000), total=st.integers(0, 14))
@settings(max_examples=40)
def test_whole_units_are_the_best_of_all_whole_plans(seed, total):
    rng = np.random.default_rng(seed)
    curves = [random_curve(rng, 5, int(rng.integers(4))) for _ in range(3)]
    steep = [type(c)(c.family, c.scale, c.rate * 10 ** rng.uniform(3, 5), c.slope) for c in curves]
    problem = Problem(tuple(Item(str(k), c, 0) for k, c in enumerate(steep)), total)
    best = max(
        objective(problem, units)
        for units in itertools.product(range(total + 1), repeat=3)
        if sum(units) == total
    )
    assert objective(problem, allocate(problem).units[:, 0]) >= best * (1 - 1e-12)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=30)
def test_no_one_cent_exchange_improves(seed):
    problem = random_problem(seed, n_draws=15)
    units = allocate(problem).units[:, 0]
    x, curves = units.astype(float), curves_of(problem)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    up = sum(w / 2 * curves.moments(x + (t + 1) / 2)[1] for t, w in zip(nodes, weights, strict=True))
    down = sum(
        w / 2 * curves.moments(np.maximum(x - (t + 1) / 2, 0))[1] for t, w in zip(nodes, weights, strict=True)
    )
    for i, j in itertools.permutations(range(units.size), 2):
        moved = units.copy()
        moved[i] += 1
        moved[j] -= 1
        if keeps(problem, moved) and x[i] > 300 and x[j] > 300:
            assert up[i] - down[j] <= 1e-9 * up[i]
        elif keeps(problem, moved):
            assert objective(problem, moved) <= objective(problem, units) * (1 + 1e-14)


def test_never_worse_than_slsqp():
    from scipy.optimize import minimize

    for seed in range(40):
        problem = random_problem(seed, n_draws=30)
        region, curves = region_of(problem, limits_of(problem)), curves_of(problem)
        found = allocate(problem)
        matrix, limits = region.inequalities()
        rows = [{"type": "eq", "fun": lambda x, region=region: x.sum() - region.total}]
        if limits.size:
            rows.append({"type": "ineq", "fun": lambda x, a=matrix, b=limits: b - a @ x})
        theirs = minimize(
            lambda x, curves=curves: -curves.moments(np.maximum(x, 1e-6))[0].sum(),
            np.clip(found.spend[:, 0].mean(), region.lower, region.upper),
            jac=lambda x, curves=curves: -curves.moments(np.maximum(x, 1e-6))[1],
            bounds=list(zip(region.lower, region.upper, strict=True)),
            constraints=rows,
            method="SLSQP",
        )
        x = theirs.x
        feasible = abs(x.sum() - region.total) < 1e-3 and (limits - matrix @ x >= -1e-3).all()
        if theirs.success and feasible and problem.total_minor > 100:
            assert found.certificate.value >= objective(problem, x) * (1 - 1e-9), seed
            assert found.certificate.upper_bound >= objective(problem, x) * (1 - 1e-9), seed


def test_the_split_never_stays_unchanged_where_it_can_be_bettered():
    for seed in range(60):
        problem = random_problem(seed, n_items=4, plain=True)
        equal = problem.total_minor // 4
        same = np.array([equal] * 3 + [problem.total_minor - 3 * equal])
        units = allocate(problem).units[:, 0]
        assert objective(problem, units) >= objective(problem, same) * (1 - 1e-14)
        slopes = curves_of(problem).moments(same.astype(float))[1]
        if np.ptp(slopes) > 1e-3 * slopes.max() and equal > 100:
            assert (units != same).any()


def test_nothing_to_spend_and_one_item():
    one = Item("only", michaelis_menten([10.0], [5.0]), 100)
    assert allocate(Problem((one,), 0)).units.tolist() == [[0]]
    assert allocate(Problem((one,), 777)).units.tolist() == [[777]]


def test_the_total_may_be_an_upper_limit():
    item = Item("only", michaelis_menten([10.0], [5.0]), 100, max_minor=400)
    assert allocate(Problem((item,), 1_000, spend_all=False)).units.tolist() == [[400]]


def test_values_weigh_outcomes():
    a, b = (Item(name, michaelis_menten([10.0], [5.0]), 0, value=v) for name, v in (("a", 1.0), ("b", 4.0)))
    units = allocate(Problem((a, b), 2_000)).units[:, 0]
    assert units[1] > units[0]
    slope = [v * 10 * 5 / (5 + u / 100) ** 2 for v, u in ((1, units[0]), (4, units[1]))]
    assert slope[0] == pytest.approx(slope[1], rel=2e-3)
    assert allocate(Problem((a, b), 2_000)).multiplier == pytest.approx(slope[0], rel=2e-3)


def test_yen_have_no_cents():
    items = tuple(Item(n, michaelis_menten([s], [500.0]), 0) for n, s in (("a", 10.0), ("b", 20.0)))
    units = allocate(Problem(items, 1_001, currency="JPY")).units[:, 0]
    assert units.sum() == 1_001
    assert 10 / (500 + units[0]) ** 2 == pytest.approx(20 / (500 + units[1]) ** 2, rel=1e-2)


def test_an_infinite_slope_at_nothing_is_no_trouble():
    items = tuple(Item(str(k), hill([10.0], [50.0 * 10**k], [0.3]), 0) for k in range(4))
    found = allocate(Problem(items, 10))
    assert found.units.sum() == 10
    assert found.certificate.relative_gap <= 1e-8


@pytest.mark.parametrize("spend_all", [True, False])
@pytest.mark.parametrize("asked", ["roas", "cpa"])
def test_a_target_holds_after_rounding_and_binds(spend_all, asked):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        items = tuple(
            Item(str(k), random_curve(rng, 40, k), 0, value=float(rng.uniform(0.5, 2))) for k in range(4)
        )
        free = Problem(items, 200_000, spend_all=spend_all)
        units = allocate(free).units[:, 0].astype(float)
        outcome = curves_of(free).moments(units)[0]
        value = outcome @ [item.value for item in items]
        if asked == "roas":
            now = value / (units.sum() / 100)
            problem = Problem(items, 200_000, spend_all=spend_all, target_roas=now * 1.2)
        else:
            now = (units.sum() / 100) / outcome.sum()
            problem = Problem(
                items, 200_000, spend_all=spend_all, target_cpa=now / (1.001 if spend_all else 1.2)
            )
        if spend_all and asked == "roas":
            with pytest.raises(DataError, match="the best one brings 83%"):
                allocate(problem)
            continue
        found = allocate(problem)
        got = found.units[:, 0].astype(float)
        made = curves_of(problem).moments(got)[0]
        if asked == "roas":
            assert made @ [item.value for item in items] >= problem.target_roas * got.sum() / 100
        else:
            assert got.sum() / 100 <= problem.target_cpa * made.sum()
        assert found.certificate.relative_gap <= 1e-8
        assert got.sum() <= 200_000
        assert not spend_all or got.sum() == 200_000


def test_curves_that_bring_nothing_leave_no_gap():
    items = tuple(Item(name, hill([0.0, 0.0], [10.0], [0.8]), 0, max_minor=9_000) for name in "ab")
    assert allocate(Problem(items, 10_094)).certificate.relative_gap <= 1e-8


def test_a_target_of_curves_that_bring_nothing_is_refused():
    item = Item("a", hill([0.0], [1.0], [0.9]), 6, max_minor=33)
    with pytest.raises(DataError, match="No plan meets the target"):
        allocate(Problem((item,), 100, spend_all=False, target_cpa=5.0))


def test_groups_that_bind_have_a_price():
    items = tuple(
        Item(n, michaelis_menten([s], [50.0]), 0) for n, s in (("a", 40.0), ("b", 20.0), ("c", 5.0))
    )
    free = allocate(Problem(items, 20_000)).units[:, 0]
    held = Problem(items, 20_000, groups=(Group("ab", ("a", "b"), max_minor=12_000),))
    units = allocate(held).units[:, 0]
    assert free[:2].sum() > 12_000
    assert units.tolist()[:2] == pytest.approx([7_485.0, 4_515.0], abs=500)
    assert units[:2].sum() == 12_000
    pushed = Problem(items, 20_000, groups=(Group("bc", ("b", "c"), min_minor=15_000),))
    assert allocate(pushed).units[1:, 0].sum() == 15_000
