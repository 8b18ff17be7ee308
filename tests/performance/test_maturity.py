"""How results fill up: learned curves against a simulated truth, and costs once all have come."""

from __future__ import annotations

import os
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from workbench.performance.maturity import (
    FINAL_AFTER_DAYS,
    Maturity,
    from_beliefs,
    from_delays,
    matured_spend,
)
from workbench.stats.intervals import rate_interval

LAST = date(2026, 11, 20)
N_AGES = FINAL_AFTER_DAYS + 1
#: Probability of each delay: a tail that a week does not exhaust.
DELAY = np.array([0.35, 0.2, 0.12, 0.09, 0.07, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01])
TRUE = np.minimum(np.append(np.cumsum(DELAY), np.ones(N_AGES - len(DELAY))), 1.0)
N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "300"))


def conversions(rng: np.random.Generator, *, n_days: int = 90, per_day: float = 60.0) -> pd.DataFrame:
    """Draw conversions of the last days, of which only those until the last day are seen."""
    rows = []
    for age in range(n_days):
        counts = rng.multinomial(rng.poisson(per_day), DELAY)
        day = LAST - timedelta(days=age)
        rows += [
            {"date_start": day, "converted_on": day + timedelta(days=k), "conversions": float(n)}
            for k, n in enumerate(counts)
            if k <= age and n
        ]
    return pd.DataFrame(rows)


def curve(share: np.ndarray) -> Maturity:
    return Maturity(share, "history", 1000.0, 28)


def test_truncated_delays_give_back_the_true_curve():
    rng = np.random.default_rng(20261120)
    learned = np.array([from_delays(conversions(rng), data_to=LAST).share for _ in range(40)])
    assert np.abs(learned.mean(axis=0) - TRUE).max() < 0.005
    assert learned.std(axis=0).max() < 0.02
    assert (np.diff(learned, axis=1) >= -1e-12).all()


def test_counting_delays_without_regard_to_what_cannot_be_seen_yet_would_be_wrong():
    # the reason for the reverse hazards: young days show only short delays
    seen = conversions(np.random.default_rng(7), n_days=30, per_day=2000)
    delay = [(b - a).days for a, b in zip(seen["date_start"], seen["converted_on"], strict=True)]
    naive = np.bincount(delay, seen["conversions"], N_AGES).cumsum() / seen["conversions"].sum()
    learned = from_delays(seen, data_to=LAST).share
    assert naive[0] > TRUE[0] + 0.015
    assert abs(learned[0] - TRUE[0]) < 0.008


def test_few_conversions_and_a_short_history_teach_nothing():
    rng = np.random.default_rng(1)
    assert from_delays(conversions(rng, per_day=0.5), data_to=LAST) is None
    assert from_delays(conversions(rng, n_days=20), data_to=LAST) is None


def beliefs(rng: np.random.Generator, *, per_day: float = 80.0, seen_at: int = 29) -> pd.DataFrame:
    """Draw what was believed ``seen_at`` days ago of the days before that."""
    rows = []
    for age in range(40):
        final = rng.poisson(per_day)
        rows.append(
            {
                "date_start": LAST - timedelta(days=seen_at + age),
                "age_days": age,
                "results_then": float(rng.binomial(final, TRUE[min(age, N_AGES - 1)])),
                "results_now": float(final),
            }
        )
    return pd.DataFrame(rows)


def test_earlier_beliefs_give_back_the_true_curve_and_never_fall():
    rng = np.random.default_rng(20261120)
    learned = np.array([from_beliefs(beliefs(rng, per_day=400), data_to=LAST).share for _ in range(60)])
    assert np.abs(learned.mean(axis=0) - TRUE).max() < 0.02
    assert (np.diff(learned, axis=1) >= 0).all()
    assert (learned <= 1).all()


def test_beliefs_of_days_that_are_not_final_yet_teach_nothing():
    rng = np.random.default_rng(2)
    assert from_beliefs(beliefs(rng, seen_at=10), data_to=LAST) is None
    assert from_beliefs(beliefs(rng, per_day=3), data_to=LAST) is None
    without_yesterday = beliefs(rng).query("age_days != 0")
    assert from_beliefs(without_yesterday, data_to=LAST) is None


def test_shares_by_age_delay_and_newest_days():
    found = curve(TRUE)
    assert found.at([-1, 0, 3, 28, 400]) == pytest.approx([0, 0.35, 0.76, 1, 1])
    assert found.delay_days == 9
    assert found.newest(7) == pytest.approx(TRUE[:7].mean())
    assert found.to_dict()["delay_days"] == 9


def test_the_cost_once_all_have_come_covers_the_truth_where_the_cost_seen_does_not():
    rng = np.random.default_rng(20261120)
    ages = np.arange(14)
    days = [LAST - timedelta(days=int(a)) for a in ages]
    rows = pd.DataFrame({"date_start": days, "spend_micros": np.full(14, 500_000_000)})
    matured = matured_spend(rows, curve(TRUE), data_to=LAST)
    assert matured == pytest.approx(500 * TRUE[:14].sum())
    true_rate = 1 / 25.0
    hits = {"matured": 0, "seen": 0}
    for _ in range(N_SIMULATIONS):
        final = rng.poisson(500 * true_rate, 14)
        seen = rng.binomial(final, TRUE[ages]).sum()
        for name, spend in (("matured", matured), ("seen", 14 * 500.0)):
            found = rate_interval(seen, spend, level=0.9)
            hits[name] += bool(found.low <= true_rate <= found.high)
    slack = 3 * (0.09 / N_SIMULATIONS) ** 0.5
    assert abs(hits["matured"] / N_SIMULATIONS - 0.9) < slack
    assert hits["seen"] / N_SIMULATIONS < 0.8
