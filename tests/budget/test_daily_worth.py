"""What a result is worth: learned from revenue, pooled and honest where little is known; or given."""

from __future__ import annotations

import os

import numpy as np
import pytest

from workbench.budget.daily_worth import given_worth, learn_worth
from workbench.core.errors import DataError, NotEnoughData

N = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))


def drawn(worth, n_draws=4000):
    return worth.draws(np.random.default_rng(2), n_draws)


def test_many_results_tell_their_own_worth_and_few_are_taken_for_like_the_others():
    rng = np.random.default_rng(3)
    results = np.array([[40, 40, 40, 40, 0, 0]] * 40)
    values = rng.gamma(np.maximum(results, 1e-9)) * np.array([50.0, 20.0, 30.0, 40.0, 0.0, 0.0])
    results[-1, 5], values[-1, 5] = 1, 500.0  # one result of 500
    worth = learn_worth("abcdef", values, results)
    mean, low, high = drawn(worth).mean(axis=1), *np.quantile(drawn(worth), [0.05, 0.95], axis=1)
    assert mean[:4] == pytest.approx([50, 20, 30, 40], rel=0.06)
    assert 25 < mean[4] < 60  # nothing of its own
    assert mean[4] < mean[5] < 250  # one result does not tell that it is worth 500
    assert high[4] / low[4] > 2.5
    assert high[0] / low[0] < 1.2


def test_items_that_do_not_differ_are_learned_together():
    rng = np.random.default_rng(5)
    results = rng.poisson(1.0, (60, 8))
    values = rng.gamma(np.maximum(results, 1e-9)) * 50 * (results > 0)
    worth = learn_worth("abcdefgh", values, results, half_life_days=1e9)
    own = (values.sum(axis=0) / results.sum(axis=0)).std()
    assert drawn(worth).mean(axis=1).std() < 0.7 * own
    assert worth.scatter == pytest.approx(1.0, rel=0.2)
    assert worth.n_results == pytest.approx(results.sum())


def test_intervals_hold_the_worth_as_often_as_they_say():
    rng = np.random.default_rng(6)
    inside = []
    for k in range(N):
        truth = np.exp(rng.normal(np.log(50), abs(rng.normal(0, 0.5)), 6))
        results = rng.poisson(rng.lognormal(-0.5, 0.7, 6), (60, 6))
        scatter = (0.5, 1.0)[k % 2]
        values = rng.gamma(np.maximum(results, 1e-9) / scatter**2) * scatter**2 * truth * (results > 0)
        worth = learn_worth("abcdef", values, results, half_life_days=1e9)
        low, high = np.quantile(worth.draws(rng, 500), [0.05, 0.95], axis=1)
        inside += list((low <= truth) & (truth <= high))
    assert 0.9 - 3 * np.sqrt(0.09 / N) < np.mean(inside) < 0.98  # an item's six are not independent


def test_too_little_revenue_is_refused_with_what_helps():
    few = np.ones((5, 2))
    for values, results in ((10 * few, few), (0 * few, 100 * few), (np.zeros((0, 2)), np.zeros((0, 2)))):
        with pytest.raises(NotEnoughData, match="--value-per-result") as caught:
            learn_worth("ab", values, results)
        assert caught.value.field == "objective"


def test_given_worths_are_taken_as_they_are_and_checked():
    one, each = given_worth("ab", 40.0), given_worth("ab", {"b": 10.0, "a": 20.0})
    assert (one.is_given, one.is_same, each.is_same) == (True, True, False)
    assert drawn(each, 3) == pytest.approx(np.array([[20.0] * 3, [10.0] * 3]))
    assert not learn_worth("ab", np.full((9, 2), 90.0), np.full((9, 2), 9.0)).is_given
    for bad in ({"a": 20.0}, {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 0.0, "b": 1.0}, -1.0, float("nan")):
        with pytest.raises(DataError) as caught:
            given_worth("ab", bad)
        assert caught.value.field == "value_per_result"
