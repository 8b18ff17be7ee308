"""A plan's constraints: exact to the cent, and refused at the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.budget.plan_file import PlanLimits, exact_minor, read_limits
from workbench.budget.problem import Group
from workbench.core.errors import DataError


def read(**document):
    return read_limits(document, ["x1", "x2"], "EUR")


def test_an_empty_file_constrains_nothing():
    assert read() == PlanLimits()


def test_every_field_is_read():
    group = {"name": "both", "items": ["x1", "x2"], "min": 1, "max": 700.5}
    got = read(
        bounds={"x1": [0.05, None]},
        fixed=["x2"],
        groups=[group],
        step_limit=0.2,
        target_cpa=12,
        min_change={"x1": 5},
        allow_extrapolation=True,
    )
    assert got == PlanLimits(
        {"x1": (5, None)},
        ("x2",),
        (Group("both", ("x1", "x2"), 100, 70_050),),
        0.2,
        12.0,
        None,
        {"x1": 500},
        True,
    )


@given(st.integers(0, 10**12))
def test_amounts_are_exact_to_the_cent(minor):
    assert exact_minor("total", f"{minor // 100}.{minor % 100:02d}", "EUR") == minor


def test_a_currency_without_cents_takes_whole_units():
    assert exact_minor("total", 500, "JPY") == 500
    with pytest.raises(DataError, match="0 decimals"):
        exact_minor("total", "500.5", "JPY")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"bound": {}}, "bound"),
        ({"bounds": {"x3": [0, 1]}}, "bounds"),
        ({"bounds": {"x1": [2, 1]}}, "bounds.x1"),
        ({"bounds": {"x1": 5}}, "bounds.x1"),
        ({"bounds": {"x1": [0, "much"]}}, "bounds.x1"),
        ({"bounds": {"x1": [-1, 5]}}, "bounds.x1"),
        ({"bounds": {"x1": [0, 0.001]}}, "bounds.x1"),
        ({"bounds": {"x1": [0, float("nan")]}}, "bounds.x1"),
        ({"bounds": [1]}, "bounds"),
        ({"fixed": "x1"}, "fixed"),
        ({"fixed": ["x1"], "bounds": {"x1": [0, 1]}}, "bounds.x1"),
        ({"groups": [{"name": "g", "items": ["x9"]}]}, "groups[0].items"),
        ({"groups": [{"name": "g", "items": []}]}, "groups[0].items"),
        ({"groups": [{"name": "g", "items": ["x1"], "min": 3, "max": 2}]}, "groups[0] (g)"),
        ({"groups": [{"name": "g", "items": ["x1"], "most": 2}]}, "groups[0].most"),
        ({"groups": [{"name": "g", "items": ["x1"], "max": 2}] * 2}, "groups[1].name"),
        ({"groups": [{"name": "g", "items": "x1", "max": 2}]}, "groups[0].items"),
        ({"bounds": {True: [0, 1]}}, "bounds"),
        ({"step_limit": 0}, "step_limit"),
        ({"step_limit": 20}, "step_limit"),
        ({"target_roas": True}, "target_roas"),
        ({"target_cpa": "12"}, "target_cpa"),
        ({"min_change": {"x1": None}}, "min_change.x1"),
        ({"allow_extrapolation": "yes please"}, "allow_extrapolation"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_the_field(document, field):
    with pytest.raises(DataError) as caught:
        read(**document)
    assert caught.value.field == field
    assert caught.value.next_step


def test_an_unknown_item_is_answered_with_those_that_are_known():
    with pytest.raises(DataError, match=r"x3 is no item of the model. Items are x1, x2\."):
        read(fixed=["x3"])


def test_an_item_named_by_a_number_is_found():
    assert read_limits({"fixed": [2024]}, ["2024"], "EUR").fixed == ("2024",)


def test_a_group_without_a_name_is_said_once():
    assert read(groups=[{"items": ["x1"], "max": 3}]).groups[0].name == "1"


def test_an_amount_too_large_is_told_the_largest():
    with pytest.raises(DataError, match=r"Give 0 to 10,000,000,000,000\."):
        exact_minor("total", "1e14", "EUR")
