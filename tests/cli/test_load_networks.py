"""``wb load network-report`` as a person types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

REPORT = "customer_id,date,id,base_campaign,device,cost_micros,clicks,impressions,interactions\n"
ROW = "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1500000,3,100,4\n"
HISTORY = "id,currency_code,descriptive_name,time_zone\n1,USD,Shop,America/New_York\n"


@pytest.fixture
def wb(tmp_path):
    def run(*words: object, code: int = 0):
        done = CliRunner().invoke(
            app, ["--home", str(tmp_path / "home"), *map(str, words)], catch_exceptions=False
        )
        assert done.exit_code == code, done.output
        return done

    return run


def test_a_report_is_loaded_with_its_history(wb, tmp_path):
    report, history = tmp_path / "stats.csv", tmp_path / "accounts.csv"
    report.write_text(REPORT + ROW)
    history.write_text(HISTORY)
    told = wb("load", "network-report", report, "--with", history).stdout
    assert "google: campaigns by day" in told
    assert "1.50 USD" in told
    assert "not carried: interactions" in told
    loaded = json.loads(wb("load", "network-report", report, "--with", history, "--json").stdout)
    assert (loaded["network"], loaded["changed"], loaded["refused"]) == ("google", False, False)
    assert {"file": "stats.csv", "row": None, "column": "interactions", "reason": "not carried"} in loaded[
        "quarantined"
    ]


def test_one_that_is_refused_does_not_stop_the_others(wb, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(REPORT + ROW)
    bad.write_text(REPORT + ROW.replace("1500000", "ten"))
    loaded = json.loads(wb("load", "network-report", bad, good, "--json", code=1).stdout)
    assert [document["refused"] for document in loaded["files"]] == [True, False]
    assert loaded["rows"] == 1
    assert "row 2, column cost_micros" in wb("load", "network-report", bad, code=1).stdout


def test_wrong_options_are_answered_in_words(wb, tmp_path):
    report = tmp_path / "stats.csv"
    report.write_text(REPORT + ROW)
    assert "The networks are" in wb("load", "network-report", report, "--network", "orkut", code=1).stderr
    assert "IANA" in wb("load", "network-report", report, "--time-zone", "Mars/Base", code=1).stderr
    assert "no file" in wb("load", "network-report", tmp_path / "none.csv", code=1).stderr
