"""Plans by risk, over several periods and within overlapping limits."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from random_budgets import random_curve, random_problem

from workbench.budget.allocation import allocate
from workbench.budget.curves import hill, michaelis_menten
from workbench.budget.horizon import horizon_of
from workbench.budget.problem import Group, Item, Periods, Problem, Risk
from workbench.budget.region import Region
from workbench.budget.risk import mean_cvar, smooth_tail, worst_weights
from workbench.budget.whole_units import _nearest
from workbench.core.errors import DataError


def carried_items(n_items=3, n_draws=100, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(
        Item(
            str(k),
            random_curve(rng, n_draws, k),
            20_000,
            carry_over=rng.beta(4, 4, n_draws),
            carried_in_minor=5_000.0,
        )
        for k in range(n_items)
    )


def test_cvar_is_the_mean_of_the_worst_draws():
    outcomes = np.random.default_rng(1).normal(size=1_000)
    risk = Risk(tail_share=0.05, weight=0.3)
    plain = 0.7 * outcomes.mean() + 0.3 * np.sort(outcomes)[:50].mean()
    assert mean_cvar(outcomes, risk) == pytest.approx(plain)
    assert worst_weights(outcomes, risk) @ outcomes == pytest.approx(plain)
    assert mean_cvar(outcomes, Risk(1.0)) == pytest.approx(outcomes.mean())
    part = Risk(tail_share=0.0025)
    lowest = np.sort(outcomes)[:3]
    assert mean_cvar(outcomes, part) == pytest.approx(lowest @ [1, 1, 0.5] / 2.5)


@pytest.mark.parametrize("barrier", [1.0, 1e-4])
def test_the_smoothed_tail_has_its_derivatives(barrier):
    s, step = np.array([-2.0, -0.1, 0.0, 0.3, 5.0]), 1e-6
    tail = smooth_tail(s, 0.7, barrier)
    for k in range(s.size):
        moved = [smooth_tail(s + sign * step * np.eye(5)[k], 0.7, barrier) for sign in (-1, 1)]
        assert (moved[1].value - moved[0].value) / (2 * step) == pytest.approx(tail.weights[k], abs=1e-5)
        assert (moved[1].weights[k] - moved[0].weights[k]) / (2 * step) == pytest.approx(
            tail.bends[k], rel=1e-3, abs=1e-4
        )
    assert ((tail.weights > 0) & (tail.weights < 0.7)).all()


def test_the_general_way_agrees_with_the_separable_one():
    for seed in range(6):
        plain = random_problem(seed, n_items=4)
        names = tuple(item.name for item in plain.items[:2])
        loose = Group("loose", names, max_minor=plain.total_minor)
        tied = Problem(
            plain.items, plain.total_minor, groups=(*plain.groups, loose, Group("again", names[1:]))
        )
        one, two = allocate(plain), allocate(tied)
        assert two.certificate.value == pytest.approx(one.certificate.value, rel=1e-8)
        assert two.certificate.upper_bound >= one.certificate.value * (1 - 1e-12)
        assert two.certificate.relative_gap <= 1e-9


def test_risk_lifts_the_worst_draws_and_is_certified():
    rng = np.random.default_rng(5)
    risky = Item("risky", michaelis_menten(np.exp(rng.normal(5.2, 0.9, 400)), 100.0), 10_000)
    safe = Item("safe", michaelis_menten(np.full(400, 150.0), 100.0), 10_000)
    problem = Problem((risky, safe), 20_000)
    averse = Problem((risky, safe), 20_000, risk=Risk(0.1))
    by_mean, by_risk = allocate(problem), allocate(averse)
    assert by_risk.certificate.relative_gap <= 1e-9
    horizon = horizon_of(problem)
    tails = [
        mean_cvar(horizon.outcomes(found.units.astype(float)), Risk(0.1)) for found in (by_mean, by_risk)
    ]
    assert tails[1] > tails[0]
    assert by_risk.units[1, 0] > by_mean.units[1, 0]
    assert by_risk.units.sum() == 20_000
    grid = np.arange(0, 20_001, 50)
    best = max(mean_cvar(horizon.outcomes(np.array([[a], [20_000.0 - a]])), Risk(0.1)) for a in grid)
    assert best * (1 - 1e-12) <= by_risk.certificate.upper_bound
    assert by_risk.certificate.value >= best * (1 - 1e-9)


@pytest.mark.parametrize("risk", [None, Risk(0.2, 0.5)])
def test_no_one_cent_exchange_betters_a_coupled_plan(risk):
    problem = Problem(carried_items(2, 60), 90_000, periods=Periods(3, n_after=2), risk=risk)
    units = allocate(problem).units
    assert units.sum() == 90_000
    horizon, flat = horizon_of(problem), units.ravel()
    value = mean_cvar(horizon.outcomes(units.astype(float)), risk)
    for i, j in itertools.permutations(range(flat.size), 2):
        moved = flat.copy()
        moved[i] += 1
        moved[j] -= 1
        if moved[j] >= 0:
            assert mean_cvar(horizon.outcomes(moved.reshape(units.shape).astype(float)), risk) <= value * (
                1 + 1e-14
            )


@pytest.mark.parametrize("periods", [Periods(1), Periods(2, (500, 500))])
def test_curves_that_bring_nothing_leave_any_plan_the_best(periods):
    items = tuple(Item(name, michaelis_menten(np.zeros(50), 1.0), 0) for name in "ab")
    found = allocate(Problem(items, 1_000, risk=Risk(0.1), periods=periods))
    assert found.units.sum() == 1_000
    assert found.certificate.value == found.certificate.upper_bound == 0


def test_worst_draws_that_bring_nothing_are_no_scale():
    size = np.where(np.arange(50) < 10, 0.0, 5.0)
    items = tuple(Item(name, michaelis_menten(size, 10.0), 0) for name in "ab")
    found = allocate(Problem(items, 1_000, risk=Risk(0.1)))
    assert found.units.sum() == 1_000
    assert found.certificate.upper_bound <= 1e-8


def overlapping(total, n_draws=2):
    items = tuple(
        Item(name, michaelis_menten(np.arange(1.0, n_draws + 1), [0.3 * total]), 0) for name in "abc"
    )
    groups = (Group("g", ("a", "b"), max_minor=total // 2), Group("h", ("b", "c"), total // 10))
    return Problem(items, total, groups=groups, spend_all=False)


def test_no_cent_of_an_upper_limit_is_lost_by_rounding():
    assert allocate(overlapping(100_000)).units.sum() == 100_000


def test_a_flat_optimum_of_many_millions_ends():
    rng, total = np.random.default_rng(2), 30_000_000_001
    items = tuple(
        Item(str(k), michaelis_menten(rng.lognormal(size=2), [rng.uniform(0.1, 1) * total / 100]), 0)
        for k in range(4)
    )
    groups = (
        Group("g", ("1", "2"), max_minor=int(total * rng.uniform(0.2, 0.5))),
        Group("h", ("0", "2"), int(total * 0.3)),
    )
    found = allocate(Problem(items, total, groups=groups))
    assert found.units.sum() == total
    assert found.certificate.relative_gap <= 1e-9


def test_rounding_keeps_the_last_cent_of_limits_of_many_millions():
    spend = np.array([1e9 + 0.9, 2e9 + 0.9, 1e9 + 0.2])
    group = {"group_of": np.array([0, 0, -1]), "group_low": np.zeros(1), "group_high": np.array([3e9 + 1.0])}
    found = _nearest(Region(np.zeros(3), np.full(3, 4e9), 4e9 + 2, **group), spend)
    assert found.sum() == 4e9 + 2
    assert found[:2].sum() <= 3e9 + 1


def test_steps_that_leave_no_whole_plan_of_the_same_sum_leave_one_of_less():
    rng = np.random.default_rng(2)
    items = tuple(
        Item(name, michaelis_menten(rng.lognormal(size=5), [70.0]), now)
        for name, now in (("a", 15_000), ("b", 13_000))
    )
    periods = Periods(3, (41_671, 20_000, int(rng.integers(9_000, 11_000))))
    step = 0.5053713
    problem = Problem(items, sum(periods.totals_minor), spend_all=False, step_limit=step, periods=periods)
    units = allocate(problem).units
    assert (units.sum(axis=0) <= periods.totals_minor).all()
    assert (units[:, 1:] >= units[:, :-1] * (1 - step) - 1e-6).all()


def test_all_draws_as_the_worst_are_the_mean():
    items = carried_items(seed=5)
    plain = tuple(replace(item, carry_over=None) for item in items)
    by_mean = allocate(Problem(plain, 60_000, risk=Risk(1.0)))
    assert (by_mean.units == allocate(Problem(plain, 60_000)).units).all()
    assert allocate(Problem(items, 60_000, risk=Risk(1.0, 0.3))).units.sum() == 60_000


def test_adstock_carries_from_period_to_period():
    curve = michaelis_menten([100.0], [50.0])
    item = Item("a", curve, 0, carry_over=np.array([0.5]), carried_in_minor=1_000.0)
    horizon = horizon_of(Problem((item,), 100, periods=Periods(2, n_after=1)))
    stock = [1_000 * 0.5 + 3_000, 0, 0]
    stock[1] = 0.5 * stock[0] + 2_000
    stock[2] = 0.5 * stock[1]
    expected = sum(curve.at(s / 100)[0, 0] for s in stock)
    assert horizon.outcomes(np.array([[3_000.0, 2_000.0]]))[0] == pytest.approx(expected)
    up, down, moved = horizon.unit_steps(0, np.array([3_000.0, 2_000.0]))
    here = horizon.outcomes(np.array([[3_000.0, 2_000.0]]))[0]
    assert up[1, 0] == pytest.approx(horizon.outcomes(np.array([[3_000.0, 2_001.0]]))[0] - here, rel=1e-6)
    assert down[0, 0] == pytest.approx(horizon.outcomes(np.array([[2_999.0, 2_000.0]]))[0] - here, rel=1e-6)
    assert moved[0, 1, 0] == pytest.approx(
        horizon.outcomes(np.array([[3_001.0, 1_999.0]]))[0] - here, rel=1e-4
    )


def test_periods_keep_their_totals_and_steps():
    items = carried_items()
    found = allocate(Problem(items, 200_000, periods=Periods(3, totals_minor=(60_000, 60_000, 80_000))))
    assert found.units.sum(axis=0).tolist() == [60_000, 60_000, 80_000]
    assert found.certificate.relative_gap <= 1e-9
    stepped = allocate(Problem(items, 190_000, periods=Periods(3, n_after=1), step_limit=0.2))
    before = np.column_stack([np.full(3, 20_000), stepped.units[:, :-1]])
    assert (np.abs(stepped.units - before) <= 0.2 * before + 1e-6).all()
    assert stepped.units.sum() == 190_000


def test_steps_that_cannot_reach_the_total_are_named():
    with pytest.raises(DataError) as raised:
        allocate(Problem(carried_items(1), 500_000, periods=Periods(2), step_limit=0.2))
    assert any("steps of 20% at most" in words for words in raised.value.conflict)


def test_what_does_not_go_together_is_refused():
    shaped = Item("s", hill([1.0], [1.0], [2.0]), 0)
    with pytest.raises(DataError, match="S-shaped"):
        Problem((shaped,), 10, risk=Risk())
    with pytest.raises(DataError, match="does not go with"):
        allocate(Problem(carried_items(), 10, target_roas=1.0))
    with pytest.raises(DataError, match="is no share"):
        Risk(tail_share=0.0)


def slope_of_value(problem, step):
    """Measure what one currency unit more in all brings, spread evenly over the periods."""
    n, values = problem.periods.n, []
    for more in (-step, step):
        totals = tuple(total + more for total in problem.periods.totals_minor)
        periods = replace(problem.periods, totals_minor=totals)
        other = replace(problem, total_minor=problem.total_minor + more * n, periods=periods)
        values.append(allocate(other).certificate.value)
    return (values[1] - values[0]) / (2 * step * n) * problem.units


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"risk": Risk(0.2, 0.5)},
        {"groups": (Group("tied", ("0", "1"), min_minor=60_000, max_minor=60_000),)},
    ],
)
def test_the_multiplier_of_unequal_periods_is_the_slope_of_the_best_value(more):
    uneven = Periods(3, (10_000, 30_000, 50_000), 2)
    problem = Problem(carried_items(n_draws=40), 90_000, periods=uneven, **more)
    assert allocate(problem).multiplier == pytest.approx(slope_of_value(problem, 100), rel=1e-4)


def test_the_multiplier_of_a_total_that_may_be_left_is_not_a_groups_price():
    tied = Group("tied", ("0", "1"), min_minor=20_000, max_minor=20_000)
    groups = (
        tied,
        Group("other", ("1", "2"), max_minor=25_000),
        Group("all", ("0", "1", "2"), max_minor=25_000),
    )
    items = carried_items(n_draws=40)
    for total, bound in ((24_000, True), (30_000, False)):  # beyond 25,000 the group of all holds
        problem = Problem(items, total, spend_all=False, groups=groups)
        values = [allocate(replace(problem, total_minor=total + d)).certificate.value for d in (-100, 100)]
        slope = (values[1] - values[0]) / 200 * problem.units
        assert (slope > 1e-4) == bound
        assert allocate(problem).multiplier == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_a_year_of_carried_spend_and_steps_is_proven_to_the_last_digits():
    items = carried_items(4, 60, seed=3)
    found = allocate(Problem(items, 70_000 * 12, periods=Periods(12, n_after=4), step_limit=0.2))
    assert found.certificate.relative_gap <= 1e-10
    assert found.units.sum() == 70_000 * 12


def test_whole_units_are_the_nearest_that_limits_allow():
    spend = np.array([100.4, 120.48, 99.52, 119.6])
    rows, limits = np.array([[-1.2, 1.0, 0.0, 0.0], [0.0, 0.0, -1.2, 1.0]]), np.zeros(2)  # steps of a fifth
    region = Region(np.zeros(4), np.full(4, 500.0), 440.0, rows=rows, limits=limits)
    moves = np.array([m for m in itertools.product(range(-3, 4), repeat=4) if sum(m) == 1])
    near = np.array([100, 120, 99, 120]) + moves
    allowed = near[(near.sum(axis=1) == 440) & (near @ rows.T <= limits + 1e-9).all(axis=1)]
    least = np.abs(allowed - spend).sum(axis=1).min()
    assert np.abs(_nearest(region, spend) - spend).sum() == pytest.approx(least)
