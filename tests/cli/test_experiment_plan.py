"""``wb experiment plan`` and ``null``: promised keys, words, refusals."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

PLAN = ("plan", "--baseline", "0.04", "--lift", "0.1")
NULL = ("null", "--baseline", "0.05", "--daily-units", "2000", "--looks", "5", "--runs", "500")


def wb(*words: str, code=0):
    done = CliRunner().invoke(app, ["experiment", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_a_plan():
    words = ("--daily-units", "5000", "--cost-per-unit", "0.2", "--currency", "EUR")
    got = json.loads(wb(*PLAN, *words, "--json").stdout)
    assert {"n_per_arm", "days", "assurance", "expected_loss_stopped", "cost"} <= set(got)
    assert got["assurance"] >= 0.8
    said = wb(*PLAN, *words).stdout
    assert "EUR" in said
    assert "assurance" in said


def test_goals_and_traffic_reach_the_plan():
    by_power = json.loads(wb(*PLAN, "--power", "0.8", "--json").stdout)
    assert (by_power["goal"], by_power["n_per_arm"], by_power["days"]) == ("power", 39473, None)
    week = ("--daily-units", "1000", "--weekday-shape", "1,1,1,1,1,0,0", "--weekly-units", "5000")
    assert json.loads(wb(*PLAN, "--width", "0.5", *week, "--json").stdout)["days"] > 7
    revenue = ("plan", "--kind", "revenue", "--baseline", "1.2", "--lift", "0.05")
    paid = ("--paying-rate", "0.02", "--value-deviation", "45")
    one = json.loads(wb(*revenue, *paid, "--json").stdout)
    other = json.loads(wb(*revenue, "--deviation", "10.5385957", "--json").stdout)
    assert one["n_per_arm"] == pytest.approx(other["n_per_arm"], rel=1e-4)


def test_a_null_simulation():
    got = json.loads(wb(*NULL, "--json").stdout)
    assert got["simulated"] is True
    assert got["n_per_arm"] == 5_000
    assert len(got["rules"]) == 6
    said = wb(*NULL, "--lift", "0.2").stdout
    assert "finds the lift" in said


@pytest.mark.parametrize(
    "words",
    [
        (*PLAN, "--kind", "clicks"),
        (*PLAN, "--kind", "means"),
        (*PLAN, "--assurance", "2"),
        (*PLAN, "--daily-units", "0"),
        ("plan", "--baseline", "-1", "--lift", "0.1"),
        (*NULL[:2], "7", *NULL[3:]),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_field(words):
    got = json.loads(wb(*words, "--json", code=1).stdout)
    assert "error" in got


@pytest.mark.parametrize(
    "words",
    [
        (*PLAN, "--weekday-shape", "1,1,1,1,1,1,1"),
        (*PLAN, "--paying-rate", "0.1"),
        (*PLAN, "--daily-units", "many"),
        ("plan", "--lift", "0.1"),
    ],
)
def test_wrong_use(words):
    wb(*words, code=2)
