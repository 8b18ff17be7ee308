"""``wb budget plan``: from a kept fit to an allocation that is exact, certified and says its basis."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix
from typer.testing import CliRunner

from workbench.budget.fit import fit_mix
from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.horizon import horizon_of
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.plan_file import PlanLimits
from workbench.budget.transforms import adstock_weights, lagged
from workbench.cli.budget import app
from workbench.flows.budget_plan import plan_budget, problem_of


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a home and the id of a small simulated run in euros, with round current spends."""
    made = made_mix()
    spend = made.model.data.spend.copy()
    spend[-4:] = [[300, 500], [100, 500], [300, 500], [100, 500]]
    data = replace(made.model.data, spend=spend, currency="EUR")
    home = tmp_path_factory.mktemp("home")
    return home, write_model_run(fit_mix(data, made.model.spec, n_draws=800), home / "runs")


def wb(kept, *words: str, code=0):
    home, run_id = kept
    given = ["plan", "--run", run_id, "--home", str(home), *words]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def planned(kept, *words: str):
    return json.loads(wb(kept, *words, "--json").stdout)


def refusal(kept, *words: str):
    return json.loads(wb(kept, *words, "--json", code=1).stdout)["error"]


def constraints(tmp_path, text):
    file = tmp_path / "limits.yaml"
    file.write_text(text, encoding="utf-8")
    return ("--constraints", str(file))


def test_the_document_is_as_promised_and_sums_to_the_cent(kept):
    got = planned(kept, "--total", "800.07")
    assert sum(item["spend_minor"] for item in got["allocation"]) == 80_007
    assert [item["current_minor"] for item in got["allocation"]] == [20_000, 50_000]
    assert set(got["expected"]) == {"mean", "interval"}
    assert 0 <= got["prob_beats_current"] <= 1
    assert got["relative_gap"] <= 1e-8
    assert got["multiplier"] > 0
    assert (got["currency"], got["period"], got["n_periods"]) == ("EUR", "week", 1)
    assert {"flags", "summary", "notes", "model_run"} <= set(got)


def test_constraints_are_kept(kept, tmp_path):
    file = constraints(
        tmp_path, "bounds: {channel_1: [250, 260.5]}\ngroups: [{name: all, items: [channel_1, channel_2]}]"
    )
    first = planned(kept, "--total", "700", *file)["allocation"][0]
    assert 25_000 <= first["spend_minor"] <= 26_050
    fixed = constraints(tmp_path, "fixed: [channel_1]")
    assert [item["spend_minor"] for item in planned(kept, "--total", "650", *fixed)["allocation"]] == [
        20_000,
        45_000,
    ]
    stepped = planned(kept, "--total", "700", *constraints(tmp_path, "step_limit: 0.2"))["allocation"]
    assert all(
        abs(item["spend_minor"] - item["current_minor"]) <= 0.2 * item["current_minor"] for item in stepped
    )


def test_what_is_held_at_the_highest_spend_observed_is_said(kept, tmp_path):
    """Where a total forces an item to its ceiling and more would pay there; not where it may go beyond."""
    stored = read_model_run(kept[0] / "runs", kept[1])
    highest = stored.about["highest_spend"]
    total = f"{sum(highest) * 0.99:.2f}"
    got = planned(kept, "--total", total)
    at_top = [one["name"] for one in got["allocation"] if any("highest spend" in f for f in one["flags"])]
    said = [note for note in got["notes"] if note.startswith("Held at the highest spend a week")]
    assert at_top
    assert len(said) == 1
    assert f": {', '.join(at_top)}." in said[0]
    free = planned(kept, "--total", total, *constraints(tmp_path, "allow_extrapolation: true"))
    assert not any(note.startswith("Held") for note in free["notes"])


def test_more_than_was_observed_is_refused_unless_asked_for(kept, tmp_path):
    assert "allow extrapolation" in refusal(kept, "--total", "20000")["next_step"]
    got = planned(kept, "--total", "20000", *constraints(tmp_path, "allow_extrapolation: true"))
    assert any("beyond observed spend" in flag for flag in got["flags"])


def test_risk_and_periods(kept, tmp_path):
    risky = planned(kept, "--total", "700", "--risk", "cvar:.1")
    assert risky["relative_gap"] <= 1e-6
    got = planned(kept, "--total", "700.01", "--periods", "3")
    each = np.array([item["by_period_minor"] for item in got["allocation"]])
    assert each.sum(axis=0).tolist() == [70_001] * 3
    assert got["total_minor"] == 210_003
    assert got["n_periods"] == 3
    assert "7 after the last" in " ".join(got["notes"])
    grouped = constraints(tmp_path, "groups: [{name: one, items: [channel_1], max: 150}]")
    first = planned(kept, "--total", "700", "--periods", "2", *grouped)["allocation"][0]
    assert first["spend_minor"] <= 30_000


