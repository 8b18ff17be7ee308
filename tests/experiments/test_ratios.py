"""Ratios of sums: agreement with means, coherence, both methods told, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.means import analyse_means
from workbench.experiments.options import Options
from workbench.experiments.ratios import RatioSums, analyse_ratios

BASE = {"n": [50, 60], "sum_y": [100, 130], "sum_x": [60, 70]}
BASE |= {"sum_yy": [300, 420], "sum_xx": [100, 120], "sum_xy": [150, 190]}


def units(seed, n=(40, 50), lift=1.3):
    rng = np.random.default_rng(seed)
    x = [5.0 + rng.poisson(2, k) for k in n]
    y = [v * rng.gamma(2, scale, len(v)) for v, scale in zip(x, (1.0, lift), strict=True)]
    return y, x


def test_a_constant_denominator_is_a_mean():
    y, _ = units(2)
    got = analyse_ratios(RatioSums.of(y, [np.ones_like(v) for v in y]))
    means = analyse_means([len(v) for v in y], [v.sum() for v in y], [(v**2).sum() for v in y])
    for one, other in zip(got.arms, means.arms, strict=True):
        assert one.interval == pytest.approx(other.interval, rel=1e-8)
        assert one.estimate == pytest.approx(other.estimate)
    assert got.prob_best == pytest.approx(means.prob_best, abs=1e-8)
    assert got.expected_loss == pytest.approx(means.expected_loss, rel=1e-6)


@settings(max_examples=10)
@given(
    st.integers(0, 10**6),
    st.sampled_from([(6, 5), (12, 200), (4_000, 300)]),
    st.sampled_from([0.5, 0.95]),
    st.booleans(),
)
def test_everything_agrees(seed, n, level, higher):
    y, x = units(seed, n)
    options = Options(level=level, higher_is_better=higher)
    got = analyse_ratios(RatioSums.of(y, x), options=options)
    back = analyse_ratios(RatioSums.of(y[::-1], x[::-1]), options=options)
    assert sum(got.prob_best) == pytest.approx(1)
    assert got.prob_best == pytest.approx(back.prob_best[::-1], abs=1e-7)
    assert min(got.expected_loss) >= 0
    one = got.uplift[0]
    assert one.absolute.mean == pytest.approx(-back.uplift[0].absolute.mean)
    assert one.is_better == ((one.absolute.low > 0) if higher else (one.absolute.high < 0))
    if one.relative:
        assert one.is_better == ((one.relative.low > 0) if higher else (one.relative.high < 0))
    json.dumps(got.to_dict(), allow_nan=False)


def test_both_methods_are_told_where_they_differ():
    few = analyse_ratios(RatioSums.of(*units(3, (8, 9))))
    assert "The delta method gives B [" in few.summary()
    many = analyse_ratios(RatioSums.of(*units(3, (40_000, 40_000))))
    assert many.notes == ()
    assert many.decision.headline == "Ship B"


def test_options_reach_the_figures():
    options = Options(value=2.0, per_day=50.0, rope=0.1, names=("old", "new"), higher_is_better=False)
    got = analyse_ratios(RatioSums(**BASE), options=options)
    assert got.expected_loss_per_day == pytest.approx([100 * x for x in got.expected_loss])
    assert 0 < got.uplift[0].prob_negligible < 1
    y, x = units(1, (400, 600))
    assert analyse_ratios(RatioSums.of(y, x)).decision.verdict == "do not read"


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"n": [2, 60]}, NotEnoughData, "n: 2 units are too few"),
        (
            {"sum_x": [1, 70], "sum_xy": [2, 190]},
            NotEnoughData,
            "sum_x: the mean denominator is 0.02 .* not above zero",
        ),
        ({"sum_x": [-60, 70], "sum_xy": [-150, 190]}, NotEnoughData, "not above zero"),
        ({"sum_yy": [30, 420]}, DataError, "sum_yy: 30 is less than"),
        ({"sum_xy": [900, 190]}, DataError, "sum_xy: 900 correlates"),
        ({"sum_xy": [np.inf, 190]}, DataError, "sum_xy: .* no finite number"),
        ({"n": [50.5, 60]}, DataError, "n: 50.5 is not a whole number"),
        ({"sum_y": [100, 130, 5]}, DataError, "same number of arms"),
    ],
)
def test_bad_sums_are_refused(changed, error, said):
    with pytest.raises(error, match=said) as refused:
        analyse_ratios(RatioSums(**{**BASE, **changed}))
    assert refused.value.next_step


def test_a_numerator_that_follows_from_the_denominator_is_refused():
    _, x = units(1)
    with pytest.raises(NotEnoughData, match="for every unit"):
        analyse_ratios(RatioSums.of([2 * v for v in x], x))
