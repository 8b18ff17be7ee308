"""A registered test of two spends as evidence for a model's curve: what it says, and when it is refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from lakes import days, insight, morning, write
from scipy.stats import binom
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.core.errors import DataError, NotEnoughData
from workbench.core.identity import Actor, Role
from workbench.core.settings import Settings
from workbench.experiments.registration_file import registration_of
from workbench.flows.budget_lift import _width, lift_of_test, said
from workbench.flows.company import own_lake
from workbench.flows.experiment_registry import register_test

FIRST, N_MATURE = date(2026, 9, 1), 28
GRAIN = "adset||day|7d_click,1d_view"
ADA = Actor("ada", Role.ANALYST)


def write_days(settings: Settings, per_day: dict[str, tuple[float, int]], *, seed: int = 3) -> None:
    """Write ad sets with so many results on average and so much spend each day, and 7 days to mature."""
    rng = np.random.default_rng(seed)
    every = days(FIRST, N_MATURE + 7)
    rows = [
        insight(day, grain=GRAIN, adset_id=key, results=float(rng.poisson(mean)), spend_micros=spend * 10**6)
        for day in every
        for key, (mean, spend) in per_day.items()
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L1", believed_at=morning(every[-1]))


def register(settings: Settings, **changes: Any) -> None:
    document = {
        "id": "more-money",
        "hypothesis": "Twice the budget brings fewer than twice the leads.",
        "metric": "cpa",
        "arms": [
            {"name": "today", "adsets": ["s1"], "share": 0.5},
            {"name": "double", "adsets": ["s2"], "share": 0.5},
        ],
        "start": FIRST,
        "evidence": "split_test",
        "minimum": {"days": 14},
    }
    register_test(settings, registration_of(document | changes), actor=ADA)


def test_arms_of_half_the_units_stand_for_twice_their_spend_and_results(settings: Settings) -> None:
    write_days(settings, {"s1": (20.0, 100), "s2": (32.0, 200)})
    register(settings)
    weekly = lift_of_test(settings, "more-money", "Spring", step_days=7)
    assert (weekly.channel, weekly.level) == ("Spring", 0.9)
    assert weekly.spend_before == pytest.approx(2 * 7 * 100)
    assert weekly.spend_change == pytest.approx(2 * 7 * 100)
    rng = np.random.default_rng(3)
    drawn = rng.poisson([[20.0, 32.0]] * (N_MATURE + 7))[:N_MATURE].sum(axis=0)
    assert weekly.effect == pytest.approx(2 * 7 * (drawn[1] - drawn[0]) / N_MATURE)
    per_week = 2 * np.sqrt(drawn.sum()) * 7 / N_MATURE
    assert weekly.standard_error >= per_week * 0.999  # days that vary more than chance widen it
    assert weekly.standard_error < 1.6 * per_week
    daily = lift_of_test(settings, "more-money", "Spring", step_days=1)
    assert daily.effect == pytest.approx(weekly.effect / 7)
    assert daily.standard_error == pytest.approx(weekly.standard_error / 7)


def test_units_that_were_assigned_count_more_than_the_planned_shares(settings: Settings) -> None:
    write_days(settings, {"s1": (20.0, 100), "s2": (32.0, 200)})
    arms = [
        {"name": "today", "adsets": ["s1"], "units": 30_000, "share": 0.75},
        {"name": "double", "adsets": ["s2"], "units": 10_000, "share": 0.25},
    ]
    register(settings, arms=arms)
    found = lift_of_test(settings, "more-money", "Spring", step_days=1)
    assert found.spend_before == pytest.approx(100 / 0.75)
    assert found.spend_before + found.spend_change == pytest.approx(200 / 0.25)


def test_ninety_of_a_hundred_intervals_hold_the_true_effect() -> None:
    """The interval by itself, over fresh counts: the difference of two scaled Poisson counts."""
    rng = np.random.default_rng(9)
    n, per_arm = 2_000, np.array([0.3, 0.7]) * 28
    means = np.array([8.0, 40.0]) * per_arm
    counts = rng.poisson(means, (n, 2))
    effect = np.diff(counts / per_arm, axis=1)[:, 0]
    half = np.array([_width(float((c / per_arm**2).sum())) / 2 for c in counts])
    covered = np.abs(effect - 32.0) < half
    assert binom.cdf(covered.sum(), n, 0.9) > 1e-3
    assert binom.sf(covered.sum(), n, 0.9) > 1e-3


@pytest.mark.parametrize(
    ("changes", "kind", "what"),
    [
        ({"evidence": "observational"}, DataError, "is observational"),
        ({"minimum": {"days": 60}}, NotEnoughData, "minimum run is not over"),
        (
            {"arms": [{"name": "today", "adsets": ["s1"]}, {"name": "double", "adsets": ["s2"]}]},
            DataError,
            "shares are not registered",
        ),
        (
            {
                "arms": [
                    {"name": name, "adsets": [key], "share": 1 / 3}
                    for name, key in (("today", "s1"), ("double", "s2"), ("none", "s3"))
                ]
            },
            DataError,
            "3 arms are not two spends",
        ),
        ({"metric": "ctr"}, DataError, "is not counted"),
    ],
)
def test_what_is_no_evidence_of_a_curve_is_refused(
    settings: Settings, changes: dict[str, Any], kind: type[Exception], what: str
) -> None:
    write_days(settings, {"s1": (20.0, 100), "s2": (32.0, 200), "s3": (1.0, 10)})
    register(settings, **changes)
    with pytest.raises(kind, match=what):
        lift_of_test(settings, "more-money", "Spring", step_days=7)


def test_few_results_are_refused(settings: Settings) -> None:
    write_days(settings, {"s1": (0.1, 100), "s2": (32.0, 200)})
    register(settings)
    with pytest.raises(NotEnoughData, match="today has fewer than 10 results"):
        lift_of_test(settings, "more-money", "Spring", step_days=7)


def test_it_is_said_in_a_sentence(settings: Settings) -> None:
    write_days(settings, {"s1": (20.0, 100), "s2": (32.0, 200)})
    register(settings)
    text = said(
        lift_of_test(settings, "more-money", "Spring", step_days=7),
        "more-money",
        currency="EUR",
        period="week",
    )
    assert text.startswith(
        "Test more-money tells of Spring: 1,400 EUR a week more than 1,400 changed the outcome"
    )


def test_a_fit_of_the_lake_takes_it_as_evidence_and_says_so(settings: Settings) -> None:
    rng = np.random.default_rng(4)
    every = days(FIRST, 150)
    rows = [
        insight(
            day,
            grain=GRAIN,
            campaign_id=f"c{key}",
            campaign_name=name,
            adset_id=key,
            results=float(rng.poisson(mean)),
            spend_micros=round(float(rng.gamma(4.0, 25.0)) * 1e6) if key == "s3" else spend * 10**6,
        )
        for k, day in enumerate(every)
        for key, name, mean, spend in (
            ("s1", "Spring", 20.0, 100 + k % 2),
            ("s2", "Spring double", 32.0, 200 + k % 3),
            ("s3", "Autumn", 9.0, 0),
        )
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L1", believed_at=morning(every[-1]))
    register(settings, minimum={"days": 100})
    arguments = [
        *("budget", "fit", "--from-lake", "--level", "campaign", "--outcome", "results", "--fourier", "0"),
        *("--registered-test", "more-money=Spring double", "--json", "--home", str(settings.home)),
    ]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert document["n_lift_tests"] == 1
    assert "Test more-money tells of Spring double" in document["origin"]["notes"][-1]
    metric = {"name": "sales", "kind": "counts", "numerator": "conversions", "denominator": "spend"}
    register(settings, id="other", metric=metric)
    other = CliRunner().invoke(app, [*arguments, "--registered-test", "other=Autumn"])
    assert other.exit_code == 1
    assert "conversions is not the outcome results" in other.output
    wrong = CliRunner().invoke(app, ["budget", "fit", "--registered-test", "more-money", "--from-lake"])
    assert wrong.exit_code == 2
