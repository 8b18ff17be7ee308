"""``wb budget fit``: the JSON that is promised, a model run kept, refusals with their exit codes."""

from __future__ import annotations

import json

import pytest
from mixes import mix_frame
from typer.testing import CliRunner

from workbench.budget.model_run import read_model_run
from workbench.cli.main import app


@pytest.fixture
def sales(tmp_path):
    file = tmp_path / "sales.csv"
    mix_frame(80).to_csv(file, index=False)
    return file


def wb(file, *words: str, home, code=0):
    given = ["budget", "fit", str(file), "--date", "day", "--spend", "social,search", "--outcome", "sales"]
    done = CliRunner().invoke(app, [*given, "--home", str(home), *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_the_document_is_as_promised_and_the_run_is_kept(sales, tmp_path):
    got = json.loads(wb(sales, "--controls", "price", "--currency", "EUR", "--json", home=tmp_path).stdout)
    assert {"channels", "diagnostics", "cpu_seconds", "model_run"} <= set(got)
    for name in ("contribution", "roas", "marginal_roas"):
        assert set(got["channels"][0][name]) == {"mean", "interval"}
    assert got["currency"] == "EUR"
    stored = read_model_run(tmp_path / "runs", got["model_run"])
    assert stored.channels == ("social", "search")
    assert stored.about["source"] == "sales.csv"


def test_priors_lift_tests_and_shapes_reach_the_model(sales, tmp_path):
    lift = tmp_path / "lift.csv"
    lift.write_text("channel,spend_before,spend_change,effect,low,high\nsocial,80,40,110,90,130\n")
    words = ("--roas", "social=3:1", "--share", "search=.1:.05", "--lift-tests", str(lift))
    shapes = ("--saturation", "michaelis_menten", "--adstock", "none", "--level", ".8", "--seed", "4")
    got = json.loads(wb(sales, *words, *shapes, "--no-trend", "--json", home=tmp_path).stdout)
    about = read_model_run(tmp_path / "runs", got["model_run"]).about
    assert [one["kind"] for one in about["worth"]] == ["roas", "share"]
    assert (got["n_lift_tests"], got["saturation"], got["adstock"], got["level"]) == (
        1,
        "michaelis_menten",
        "none",
        0.8,
    )
    assert "trend" not in about["baseline_columns"]


def test_people_read_words(sales, tmp_path):
    said = wb(sales, home=tmp_path).stdout
    assert "social brought" in said
    assert "Kept as mix-" in said


def test_checks_are_made_when_asked_for(sales, tmp_path):
    got = json.loads(wb(sales, "--checks", "--json", home=tmp_path).stdout)["checks"]
    assert {"concerns", "residuals", "collinearity", "rolling"} == set(got)
    assert len(got["rolling"]["refits"]) == 4
    assert "4 refits" in wb(sales, "--checks", home=tmp_path).stdout


def test_refusals_name_the_field_and_leave_with_one(sales, tmp_path):
    refused = json.loads(wb(sales, "--saturation", "linear", "--json", home=tmp_path, code=1).stdout)
    assert refused["error"]["message"].startswith("saturation: linear")
    assert wb(tmp_path / "none.csv", home=tmp_path, code=1)
    bare = tmp_path / "bare.csv"
    bare.write_text("channel,effect\nsocial,3\n")
    assert "spend_before" in wb(sales, "--lift-tests", str(bare), home=tmp_path, code=1).output
    assert not (tmp_path / "runs").exists()


def test_a_prior_that_cannot_be_read_is_a_usage_error(sales, tmp_path):
    assert "social=3" in wb(sales, "--roas", "social=3", home=tmp_path, code=2).output


def test_a_channel_has_one_prior_and_a_seed_counts_from_zero(sales, tmp_path):
    for words in (
        ("--roas", "social=3:1", "--share", "social=.1:.05"),
        ("--roas", "social=3:1", "--roas", "social=4:1"),
    ):
        assert "social has a prior already" in wb(sales, *words, home=tmp_path, code=2).output
    assert "--seed" in wb(sales, "--seed", "-1", home=tmp_path, code=2).output
    assert not (tmp_path / "runs").exists()


def test_a_parquet_file_is_fitted(sales, tmp_path):
    import pandas as pd

    file = tmp_path / "sales.parquet"
    pd.read_csv(sales).to_parquet(file)
    first, second = (json.loads(wb(one, "--json", home=tmp_path).stdout) for one in (sales, file))
    assert first["channels"] == second["channels"]
