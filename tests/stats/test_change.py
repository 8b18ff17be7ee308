"""Changes: against other code, large samples, and the invariants that make them coherent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats.beta_pair import order_betas
from workbench.stats.change import absolute_change, relative_below, relative_change
from workbench.stats.intervals import proportion_difference_interval, ratio_interval
from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw

CASES = [
    (49, 100, 51, 100),
    (0, 100, 0, 100),
    (0, 10, 0, 10**6),
    (10, 10, 10, 10),
    (1580, 31500, 1700, 32000),
]


def betas(x0, n0, x1, n1):
    laws = BetaLaw(x0 + 0.5, n0 - x0 + 0.5), BetaLaw(x1 + 0.5, n1 - x1 + 0.5)
    return *laws, float(order_betas(laws[0].a, laws[0].b, laws[1].a, laws[1].b).prob_above)


@pytest.mark.parametrize("case", CASES)
def test_the_difference_of_rates_meets_the_double_exponential_rule(case):
    x, y, above = betas(*case)
    got = absolute_change(x, y, level=0.95, prob_above=above)
    other = proportion_difference_interval(case[2], case[3], case[0], case[1], level=0.95)
    assert (got.low, got.high) == pytest.approx((float(other.low), float(other.high)), abs=1e-8)


def test_the_ratio_of_counts_is_beta_prime():
    for shapes in ((0.5, 100.0, 3.5, 120.0), (40.5, 100.0, 33.5, 1.0)):
        x, y = GammaLaw(*shapes[:2]), GammaLaw(*shapes[2:])
        other = ratio_interval(shapes[2] - 0.5, shapes[3], shapes[0] - 0.5, shapes[1], level=0.8)
        got = relative_change(x, y, level=0.8, prob_above=float(other.prob_above))
        expected = float(other.low) - 1, float(other.estimate) - 1, float(other.high) - 1
        assert (got.low, got.median, got.high) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (BetaLaw(3.0, 40.0), BetaLaw(1.0, 9.0)),
        (GammaLaw(0.5, 2.0), GammaLaw(4.0, 3.0)),
        (StudentLaw(9.0, 0.1, 0.2), StudentLaw(4.0, 0.5, 0.3)),
        (StudentLaw(2.0, -5.0, 0.2), StudentLaw(1e7, 5.0, 3.0)),
    ],
)
def test_both_changes_against_a_sample(x, y):
    rng = np.random.default_rng(41)
    n = 400_000
    draws = [sample(law, rng, n) for law in (x, y)]
    differences = draws[1] - draws[0]
    above = float((differences > 0).mean())
    for change, drawn in (
        (absolute_change(x, y, level=0.9, prob_above=above), differences),
        (relative_change(x, y, level=0.9, prob_above=above), differences / np.abs(draws[0])),
    ):
        for p, end in ((0.05, change.low), (0.5, change.median), (0.95, change.high)):
            assert abs((drawn <= end).mean() - p) < 4 * np.sqrt(p * (1 - p) / n)
        assert relative_below(x, y, 0.3) == pytest.approx(
            (differences / np.abs(draws[0]) <= 0.3).mean(), abs=3e-3
        )


def sample(law, rng, n):
    if isinstance(law, BetaLaw):
        return rng.beta(law.a, law.b, n)
    if isinstance(law, GammaLaw):
        return rng.gamma(law.shape, 1 / law.rate, n)
    return law.centre + law.scale * rng.standard_t(law.freedom, n)


rates = st.tuples(st.integers(0, 60), st.integers(0, 2_000)).map(lambda x: (x[0], x[0] + x[1] + 1))


@settings(deadline=None, max_examples=40)
@given(rates, rates, st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_better_is_that_the_interval_excludes_zero(first, second, level):
    x, y, above = betas(*first, *second)
    for change in (
        absolute_change(x, y, level=level, prob_above=above),
        relative_change(x, y, level=level, prob_above=above),
    ):
        assert (change.low > 0) == (above > 1 - (1 - level) / 2)
        assert (change.high < 0) == (above < (1 - level) / 2)
        assert change.low <= change.median <= change.high
        assert change.low <= change.estimate <= change.high


@settings(deadline=None, max_examples=25)
@given(rates, rates)
def test_swapping_negates_and_inverts(first, second):
    x, y, above = betas(*first, *second)
    forth, back = (
        absolute_change(a, b, level=0.9, prob_above=p) for a, b, p in ((x, y, above), (y, x, 1 - above))
    )
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-8)
    forth, back = (
        relative_change(a, b, level=0.9, prob_above=p) for a, b, p in ((x, y, above), (y, x, 1 - above))
    )
    assert 1 + forth.low == pytest.approx(1 / (1 + back.high), rel=1e-6)
