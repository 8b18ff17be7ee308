"""The record of plans: what was expected by their own run, what came only where that can be said."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest
from kept_mix import keep_mix

from workbench.core.settings import load_settings
from workbench.flows.budget_asked import Asked
from workbench.flows.budget_record import budget_record
from workbench.flows.budget_run import read_run
from workbench.flows.budget_view import view_of
from workbench.flows.draft_action import draft_budget

FIRST, LATER = "mix-20200101-080000-aaaaaa", "mix-20200301-080000-bbbbbb"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    keep_mix(folder, run_id=FIRST, n_draws=400)
    return folder


@pytest.fixture
def settings(kept, tmp_path):
    shutil.copytree(kept, tmp_path / "runs")
    return load_settings(tmp_path)


def later_run(settings, spend, *, n_weeks=5, **changed):
    """Keep a run of the same curves whose data end weeks after today, at a spend."""
    folder = settings.runs_folder
    shutil.copytree(folder / FIRST, folder / LATER)
    place = folder / LATER / "run.json"
    about = json.loads(place.read_text())
    last = date.today() + timedelta(days=7 * n_weeks + 1)
    about |= {"run_id": LATER, "carry_in_spend": [spend] * 8, "recent_spend": [spend] * 8} | changed
    about["result"]["dates"]["last"] = f"{last}"
    place.write_text(json.dumps(about))
    return read_run(folder, LATER)


def drafted(settings, **asked):
    view = view_of(read_run(settings.runs_folder, FIRST), Asked(**asked))
    draft_budget(settings, view.found)
    return view


def test_where_nothing_was_drafted_there_is_no_record(settings):
    assert budget_record(settings, read_run(settings.runs_folder)) == ()


def test_what_was_expected_is_what_the_page_said_and_what_came_waits_for_data(settings):
    view = drafted(settings)
    (one,) = budget_record(settings, view.run)
    assert one.expected.mean == pytest.approx(view.plan.gain.mean)
    assert one.expected.interval == pytest.approx(view.plan.gain.interval)
    assert one.moved == pytest.approx(view.moved, abs=0.02)
    assert (one.came, one.why_not, one.is_inside, one.state) == (None, "too early", None, "draft")
    soon = later_run(settings, [row.proposed for row in view.rows], n_weeks=3)
    assert budget_record(settings, soon)[0].why_not == "too early"


def test_what_came_is_told_where_the_plan_was_followed(settings):
    view = drafted(settings)
    run = later_run(settings, [row.proposed * 1.01 for row in view.rows])
    (one,) = budget_record(settings, run)
    assert one.n_since >= 4
    assert one.came.mean == pytest.approx(view.plan.gain.mean, rel=0.1)
    assert one.is_inside is True
    assert one.expected_as_spent.mean > one.expected.mean  # a hundredth more was spent
    assert replace(one, came=replace(one.came, mean=1e9)).is_inside is False


def test_a_plan_that_was_not_followed_has_no_answer(settings):
    view = drafted(settings)
    run = later_run(settings, [row.now for row in view.rows])
    (one,) = budget_record(settings, run)
    assert (one.came, one.why_not) == (None, "not followed")


def test_the_newest_is_first_and_other_items_or_outcomes_do_not_count(settings):
    view = drafted(settings)
    drafted(settings, total="6000")
    drafted(settings, periods=2)
    found = budget_record(settings, view.run)
    assert [one.number for one in found] == [3, 2, 1]
    assert (found[0].n_periods, found[0].why_not) == (2, "too early")
    other = later_run(settings, [1.0] * 5, channels=["a", "b", "c", "d", "e"])
    assert budget_record(settings, other) == ()


def test_a_plan_of_several_periods_says_what_it_expects_of_each_and_waits_for_all_of_them(settings):
    view = drafted(settings, periods=6)
    (one,) = budget_record(settings, view.run)
    assert one.expected.mean == pytest.approx(view.plan.gain.mean)
    assert one.expected.interval == pytest.approx(view.plan.gain.interval)
    assert len(one.by_period) == 6
    within = sum(each.mean for each in one.by_period)
    assert 0.85 * one.expected.mean < within < one.expected.mean  # the rest comes after the last period
    assert all(low < each.mean < high for each in one.by_period for low, high in [each.interval])
    spends = [[row.by_period[k] for row in view.rows] for k in range(6)]
    soon = later_run(settings, [1.0] * 5, n_weeks=5, recent_spend=spends[:5])
    assert budget_record(settings, soon)[0].why_not == "too early"


def test_a_plan_of_several_periods_is_judged_by_what_was_spent_in_each(settings):
    view = drafted(settings, periods=5)
    spends = [[row.by_period[k] for row in view.rows] for k in range(5)]
    later = [[row.now for row in view.rows]] * 2  # what came after the planned periods does not count
    run = later_run(settings, [1.0] * 5, n_weeks=7, recent_spend=[[9e9] * 5] * 3 + spends + later)
    (one,) = budget_record(settings, run)
    assert one.came.mean == pytest.approx(one.expected.mean)  # the same curves
    assert one.is_inside is True


def test_where_spends_since_a_plan_are_not_kept_nothing_is_said_of_it(settings):
    view = drafted(settings)
    run = later_run(settings, [row.proposed for row in view.rows], recent_spend=[[1.0] * 5])
    assert budget_record(settings, run)[0].why_not == "spends not kept"


def test_a_plan_whose_run_is_gone_is_left_out(settings):
    view = drafted(settings)
    run = later_run(settings, [row.proposed for row in view.rows])
    shutil.rmtree(settings.runs_folder / FIRST)
    assert budget_record(settings, run) == ()
