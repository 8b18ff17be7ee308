"""Which experiments are offered keeps the items' limits; what they lose is the path of the adstock summed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.budget.curves import hill, logistic, michaelis_menten
from workbench.budget.experiment_designs import (
    Design,
    designs_of,
    lost_by,
    most_of,
    read_by,
    settled_shares,
    warm_up_of,
)
from workbench.budget.problem import Item, Problem
from workbench.budget.transforms import adstock_weights
from workbench.core.errors import DataError

CURVE = michaelis_menten([400.0], [100.0])


def made(item: Item, plan: float, *, lengths=(2,), warm_up=0, **given):
    found = designs_of(Problem((item,), total_minor=5_000, **given), [plan], [warm_up], lengths=list(lengths))
    return [(one.name, one.during_minor) for one in found]


def test_pause_half_and_double_within_what_was_observed():
    item = Item("search", CURVE, 5_000, observed_max_minor=20_000)
    assert made(item, 5_001.0) == [("pause", 0), ("half", 2500), ("double", 10_002)]
    low = replace(item, observed_max_minor=8_000)
    assert made(low, 5_000.0) == [("pause", 0), ("half", 2500), ("raise", 8000)]
    assert made(low, 5_000.0, allow_extrapolation=True)[-1] == ("double", 10_000)
    assert made(replace(item, observed_max_minor=5_500), 5_000.0) == [("pause", 0), ("half", 2500)]


def test_what_is_read_is_the_effect_as_far_as_it_has_come():
    pause = Design(0, "pause", 100, 0, n_warm_up=1, n_read=2)
    at_once = read_by(pause, CURVE, np.ones((1, 1)))
    assert at_once == pytest.approx(CURVE.at([0.0])[0] - CURVE.at([100.0])[0])
    slow = np.array([[0.5, 0.3, 0.2]])  # a fifth of the spend still works in the first week that is read
    come = (CURVE.at([20.0]) + CURVE.at([0.0]))[0] / 2 - CURVE.at([100.0])[0]
    assert read_by(pause, CURVE, slow) == pytest.approx(come)
    assert abs(come[0]) < abs(at_once[0])


def test_limits_of_an_item_bind_and_fixed_ones_are_left_alone():
    item = Item("search", CURVE, 5_000, min_minor=2_000, max_minor=9_000)
    assert made(item, 5_000.0) == [("half", 2500), ("raise", 9000)]
    assert made(replace(item, is_fixed=True), 5_000.0) == []
    assert made(Item("search", CURVE, 5_000, max_minor=0), 0.0) == []


def test_an_item_that_the_plan_leaves_out_may_be_started():
    item = Item("search", CURVE, 1_234, observed_max_minor=20_000)
    assert made(item, 0.2) == [("start", 1_234)]
    assert made(replace(item, current_minor=0), 0.0) == [("start", 10_000)]
    assert made(Item("search", CURVE, 0), 0.0) == []
    assert most_of(Problem((item,), 1), replace(item, current_minor=30_000), 0) == 30_000


def test_lengths_are_read_after_the_warm_up():
    found = designs_of(
        Problem((Item("search", CURVE, 5_000),), total_minor=5_000), [5_000.0], [3], lengths=[2, 4]
    )
    assert {(one.n_warm_up, one.n_read, one.n_periods) for one in found} == {(3, 2, 5), (3, 4, 7)}
    assert found[0].standard_error(10.0) == pytest.approx(10.0)
    assert found[1].standard_error(10.0) == pytest.approx(10 / np.sqrt(2))
    with pytest.raises(DataError, match="lengths: 0 is no number of periods"):
        made(Item("search", CURVE, 5_000), 5_000.0, lengths=(0,))


def test_the_warm_up_ends_when_nine_tenths_have_come():
    weights = adstock_weights("geometric", 8, {"retention": np.array([0.5, 0.5])})
    assert warm_up_of(weights) == 3
    assert warm_up_of(adstock_weights("none", 8, {})) == 0


@pytest.mark.parametrize("n_periods", [1, 3, 12])
def test_the_settled_share_is_a_convolution(n_periods):
    weights = adstock_weights(
        "delayed", 5, {"retention": np.array([0.3, 0.8]), "delay": np.array([1.0, 2.5])}
    )
    shares = settled_shares(weights, n_periods)
    for row, own in zip(shares, weights, strict=True):
        np.testing.assert_allclose(row, np.convolve(np.ones(n_periods), own), atol=1e-12)


@pytest.mark.parametrize(
    "curve", [logistic([90.0, 50.0], [0.01, 0.03]), hill([90.0, 9.0], [80.0, 40.0], 0.7)]
)
def test_what_a_test_loses_is_summed_over_the_path_of_its_adstock(curve):
    weights = adstock_weights("geometric", 6, {"retention": np.array([0.2, 0.7])})
    design = Design(0, "half", 100, 50, n_warm_up=1, n_read=2)
    spend = np.full(60, 100.0)
    spend[20:23] = 50
    expected = []
    for k, own in enumerate(weights):
        stock = np.convolve(spend, own)[10:50]
        expected.append(40 * curve.at([100.0])[0][k] - curve.at(stock)[:, k].sum())
    np.testing.assert_allclose(lost_by(design, curve, weights), expected, rtol=1e-9)
    more = replace(design, name="double", during_minor=200)
    assert (lost_by(more, curve, weights) < 0).all()
