"""Intervals of one rate, a ratio and a difference: known answers, symmetries and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.intervals import proportion_difference_interval, rate_interval, ratio_interval

counts = st.integers(0, 5_000)
exposures = st.floats(0.5, 1e6)


def test_rate_matches_published_gamma_quantiles():
    from scipy.stats import gamma

    got = rate_interval([0, 3, 120], [10.0, 50.0, 4_000.0], level=0.95)
    assert got.low[0] == 0
    assert got.low[1:] == pytest.approx(gamma.ppf(0.025, [3.5, 120.5]) / [50, 4_000])
    assert got.high == pytest.approx(gamma.ppf(0.975, [0.5, 3.5, 120.5]) / [10, 50, 4_000])
    assert got.estimate == pytest.approx([0, 0.06, 0.03])


def test_inverting_swaps_the_ends_and_never_warns():
    rates = rate_interval([0, 20], [100.0, 400.0])
    costs = rates.inverted()
    assert costs.estimate.tolist() == [np.inf, 20.0]
    assert costs.high[0] == np.inf
    assert costs.low[1] == 1 / rates.high[1] < 20 < costs.high[1] == 1 / rates.low[1]


@settings(deadline=None)
@given(counts, exposures, st.floats(1, 20))
def test_dispersion_widens_and_keeps_the_estimate(y, exposure, phi):
    plain, wide = rate_interval(y, exposure), rate_interval(y, exposure, dispersion=phi)
    assert wide.estimate == pytest.approx(plain.estimate)
    assert wide.high >= plain.high * (1 - 1e-9)
    assert wide.low <= plain.low * (1 + 1e-9)


@settings(deadline=None)
@given(counts, exposures, counts, exposures)
def test_swapping_the_periods_inverts_the_ratio(y1, e1, y0, e0):
    forth, back = ratio_interval(y1, e1, y0, e0), ratio_interval(y0, e0, y1, e1)
    assert forth.low == pytest.approx(1 / back.high, rel=1e-6)
    assert forth.estimate == pytest.approx(1 / back.estimate, rel=1e-6)
    assert forth.prob_above + back.prob_above == pytest.approx(1, abs=1e-9)
    assert forth.low <= forth.estimate <= forth.high


def test_ratio_matches_the_f_distribution():
    from scipy.stats import f

    got = ratio_interval(30, 200.0, 12, 150.0, level=0.8)
    scale = (30.5 / 200) / (12.5 / 150)
    assert got.low == pytest.approx(scale * f.ppf(0.1, 61, 25))
    assert got.high == pytest.approx(scale * f.ppf(0.9, 61, 25))
    assert got.prob_above == pytest.approx(f.sf(1 / scale, 61, 25))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(400, 90_000), st.integers(0, 400), st.integers(400, 90_000))
def test_swapping_the_periods_negates_the_difference(x1, n1, x0, n0):
    forth = proportion_difference_interval(x1, n1, x0, n0)
    back = proportion_difference_interval(x0, n0, x1, n1)
    assert forth.low == pytest.approx(-back.high, abs=1e-7)
    assert forth.estimate == pytest.approx(-back.estimate, abs=1e-7)
    assert forth.prob_above + back.prob_above == pytest.approx(1, abs=1e-7)
    assert -1 <= forth.low <= forth.estimate <= forth.high <= 1


def test_difference_of_huge_and_tiny_samples():
    got = proportion_difference_interval([5, 14_200_000], [10, 10**9], [14_200_000, 5], [10**9, 10])
    assert got.low[0] == pytest.approx(-got.high[1], abs=1e-9)
    alone = proportion_difference_interval(5, 10, 14_200_000, 10**9)
    assert (alone.low, alone.high) == (pytest.approx(got.low[0]), pytest.approx(got.high[0]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rate_interval(-1, 10.0), "Events of -1 cannot be used"),
        (lambda: rate_interval([1, 2], [10.0, 0.0]), "Exposure of 0 cannot be used"),
        (lambda: rate_interval(float("nan"), 10.0), "Events of nan"),
        (lambda: rate_interval(1, 10.0, level=1.0), "1.0 is not the level"),
        (lambda: rate_interval(1, 10.0, dispersion=0.4), "A dispersion of 0.4"),
        (lambda: ratio_interval(1, 10.0, 1, -3.0), "Exposure of -3"),
        (lambda: proportion_difference_interval(11, 10, 1, 10), "Events of -1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(call, words):
    with pytest.raises(DataError, match=words) as caught:
        call()
    assert caught.value.next_step
