"""``wb experiment analyse``: one document, words, refusals."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner
from unit_frames import unit_rows

from workbench.cli.main import app


@pytest.fixture(params=["csv", "parquet"])
def file(tmp_path, request):
    path = tmp_path / f"units.{request.param}"
    rows = unit_rows(400)
    rows.to_csv(path, index=False) if request.param == "csv" else rows.to_parquet(path)
    return str(path)


def wb(*words: str, code=0):
    done = CliRunner().invoke(app, ["experiment", "analyse", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_one_document(file):
    asked = (
        "--covariate",
        "before",
        "--strata",
        "region",
        "--by",
        "region",
        "--unit",
        "unit",
        "--level",
        "0.9",
    )
    got = json.loads(wb(file, "--arm", "group", "--metric", "value", *asked, "--json").stdout)
    assert {"arms", "prob_best", "expected_loss", "uplift", "split_p", "decision"} <= got.keys()
    assert got["kind"] == "means"
    assert got["adjustment"]["variance_reduction"] > 0.5
    assert got["breakdown"][0]["heterogeneity"] == "none"
    assert [one["name"] for one in got["arms"]] == ["control", "variant"]


def test_words(file):
    said = wb(file, "--arm", "group", "--metric", "bought", "--by", "region").stdout
    assert "read as a rate" in said
    assert "By region, variant against control. No usable heterogeneity" in said


def test_lower_is_better_and_clusters(file):
    asked = ("--cluster", "shop", "--lower-is-better", "--control", "variant", "--kind", "means")
    got = json.loads(wb(file, "--arm", "group", "--metric", "value", *asked, "--json").stdout)
    assert got["higher_is_better"] is False
    assert got["n_units"] == [25, 25]


def test_refusals(file, tmp_path):
    got = wb(file, "--arm", "group", "--metric", "nothing", "--json", code=1)
    assert "metric: 'nothing' is not a column" in json.loads(got.stdout)["error"]["message"]
    wb(file, "--arm", "group", code=2)
    wb(str(tmp_path / "none.csv"), "--arm", "group", "--metric", "value", code=1)


def test_a_broken_split_withholds_the_breakdown(tmp_path):
    rows = unit_rows(400)
    path = tmp_path / "lost.csv"
    rows[(rows.group == "control") | (rows.unit % 2 == 0)].to_csv(path, index=False)
    got = json.loads(wb(str(path), "--arm", "group", "--metric", "value", "--by", "region", "--json").stdout)
    assert got["decision"]["verdict"] == "do not read"
    assert got["breakdown"] == []
