"""``wb budget experiment``: one document for machines, sentences for people, limits of a file kept."""

from __future__ import annotations

import json

import pytest
from kept_mix import CHANNELS, keep_mix
from typer.testing import CliRunner

from workbench.cli.budget import app


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("priced")
    return folder, keep_mix(folder / "runs", n_draws=400)


def run(home, *words: str):
    folder, run_id = home
    return CliRunner().invoke(
        app, ["experiment", "--run", run_id, "--home", str(folder), "--periods", "2", *words]
    )


def test_it_prints_one_document(home, tmp_path):
    limits = tmp_path / "limits.yaml"
    limits.write_text(f"fixed: {json.dumps(CHANNELS[:3])}\n", "utf-8")
    done = run(
        home,
        "--constraints",
        str(limits),
        "--total",
        "5500",
        "--value-per-result",
        "40",
        "--horizon",
        "26",
        "--json",
    )
    assert done.exit_code == 0, done.output
    plain = json.loads(done.stdout)
    assert (plain["unit"], plain["horizon_periods"], plain["model_run"]) == ("EUR", 26, home[1])
    assert {row["n_read"] for row in plain["rows"]} == {2}


def test_it_says_the_best_and_the_next(home, tmp_path):
    limits = tmp_path / "limits.yaml"
    limits.write_text(f"fixed: {json.dumps(CHANNELS[:3])}\n", "utf-8")
    done = run(home, "--total", "6000", "--constraints", str(limits))
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "over the next 12 months." in said
    assert "leads" in said
    assert not any(name in said for name in CHANNELS[:3])
    assert "the mean is what decides" in said


def test_a_total_that_cannot_be_planned_is_refused(home):
    done = run(home, "--total", "0", "--json")
    assert done.exit_code == 1
    assert "total" in done.output
