"""The command line: exit codes, one JSON document, and errors that say the next step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest
from exports import daily_export
from typer.testing import CliRunner

from workbench.cli.main import app

runner = CliRunner()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def wb(*words: object, home=None, code=0):
    given = [*(["--home", str(home)] if home else []), *map(str, words)]
    done = runner.invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def as_json(*words: object, home, code=0):
    return json.loads(wb(*words, "--json", home=home, code=code).stdout)


def test_an_export_is_loaded_and_answered(home, tmp_path):
    file = tmp_path / "export.csv"
    total = daily_export(file, first=date(2026, 9, 1), n_days=56)
    loaded = as_json("load", "ads-export", file, home=home)
    promised = "rows spend spend_exact file_total currency impressions reconciled skipped_totals quarantined"
    assert set(promised.split()) <= set(loaded)
    assert loaded["rows"] == 112
    assert loaded["spend"] == str(total)
    assert loaded["currency"] == "EUR"
    seen = as_json("overview", "--from", "2026-09-01", "--to", "2026-10-26", home=home)
    assert seen["totals"]["spend"] == loaded["spend"]
    assert seen["simulated"] is False
    rows = as_json("sql", "SELECT sum(spend_micros) AS micros FROM ad_insights", home=home)["rows"]
    assert rows == [{"micros": int(total * 1_000_000)}]
    status = as_json("status", home=home)
    assert status["loads"][0]["state"] == "done"
    assert status["accounts"][0]["last_day"] == "2026-10-26"


def test_several_files_are_kept_apart(home, tmp_path):
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for number, file in enumerate(files):
        daily_export(file, first=date(2026, 9, 1 + number * 10), n_days=5)
    loaded = as_json("load", "ads-export", *files, home=home)
    assert [f["file"] for f in loaded["files"]] == ["a.csv", "b.csv"]


def test_a_file_that_does_not_reconcile_is_refused_with_row_column_and_reason(home, tmp_path):
    file = tmp_path / "export.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=5)
    file.write_text(file.read_text().replace("10.01", "ten", 1))
    loaded = as_json("load", "ads-export", file, home=home, code=1)
    cell = loaded["quarantined"][0]
    assert (cell["file"], cell["column"]) == ("export.csv", "Amount spent (EUR)")
    assert cell["row"] == 3
    assert "ten" in cell["reason"]
    assert loaded["rows"] == 0
    assert as_json("status", home=home)["quarantine"][0]["file_name"] == "export.csv"


def test_usage_errors_exit_with_two(home):
    wb("load", "ads-export", home=home, code=2)
    wb("no-such-command", home=home, code=2)


def test_errors_say_the_next_step_in_words_and_in_json(home, tmp_path):
    done = wb("load", "ads-export", tmp_path / "missing.csv", home=home, code=1)
    assert "Check the path." in done.stderr
    assert done.stdout == ""
    error = as_json("overview", home=home, code=1)["error"]
    assert error["kind"] == "NotEnoughData"
    assert "Drop an Ads Manager export" in error["next_step"]


def test_init_makes_a_sample_once_and_labels_it(home):
    first = as_json("init", "--currency", "USD", "--time-zone", "America/New_York", home=home)
    assert first["state"] == "made"
    again = as_json("init", home=home)
    assert again["state"] == "kept"
    assert again["sample"] == first["sample"]
    assert 'currency = "USD"' in (home / "workbench.toml").read_text()
    assert as_json("overview", home=home)["simulated"] is True
    assert "Simulated company" in wb("overview", home=home).stdout
    size = sum(f.stat().st_size for f in (home / "sample").glob("*") if f.is_file())
    assert size <= 5_000_000


def test_a_wrong_setting_is_refused_by_name(home):
    done = wb("init", "--currency", "EURO", home=home, code=1)
    assert "currency" in done.stderr
    assert "EUR" in done.stderr


def test_an_unknown_app_names_those_there_are(home):
    done = wb("app", "no-such-app", home=home, code=1)
    assert "There are: overview" in done.stderr


def test_sql_cannot_write(home):
    wb("init", "--no-sample", home=home)
    done = as_json("sql", "DROP VIEW ad_insights", home=home, code=1)
    assert done["error"]["kind"] in ("PolicyViolation", "DataError")


def test_doctor_is_green_on_a_default_install_and_red_with_the_cause(home):
    wb("init", "--no-sample", home=home)
    assert as_json("doctor", home=home)["healthy"] is True
    home.chmod(0o755)
    found = as_json("doctor", home=home, code=1)
    red = [c for c in found["checks"] if not c["ok"]]
    assert [c["name"] for c in red] == ["home"]
    assert "chmod 700" in red[0]["text"]


@pytest.mark.slow
@pytest.mark.parametrize("words", [["status"], ["sql", "SELECT 1"], ["overview"], ["doctor"], ["tidy"]])
def test_a_command_ends_cleanly_every_time(tmp_path, words):
    home = tmp_path / "home"
    environment = {**os.environ, "WORKBENCH_HOME": str(home)}
    command = [sys.executable, "-m", "workbench.cli"]
    subprocess.run([*command, "init", "--quiet"], env=environment, check=True)
    for _ in range(20):
        done = subprocess.run([*command, *words, "--json"], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
