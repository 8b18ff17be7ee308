"""What withholds a winner, and that it does."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments import checks
from workbench.experiments.checks import Check
from workbench.experiments.decision import Decision, with_checks, withhold
from workbench.experiments.rates import analyse_rates


@pytest.fixture(scope="module")
def winner():
    return analyse_rates([400, 520], [10_000, 10_000])


def test_a_check_takes_the_verdicts_place(winner):
    assert winner.decision.verdict == "ship"
    assert winner.decision.withheld_by == ()
    early = checks.check_enough(920, days=3, least_days=14)
    got = with_checks(winner, [early, checks.check_split([10_000, 10_000], [0.5, 0.5])])
    assert (got.decision.verdict, got.decision.arm) == ("wait", None)
    assert got.decision.withheld_by == ("too little data",)
    assert got.summary() == "Wait: 3 of at least 14 days have passed."
    assert got.uplift == winner.uplift
    json.dumps(got.to_dict())


def test_what_cannot_be_read_goes_before_waiting(winner):
    found = [checks.check_mature(0.5), checks.check_units(1_000, in_two_arms=50)]
    got = withhold(winner.decision, found)
    assert got.verdict == "do not read"
    assert got.withheld_by == ("immature cohort", "bad units")
    broken = analyse_rates([400, 520], [10_000, 11_000]).decision
    assert broken.withheld_by == ("sample ratio",)
    both = withhold(broken, found)
    assert both.verdict == "do not read"
    assert both.withheld_by == ("sample ratio", "immature cohort", "bad units")
    assert broken.reason in both.reason


def test_checks_that_found_nothing_change_nothing(winner):
    assert with_checks(winner, [Check("any", False, "fine.")]) == winner
    few = Decision("wait", None, "few.", ("too little data",))
    assert withhold(few, []) is few


def test_the_split():
    cats = checks.check_split([44_700, 45_489], [0.5, 0.5])
    assert cats.withholds
    assert "0.0086" in cats.reason
    assert not checks.check_split([44_700, 44_900], [0.5, 0.5]).withholds
    looks = np.outer(np.arange(1, 11), [5_000, 4_700])
    assert checks.check_split_over_time(looks, [0.5, 0.5]).verdict == "do not read"
    assert not checks.check_split_over_time(np.outer([1, 2, 3], [500, 501]), [0.5, 0.5]).withholds


def test_a_working_split_read_daily_is_seldom_called_broken():
    rng = np.random.default_rng(4)
    n_runs = 300
    found = [
        checks.check_split_over_time(
            rng.multinomial(500, [0.5, 0.5], size=60).cumsum(axis=0), [0.5, 0.5]
        ).withholds
        for _ in range(n_runs)
    ]
    assert np.mean(found) <= 0.01


def test_too_little():
    assert checks.check_enough(9).withholds
    assert not checks.check_enough(10, days=14, least_days=14).withholds
    assert checks.check_enough(10, n_units=10, least_units=200).reason.startswith("10 of at least 200 units")


def test_fading_effects_whatever_their_sign():
    fading = [0.2, 0.17, 0.15, 0.11, 0.1, 0.06, 0.04, 0.01]
    assert checks.check_novelty(range(8), fading, [0.02] * 8).withholds
    assert checks.check_novelty(range(8), [-x for x in fading], [0.02] * 8).withholds
    growing = checks.check_novelty(range(8), fading[::-1], [0.02] * 8)
    assert not growing.withholds
    assert not checks.check_novelty(range(8), fading, [0.5] * 8).withholds
    assert "too few" in checks.check_novelty([0, 1], [1, 2], [1, 1]).reason


def test_a_steady_effect_is_seldom_called_fading():
    rng = np.random.default_rng(9)
    found = [
        checks.check_novelty(range(14), 0.1 + 0.05 * rng.normal(size=14), [0.05] * 14).withholds
        for _ in range(600)
    ]
    assert np.mean(found) < 0.025 + 3.5 * np.sqrt(0.025 / 600)


def test_units_and_maturity():
    assert checks.check_mature(0.899).withholds
    assert not checks.check_mature(0.9).withholds
    assert "9 days" in checks.check_mature(0.5, lag_days=9).reason
    good, some, many = (checks.check_units(1_000, duplicates=n) for n in (0, 10, 11))
    assert (good.withholds, some.withholds, many.withholds) == (False, False, True)
    assert "10 of 1,000 came more than once" in some.reason


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: checks.check_mature(1.2), "share_seen"),
        (lambda: checks.check_mature(float("nan")), "share_seen"),
        (lambda: checks.check_units(0), "n_units"),
        (lambda: checks.check_units(10, missing=11), "n_units"),
    ],
)
def test_bad_input(call, field):
    with pytest.raises(DataError, match=field):
        call()
