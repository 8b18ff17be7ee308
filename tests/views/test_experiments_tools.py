"""Planner and looks on the page: they follow the figures, keep what was given, refuse at the field."""

from __future__ import annotations

import re

import pytest

from workbench.flows.experiment_edits import changed
from workbench.flows.experiment_entry import example
from workbench.flows.experiment_view import view_of
from workbench.views.experiments_toolbox import Toolbox


@pytest.fixture
def box():
    told = []
    box = Toolbox(lambda: told.append(1), "en_GB")
    box.told = told
    box.follow(view_of(example()))
    return box


def inputs(tool) -> dict[str, str]:
    return {f["key"]: f["value"] for group in tool.form.spec["groups"] for f in group["fields"]}


def test_the_planner_begins_with_the_figures_shown_and_says_the_days_first(box):
    assert inputs(box.plan)["baseline"] == "4"
    lead = re.search(r'wb-lead">(.*?)</p>', box.plan.answer.value).group(1)
    assert re.fullmatch(r"Run it for \d+ days\.", lead)
    assert box.to_fragment() == {}


def test_what_a_reader_gave_stays_when_the_figures_change(box):
    box.plan.form._receive(None, {"patch": {"lift": "20"}}, [])
    assert box.told
    assert box.to_fragment() == {"plan.lift": "20"}
    box.follow(view_of(changed(example(), {"successes.0": "240", "successes.1": "260"})))
    assert inputs(box.plan) | {"lift": "20", "baseline": "2"} == inputs(box.plan)
    other = Toolbox(lambda: None, "en_GB")
    other.arrive({"plan.lift": "20", "kind": "rates", "plan.nothing": "1"})
    assert other.to_fragment() == box.to_fragment()


def test_a_refused_plan_is_marked_and_the_last_one_stays(box):
    box.plan.form._receive(None, {"patch": {"lift": "0"}}, [])
    assert list(box.plan.form.errors) == ["lift"]
    assert "wb-earlier" in box.plan.answer.value
    assert "Run it for" in box.plan.answer.value
    box.plan.form._receive(None, {"patch": {"lift": "10"}}, [])
    assert box.plan.form.errors == {}
    assert "wb-earlier" not in box.plan.answer.value


def test_another_kind_asks_for_its_own_figures(box):
    box.plan.form._receive(None, {"patch": {"kind": "means"}}, [])
    assert inputs(box.plan)["baseline"] == ""
    assert set(box.plan.form.errors) == {"baseline", "deviation"}
    box.plan.form._receive(None, {"patch": {"baseline": "10", "deviation": "4"}}, [])
    assert box.plan.form.errors == {}
    assert "people" in box.plan.answer.value


def test_one_click_says_what_the_looks_cost(box):
    assert "false winners" not in box.looks.answer.value
    box.looks.form._receive(None, {"patch": {"looks": "30", "run": "1"}}, [])
    said = re.sub(r"<[^>]+>", " ", box.looks.answer.value)
    assert re.search(r"Of 100 tests without any difference, \d+ would name a winner", said)
    assert "Simulated" in said
    assert said.count("badge:") == 5
    box.looks.form._receive(None, {"patch": {"looks": "x", "run": "1"}}, [])
    assert list(box.looks.form.errors) == ["looks"]


def test_the_first_bytes_hold_the_plan(box):
    html = box.plan._repr_mimebundle_()["text/html"]
    assert "Plan the next test" in html
    assert "Run it for" in html
