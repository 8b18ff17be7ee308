"""``wb experiment register``, ``list``, ``read``, ``decide``, ``prior``: documents, words, exit codes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from lakes import days, insight, morning, write
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.core.settings import load_settings
from workbench.flows.company import own_lake

FIRST = date(2026, 9, 1)
OPTIONS = (
    "--id=video",
    "--hypothesis=Video is cheaper.",
    "--metric=cpa",
    "--arm=picture=adset:s1",
    "--arm=video=adset:s2",
    "--start=2026-09-01",
    "--evidence=split_test",
    "--minimum-days=14",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    settings = load_settings(folder)
    every = days(FIRST, 40)
    rows = [
        insight(day, grain="adset||day|7d_click,1d_view", adset_id=adset, results=results)
        for day in every
        for adset, results in (("s1", 10.0), ("s2", 16.0))
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L", believed_at=morning(every[-1]))
    return folder


def wb(home: Path, *words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["--home", str(home), "experiment", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def document(home: Path, *words: str, code: int = 0) -> dict[str, Any]:
    return dict(json.loads(wb(home, *words, "--json", code=code).stdout))


def test_from_registration_to_decision(home: Path) -> None:
    got = document(home, "register", *OPTIONS)
    assert (got["id"], got["version"], got["is_new"]) == ("video", 1, True)
    assert not document(home, "register", *OPTIONS)["is_new"]
    assert [one["id"] for one in document(home, "list")["experiments"]] == ["video"]
    reading = document(home, "read", "video")
    assert reading["is_open"]
    assert reading["result"]["decision"]["verdict"] == "ship"
    assert reading["arms"][1]["cost"] == pytest.approx(100 / 16)
    assert reading["evidence_words"].startswith("Split test: ")
    back = document(home, "read", "video", "--as-of", "2026-10-11T12:00:00")
    assert back["arms"] == reading["arms"]
    done = document(home, "decide", "video", "--verdict=ship", "--arm=video", "--why=cheaper")
    assert (done["state"], done["decisions"][0]["n_looks"]) == ("ship", 1)
    prior = document(home, "prior")["priors"]
    assert (prior[0]["metric"], prior[0]["n_effects"], prior[0]["prior"]) == ("cost per result", 1, None)
    assert document(home, "prior", "--metric", "other") == {"priors": []}


def test_words_for_people(home: Path) -> None:
    assert "No test is registered" in wb(home, "list").stdout
    assert "No test has ended" in wb(home, "prior").stdout
    assert "Registered: video (version 1, running)" in wb(home, "register", *OPTIONS).stdout
    assert "Registered before" in wb(home, "register", *OPTIONS).stdout
    assert "picture against video" in wb(home, "list").stdout
    said = wb(home, "read", "video").stdout
    assert "Ship video" in said
    assert "video: 528 of 3,300 in 33 days; 6.25 EUR each" in said
    assert said.index("Ship video") < said.index("best of all")
    assert "Decided: video" in wb(home, "decide", "video", "--verdict=stop", "--why=enough").stdout
    assert "a prior needs 10" in wb(home, "prior").stdout


def test_a_file_and_options_over_it(home: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yml"
    plan.write_text(
        "id: video\nhypothesis: Video is cheaper.\nmetric: cpa\nstart: 2026-09-01\nlooks: [7, 14]\n"
        "arms:\n  - {name: picture, adsets: [s1]}\n  - {name: video, adsets: [s2]}\n"
    )
    got = document(home, "register", str(plan), "--evidence=split_test", "--result-type=lead", "--value=40")
    assert (got["evidence"], got["looks"], got["metric"]["result_type"]) == ("split_test", [7, 14], "lead")
    assert got["metric"]["value"] == 40
    result = document(home, "read", "video")["result"]
    assert result["currency"] == "EUR"
    assert result["expected_loss_per_day"][0] == pytest.approx(result["expected_loss"][0] * 40 * 200)


def test_viewers_see_no_figures_before_the_minimum_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wb(home, "register", *OPTIONS, "--minimum-days=60")
    monkeypatch.setenv("WORKBENCH_ACTOR", "bob:viewer")
    got = document(home, "read", "video")
    assert not got["is_open"]
    assert not {"arms", "result", "effects"} & set(got)
    said = wb(home, "read", "video").stdout
    assert "33 of 60 mature days" in said
    assert "528" not in said
    assert (
        document(home, "decide", "video", "--verdict=stop", "--why=x", code=1)["error"]["kind"]
        == "NotAllowed"
    )


def test_a_prior_from_a_table(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "past.csv"
    rows = [f"orders,{0.01 * (-1) ** k * (k % 4)},0.003" for k in range(24)] + ["rare,0.1,0.1"]
    table.write_text("\n".join(["metric,effect,deviation", *rows]))
    got = {one["metric"]: one for one in document(home, "prior", "--from", str(table))["priors"]}
    assert got["orders"]["prior"]["normal"]["tau"] == pytest.approx(0.0185, abs=0.001)
    assert got["rare"]["prior"] is None
    table.write_text("metric,effect\na,1\n")
    wb(home, "prior", "--from", str(table), code=1)


def test_real_experiments_give_their_prior(home: Path, shared_data: Path) -> None:
    table = shared_data / "experiments" / "asos_digital_experiments_dataset.parquet"
    got = document(home, "prior", "--from", str(table), "--metric", "1")["priors"]
    assert got[0]["prior"]["normal"]["tau"] == pytest.approx(0.0062, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("register", "--arm=picture"), 2, "--arm"),
        (("register", "--id=x"), 1, "hypothesis is missing"),
        (("register", "nothing.yml"), 1, "There is no file"),
        (("read", "nothing"), 1, "No test 'nothing'"),
        (("decide", "nothing", "--verdict=ship", "--why=x"), 1, "No test 'nothing'"),
        (("decide", "nothing"), 2, "--verdict"),
        (("prior", "--from", "nothing.csv"), 1, "There is no file"),
    ],
)
def test_refusals_and_their_exit_codes(home: Path, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in wb(home, *words, code=code).output


def test_a_file_of_another_form_is_refused(home: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yml"
    for text in ("[1, 2]", "a: [", "- x"):
        plan.write_text(text)
        assert plan.name in wb(home, "register", str(plan), code=1).output
