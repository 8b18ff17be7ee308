"""The kernel's side of the address."""

from __future__ import annotations

import pytest

from workbench.views.fragment import FragmentState


def test_what_the_browser_asks_for_comes_through_as_given():
    asked = []
    fragment = FragmentState(asked.append)
    fragment._receive(fragment, {"kind": "ask", "filters": {"account": "7", "from": "%%", "n": 3}}, [])
    assert asked == [{"account": "7", "from": "%%", "n": "3"}]


@pytest.mark.parametrize("message", [None, "x", {}, {"filters": "account=7"}, {"filters": None}])
def test_anything_else_is_ignored(message):
    asked = []
    FragmentState(asked.append)._receive(None, message, [])
    FragmentState()._receive(None, {"filters": {"a": "b"}}, [])
    assert asked == []


def test_what_is_shown_does_not_come_back_as_a_wish():
    asked = []
    fragment = FragmentState(asked.append)
    fragment.show({"account": "7"})
    assert fragment.shown == {"account": "7"}
    assert asked == []
