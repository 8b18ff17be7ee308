"""Which constraints are named when no plan keeps them all."""

import numpy as np
import pytest

from workbench.budget.allocation import allocate
from workbench.budget.curves import michaelis_menten
from workbench.budget.problem import Group, Item, Periods, Problem
from workbench.core.errors import DataError

CURVE = michaelis_menten(np.array([100.0, 110.0]), 50.0)


def refusal(problem):
    with pytest.raises(DataError) as raised:
        allocate(problem)
    return raised.value


def items(*bounds, current=0, **more):  # noqa: ANN002
    return tuple(
        Item("abcdef"[k], CURVE, current, min_minor=low, max_minor=high, **more)
        for k, (low, high) in enumerate(bounds)
    )


def test_the_fewest_minimums_that_exceed_the_total_are_named():
    problem = Problem(items((5_000, None), (4_500, None), (4_000, None), (3_000, None)), 10_000)
    error = refusal(problem)
    assert len(error.conflict) == 4  # the total and three of the four minimums
    assert error.conflict[0] == "the total of €100.00"
    error = refusal(Problem(items((6_000, None), (5_500, None), (300, None)), 10_000))
    assert error.conflict[1:] == ("at least €60.00 for a", "at least €55.00 for b")
    assert "They ask for €115.00, €15.00 too much." in str(error)


@pytest.mark.parametrize("times", [1, 10**3, 10**6, 10**8])
def test_large_plans_name_the_same_conflict(times):
    bounds = ((6_000 * times, None), (5_500 * times, None), (300 * times, None))
    error = refusal(Problem(items(*bounds), 10_000 * times))
    assert len(error.conflict) == 3
    assert error.conflict[0].startswith("the total of ")
    assert error.conflict[1].endswith(" for a")
    assert error.conflict[2].endswith(" for b")


def test_maximums_below_the_total():
    error = refusal(Problem(items((0, 100), (0, 200)), 1_000))
    assert len(error.conflict) == 3
    assert "They leave room for €3.00, €7.00 too little." in str(error)


def test_bounds_of_one_item_that_cross():
    error = refusal(Problem(items((500, 400), (0, None)), 1_000))
    assert error.conflict == ("at least €5.00 for a", "at most €4.00 for a")


def test_a_group_against_its_members_and_groups_that_overlap():
    groups = (Group("ab", ("a", "b"), max_minor=300),)
    error = refusal(Problem(items((200, None), (200, None), (0, None)), 1_000, groups=groups))
    assert set(error.conflict) == {
        "at least €2.00 for a",
        "at least €2.00 for b",
        "at most €3.00 for group ab",
    }
    groups = (Group("ab", ("a", "b"), min_minor=600), Group("bc", ("b", "c"), min_minor=600))
    error = refusal(Problem(items((0, None), (0, 100), (0, None)), 1_000, groups=groups))
    assert len(error.conflict) == 4


def test_extrapolation_and_steps_are_named():
    held = items((0, None), (0, None), observed_max_minor=400)
    error = refusal(Problem(held, 1_000))
    assert "nothing beyond the highest spend observed" in error.conflict[1]
    assert "allow extrapolation" in error.next_step
    assert allocate(Problem(held, 1_000, allow_extrapolation=True)).units.sum() == 1_000
    error = refusal(Problem(items((0, None), current=500), 1_000, step_limit=0.2))
    assert error.conflict == ("the total of €10.00", "steps of 20% at most for a from €5.00")


def test_no_part_of_a_conflict_conflicts():
    rng = np.random.default_rng(4)
    for _ in range(20):
        low = rng.integers(0, 500, 5)
        problem = Problem(items(*((int(x), None) for x in low)), int(low.sum()) - 1)
        named = refusal(problem).conflict[1:]
        asked = sorted(low, reverse=True)
        fewest = next(k for k in range(1, 6) if sum(asked[:k]) > problem.total_minor)
        assert len(named) == fewest


def test_what_holds_in_every_period_is_named_once():
    two = (Item("a", CURVE, 100, max_minor=300), Item("b", CURVE, 100, max_minor=200))
    found = refusal(Problem(two, 1_200, periods=Periods(2)))
    assert found.conflict[1:] == ("at most €3.00 for a", "at most €2.00 for b")
    assert "They leave room for €10.00, €2.00 too little." in str(found)


def test_fixed_items():
    fixed = (Item("a", CURVE, 900, is_fixed=True), Item("b", CURVE, 200, is_fixed=True))
    assert refusal(Problem(fixed, 1_000)).conflict[1:] == ("a fixed at €9.00", "b fixed at €2.00")
    beyond = (Item("a", CURVE, 900, max_minor=800, is_fixed=True), Item("b", CURVE, 200))
    assert refusal(Problem(beyond, 1_000)).conflict == ("a fixed at €9.00", "at most €8.00 for a")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"total_minor": 1.5}, "total_minor"),
        ({"total_minor": -1}, "total_minor"),
        ({"total_minor": 10, "target_roas": 1.0, "target_cpa": 1.0}, "target_cpa"),
        ({"total_minor": 10, "step_limit": 0.0}, "step_limit"),
        ({"total_minor": 10, "level": 1.0}, "level"),
        ({"total_minor": 10, "groups": (Group("g", ("nobody",)),)}, "groups.g"),
    ],
)
def test_fields_that_cannot_be_used_are_named(options, field):
    with pytest.raises(DataError) as raised:
        Problem(items((0, None)), **options)
    assert raised.value.field == field
    assert raised.value.next_step


def test_two_items_of_one_name_are_refused():
    with pytest.raises(DataError, match="names two alike"):
        Problem(items((0, None)) * 2, 10)
