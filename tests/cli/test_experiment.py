"""``wb experiment``: the JSON that is promised, words for people, refusals with their exit codes."""

from __future__ import annotations

import json
import math
import re

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

RATES = ("rates", "--successes", "49,51", "--trials", "100,100")
COUNTS = ("counts", "--events", "120,165", "--exposure", "4000.5,4050")
MEANS = ("means", "--n", "10,10", "--sum", "100,105", "--sumsq", "1002.25,1111.5")


def wb(*words: str, code=0):
    done = CliRunner().invoke(app, ["experiment", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("words", [RATES, COUNTS, MEANS])
def test_every_kind_answers_with_the_promised_document(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got = json.loads(wb(*words, "--json").stdout)
    assert {"arms", "prob_best", "expected_loss", "uplift", "split_p", "decision"} <= set(got)
    assert [set(arm) >= {"name", "estimate", "interval"} for arm in got["arms"]] == [True, True]
    assert {"arm", "vs", "estimate", "interval", "prob_better", "absolute"} <= set(got["uplift"][0])
    assert {"estimate", "interval"} <= set(got["uplift"][0]["absolute"])
    assert {"verdict", "reason"} <= set(got["decision"])
    assert sum(got["prob_best"]) == pytest.approx(1)
    assert not list(tmp_path.iterdir())  # no data directory is needed, so none is made


def test_options_reach_the_analysis():
    words = (
        "--names",
        "old, new",
        "--level",
        "0.8",
        "--prior",
        "0.5,0.5",
        "--lower-is-better",
        "--shares",
        "0.4,0.6",
    )
    got = json.loads(wb(*RATES, *words, "--rope", "0.1", "--value", "2", "--per-day", "50", "--json").stdout)
    assert [arm["name"] for arm in got["arms"]] == ["old", "new"]
    assert (got["level"], got["higher_is_better"], got["prior"]) == (0.8, False, [0.5, 0.5])
    assert got["uplift"][0]["prob_better"] < 0.5
    assert got["uplift"][0]["prob_negligible"] > 0
    assert got["split_p"] < 0.01
    assert got["expected_loss_per_day"][0] == pytest.approx(got["expected_loss"][0] * 100)


def test_a_broken_split_withholds_the_winner():
    got = json.loads(wb("rates", "--successes", "400,500", "--trials", "5300,4700", "--json").stdout)
    assert got["decision"]["verdict"] == "do not read"
    assert got["decision"]["arm"] is None


def test_words_for_people():
    said = wb(*RATES).stdout
    assert "Wait: B is better than A with a probability of 61" in said
    assert "[" in said
    assert "split check: p = 1" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rates", "--successes", "-1,5", "--trials", "10,10"), "successes: -1 is below 0"),
        (("rates", "--successes", "1.5,5", "--trials", "10,10"), "successes: 1.5 is not a whole number"),
        (("rates", "--successes", "11,5", "--trials", "10,10"), "successes: 11 is more than its 10 trials"),
        (("rates", "--successes", "5", "--trials", "10"), "successes: 5 is one arm"),
        (("rates", "--successes", "nan,5", "--trials", "10,10"), "successes: .*no finite number"),
        ((*RATES, "--shares", "0.5,0.4"), "shares: 0.5,0.4 adds up to 0.9"),
        ((*RATES, "--names", "A"), "names: A does not name 2 arms"),
        ((*RATES, "--level", "1.5"), "1.5 is not the level"),
        ((*RATES, "--prior", "0,1"), "prior: 0,1"),
        (("counts", "--events", "1,2", "--exposure", "0,1"), "exposure: 0 is not above zero"),
        (("means", "--n", "10,10", "--sum", "100,105", "--sumsq", "1,1111.5"), "sumsq: 1 is less than"),
    ],
)
def test_bad_input_is_refused_with_its_field(words, said):
    refused = json.loads(wb(*words, "--json", code=1).stdout)["error"]
    assert re.search(said, refused["message"])
    assert refused["next_step"]
    assert re.search(said, wb(*words, code=1).stderr)


def test_what_is_no_number_is_a_mistake_of_usage():
    assert "--successes" in wb("rates", "--successes", "a,b", "--trials", "1,2", code=2).stderr
    wb("rates", "--successes", "1,2", code=2)


def test_nothing_infinite_reaches_json():
    got = json.loads(wb("rates", "--successes", "0,3", "--trials", "100,100", "--json").stdout)
    assert all(math.isfinite(x) for x in [got["uplift"][0]["estimate"], *got["uplift"][0]["interval"]])
