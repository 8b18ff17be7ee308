"""Limits as they are typed, as constraints, and in a link: the same words as the command line's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.budget.plan_file import read_limits
from workbench.core.errors import DataError
from workbench.flows.budget_limits import (
    AskedLimits,
    GroupLimit,
    ItemLimit,
    field_key,
    limits_of_text,
)

NAMES = ("Retargeting", "Lookalike, 1 %", "tv:local")
amounts = st.sampled_from(["", "0", "500", "500.5"])
items = st.lists(
    st.builds(ItemLimit, st.sampled_from(NAMES), amounts, amounts, amounts).filter(lambda one: one.is_set),
    unique_by=lambda one: one.item,
).map(lambda some: tuple(sorted(some, key=lambda one: one.item)))
groups = st.lists(
    st.builds(
        GroupLimit,
        st.sampled_from(["", "paid"]),
        st.lists(st.sampled_from(NAMES), unique=True, min_size=1).map(tuple),
        amounts,
        amounts,
    ).filter(lambda one: one.is_set),
    max_size=3,
).map(tuple)
targets = st.sampled_from([("", ""), ("cpa", "12.5"), ("roas", "3")])


@given(items, groups, targets, st.booleans())
def test_a_link_keeps_every_limit(some, together, target, beyond):
    limits = AskedLimits(some, together, *target, is_beyond=beyond)
    assert limits_of_text(limits.to_text()) == limits


def test_the_document_is_the_one_that_the_command_line_reads():
    limits = AskedLimits().changed(
        {
            "least:Retargeting": "100",
            "most:Retargeting": " 500.5 ",
            "change:tv:local": "50",
            "add_group": "1",
            "group:0:name": "paid",
            "group:0:items": "Retargeting,Lookalike%2C 1 %25",
            "group:0:most": "900",
            "target_kind": "roas",
            "target": "2",
            "beyond": "1",
        }
    )
    read = read_limits(limits.document(), NAMES, "EUR")
    assert read.bounds == {"Retargeting": (10_000, 50_050)}
    assert read.min_change == {"tv:local": 5_000}
    assert read.groups[0].items == ("Retargeting", "Lookalike, 1 %")
    assert read.groups[0].max_minor == 90_000
    assert (read.target_roas, read.target_cpa, read.allow_extrapolation) == (2.0, None, True)
    assert limits.n_set == 5
    assert limits.changed({"clear_limits": "1"}) == AskedLimits()


def test_what_is_emptied_is_no_limit_any_more_and_a_lock_outweighs_bounds():
    limits = AskedLimits().changed({"most:Retargeting": "500", "change:Retargeting": "20"})
    assert limits.document(locks=("Retargeting",)) == {}
    assert limits.changed({"most:Retargeting": "", "change:Retargeting": ""}) == AskedLimits()


def test_a_group_that_says_nothing_yet_limits_nothing_and_can_be_dropped():
    limits = AskedLimits().changed({"add_group": "1"}).changed({"add_group": "1"})
    limits = limits.changed({"group:1:name": "paid", "group:7:name": "none", "group:x:name": "none"})
    assert limits.groups == (GroupLimit(), GroupLimit("paid"))
    assert limits.document() == {}
    assert limits.changed({"drop_group": "0"}).groups == (GroupLimit("paid"),)
    assert limits.changed({"drop_group": "9"}) == limits


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"bounds": {"tv:local": [None, "much"]}}, "most:tv:local"),
        ({"bounds": {"Retargeting": ["9", "1"]}}, "most:Retargeting"),
        ({"min_change": {"Retargeting": "x"}}, "change:Retargeting"),
        ({"target_cpa": "x"}, "target"),
        ({"groups": [{"items": ["Retargeting"], "max": "x"}]}, "group:1:most"),
    ],
)
def test_a_refused_limit_is_said_at_its_field(document, key):
    limits = limits_of_text(json.dumps(document))
    with pytest.raises(DataError) as caught:
        read_limits(limits.document(), NAMES, "EUR")
    before = (GroupLimit(),)  # one that is still being filled
    assert field_key(caught.value.field, before + limits.groups) == key


def test_what_belongs_to_no_field_is_said_above_all():
    assert field_key("total", ()) == field_key("constraints", ()) == field_key("groups[3].name", ()) == ""


@pytest.mark.parametrize("text", ["{", "[1]", '{"bounds": 3}', '{"groups": [1]}', '{"target_cpa": true}'])
def test_a_text_that_holds_no_limits_is_refused(text):
    with pytest.raises(DataError) as caught:
        limits_of_text(text)
    assert caught.value.field == "limits"


def test_an_unknown_target_is_refused():
    with pytest.raises(DataError) as caught:
        AskedLimits().changed({"target_kind": "clicks"})
    assert caught.value.field == "target"
