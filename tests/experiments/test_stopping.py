"""Three badges on a figure: coherent, honest about when they hold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.experiments.means import analyse_means
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates
from workbench.experiments.stopping import badges, badges_of
from workbench.stats.effect_mixture import normal_prior, spike_and_slab


@given(st.floats(-1, 1), st.floats(0.001, 1), st.integers(10, 10**7), st.booleans())
def test_widths_are_ordered_and_swapping_the_direction_swaps_the_verdict(estimate, deviation, n, higher):
    got = badges(estimate, deviation, n, higher_is_better=higher)
    fixed, calibrated, anytime = got.all
    assert anytime.low < fixed.low
    assert fixed.high < anytime.high
    assert calibrated.high - calibrated.low < fixed.high - fixed.low
    other = badges(estimate, deviation, n, higher_is_better=not higher)
    for one, flipped in zip(got.all, other.all, strict=True):
        assert (one.says_better, one.says_worse) == (flipped.says_worse, flipped.says_better)
        assert one.says_better == ((one.low > 0) if higher else (one.high < 0))


def test_the_learned_prior_shrinks():
    wide, learned, spiked = (
        badges(0.03, 0.01, 50_000, prior=prior).prior_calibrated
        for prior in (normal_prior(10), normal_prior(0.007), spike_and_slab(0.7, 0.011))
    )
    assert (wide.low, wide.high) == pytest.approx((0.03 - 0.0196, 0.03 + 0.0196), abs=1e-4)
    assert learned.high < wide.high
    assert wide.says_better
    assert not spiked.says_better
    assert spiked.low == 0
    assert "none at all with 70" in spiked.method
    assert "default" not in learned.valid_when
    assert "default" in badges(0.03, 0.01, 50_000).prior_calibrated.valid_when


def test_few_units_are_said():
    assert "not yet, with 400 in all" in badges(0.1, 0.1, [200, 200]).anytime_valid.valid_when
    assert "not yet" not in badges(0.1, 0.1, [2_000, 2_000]).anytime_valid.valid_when


@pytest.mark.parametrize("higher", [True, False])
def test_the_first_badge_is_the_analysis_own_interval(higher):
    options = Options(higher_is_better=higher, level=0.9)
    result = analyse_rates([400, 470], [10_000, 10_000], options=options)
    one = result.uplift[0]
    got = badges_of(one, [10_000, 10_000], higher_is_better=higher)
    assert (got.fixed_horizon.low, got.fixed_horizon.high) == (one.relative.low, one.relative.high)
    assert (got.fixed_horizon.says_better, got.fixed_horizon.says_worse) == (one.is_better, one.is_worse)
    assert got.anytime_valid.low < one.relative.low
    assert got.anytime_valid.level == 0.9
    document = json.loads(json.dumps(got.to_dict(), allow_nan=False))
    assert len(document["badges"]) == len(got.table()) == 3
    assert "valid only if read once" in got.summary()


def test_no_conversions_and_no_relative_change():
    none = analyse_rates([0, 3], [1_000, 1_000]).uplift[0]
    assert not badges_of(none, [1_000, 1_000]).anytime_valid.says_better
    about_zero = analyse_means([50, 50], [0.0, 5.0], [100.0, 100.0]).uplift[0]
    assert about_zero.relative is None
    got = badges_of(about_zero, [50, 50])
    assert got.fixed_horizon.low == about_zero.absolute.low


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ((np.nan, 1.0, 10), "deviation"),
        ((0.1, 0.0, 10), "deviation"),
        ((0.1, 0.1, [1, 2, 3]), "n_per_arm"),
        ((0.1, 0.1, [0, 2]), "n_per_arm"),
        ((0.1, 0.1, np.nan), "n_per_arm"),
    ],
)
def test_bad_figures_are_refused(given_, field):
    with pytest.raises(DataError, match=field):
        badges(*given_)
