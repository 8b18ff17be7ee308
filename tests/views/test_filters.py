"""The row of filters: one computation per act, one line for whatever cannot be shown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from workbench.core.dates import Period
from workbench.core.errors import NotEnoughData
from workbench.flows.available import Available, Slice
from workbench.views.filters import FilterBar
from workbench.views.fragment import FragmentState

AVAILABLE = Available(
    (
        Slice(
            "meta",
            "7",
            "campaign|age|day|",
            "EUR",
            Period(date(2025, 1, 1), date(2026, 11, 20)),
            campaigns=tuple((f"c{i:03d}", f"Campaign {i}") for i in range(600)),
            breakdowns=(("age", ("18-24", "25-34")),),
        ),
        Slice("meta", "7", "ad||range|", "EUR", Period(date(2026, 10, 1), date(2026, 10, 31))),
    )
)
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


class Page:
    """A page that notes what it was asked to compute."""

    def __init__(self, available=AVAILABLE) -> None:
        self.states, self.looked_at, self.sent = [], [], []
        self.available = available
        self.fragment = FragmentState()
        self.bar = FilterBar(self.look, self.draw, fragment=self.fragment)
        self.bar.send = lambda content, buffers=None: self.sent.append(content)

    def look(self, as_of):
        self.looked_at.append(as_of)
        return self.available

    def draw(self, state):
        self.states.append(state)

    def act(self, **patch):
        self.bar._receive(None, {"kind": "ask", "patch": patch}, [])


@pytest.fixture
def page():
    page = Page()
    page.bar.start()
    return page


def test_the_first_view_leaves_the_address_bare(page):
    assert len(page.states) == 1
    assert page.fragment.shown == {}
    assert (page.bar.view["from"], page.bar.view["to"]) == ("2026-10-24", "2026-11-20")
    json.dumps(page.bar.view)


def test_one_act_is_one_computation_and_one_answer(page):
    page.act(age="18-24", compare="year")
    assert len(page.states) == 2
    assert page.states[-1].breakdowns == (("age", ("18-24",)),)
    assert page.sent == [{"kind": "answered"}]
    assert page.fragment.shown["age"] == "18-24"
    assert page.bar.view["compare"] == "year"


def test_a_wish_that_cannot_be_met_leaves_the_page_and_says_why(page):
    before = page.bar.view
    page.act(**{"from": "2026-11-31"})
    assert page.bar.error == "'2026-11-31' is not a day. Write it as YYYY-MM-DD, such as 2026-11-20."
    assert (page.bar.view, page.fragment.shown, len(page.states)) == (before, {}, 1)
    assert page.sent == [{"kind": "answered"}]
    page.act(**{"from": "2026-11-01"})
    assert page.bar.error == ""


def test_an_address_is_followed_and_not_rewritten(page):
    page.fragment._receive(None, {"filters": {"grain": "ad||range|"}}, [])
    assert page.bar.state.grain == "ad||range|"
    assert page.fragment.shown == {}
    page.fragment._receive(None, {"filters": {"nonsense": "1"}}, [])
    assert "'nonsense'" in page.bar.error
    assert page.bar.state.grain == "ad||range|"


def test_a_pinned_address_looks_at_the_lake_as_it_was(page):
    page.looked_at.clear()
    page.fragment._receive(None, {"filters": {"as_of": "2026-11-01T08:00:00Z"}}, [])
    assert set(page.looked_at) == {AT}
    assert page.bar.view["as_of"] == "1 Nov 2026, 08:00 UTC"
    page.act(compare="none")
    assert page.states[-1].as_of == AT
    page.act(as_of="")
    assert page.states[-1].as_of is None
    assert page.looked_at[-1] is None


def test_a_failure_of_the_page_is_one_line_with_an_id(page, caplog):
    def fail(state):
        raise ZeroDivisionError("secret detail")

    page.bar._on_change = fail
    page.act(compare="none")
    assert "secret" not in page.bar.error
    error_id = page.bar.error.split()[-1].rstrip(".")
    assert error_id.startswith("err_")
    assert error_id in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_readable_failure_of_the_page_is_shown_as_it_is(page):
    def fail(state):
        raise NotEnoughData("Two days are too few.", next_step="Choose a week.")

    page.bar._on_change = fail
    page.act(compare="none")
    assert page.bar.error == "Two days are too few. Choose a week."


def test_an_empty_lake_shows_no_controls_but_says_what_to_do():
    page = Page(Available(()))
    page.bar.start()
    page.act(compare="none")
    assert page.bar.view == {}
    assert "Drop an Ads Manager export" in page.bar.error
    page.available = AVAILABLE
    page.bar.refresh()
    assert page.bar.error == ""
    assert page.bar.view["account"] == '["meta","7"]'


def test_long_lists_are_cut_but_never_lose_what_is_chosen(page):
    page.act(campaign="c599")
    campaigns, ages = page.bar.view["choices"]
    assert len(campaigns["options"]) == 501
    assert campaigns["options"][-1] == {"value": "c599", "label": "Campaign 599"}
    assert (ages["label"], ages["chosen"]) == ("Age", [])


def test_a_refresh_computes_the_same_filters_again(page):
    page.act(compare="year")
    page.bar.refresh()
    assert page.states[-1] == page.states[-2]
    assert len(page.states) == 3


@pytest.mark.parametrize("message", [None, {}, {"kind": "ask"}, {"patch": [1]}])
def test_messages_that_are_no_act_are_ignored(page, message):
    page.bar._receive(None, message, [])
    assert (len(page.states), page.sent) == (1, [])