def test_several_periods_bring_what_the_fitted_adstock_says(kept):
    home, run_id = kept
    stored = read_model_run(home / "runs", run_id)
    problem = problem_of(stored, PlanLimits(), 70_000, n_periods=3, currency="EUR", risk=None)
    spend = np.array([[150.0, 200.0, 350.0], [550.0, 500.0, 350.0]])
    got = horizon_of(problem).outcomes(100 * spend)
    n_lags, past = stored.about["n_lags"], np.array(stored.about["carry_in_spend"])
    expected = np.zeros(800)
    for c, curve in enumerate(curves_of_run(stored).values()):
        weights = adstock_weights("geometric", n_lags, {"retention": stored.draws["retention"][:, c]})
        series = np.concatenate([past[:, c], spend[c], np.zeros(n_lags - 1)])
        stock = weights @ lagged(series, n_lags)[:, n_lags:]
        for t in range(stock.shape[1]):
            expected += np.diag(curve.at(stock[:, t]))  # each draw at its own adstock
    short = (stored.draws["retention"] ** n_lags).max(axis=1) < 1e-3  # the fit cuts adstock off, the plan not
    assert short.sum() > 100
    np.testing.assert_allclose(got[short], expected[short], rtol=2e-3)
    np.testing.assert_allclose(got.mean(), expected.mean(), rtol=0.01)


def test_the_multiplier_of_several_periods_is_the_marginal_of_what_may_grow(kept):
    got = planned(kept, "--total", "700", "--periods", "2")
    marginals = [item["marginal"] for item in got["allocation"] if not item["flags"]]
    marginals = marginals or [item["marginal"] for item in got["allocation"]]
    assert min(marginals) * 0.9 <= got["multiplier"] <= max(marginals) * 1.1


def test_people_read_words(kept):
    said = wb(kept, "--total", "700").stdout
    assert said.startswith("A week: ")
    assert "Certified: no plan within the constraints" in said
    assert "channel_1: " in said
    assert "mean of the last 4 weeks" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--total", "much"), "total: 'much' is no amount"),
        (("--total", "0"), "total: 0"),
        (("--total", "700.001"), "total: 700.001 is finer"),
        (("--total", "700", "--risk", "cvar"), "risk: cvar"),
        (("--total", "700", "--risk", "cvar:2"), "risk.tail_share: 2.0"),
        (("--total", "700", "--periods", "0"), "periods: 0"),
        (("--total", "700", "--currency", "USD"), "currency: USD is not the fit's, EUR"),
        (("--total", "700", "--constraints", "none.yaml"), "constraints: none.yaml cannot be read"),
    ],
)
def test_refusals_name_the_field(kept, words, message):
    assert refusal(kept, *words)["message"].startswith(message)


def test_files_of_constraints_are_refused_at_the_field(kept, tmp_path):
    for text, message in (
        ("bounds: {x9: [0, 1]}", "bounds: x9 is no item"),
        ("bounds: {channel_1: [2, 1]}", "bounds.channel_1: "),
        ("[1]", "constraints: limits.yaml holds no fields"),
        ("a: [", "constraints: limits.yaml is no YAML"),
    ):
        assert refusal(kept, "--total", "700", *constraints(tmp_path, text))["message"].startswith(message)


def test_an_unknown_run_is_answered_with_those_that_exist(kept):
    home, run_id = kept
    error = refusal((home, "mix-none"), "--total", "700")
    assert "mix-none" in error["message"]
    assert run_id in error["next_step"]


def test_a_delayed_adstock_is_planned_for_one_period_only(tmp_path):
    made = made_mix(adstock="delayed")
    run_id = write_model_run(fit_mix(made.model.data, made.model.spec, n_draws=400), tmp_path / "runs")
    assert refusal((tmp_path, run_id), "--total", "100", "--periods", "2")["message"].startswith("periods: 2")
    assert planned((tmp_path, run_id), "--total", "100")["total_minor"] == 10_000


def test_the_public_mix_is_planned_and_names_no_currency(shared_data, tmp_path):
    import pandas as pd

    from workbench.budget.data import mix_data

    frame = pd.read_csv(shared_data / "budget" / "mmm_example.csv")
    data = mix_data(
        frame, date_column="date_week", spend=("x1", "x2"), outcome="y", controls=("event_1", "event_2")
    )
    run_id = write_model_run(fit_mix(data), tmp_path / "runs")
    got = plan_budget(tmp_path / "runs", run_id, "0.40").to_dict()
    assert sum(item["spend_minor"] for item in got["allocation"]) == 40
    assert (got["currency"], got["period"]) == (None, "week")
    assert "¤" not in got["summary"]
    assert got["relative_gap"] <= 1e-8
    assert "names no currency" in " ".join(got["notes"])


def test_a_damaged_run_is_one_error_and_one_document(kept, tmp_path):
    import shutil

    home, run_id = kept
    place = shutil.copytree(home / "runs" / run_id, tmp_path / "runs" / run_id)
    (place / "draws.parquet").write_bytes((place / "draws.parquet").read_bytes()[:500])
    error = json.loads(wb((tmp_path, run_id), "--total", "700", "--json", code=1).stdout)["error"]
    assert error["kind"] == "StoreError"
    assert f"draws.parquet of the run {run_id} cannot be used" in error["message"]
    assert "wb budget fit" in error["next_step"]
