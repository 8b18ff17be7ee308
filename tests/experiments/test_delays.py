"""Late conversions from unit rows: counts, both views, coverage, no early verdict."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.delays import LagModel, read_delayed
from workbench.experiments.exposures import read_exposures
from workbench.experiments.options import Options

LAG = np.array([0.3, 0.15, 0.12, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.02, 0.01])
N_RUNS = min(int(os.environ.get("WORKBENCH_SIMULATIONS", "60")), 600)


def drawn(rng, *, n=8_000, days=30.0, rates=(0.05, 0.055), lags=(LAG, LAG)):
    """Units exposed evenly over some days; conversions after the last day are not seen."""
    arm = rng.integers(0, 2, n)
    exposed = rng.uniform(0, days, n)
    delay = np.stack([rng.choice(len(LAG), n, p=lag) for lag in lags])[arm, np.arange(n)]
    at = np.floor(exposed) + delay + 0.9999
    at = np.where(rng.random(n) < np.array(rates)[arm], np.maximum(at, exposed), np.nan)
    return exposed, np.where(at < days, at, np.nan), np.array(["A", "B"])[arm]


def test_counts_by_age_and_delay():
    seen = read_exposures(
        [0.5, 0.6, 1.5, 2.5, 3.2, 0.1],
        [0.9, np.nan, 3.1, 2.6, 3.3, 3.9],
        list("ABABAB"),
        now=4.5,
        horizon_days=2,
    )
    assert seen.units.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert seen.conversions[0, 2].tolist() == [1, 0, 1]
    assert seen.conversions[1, 1].tolist() == [1, 0, 0]
    assert seen.conversions[1, 2].sum() == 0  # after the horizon
    assert seen.unconverted.sum() == 6 - 4 + 0


def test_datetimes_and_days_agree():
    rng = np.random.default_rng(1)
    exposed, converted, arm = drawn(rng, n=2_000)
    start = np.datetime64("2026-10-01")
    as_time = [
        start + (1e6 * 86_400 * np.nan_to_num(x)).astype("timedelta64[us]") for x in (exposed, converted)
    ]
    as_time[1][np.isnan(converted)] = np.datetime64("NaT", "us")
    plain = read_exposures(exposed, converted, arm, now=30, horizon_days=10)
    timed = read_exposures(*as_time, arm, now=start + np.timedelta64(30, "D"), horizon_days=10)
    assert (plain.conversions == timed.conversions).all()
    assert (plain.units == timed.units).all()


def test_both_views_of_a_clear_winner():
    exposed, converted, arm = drawn(np.random.default_rng(2), n=20_000, rates=(0.04, 0.06), days=60)
    got = read_delayed(exposed, converted, arm, now=60, horizon_days=10)
    assert got.lag.percentile() == 7
    assert got.share_seen > 0.9
    delay, age = np.floor(converted) - np.floor(exposed), 59 - np.floor(exposed)
    old = (arm == "B") & (age >= 7)
    assert got.mature.arms[1].observed == (old & (delay <= 7)).sum() / old.sum()
    assert got.mature.decision.verdict == "ship"
    assert got.nowcast.decision.verdict == "ship"
    for (estimate, low, high), true in zip(got.final_rates, (0.04, 0.06), strict=True):
        assert low < true < high
        assert estimate > got.nowcast.arms[0].observed
    json.dumps(got.to_dict(), allow_nan=False)
    assert len(got.table()) == 2
    assert "Nowcast" in got.summary()


def test_no_verdict_before_the_lags_ninetieth_percentile():
    exposed, converted, arm = drawn(np.random.default_rng(3), n=40_000, rates=(0.04, 0.08), days=5)
    lag = LagModel(np.cumsum(LAG), np.zeros(len(LAG)), 1e6)
    got = read_delayed(exposed, converted, arm, now=5, lag=lag)
    assert got.mature is None
    assert got.nowcast.uplift[0].is_better
    assert got.nowcast.decision.verdict == "wait"
    assert "immature cohort" in got.nowcast.decision.withheld_by
    assert "no verdict yet" in got.summary()
    assert got.to_dict()["mature"] is None


def test_an_arm_that_only_hurries_is_not_the_winner():
    late = LAG[::-1]
    exposed, converted, arm = drawn(
        np.random.default_rng(4), n=40_000, rates=(0.05, 0.05), lags=(late, LAG), days=20
    )
    got = read_delayed(exposed, converted, arm, now=20, horizon_days=10)
    assert got.nowcast.uplift[0].is_better  # as it seems from what has come
    assert "lags by arm" in got.nowcast.decision.withheld_by
    assert "sooner" in got.checks[1].reason


def test_the_nowcast_covers_the_final_rates_and_their_ratio():
    rng = np.random.default_rng(5)
    inside = np.zeros((N_RUNS, 3), dtype=bool)
    for run in range(N_RUNS):
        rates = rng.beta(20, 380, 2)
        exposed, converted, arm = drawn(rng, n=7_000, days=16, rates=rates)
        got = read_delayed(exposed, converted, arm, now=16, horizon_days=10, options=Options(level=0.8))
        change = got.nowcast.uplift[0].relative
        inside[run] = [low <= p <= high for (_, low, high), p in zip(got.final_rates, rates, strict=True)] + [
            change.low <= rates[1] / rates[0] - 1 <= change.high
        ]
    assert (np.abs(inside.mean(axis=0) - 0.8) < 3.5 * np.sqrt(0.16 / N_RUNS)).all()


def test_names_and_order():
    exposed, converted, arm = drawn(np.random.default_rng(6), n=4_000)
    got = read_delayed(exposed, converted, arm, now=30, horizon_days=10, options=Options(names=("B", "A")))
    assert [one.name for one in got.nowcast.arms] == ["B", "A"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"now": 4}, "now"),
        ({"now": np.nan}, "now"),
        ({"now": "soon"}, "now"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"arm": ["A"] * 4_000}, "arm"),
        ({"arm": ["A", "B"]}, "arm"),
        ({"options": Options(names=("A", "C"))}, "arm"),
        ({"converted_at": np.full(4_000, np.nan)}, "converted_at"),
        ({"converted_at": np.full(4_000, -1.0)}, "converted_at"),
        ({"exposed_at": np.full(4_000, np.nan)}, "exposed_at"),
        ({"exposed_at": np.full(4_000, np.inf)}, "exposed_at"),
    ],
)
def test_bad_rows_are_refused(change, field):
    exposed, converted, arm = drawn(np.random.default_rng(7), n=4_000)
    given = {
        "exposed_at": exposed,
        "converted_at": converted,
        "arm": arm,
        "now": 30,
        "horizon_days": 10,
        **change,
    }
    with pytest.raises(DataError, match=field):
        read_delayed(**given)


def test_too_young_or_too_few_is_not_a_defect_of_the_data():
    exposed, _, arm = drawn(np.random.default_rng(8), n=4_000)
    for now in (4, 30):
        with pytest.raises(NotEnoughData, match=r"never seen|too few"):
            read_delayed(exposed, np.full(4_000, np.nan), arm, now=now, horizon_days=10)
