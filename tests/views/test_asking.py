"""A reader's acts: handed on as texts, answered whatever comes of them."""

from __future__ import annotations

import pytest

from workbench.views.asking import AskingWidget


@pytest.fixture
def sent(monkeypatch):
    out = []
    monkeypatch.setattr(AskingWidget, "send", lambda self, content: out.append(content))
    return out


def test_a_patch_is_handed_on_as_texts_and_answered(sent):
    got = []
    AskingWidget(got.append)._receive(None, {"kind": "ask", "patch": {"total": 5}}, [])
    assert got == [{"total": "5"}]
    assert sent == [{"kind": "answered"}]


def test_a_failure_is_answered_too_so_that_the_browser_does_not_wait(sent):
    def fails(patch):
        raise KeyError(patch)

    with pytest.raises(KeyError):
        AskingWidget(fails)._receive(None, {"patch": {}}, [])
    assert sent == [{"kind": "answered"}]


@pytest.mark.parametrize("content", [None, "patch", {}, {"patch": "all"}])
def test_what_is_no_patch_is_left_alone(sent, content):
    AskingWidget(lambda patch: pytest.fail("called"))._receive(None, content, [])
    assert sent == []
