"""``wb experiment ads`` on the sample company: the document, words, refusals."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ads") / "home"
    done = CliRunner().invoke(app, ["--home", str(folder), "init", "--quiet"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


def wb(home, *words: str, code=0):
    done = CliRunner().invoke(app, ["--home", str(home), "experiment", "ads", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize(
    ("level", "metric", "n"), [("ad", "cpa", 11), ("adset", "cvr", 9), ("campaign", "ctr", 4)]
)
def test_every_level_and_metric_answers(home, level, metric, n):
    got = json.loads(wb(home, "--level", level, "--metric", metric, "--json").stdout)
    assert (got["simulated"], got["evidence"], len(got["ads"])) == (True, "observational", n)
    assert got["grain"].startswith(f"{level}||day")
    assert sum(ad["prob_best"] for ad in got["ads"]) == pytest.approx(1)
    assert all(ad["interval"][0] < ad["estimate"] < ad["interval"][1] for ad in got["ads"])
    assert got["value_remaining"]["expected"] >= 0
    assert got["dispersion"] >= 1
    assert got["balance"]["breakdowns"] == ["age", "gender"]
    assert all(ad["interval"][0] < ad["post_stratified"] < ad["interval"][1] for ad in got["balance"]["ads"])
    assert "causal" not in json.dumps(got).lower()
    assert (got["balance_note"] is None) == (level == "campaign")


def test_words_and_days(home):
    said = wb(home, "--level", "campaign", "--from", "2026-09-01", "--to", "2026-10-31").stdout
    assert "Simulated company" in said
    assert "Observational" in said
    assert "delivery of" in said


def test_days_before_any_breakdown_say_so(home):
    got = json.loads(
        wb(home, "--level", "campaign", "--from", "2025-03-01", "--to", "2025-05-31", "--json").stdout
    )
    assert got["balance"] is None
    assert "No breakdown" in got["balance_note"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "post"), "level 'post'"),
        (("--metric", "roas"), "metric 'roas'"),
        (("--from", "2019-01-01", "--to", "2019-01-31"), "Fewer than two"),
        (("--from", "yesterday"), "yesterday"),
        (("--account", "7"), "7"),
    ],
)
def test_what_cannot_be_answered_is_refused(home, words, said):
    refused = json.loads(wb(home, *words, "--json", code=1).stdout)["error"]
    assert said in refused["message"]
    assert refused["next_step"]
