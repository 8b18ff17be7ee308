"""Exact badges: conversions, cost per result, the split."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.exact_stopping import (
    conversions_badge,
    cost_badge,
    mixture_badge,
    sequential_split_p,
)
from workbench.experiments.stopping import badges


def test_conversions():
    assert conversions_badge([400, 520]).says_better
    assert conversions_badge([400, 520], higher_is_better=False).says_worse
    assert not conversions_badge([400, 440]).says_better
    assert not conversions_badge([0, 0]).says_better
    assert conversions_badge([400, 520], shares=[0.4, 0.6]).low < 0
    document = conversions_badge([0, 3]).to_dict()
    assert document["interval"] == [pytest.approx(-0.8, abs=0.2), None]
    json.dumps(document, allow_nan=False)


def test_cost_is_the_reciprocal():
    cheaper = cost_badge([[30, 70], [25, 60]], [[100.0, 120.0], [90.0, 80.0]])
    dearer = cost_badge([[70, 30], [60, 25]], [[120.0, 100.0], [80.0, 90.0]])
    assert cheaper.says_better
    assert dearer.says_worse
    assert 1 + cheaper.high == pytest.approx(1 / (1 + dearer.low), rel=1e-6)
    assert not cheaper.higher_is_better


def test_days_without_both_arms_say_nothing():
    n, e = [[30, 70], [25, 60]], [[100.0, 120.0], [90.0, 80.0]]
    one, more = cost_badge(n, e), cost_badge([*n, [0, 50], [0, 0]], [*e, [0.0, 10.0], [0.0, 0.0]])
    assert (one.low, one.high) == (more.low, more.high)
    nothing = cost_badge([[0, 4]], [[0.0, 3.0]])
    assert (nothing.low, nothing.high) == (-1.0, np.inf)


def test_a_normal_estimate():
    one = mixture_badge(0.08, 0.02, prior_deviation=0.05)
    flipped = mixture_badge(-0.08, 0.02, prior_deviation=0.05, higher_is_better=False)
    assert (one.low, one.high) == (-flipped.high, -flipped.low)
    assert one.says_better
    assert flipped.says_better
    # Effects of the size expected are seen sooner than with a prior far too wide.
    assert one.low > mixture_badge(0.08, 0.02, prior_deviation=5.0).low
    got = replace(badges(0.08, 0.02, 50_000), anytime_valid=one)
    assert got.table()["method"].iloc[2] == "normal mixture"


def test_the_split_over_time():
    steady = np.outer([1, 2, 3, 50], [1_000, 1_004])
    assert sequential_split_p(steady, [0.5, 0.5]) > 0.5
    assert sequential_split_p([[44_700, 40_000]], [0.5, 0.5]) < 1e-20
    # Evidence once reached is not unsaid.
    assert sequential_split_p([[600, 400], [100_000, 100_000]], [0.5, 0.5]) < 0.01
    assert sequential_split_p([[0, 0]], [0.5, 0.5]) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: conversions_badge([1, 2, 3]), "conversions: 3"),
        (lambda: conversions_badge([1.5, 2]), "conversions: 1.5"),
        (lambda: conversions_badge([1, 2], shares=[0.5, 0.6]), "shares"),
        (lambda: cost_badge([[1, 2]], [[1, 2], [3, 4]]), "spend"),
        (lambda: cost_badge([[1, 2]], [[0, 2]]), "came without spend"),
        (lambda: cost_badge([[0.5, 2]], [[1, 2]]), "results: 0.5"),
        (lambda: cost_badge([[-1, 2]], [[1, 2]]), "results"),
        (lambda: mixture_badge(0.1, 0.0, prior_deviation=1.0), "deviation: 0"),
        (lambda: mixture_badge(0.1, 0.1, prior_deviation=-1.0), "prior_deviation: -1"),
        (lambda: mixture_badge(np.nan, 0.1, prior_deviation=1.0), "deviation"),
        (lambda: sequential_split_p([[5, 5], [4, 8]], [0.5, 0.5]), "running sums"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(DataError, match=said):
        call()
