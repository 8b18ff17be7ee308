"""Figures that are typed: their place in an address, what an act makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.flows.experiment_edits import changed
from workbench.flows.experiment_entry import MAX_ARMS, Entry, example, from_fragment
from workbench.flows.experiment_kinds import KINDS
from workbench.flows.experiment_view import view_of

TEXTS = st.text(max_size=12)


@st.composite
def entries(draw) -> Entry:
    kind = draw(st.sampled_from(sorted(KINDS)))
    n_arms = draw(st.integers(2, MAX_ARMS))
    arms = st.tuples(*[TEXTS] * n_arms)
    return Entry(
        kind=kind,
        names=draw(st.tuples(*[st.text(min_size=1, max_size=12)] * n_arms)),
        figures=tuple(draw(arms) for _ in KINDS[kind].columns),
        shares=draw(arms),
        lower=draw(st.booleans()),
        level=draw(st.sampled_from(["0.8", "0.95"])),
        evidence=draw(st.sampled_from(["randomised", "split", "observational"])),
        value=draw(TEXTS),
        currency=draw(TEXTS),
    )


@given(entries())
def test_an_address_gives_back_what_was_typed_even_where_it_is_wrong(entry):
    assert from_fragment(entry.to_fragment()) == entry


def test_the_example_says_that_it_is_one_until_something_is_typed():
    assert example().is_example
    assert not changed(example(), {"value": "41"}).is_example


def test_unknown_kinds_and_too_many_arms_are_refused_by_name():
    with pytest.raises(DataError, match="no kind of metric") as refused:
        from_fragment({"kind": "clicks"})
    assert refused.value.facts["field"] == "kind"
    with pytest.raises(DataError, match="7 arms"):
        from_fragment({"kind": "rates", "successes": "1,2,3,4,5,6,7", "trials": "9"})
    with pytest.raises(DataError, match="2 to 6 arms"):
        from_fragment({"kind": "rates", "names": "A"})


def test_an_arm_is_added_and_removed_with_its_figures():
    more = changed(example(), {"add": "1"})
    assert more.names[2] == "C"
    assert [len(texts) for texts in more.figures] == [3, 3]
    fewer = changed(more, {"remove": "0"})
    assert fewer.names == ("New page", "C")
    assert fewer.figures[0] == ("566", "")
    assert changed(changed(fewer, {"remove": "0"}), {"remove": "1"}).n_arms == 2
    full = changed(more, {"add": "1"})
    for _ in range(9):
        full = changed(full, {"add": "1"})
    assert full.n_arms == MAX_ARMS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_another_kind_keeps_the_arms_and_begins_with_labelled_figures(kind):
    other = next(one for one in KINDS if one != kind)
    begun = changed(changed(changed(example(), {"value": "41"}), {"kind": other}), {"add": "1", "kind": kind})
    assert begun.names == (*example().names, "C")
    assert begun.is_example
    assert len(KINDS[kind].example) == len(KINDS[kind].columns)
    assert view_of(begun).result.kind == kind
    assert not changed(begun, {"value": "42"}).is_example


@pytest.mark.parametrize(
    "patch", [{"successes.9": "1"}, {"nothing": "1"}, {"remove": "x"}, {"level": "2"}, {"kind": "?"}]
)
def test_what_is_unknown_changes_nothing(patch):
    after = changed(example(), patch)
    assert after.to_fragment() == example().to_fragment()
