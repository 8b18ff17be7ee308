"""Counts per exposure: closed forms, units, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma, nbinom

from workbench.core.errors import DataError
from workbench.experiments.counts import analyse_counts, prior_conflict_p
from workbench.experiments.options import Options
from workbench.stats.intervals import ratio_interval

arms = st.lists(st.tuples(st.integers(0, 400), st.floats(0.5, 1e5)), min_size=2, max_size=4)


def test_arms_and_ratio_are_the_conjugate_ones():
    got = analyse_counts([18, 30], [221.67, 250.0], options=Options(level=0.9))
    assert got.arms[0].interval == pytest.approx(gamma.ppf([0.05, 0.95], 18.5) / 221.67)
    assert got.arms[0].observed == pytest.approx(18 / 221.67)
    other = ratio_interval(30, 250.0, 18, 221.67, level=0.9)
    one = got.uplift[0]
    assert (one.relative.low, one.relative.high) == pytest.approx((other.low - 1, other.high - 1), rel=1e-7)
    assert one.prob_better == pytest.approx(float(other.prob_above), abs=1e-12)
    assert got.split_p is None


@settings(deadline=None, max_examples=20)
@given(arms, st.booleans(), st.floats(0.01, 100))
def test_everything_agrees_and_the_unit_of_exposure_plays_no_part(some, higher, unit):
    k, e = zip(*some, strict=True)
    options = Options(higher_is_better=higher)
    got, rescaled = (
        analyse_counts(k, e, options=options),
        analyse_counts(k, np.array(e) * unit, options=options),
    )
    assert sum(got.prob_best) == pytest.approx(1)
    assert min(got.expected_loss) >= 0
    assert got.prob_best == pytest.approx(rescaled.prob_best, abs=1e-8)
    assert got.expected_loss == pytest.approx(np.array(rescaled.expected_loss) * unit, rel=1e-5, abs=1e-10)
    for one in got.uplift:
        assert one.is_better == ((one.absolute.low > 0) if higher else (one.absolute.high < 0))
        assert one.is_better == ((one.relative.low > 0) if higher else (one.relative.high < 0))
    json.dumps(got.to_dict(), allow_nan=False)


def test_the_split_is_checked_on_units_or_when_asked():
    spend = [5_300.0, 4_700.0]
    assert analyse_counts([50, 90], spend).decision.verdict == "ship"
    assert (
        analyse_counts([50, 90], spend, options=Options(shares=(0.5, 0.5))).decision.verdict == "do not read"
    )
    got = analyse_counts([50, 90], spend, units=[1_000, 1_200])
    assert got.decision.verdict == "do not read"
    assert "1,000 to 1,200" in got.summary()


def test_what_the_prior_expects():
    k = np.arange(8.0)
    law = nbinom(2, 5 / (5 + 3))
    expected = np.minimum(1, 2 * np.minimum(law.cdf(k), law.sf(k - 1)))
    assert prior_conflict_p(k, np.full(8, 3.0), (2, 5)) == pytest.approx(expected)
    assert analyse_counts([1, 2], [3, 4], prior=(2, 5)).arms[0].prior_conflict_p is not None
    assert analyse_counts([1, 2], [3, 4]).arms[0].prior_conflict_p is None


@pytest.mark.parametrize(
    ("events", "exposure", "said"),
    [
        ([-1, 2], [1, 1], "events: -1 is below 0"),
        ([0.5, 2], [1, 1], "not a whole number"),
        ([1, 2], [0, 1], "exposure: 0 is not above zero"),
        ([1, 2], [-3, 1], "not above zero"),
        ([1, 2], [np.nan, 1], "no finite number"),
        ([1], [1], "one arm"),
        ([1, 2], [1, 1, 1], "same number of arms"),
    ],
)
def test_bad_counts_are_refused(events, exposure, said):
    with pytest.raises(DataError, match=said):
        analyse_counts(events, exposure)


def test_bad_priors_and_units_are_refused():
    for prior in ((0, 1), (1, -1), (1,)):
        with pytest.raises(DataError, match="prior"):
            analyse_counts([1, 2], [3, 4], prior=prior)
    with pytest.raises(DataError, match="units"):
        analyse_counts([1, 2], [3, 4], units=[1.5, 2])
    with pytest.raises(DataError, match="same number of arms"):
        analyse_counts([1, 2], [3, 4], units=[1, 2, 3])


def test_a_loss_is_counted_in_the_metrics_own_words():
    options = Options(loss_unit="purchases per 1,000 EUR", loss_per=1000.0)
    said = analyse_counts([120, 124], [4000, 4010], options=options).decision.reason
    assert "purchases per 1,000 EUR on average" in said
    assert "exposure" not in said
