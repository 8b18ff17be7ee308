"""Delivery: what is found, what is taken out, how often the interval holds the truth."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.delivery_balance import delivery_balance

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "120"))
CELLS = ["18-24", "25-34", "35-44"]


def test_equal_delivery_is_balanced_and_nothing_moves():
    shown = np.array([[4_000, 5_000, 1_000], [8_050, 9_950, 2_000]])
    found = delivery_balance(shown, shown // 50, shown, names=["a", "b"], cells=CELLS, metric="ctr")
    assert found.is_balanced
    assert "balanced" in found.summary()
    for ad in found.ads:
        assert ad.post_stratified == pytest.approx(ad.raw, rel=0.03)
        assert ad.interval[0] < ad.raw < ad.interval[1]


def test_the_mix_of_people_is_taken_out():
    # both ads do the same in every cell; one was shown to those who click
    rates = np.array([0.01, 0.03, 0.06])
    shown = np.array([[80_000, 15_000, 5_000], [5_000, 15_000, 80_000]])
    found = delivery_balance(
        shown, np.round(shown * rates), shown, names=["a", "b"], cells=CELLS, breakdowns=["age"], metric="ctr"
    )
    a, b = found.ads
    assert b.raw > 2.5 * a.raw
    assert a.post_stratified == pytest.approx(b.post_stratified, rel=0.05)
    assert not found.is_balanced
    assert a.distance == pytest.approx(0.75)
    assert "75" in found.summary()
    assert "causal" not in json.dumps(found.to_dict()).lower()


def test_cells_without_overlap_are_named():
    shown = np.array([[4_000, 0, 1_000], [4_000, 5_000, 0]])
    found = delivery_balance(shown, shown // 40, shown / 100, names=["a", "b"], cells=CELLS)
    assert found.ads[0].without_overlap == ("25-34", "35-44")
    assert found.ads[0].interval[0] < found.ads[0].post_stratified < found.ads[0].interval[1]
    assert list(found.table()["name"]) == ["a", "b"]


def test_an_ad_without_results_has_a_cost_all_the_same():
    shown = np.array([[400, 300, 300], [4_000, 5_000, 2_000]])
    found = delivery_balance(shown, [[0, 0, 0], [20, 40, 10]], shown / 50, names=["a", "b"], cells=CELLS)
    assert found.ads[0].raw is None
    assert np.isfinite(found.ads[0].post_stratified)


def test_the_interval_holds_the_truth(record_property):
    rng, inside = np.random.default_rng(12), []
    for _ in range(N_SIMULATIONS):
        cell = np.exp(rng.normal(-4, 0.4, 6))
        truth = cell * np.exp(rng.normal(0, 0.3, (4, 1))) * rng.gamma(25, 1 / 25, (4, 6))
        size = np.floor(10 ** rng.uniform(1.5, 3.8, (4, 6)))
        found = delivery_balance(
            size,
            rng.poisson(truth * size),
            size,
            names=list("abcd"),
            cells=list("uvwxyz"),
            metric="cvr",
            level=0.9,
        )
        target = truth @ (size.sum(axis=0) / size.sum())
        inside += [ad.interval[0] <= t <= ad.interval[1] for ad, t in zip(found.ads, target, strict=True)]
    record_property("coverage", round(float(np.mean(inside)), 3))
    error = np.sqrt(0.09 / len(inside))
    assert abs(np.mean(inside) - 0.9) < 3 * error + 0.005


@pytest.mark.parametrize(
    ("impressions", "results", "said"),
    [
        ([[1, 2], [3, 4]], [[1] * 3] * 2, "impressions:"),
        ([[1, 2, 3], [3, 4, -1]], [[1] * 3] * 2, "impressions:"),
        ([[1, 2, 3], [0, 0, 0]], [[1] * 3] * 2, "impressions: b was never shown"),
        ([[1, 2, 3], [3, 4, 5]], [[0] * 3] * 2, "results: 0 results in all"),
    ],
)
def test_bad_input_is_refused(impressions, results, said):
    with pytest.raises(DataError, match=said):
        delivery_balance(impressions, results, [[1, 1, 1]] * 2, names=["a", "b"], cells=CELLS)
