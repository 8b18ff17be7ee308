"""The split of a total: its steps, its prices and its bound."""

import numpy as np
import pytest
from random_budgets import random_curve

from workbench.budget.certificate import Multipliers, linear_bound
from workbench.budget.curves import CurveSet
from workbench.budget.region import Region
from workbench.budget.separable import _Model, _trust, best_split


def test_an_item_held_by_its_group_keeps_its_reach():
    one = np.ones(1)
    model = _Model(5 * one, -4.89 * one, -one, np.array([True]), 0 * one, 9 * one)
    own, last = np.array([-4.89]), np.array([0.06])
    reach, error = _trust(model, 5 * one, own, reach=2 * one, last_error=last)
    assert error == pytest.approx(0)
    assert reach == pytest.approx(4)


def test_an_item_that_overshot_is_held_back():
    one = np.ones(1)
    model = _Model(5 * one, -4.0 * one, -one, np.array([False]), 0 * one, 9 * one)
    reach, _ = _trust(model, 8 * one, np.array([-5.0]), reach=np.full(1, np.inf), last_error=-one)
    assert reach == pytest.approx(1.5)


def test_any_prices_bound_the_best_and_the_right_ones_do_so_tightly():
    rng = np.random.default_rng(0)
    curves = CurveSet(tuple(random_curve(rng, 30, k) for k in range(5)))
    region = Region(
        np.zeros(5),
        np.full(5, 900.0),
        1_500.0,
        True,
        np.array([0, 0, -1, -1, 1]),
        *np.array([[100.0, 50], [400, 300]]),
    )
    best = best_split(curves, region)
    assert best.gap <= 1e-9 * best.value
    for _ in range(200):
        x = rng.dirichlet(np.ones(5)) * 1_500
        value, slope, _ = curves.moments(x)
        prices = Multipliers(float(rng.normal(0, 0.3)), rng.normal(0, 0.3, 2), np.empty(0))
        if (region.group_sums(x) <= region.group_high).all() and (
            region.group_sums(x) >= region.group_low
        ).all():
            assert value.sum() <= best.value * (1 + 1e-12)
        assert value.sum() + linear_bound(slope, x, region, prices) >= best.value * (1 - 1e-12)
