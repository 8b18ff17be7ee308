"""Registered tests on the page: opened by a click, hidden from viewers until their minimum run."""

from __future__ import annotations

import re

import pytest
from registered import fill, register

from workbench.core.identity import Role
from workbench.flows.experiment_registry import registered_test
from workbench.views import experiments_page
from workbench.views.experiments_page import ExperimentsPage


@pytest.fixture
def page(settings):
    fill(settings, 40)
    register(settings)
    return ExperimentsPage(settings.home)


def lead(page) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r'wb-lead">(.*?)</p>', page.answer.value).group(1))


def test_it_says_how_to_register_where_nothing_is(settings):
    assert "wb experiment register" in ExperimentsPage(settings.home).registry.value


def test_a_click_in_the_list_opens_a_test_and_the_form_leads_back(page):
    assert 'href="#test=video"' in page.registry.value
    page.arrive({"test": "video"})
    assert lead(page).startswith("Ship video: results per 1,000 spent are up")
    assert "video: The video brings leads at a lower cost." in page.header.value
    assert "causal" not in page.answer.value
    assert page.actions.link.startswith("test=video&as_of=20")
    assert "Registered test" in page.form.spec["title"]
    assert b"registered test video" in page._saved()
    assert page._sheet()[:2] == b"PK"
    page.change({"test": ""})
    assert lead(page).startswith("Ship New page")
    assert page.form.spec["title"] == "Your figures"
    assert page._fragment.shown["kind"] == "rates"


def test_a_copied_link_shows_the_same_figures_after_another_load(page, settings):
    from urllib.parse import parse_qsl

    page.arrive({"test": "video"})
    assert page._fragment.shown == {}  # the reader's own address stays with the present
    assert "as believed on" in page.actions.note
    link, first = dict(parse_qsl(page.actions.link)), page.view.result
    fill(settings, 50, "L2")
    now, then = ExperimentsPage(settings.home), ExperimentsPage(settings.home)
    now.arrive({"test": "video"})
    then.arrive(link)
    assert then.view.result == first
    assert now.view.result != first
    assert dict(parse_qsl(then.actions.link)) == link
    assert "as believed on" in then.header.value
    assert "as believed on" not in now.header.value
    assert registered_test(settings, "video").n_looks == 2  # a look back is none
    assert "The change over time" not in then.answer.value
    then.change({"today": "1"})
    assert then.view.result == now.view.result
    assert then._fragment.shown == {"test": "video"}


def test_a_moment_that_is_none_or_too_early_is_said_in_one_line(page):
    for text, why in (("yesterday", "is not a moment"), ("2001-01-01T00:00:00Z", "2001")):
        page.arrive({"test": "video", "as_of": text})
        assert why in page.form.errors[""]


def test_the_form_offers_registered_tests_and_opens_them(page):
    page.change({"test": "video"})
    assert page._fragment.shown == {"test": "video"}
    assert lead(page).startswith("Ship video")


def test_the_change_over_time_is_drawn_once_there_are_two_looks(page, settings):
    page.arrive({"test": "video"})
    assert "The change over time" not in page.answer.value
    fill(settings, 50, "L2")
    page.arrive({"test": "video"})
    assert "The change over time" in page.answer.value


def test_a_viewer_reads_when_the_figures_open_and_no_figure(settings, monkeypatch):
    monkeypatch.setattr(experiments_page, "role_here", lambda _: Role.VIEWER)
    fill(settings, 18)
    register(settings, evidence="split_test")
    page = ExperimentsPage(settings.home)
    page.arrive({"test": "video"})
    assert lead(page) == "Wait: the figures of video open after its minimum run."
    said = re.sub(r"<style>.*?</style>", "", page.answer.value, flags=re.DOTALL)
    assert "11 of 14 mature days" in said
    for hidden in ("P(best)", "<svg", "Ship", "now costs", "Results"):
        assert hidden not in said
    page.actions._receive(None, {"kind": "make", "job": "1", "what": "page"}, [])
    assert page.actions._made == {}


def test_an_unknown_test_is_one_line_beside_the_last_answer(page):
    page.arrive({"test": "nothing"})
    assert "No test 'nothing' is registered" in page.form.errors[""]
    assert lead(page).startswith("Ship New page")


def test_a_test_that_was_registered_after_the_page_was_warmed_is_there_when_a_browser_arrives(settings):
    page = ExperimentsPage(settings.home)
    fill(settings, 40)
    register(settings)
    page._fragment.place = {"loopback": True, "width": "wide"}
    assert "#test=video" in page.registry.value
    first = page.form.spec["groups"][0]["fields"][0]
    assert [option["value"] for option in first["options"]] == ["", "video"]
