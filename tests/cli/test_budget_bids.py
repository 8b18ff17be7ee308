"""``wb budget bids``: caps at the plan of a kept run."""

from __future__ import annotations

import json
import shutil

import pytest
from kept_mix import keep_mix
from typer.testing import CliRunner

from workbench.cli.budget import app
from workbench.core.settings import load_settings
from workbench.flows import budget_bids
from workbench.flows.budget_bids import bids_of_run
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_start import PlanStart


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a home and the id of a run of five channels."""
    home = tmp_path_factory.mktemp("home")
    return home, keep_mix(home / "runs", n_draws=600, origin={"outcome": "results", "is_simulated": True})


def wb(kept, *words: str, code=0):
    home, run_id = kept
    given = ["bids", "--run", run_id, "--home", str(home), *words]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_the_document_gives_caps_in_minor_units_at_the_plan(kept):
    got = json.loads(wb(kept, "--total", "6000", "--json"))
    home, run_id = kept
    planned = plan_budget(home / "runs", run_id, "6000").plan
    assert [one["planned_minor"] for one in got["bids"]] == [one.spend_minor for one in planned.items]
    assert got["worth"] == pytest.approx(1 / planned.multiplier)
    assert not got["worth_is_given"]
    assert got["simulated"]
    for one in got["bids"]:
        if one["cost_cap"]:
            assert one["cost_cap"]["minor"] < one["bid_cap"]["minor"]
    free = [one for one in got["bids"] if one["bid_cap"] and not one["reason"]]
    assert free
    assert all(one["bid_cap"]["minor"] == pytest.approx(100 * got["worth"], rel=0.1) for one in free)
    unknown = next(one for one in got["bids"] if one["name"] == "Test cell B")
    assert "do not identify" in unknown["reason"]


def test_it_is_said_in_words_what_each_limit_is(kept):
    said = " ".join(wb(kept, "--total", "6000", "--value-per-result", "20").split())
    assert said.startswith("Simulated company")
    assert "A further result is worth €20.00, as given" in said
    assert "COST_CAP takes the cost cap" in said
    assert "Retargeting at €" in said
    assert "those that the spend caused" in said


def test_caps_of_reported_results_are_said_to_be_of_those(kept, tmp_path):
    home, run_id = kept
    place = shutil.copytree(home / "runs" / run_id, tmp_path / "runs" / run_id)
    about = json.loads((place / "run.json").read_text())
    about["result"]["explains"] = "reported"
    (place / "run.json").write_text(json.dumps(about))
    notes = bids_of_run(load_settings(tmp_path), run_id, "6000").notes
    assert any("as the network reports them" in note for note in notes)
    assert not any("that the spend caused" in note for note in notes)


def test_bids_are_those_of_the_plan_from_the_budgets_set_now(kept, monkeypatch):
    def from_budgets(settings, stored, *, currency):
        names = stored.channels
        return PlanStart((50_000,) * len(names), (True,) * len(names), "2026-06-01", ())

    home, run_id = kept
    monkeypatch.setattr(budget_bids, "start_of", from_budgets)
    first = bids_of_run(load_settings(home), run_id, "6000", {"fixed": ["Retargeting"]}).advice
    fixed = next(one for one in first.to_dict()["bids"] if one["name"] == "Retargeting")
    assert fixed["planned_minor"] == 50_000


def test_refusals_name_what_is_wrong(kept):
    error = json.loads(wb(kept, "--total", "6000", "--value-per-result", "much", "--json", code=1))["error"]
    assert error["message"].startswith("value_per_result: 'much'")
    error = json.loads(wb(kept, "--total", "6000", "--value-per-result", "-1", "--json", code=1))["error"]
    assert error["message"].startswith("value_per_result: -1")


def test_revenue_gets_a_floor_instead_of_caps(kept):
    home, run_id = kept
    found = bids_of_run(load_settings(home), run_id, "6000", outcome_is_money=True)
    assert all(row.cost_cap is None for row in found.advice.rows)
    assert any(row.min_roas for row in found.advice.rows)
    error = json.loads(wb(kept, "--total", "6000", "--value-per-result", "1e300", "--json", code=1))["error"]
    assert error["next_step"] == "Give one above 0, up to 1,000,000,000."
