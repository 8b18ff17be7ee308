"""Means: Student's law, digits kept, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.means import analyse_means, centred
from workbench.experiments.options import Options


def sums(first, second):
    arms = (first, second)
    return (
        [len(x) for x in arms],
        [float(np.sum(x)) for x in arms],
        [float(np.sum(np.square(x))) for x in arms],
    )


def test_arms_are_student_laws():
    rng = np.random.default_rng(2)
    x, y = rng.normal(3, 2, 8), rng.normal(4, 1, 30)
    got = analyse_means(*sums(x, y), options=Options(level=0.8))
    for one, values in zip(got.arms, (x, y), strict=True):
        scale = values.std(ddof=1) / np.sqrt(len(values))
        assert one.interval == pytest.approx(t.ppf([0.1, 0.9], len(values) - 1, values.mean(), scale))
        assert one.estimate == pytest.approx(values.mean())


def test_a_proper_prior_meets_a_brute_force_posterior():
    rng = np.random.default_rng(4)
    x = rng.normal(10, 3, 6)
    mean0, strength, shape, scale = 8.0, 2.0, 3.0, 5.0
    got = analyse_means(
        *sums(x, x + 1), prior=(mean0, strength, shape, scale), options=Options(level=0.9)
    ).arms[0]
    mu, var = np.meshgrid(np.linspace(0, 20, 1_500), np.exp(np.linspace(-3, 6, 900)), indexing="ij")
    log = -(shape + 1.5) * np.log(var) - (scale + strength * (mu - mean0) ** 2 / 2) / var + np.log(var)
    log += sum(-0.5 * np.log(var) - (value - mu) ** 2 / (2 * var) for value in x)
    mass = np.exp(log - log.max()).sum(axis=1)
    below = np.cumsum(mass) / mass.sum()
    assert np.interp([0.05, 0.95], below, mu[:, 0]) == pytest.approx(got.interval, abs=0.03)
    assert got.prior_conflict_p > 0.01


def test_values_far_from_zero_keep_their_digits():
    rng = np.random.default_rng(7)
    x, y = rng.normal(0, 1, 400), rng.normal(0.3, 1, 400)
    near = analyse_means(*sums(x, y))
    n, mean, squares = zip(*(centred(values + 1e9) for values in (x, y)), strict=True)
    away = analyse_means(
        n,
        [(m - 1e9) * k for m, k in zip(mean, n, strict=True)],
        [s + k * (m - 1e9) ** 2 for s, m, k in zip(squares, mean, n, strict=True)],
    )
    assert away.prob_best == pytest.approx(near.prob_best, abs=1e-5)
    with pytest.raises(NotEnoughData, match="do not vary beyond rounding"):
        analyse_means(*sums(x + 1e9, y + 1e9))


values = st.lists(st.floats(-50, 50).map(lambda v: round(v, 1)), min_size=3, max_size=12).filter(
    lambda v: np.ptp(v) > 0
)


@settings(deadline=None, max_examples=20)
@given(values, values, st.sampled_from([0.5, 0.9, 0.95]), st.booleans())
def test_everything_agrees(first, second, level, higher):
    got = analyse_means(*sums(first, second), options=Options(level=level, higher_is_better=higher))
    back = analyse_means(*sums(second, first), options=Options(level=level, higher_is_better=higher))
    assert sum(got.prob_best) == pytest.approx(1)
    assert got.prob_best == pytest.approx(back.prob_best[::-1], abs=1e-8)
    assert min(got.expected_loss) >= 0
    one = got.uplift[0]
    assert one.absolute.mean == pytest.approx(-back.uplift[0].absolute.mean)
    assert one.is_better == ((one.absolute.low > 0) if higher else (one.absolute.high < 0))
    if one.relative:
        assert one.is_better == ((one.relative.low > 0) if higher else (one.relative.high < 0))
    json.dumps(got.to_dict(), allow_nan=False)


def test_a_control_around_zero_has_no_relative_change():
    one = analyse_means(*sums([-1.0, 0.2, 1.1], [4.0, 5.0, 5.5])).uplift[0]
    assert one.relative is None
    assert one.to_dict()["interval"] is None
    assert one.to_dict()["absolute"]["interval"][0] < one.absolute.estimate


def test_the_split_is_checked_on_the_units():
    got = analyse_means([5_300, 4_700], [5_300, 9_400], [8e4, 9e4])
    assert got.decision.verdict == "do not read"


@pytest.mark.parametrize(
    ("given_sums", "error", "said"),
    [
        (([10, 10], [100, 105], [900, 1200]), DataError, "sumsq: 900 is less than"),
        (([10, 10], [100, 105], [1000, 1200]), NotEnoughData, "do not vary"),
        (([2, 10], [3, 105], [5, 1200]), NotEnoughData, "too few"),
        (([1.5, 10], [3, 105], [5, 1200]), DataError, "n: 1.5 is not a whole number"),
        (([0, 10], [0, 105], [0, 1200]), DataError, "n: 0 is below 1"),
        (([10, 10], [np.nan, 105], [5, 1200]), DataError, "sum: .* no finite number"),
        (([10], [100], [1200]), DataError, "one arm"),
        (([10, 10], [100, 105], [1200]), DataError, "one arm"),
    ],
)
def test_bad_sums_are_refused(given_sums, error, said):
    with pytest.raises(error, match=said) as refused:
        analyse_means(*given_sums)
    assert refused.value.next_step


@pytest.mark.parametrize("prior", [(1, 2, 3), (0, -1, 1, 1), (np.nan, 1, 1, 1)])
def test_bad_priors_are_refused(prior):
    with pytest.raises(DataError, match="prior"):
        analyse_means([10, 10], [100, 105], [1002.25, 1111.5], prior=prior)
