"""Quantiles: order statistics, ties, clusters, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.options import Options
from workbench.experiments.quantiles import analyse_quantiles

RNG = np.random.default_rng(5)
ARMS = [RNG.exponential(3.0, 500), RNG.exponential(3.6, 520), RNG.exponential(3.0, 480)]


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("higher", [True, False])
def test_everything_agrees(q, higher):
    options = Options(higher_is_better=higher, value=2.0, per_day=50.0, rope=0.05, names=("a", "b", "c"))
    got = analyse_quantiles(ARMS, q, options=options)
    assert sum(got.prob_best) == pytest.approx(1)
    assert got.expected_loss_per_day == pytest.approx([100 * x for x in got.expected_loss])
    two = analyse_quantiles(ARMS[:2], q, options=Options(higher_is_better=higher))
    back = analyse_quantiles(ARMS[1::-1], q, options=Options(higher_is_better=higher))
    assert two.prob_best == pytest.approx(back.prob_best[::-1])
    assert two.prob_best[1] == pytest.approx(two.uplift[0].prob_better)
    for one in (*got.uplift, *two.uplift):
        assert one.is_better == ((one.absolute.low > 0) if higher else (one.absolute.high < 0))
        assert one.is_better == ((one.relative.low > 0) if higher else (one.relative.high < 0))
    json.dumps(got.to_dict(), allow_nan=False)


def test_many_values_are_the_normal_approximation():
    rng = np.random.default_rng(3)
    x = rng.normal(50, 10, 200_000)
    got = analyse_quantiles([x, x + 0.3], 0.5)
    error = 10 * np.sqrt(np.pi / 2 / 200_000)
    low, high = got.arms[0].interval
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.05)
    change = got.uplift[0].absolute
    assert (change.high - change.low) / 2 == pytest.approx(1.96 * np.sqrt(2) * error, rel=0.05)


def test_whole_numbers_may_tie():
    rng = np.random.default_rng(2)
    got = analyse_quantiles([rng.poisson(3, 900), rng.poisson(3, 900)])
    assert got.prob_best[0] == pytest.approx(0.5, abs=0.01)
    assert got.uplift[0].absolute.low <= 0 <= got.uplift[0].absolute.high
    assert got.decision.verdict == "wait"


def test_a_control_at_zero_has_no_relative_change():
    rng = np.random.default_rng(2)
    got = analyse_quantiles([np.zeros(50), rng.exponential(1, 50)])
    assert got.uplift[0].relative is None
    assert got.decision.headline == "Ship B"


def test_the_split_is_checked():
    assert analyse_quantiles([ARMS[0], ARMS[1][:300]]).decision.verdict == "do not read"


def clustered(seed, n_clusters=80, size=12):
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(n_clusters), size)
    return rng.normal(0, 1, n_clusters)[ids] + rng.normal(0, 0.3, ids.size), ids


def test_repeated_units_are_refused_and_clusters_widen():
    (x, first), (y, second) = clustered(1), clustered(2)
    second = second + 1_000
    with pytest.raises(DataError, match=r"unit_ids: 1920 values of 160 units are clustered") as refused:
        analyse_quantiles([x, y], unit_ids=[first, second])
    assert "clusters" in refused.value.next_step
    alone = analyse_quantiles([x, y])
    got = analyse_quantiles([x, y], clusters=[first, second])
    assert np.ptp(got.arms[0].interval) > 2 * np.ptp(alone.arms[0].interval)
    assert "variances are multiplied by" in got.summary()
    assert got.split_p == pytest.approx(1)
    single = analyse_quantiles([x, y], clusters=[np.arange(960), 1_000 + np.arange(960)])
    assert single.prob_best == pytest.approx(alone.prob_best, abs=0.01)


def test_clusters_cover():
    n_runs, inside = 150, 0
    for seed in range(n_runs):
        (x, first), (y, second) = clustered(seed), clustered(10_000 + seed)
        change = analyse_quantiles([x, y], clusters=[first, second + 1_000]).uplift[0].absolute
        inside += change.low <= 0 <= change.high
    assert inside / n_runs == pytest.approx(0.95, abs=3.5 * np.sqrt(0.95 * 0.05 / n_runs))


@pytest.mark.parametrize(
    ("arms", "words", "error", "said"),
    [
        ([ARMS[0]], {}, DataError, "values: 1 arms"),
        ([[1.0, np.nan], [1.0, 2.0]], {}, DataError, "no finite number"),
        ([[], [1.0, 2.0]], {}, DataError, "an arm has none"),
        (ARMS, {"q": 1.0}, DataError, "q: 1.0 is no quantile"),
        (
            [ARMS[0][:30], ARMS[1]],
            {"q": 0.9},
            NotEnoughData,
            "values: 30 values are too few for the quantile 0.9",
        ),
        ([[1.0], ARMS[1]], {}, NotEnoughData, "values: 1 values are too few"),
        (ARMS[:2], {"clusters": [np.zeros(500), np.ones(520)]}, NotEnoughData, "clusters: 1 clusters"),
        (ARMS[:2], {"clusters": [np.zeros(500)]}, DataError, "clusters: 1 lists"),
        (ARMS[:2], {"unit_ids": [np.arange(500), np.arange(520)]}, DataError, "appears in two arms"),
    ],
)
def test_bad_values_are_refused(arms, words, error, said):
    with pytest.raises(error, match=said) as refused:
        analyse_quantiles(arms, **words)
    assert refused.value.next_step
