"""Pooled rates: shrinkage where the data are few, none where they are many, and honest limits."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, gammainc

from workbench.core.errors import DataError
from workbench.stats.intervals import rate_interval
from workbench.stats.pooling import pooled_rates

units = st.lists(st.tuples(st.integers(0, 2_000), st.floats(1.0, 1e5)), min_size=2, max_size=12)


def test_a_small_unit_is_drawn_towards_the_others_and_stays_wide():
    pooled = pooled_rates([400, 380, 420, 2], [10_000.0, 10_000.0, 10_000.0, 20.0])
    alone = rate_interval([400, 380, 420, 2], [10_000.0, 10_000.0, 10_000.0, 20.0])
    assert 0.04 < pooled.rate[3] < 0.07 < alone.estimate[3]
    assert pooled.weight_to_mean[3] > 0.8 > pooled.weight_to_mean[0]
    width = pooled.high - pooled.low
    assert width[3] > 2 * width[0]
    assert width[3] < (alone.high - alone.low)[3]


def test_large_units_that_differ_are_left_alone():
    events, exposure = np.array([9_000, 20_000, 2_000]), np.full(3, 1e6)
    pooled, alone = pooled_rates(events, exposure), rate_interval(events, exposure)
    assert pooled.low == pytest.approx(alone.low, rel=0.01)
    assert pooled.high == pytest.approx(alone.high, rel=0.01)
    assert pooled.spread > 0.4


def test_a_unit_without_results_gets_a_finite_cost():
    cost = pooled_rates([30, 25, 0], [600.0, 600.0, 90.0]).cost_per_result()
    assert np.isfinite(cost.high).all()
    assert cost.low[2] < cost.estimate[2] < cost.high[2]
    assert cost.estimate[2] > cost.estimate[:2].max()


def test_a_single_unit_is_unpooled_and_says_so():
    pooled = pooled_rates([7], [100.0], level=0.8, dispersion=1.5)
    alone = rate_interval([7], [100.0], level=0.8, dispersion=1.5)
    assert not pooled.is_pooled
    assert (pooled.low, pooled.high) == (alone.low, alone.high)
    assert pooled.low < pooled.rate < pooled.high
    assert pooled.weight_to_mean.tolist() == [0.0]
    assert "a single one has no neighbours" in pooled.summary()


def test_units_without_any_result_are_unpooled_and_say_so():
    pooled = pooled_rates([0, 0, 0], [10.0, 20.0, 400.0])
    assert not pooled.is_pooled
    assert pooled.low.tolist() == [0.0, 0.0, 0.0]
    assert "none has a result yet" in pooled.summary()


@settings(max_examples=40, deadline=None)
@given(units)
def test_any_units_give_ordered_finite_intervals(rows):
    events, exposure = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    pooled = pooled_rates(events, exposure)
    assert (pooled.low <= pooled.rate).all()
    assert (pooled.rate <= pooled.high).all()
    assert np.isfinite(pooled.high).all()
    assert ((pooled.weight_to_mean >= 0) & (pooled.weight_to_mean <= 1)).all()


@settings(max_examples=15, deadline=None)
@given(units.filter(lambda rows: sum(y for y, _ in rows) > 0), st.floats(1e-4, 1e4))
def test_the_unit_of_exposure_does_not_matter(rows, factor):
    events, exposure = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    euros, other = pooled_rates(events, exposure), pooled_rates(events, exposure * factor)
    assert other.high * factor == pytest.approx(euros.high, rel=1e-5)
    assert other.weight_to_mean == pytest.approx(euros.weight_to_mean, abs=1e-5)


def exact_below(events, exposure, at):
    """Return ``P(rate_i ≤ at_ki)`` of the same model by brute force: 300 spreads of 161 means each."""
    y, e = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    log_spread = np.linspace(np.log(1e-3 / np.sqrt(y.sum())), np.log(5.0), 300)
    laws = []
    for c in np.exp(log_spread):
        a, centre = c**-2, np.log(y.sum() / e.sum())
        for _ in range(60):
            m = np.exp(centre) * e
            step = (y - (a + y) * m / (a + m)).sum() / ((a + y) * a * m / (a + m) ** 2).sum()
            centre += np.clip(step, -1, 1)
        error = 1 / np.sqrt((a * np.exp(centre) * e / (a + np.exp(centre) * e)).sum())
        log_mean = centre + error * np.linspace(-12, 12, 161)
        m = np.exp(log_mean)[:, None] * e
        log_mass = -betaln(a, y[y > 0]).sum() + y.sum() * (log_mean - np.log(a))
        log_mass = log_mass - ((a + y) * np.log1p(m / a)).sum(axis=1)
        laws.append((a, np.exp(log_mean), log_mass + np.log(error * c / (1 + (c / 0.5) ** 2))))
    laws[-1][2][:] -= np.log(2)
    peak = max(law[2].max() for law in laws)
    total, below = 0.0, np.zeros(np.shape(at))
    for a, mean, log_mass in laws:
        kept = log_mass > peak - 16
        weight, rate = np.exp(log_mass[kept] - peak), a / mean[kept][:, None] + e
        total += weight.sum()
        below += np.array([weight @ gammainc(a + y, x * rate) for x in at])
    return below / total


@pytest.mark.parametrize(
    ("events", "exposure"),
    [
        ([10_000, 10_100, 9_900], [1e6] * 3),
        ([1_000_000, 1_001_000, 999_500, 1_000_300], [1e7] * 4),
        ([20_000, 20_100, 19_900, 3], [1e6, 1e6, 1e6, 200.0]),
        ([60, 55, 70, 64, 58, 61], [1_000.0] * 6),
        ([458, 182, 246, 3], [14_764.6, 6_645.7, 5_369.4, 60.0]),
        ([5, 9, 1], [100.0, 120.0, 30.0]),
    ],
)
def test_probabilities_meet_brute_force_however_alike_the_units_are(events, exposure):
    at, wanted = [], []
    for level in (0.5, 0.9):
        pooled = pooled_rates(events, exposure, level=level)
        at += [pooled.low, pooled.rate, pooled.high]
        wanted += [[(1 - level) / 2], [0.5], [(1 + level) / 2]]
    assert np.abs(exact_below(events, exposure, np.array(at)) - np.array(wanted)).max() < 0.0015


def test_units_that_are_as_alike_as_chance_allows_share_what_they_know():
    pooled = pooled_rates(np.full(6, 40_000), np.full(6, 1e6))
    alone = rate_interval(np.full(6, 40_000), np.full(6, 1e6))
    assert (pooled.weight_to_mean > 0.6).all()
    assert pooled.spread < 0.004
    assert (pooled.high - pooled.low < 0.8 * (alone.high - alone.low)).all()


def test_order_does_not_matter():
    events, exposure = np.array([5, 90, 0, 31]), np.array([100.0, 900.0, 40.0, 500.0])
    forth, back = pooled_rates(events, exposure), pooled_rates(events[::-1], exposure[::-1])
    assert forth.high == pytest.approx(back.high[::-1], rel=1e-7)


def test_dispersion_and_level_widen():
    events, exposure = [50, 60, 8], [1_000.0, 1_000.0, 100.0]
    plain = pooled_rates(events, exposure)
    for wider in (pooled_rates(events, exposure, dispersion=2.5), pooled_rates(events, exposure, level=0.98)):
        assert (wider.high > plain.high).all()
        assert (wider.low < plain.low).all()


def test_results_travel():
    pooled = pooled_rates([5, 9, 1], [100.0, 120.0, 30.0])
    told = json.loads(json.dumps(pooled.to_dict()))
    assert told["is_pooled"]
    assert len(told["interval"]) == pooled.n_units == 3
    assert pooled.table().columns.tolist() == ["rate", "low", "high", "weight_to_mean"]
    assert "3 estimates pooled" in pooled.summary()
    assert json.loads(json.dumps(pooled_rates([1], [9.0]).to_dict()))["spread"] is None


@pytest.mark.parametrize(
    ("events", "exposure", "words"),
    [
        ([], [], "cannot be pooled"),
        ([[1, 2]], [[3.0, 4.0]], "cannot be pooled"),
        ([1, -1], [1.0, 1.0], "Events of -1"),
        ([1, 1], [1.0, 0.0], "Exposure of 0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(events, exposure, words):
    with pytest.raises(DataError, match=words):
        pooled_rates(events, exposure)
