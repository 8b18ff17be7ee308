"""The true response: it saturates, tires, carries over and heeds bids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.market.response import (
    FATIGUE_FLOOR,
    MAX_FREQUENCY,
    bid_effect,
    carry_over,
    cost_of,
    freshness,
    impressions_for,
)

positive = st.floats(0.01, 1e6)


@given(spend=positive, more=st.floats(1.01, 3), price=st.floats(0.5, 100), audience=st.floats(1e3, 1e7))
def test_more_money_buys_more_but_less_for_each_unit(spend, more, price, audience):
    few, many = impressions_for(np.array([spend, spend * more]), np.array(price), np.array(audience))
    assert few <= many <= few * more * (1 + 1e-9)
    assert many <= MAX_FREQUENCY * audience


@given(spend=positive, price=st.floats(0.5, 100), audience=st.floats(1e3, 1e7))
def test_impressions_cost_what_was_spent_on_them(spend, price, audience):
    n = impressions_for(np.array([spend]), np.array(price), np.array(audience))
    if n[0] < MAX_FREQUENCY * audience:
        assert cost_of(n, np.array(price), np.array(audience))[0] == pytest.approx(spend)


def test_a_higher_cap_lets_more_through_at_a_higher_price():
    share, price = bid_effect(np.array([0.3, 0.8, 1.5, 4.0, np.inf]))
    assert (np.diff(share) > 0).all()
    assert (np.diff(price) > 0).all()
    assert share[-1] == price[-1] == 1


def test_creatives_tire_to_a_floor():
    seen = np.array([0.0, 3.0, 300.0])
    assert freshness(seen, np.array(3.0)) == pytest.approx([1, (1 + FATIGUE_FLOOR) / 2, FATIGUE_FLOOR])


def test_exposure_helps_and_saturates():
    lift = carry_over(np.array([0.0, 0.1, 0.2, 100.0]), np.zeros(4))
    assert lift[0] == 1
    assert (np.diff(lift) > 0).all()
    assert lift[2] - lift[1] < lift[1] - lift[0]
