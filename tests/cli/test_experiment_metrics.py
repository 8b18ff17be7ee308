"""``wb experiment`` for revenue, ratios and quantiles: one document, words, refusals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

REVENUE = ("revenue", "--n", "400,410", "--paying", "40,52", "--sum-log", "110,150", "--sumsq-log", "340,470")
RATIOS = ("ratios", "--n", "50,60", "--sum-y", "100,130", "--sum-x", "60,70", "--sum-yy", "300,420")
RATIOS += ("--sum-xx", "100,120", "--sum-xy", "150,190")


def wb(*words: str, code=0):
    done = CliRunner().invoke(app, ["experiment", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


@pytest.fixture(params=["csv", "parquet"])
def file(tmp_path, request):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"group": ["old", "new"] * 300, "spend": rng.exponential(3, 600).round(2)})
    frame.loc[frame["group"] == "new", "spend"] *= 1.6
    frame.loc[::3, "spend"] = 0.0
    frame["user"] = np.arange(600)
    frame["shop"] = frame["group"] + (frame["user"] % 40).astype(str)
    path = tmp_path / f"units.{request.param}"
    frame.to_csv(path, index=False) if request.param == "csv" else frame.to_parquet(path)
    return str(path)


@pytest.mark.parametrize(("words", "kind"), [(REVENUE, "revenue"), (RATIOS, "ratios")])
def test_sums_answer_with_the_promised_document(words, kind):
    options = ("--names", "old,new", "--level", "0.8", "--rope", "0.1", "--value", "2", "--per-day", "50")
    got = json.loads(wb(*words, *options, "--lower-is-better", "--json").stdout)
    assert got["kind"] == kind
    assert [arm["name"] for arm in got["arms"]] == ["old", "new"]
    assert got["level"] == 0.8
    assert sum(got["prob_best"]) == pytest.approx(1)
    assert got["expected_loss_per_day"][0] == pytest.approx(got["expected_loss"][0] * 100)
    assert isinstance(got["notes"], list)
    assert "split check" in wb(*words).stdout


def test_the_other_models_and_the_prior_are_reached():
    sums = ("--sum", "900,1250", "--sumsq", "30000,40000", "--prior", "0.5,0.5")
    for model in ("gamma", "moments"):
        got = json.loads(wb(*REVENUE, *sums, "--model", model, "--json").stdout)
        assert got["prior"][:2] == [0.5, 0.5]
        assert got["arms"][0]["observed"] == pytest.approx(900 / 400)


def test_a_quantile_of_a_file(file):
    words = ("quantiles", file, "--arm", "group", "--metric", "spend", "--control", "old", "--q", "0.8")
    got = json.loads(wb(*words, "--unit", "user", "--json").stdout)
    assert [arm["name"] for arm in got["arms"]] == ["old", "new"]
    assert got["decision"]["headline"] == "Ship new"
    clustered = json.loads(wb(*words, "--cluster", "shop", "--json").stdout)
    assert "variances are multiplied" in clustered["notes"][0]
    assert "Ship new" in wb(*words).stdout


def test_readings_of_a_file(file):
    words = ("revenue-readings", file, "--arm", "group", "--metric", "spend", "--control", "old")
    got = json.loads(wb(*words, "--winsorise", "1,0.95", "--json").stdout)
    assert len(got["readings"]) == 6
    assert got["summary"] in wb(*words, "--winsorise", "1,0.95").stdout.replace("\n", " ")


def test_bad_input_is_refused_with_its_reason(file):
    base = ("quantiles", file, "--arm", "group")
    for words, said in (
        ((*REVENUE, "--model", "pareto"), "model: 'pareto' is no law of values"),
        (
            ("revenue", "--n", "4,4", "--paying", "2,5", "--sum-log", "1,2", "--sumsq-log", "9,9"),
            "n_paying: 5 is more than its 4 units",
        ),
        ((*RATIOS[:-1], "900,190"), "sum_xy: 900 correlates"),
        ((*base, "--metric", "nothing"), "has no column nothing"),
        ((*base, "--metric", "user", "--control", "third"), "control: third is no arm"),
        ((*base, "--metric", "shop"), "values: .* no finite number"),
        (("quantiles", "nowhere.csv", "--arm", "a", "--metric", "b"), "nowhere.csv is not a file"),
    ):
        refused = json.loads(wb(*words, "--json", code=1).stdout)["error"]
        assert pd.Series([refused["message"]]).str.contains(said, regex=True).all(), refused
        assert refused["next_step"]


def test_what_is_no_number_is_a_mistake_of_usage():
    assert "--paying" in wb("revenue", "--n", "1,2", "--paying", "a,b", code=2).stderr
