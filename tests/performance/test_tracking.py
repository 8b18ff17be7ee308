"""A break in counting: found where it is, and not where there is none."""

from __future__ import annotations

import os
from datetime import date, timedelta

import numpy as np
import pytest

from workbench.performance.tracking import FALSE_ALARM, TrackingSeries, find_break

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "300"))
FIRST = date(2026, 9, 25)
N_DAYS = 56
DAYS = [FIRST + timedelta(days=i) for i in range(N_DAYS)]
#: A week has its own course, which counts and reference share.
WEEK = np.tile([1.2, 1.1, 1.0, 1.0, 0.9, 0.6, 0.7], 8)


def draw(rng, rate, *, spread: float = 0.0, per_day: float = 300.0):
    """Draw clicks and the counts that follow them; ``spread`` is of the log rate from day to day."""
    reference = rng.poisson(per_day * WEEK)
    noise = np.exp(rng.normal(0, spread, N_DAYS)) if spread else 1.0
    return rng.poisson(reference * rate * noise), reference


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_false_alarms_are_as_rare_as_stated(spread):
    rng = np.random.default_rng(20261121)
    alarms = 0
    for _ in range(N_SIMULATIONS):
        counted, reference = draw(rng, 0.04, spread=spread, per_day=150.0)
        alarms += find_break(DAYS, counted, reference, rng=rng) is not None
    # three standard errors above the stated rate
    assert alarms / N_SIMULATIONS <= FALSE_ALARM + 3 * (FALSE_ALARM / N_SIMULATIONS) ** 0.5


@pytest.mark.parametrize(("factor", "least_found"), [(0.0, 0.99), (0.5, 0.95), (2.0, 0.95)])
def test_a_break_is_found_on_its_day(factor, least_found):
    rng = np.random.default_rng(20261121)
    n = max(N_SIMULATIONS // 5, 40)
    found = []
    for _ in range(n):
        rate = np.where(np.arange(N_DAYS) < 40, 0.05, 0.05 * factor)
        counted, reference = draw(rng, rate)
        found.append(find_break(DAYS, counted, reference, rng=rng))
    hits = [f for f in found if f is not None]
    assert len(hits) / n >= least_found
    off = [abs((f.day - DAYS[40]).days) for f in hits]
    assert np.median(off) <= 1
    assert np.median([f.after / f.before for f in hits]) == pytest.approx(factor, abs=0.15)


def test_a_small_change_is_no_break_however_certain():
    rng = np.random.default_rng(3)
    rate = np.where(np.arange(N_DAYS) < 28, 0.5, 0.4)
    counted, reference = draw(rng, rate, per_day=100_000)
    assert find_break(DAYS, counted, reference, rng=rng) is None


def test_the_same_seed_says_the_same():
    counted, reference = draw(np.random.default_rng(4), np.where(np.arange(N_DAYS) < 40, 0.05, 0.01))
    one, other = (find_break(DAYS, counted, reference, rng=np.random.default_rng(5)) for _ in range(2))
    assert one == other
    assert one.change == pytest.approx(one.after / one.before - 1)
    assert one.to_dict()["day"] == one.day.isoformat()


def test_days_without_either_are_left_out_and_nothing_is_no_break():
    rng = np.random.default_rng(6)
    assert find_break(DAYS, np.zeros(N_DAYS), np.full(N_DAYS, 9), rng=rng) is None
    assert find_break(DAYS[:5], [9] * 5, [9] * 5, rng=rng) is None
    begins = find_break(DAYS, [0] * 30 + [20] * 26, [100] * N_DAYS, rng=rng)
    assert (begins.day, begins.before) == (DAYS[30], 0.0)


@pytest.mark.parametrize(
    ("n_days", "per_day", "is_enough"), [(56, 2.0, True), (10, 50.0, False), (56, 0.1, False)]
)
def test_too_little_is_said_to_be_too_little(n_days, per_day, is_enough):
    counts = np.full(n_days, per_day)
    series = TrackingSeries(tuple(DAYS[:n_days]), counts, counts * 10, "events", "clicks")
    assert series.is_enough is is_enough
