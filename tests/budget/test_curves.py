"""Values, slopes and bends of the response curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_budgets import random_curve

from workbench.budget.curves import CurveSet, hill, kernel, logistic, michaelis_menten, tanh
from workbench.core.errors import DataError


@pytest.mark.parametrize("family", range(4))
@given(seed=st.integers(0, 10_000), spend=st.floats(5, 5_000))
def test_slopes_and_bends_are_derivatives(family, seed, spend):
    curve = random_curve(np.random.default_rng(seed), 7, family)
    step = 1e-4 * spend
    value = [curve.at(spend + k * step)[0] for k in (-1, 0, 1)]
    size = curve.scale
    _, first, second = CurveSet((curve,)).by_draw(np.array([spend]))
    assert (value[2] - value[0]) / (2 * step) == pytest.approx(first[0], rel=1e-5, abs=1e-9 * size.max())
    bend = (value[2] - 2 * value[1] + value[0]) / step**2
    assert bend == pytest.approx(second[0], rel=1e-3, abs=1e-6 * size.max() / spend**2)


def test_families_as_they_are_written_in_the_field():
    x, scale, rate = np.array([0.0, 3.0, 80.0]), np.array([2.0]), np.array([0.05])
    power = np.exp(-0.05 * x)
    assert logistic(scale, rate).at(x)[:, 0] == pytest.approx(2 * (1 - power) / (1 + power))
    assert tanh(scale, rate).at(x)[:, 0] == pytest.approx(2 * np.tanh(0.05 * x))
    assert michaelis_menten(scale, [20.0]).at(x)[:, 0] == pytest.approx(2 * x / (20 + x))
    assert hill(scale, [20.0], [3.0]).at(x)[:, 0] == pytest.approx(2 * x**3 / (20**3 + x**3), abs=1e-12)


def test_a_set_averages_its_curves_in_order():
    rng = np.random.default_rng(3)
    curves = tuple(random_curve(rng, 300, k) for k in (2, 0, 3, 1, 2, 0))
    spend = rng.uniform(0, 900, 6)
    value, _, _ = CurveSet(curves).moments(spend)
    assert value == pytest.approx([curve.at(x).mean() for curve, x in zip(curves, spend, strict=True)])
    weights = rng.dirichlet(np.ones(300))
    weighted, _, _ = CurveSet(curves).moments(spend, weights)
    assert weighted == pytest.approx([c.at(x)[0] @ weights for c, x in zip(curves, spend, strict=True)])


def test_minor_units_and_adstock_change_the_rate_only():
    curve = michaelis_menten([10.0, 12.0], [100.0, 90.0])
    assert curve.per(100).at(5_000) == pytest.approx(curve.at(50))
    assert curve.of_adstock([0.5, 0.0]).at(50)[0] == pytest.approx([curve.at(100)[0, 0], curve.at(50)[0, 1]])


def test_only_hill_above_one_is_not_concave():
    assert hill([1.0], [1.0], [1.0]).is_concave
    assert not hill([1.0, 1.0], [1.0, 1.0], [1.0, 1.1]).is_concave
    assert kernel("hill", np.array([0.0]), np.array([0.5]))[1][0] > 1e6


@pytest.mark.parametrize(
    ("scale", "half", "field"),
    [
        ([-1.0], [1.0], "scale"),
        ([1.0], [0.0], "half_spend"),
        ([1.0], [np.nan], "half_spend"),
        ([[1.0]], [1.0], "scale"),
    ],
)
def test_what_is_no_response_curve_is_refused(scale, half, field):
    with pytest.raises(DataError) as raised:
        michaelis_menten(scale, half)
    assert raised.value.field == field


def test_curves_of_different_draws_are_refused():
    with pytest.raises(DataError, match="same number of draws"):
        CurveSet((tanh([1.0, 2.0], [1.0]), tanh([1.0], [1.0])))
    with pytest.raises(DataError, match="same number of draws"):
        tanh([1.0, 2.0], [1.0, 2.0, 3.0])
