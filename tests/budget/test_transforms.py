"""Adstock and saturation: what must hold for every curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.budget.transforms import (
    ADSTOCKS,
    SATURATION_PARAMETERS,
    SATURATIONS,
    adstock_weights,
    lagged,
    saturate,
    saturation_gain,
)

PARAMETERS = {"rate": 3.0, "half_saturation": 0.4, "slope": 1.7}


def shape_of(kind, n=1, **given):
    values = {**PARAMETERS, **given}
    return {name: np.full((n, 1), values[name]) for name in SATURATION_PARAMETERS[kind]}


@pytest.mark.parametrize("kind", ADSTOCKS)
@given(st.floats(0.0, 0.999), st.floats(0.0, 6.0), st.integers(1, 30))
def test_weights_are_shares_of_one_effect(kind, retention, delay, n_lags):
    weights = adstock_weights(kind, n_lags, {"retention": np.array([retention]), "delay": np.array([delay])})
    assert weights.shape == (1, n_lags)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)


def test_a_delayed_effect_peaks_after_its_delay():
    weights = adstock_weights("delayed", 8, {"retention": np.array([0.6]), "delay": np.array([2.0])})
    assert weights.argmax() == 2


def test_geometric_adstock_equals_its_recursion():
    spend, retention = np.random.default_rng(1).gamma(1, 1, 60), 0.6
    carried, state = [], 0.0
    for x in spend:
        state = x + retention * state
        carried.append(state * (1 - retention))
    weights = adstock_weights("geometric", 60, {"retention": np.array([retention])})
    np.testing.assert_allclose((weights @ lagged(spend, 60))[0], carried, rtol=1e-9)


@pytest.mark.parametrize("kind", SATURATIONS)
@given(st.tuples(st.floats(0, 50), st.floats(0, 50)), st.floats(0.01, 20), st.floats(0.05, 8))
def test_response_never_falls_with_spend_and_never_passes_one(kind, spends, first, slope):
    own = shape_of(kind, rate=first, half_saturation=first, slope=slope)
    low, high = saturate(kind, np.sort(spends)[None], own)[0]
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("kind", SATURATIONS)
def test_nothing_spent_brings_nothing_and_gains_nothing(kind):
    zero = np.zeros((1, 3))
    assert not saturate(kind, zero, shape_of(kind)).any()
    assert not saturation_gain(kind, zero, shape_of(kind)).any()


@pytest.mark.parametrize("kind", SATURATIONS)
def test_the_gain_is_spend_times_the_slope(kind):
    x, h, own = np.linspace(0.05, 2, 40)[None], 1e-6, shape_of(kind)
    numeric = (saturate(kind, x * (1 + h), own) - saturate(kind, x * (1 - h), own)) / (2 * h)
    np.testing.assert_allclose(saturation_gain(kind, x, own), numeric, rtol=1e-6, atol=1e-9)


def test_logistic_is_what_its_name_says():
    x = np.linspace(0, 2, 9)[None]
    expected = (1 - np.exp(-3 * x)) / (1 + np.exp(-3 * x))
    np.testing.assert_allclose(saturate("logistic", x, shape_of("logistic")), expected)
