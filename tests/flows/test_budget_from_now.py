"""Plans from the budgets set now: the command line's and the page's are the same, and steps begin there."""

from __future__ import annotations

import json

import pytest
from lakes import morning, write
from months import FIRST as FIRST_DAY
from months import N_DAYS, days, filled, fitted, month_rows
from typer.testing import CliRunner

from workbench.cli.budget import app
from workbench.core.settings import Settings
from workbench.flows.budget_asked import Asked
from workbench.flows.budget_from_now import plan_from_now, read_run_now
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_view import view_of
from workbench.flows.company import own_lake

LAST = days(FIRST_DAY, N_DAYS)[-1]
BUDGETS = {"spring": 6_000, "autumn": 3_000}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return an installation with a run by campaign, and daily budgets that its days never knew."""
    settings = filled(Settings(home=tmp_path_factory.mktemp("home")), month_rows())
    things = [
        {
            "date_start": LAST,
            "entity_type": "campaign",
            "entity_id": name,
            "parent_id": "1",
            "status": "ACTIVE",
            "currency": "EUR",
            "daily_budget_minor": minor,
        }
        for name, minor in BUDGETS.items()
    ]
    write(own_lake(settings), "ad_entities", things, load_id="things", believed_at=morning(LAST))
    return settings, fitted(settings)


def test_steps_begin_at_the_budgets_and_the_plan_says_so(kept):
    settings, run_id = kept
    found = plan_from_now(settings, run_id, "90", {"step_limit": 0.2})
    rows = {item.name: item for item in found.plan.items}
    assert {name.lower(): item.current_minor for name, item in rows.items()} == BUDGETS
    assert 4_800 <= rows["Spring"].spend_minor <= 7_200
    assert found.to_dict()["start"] == {"from": "budgets", "as_of": LAST.isoformat()}
    assert any(
        note.startswith("Current spend is what the daily budgets set now allow,") for note in found.notes
    )
    spent = plan_from_now(settings, run_id, "90", start="spend")
    assert spent.to_dict() == plan_budget(settings.runs_folder, run_id, "90").to_dict()
    assert spent.to_dict()["start"]["from"] == "spend"


def test_the_page_shows_the_same_plan(kept):
    settings, run_id = kept
    run = read_run_now(settings)
    assert run.now_minor == tuple(BUDGETS[name.lower()] for name in run.stored.channels)
    view = view_of(run, Asked(step="20"))
    same = plan_from_now(settings, run_id, "90", {"step_limit": 0.2})
    assert view.found.to_dict() == same.to_dict()
    assert view.now == pytest.approx(90)
    assert sum(row.gain.mean for row in view.rows) == pytest.approx(view.plan.gain.mean)


def test_the_command_line_chooses(kept):
    settings, run_id = kept
    given = ["plan", "--run", run_id, "--home", str(settings.home), "--total", "90", "--json"]
    for words, wanted in ((), "budgets"), (("--start", "spend"), "spend"):
        done = CliRunner().invoke(app, [*given, *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["start"]["from"] == wanted
    done = CliRunner().invoke(app, [*given, "--start", "wishes"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "Use budgets or spend" in json.loads(done.stdout)["error"]["next_step"]
