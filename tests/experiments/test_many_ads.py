"""Many ads: units and direction, the label of the evidence, words, refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.many_ads import analyse_ads, tree_places

NAMES = ["a", "b", "c", "d", "e"]
GROUPS = [["s", "s", "t", "t", "t"], ["p", "p", "q", "q", "q"]]
SPEND = [900.0, 900.0, 60.0, 500.0, 20.0]


def test_cost_is_the_reciprocal_and_lower_is_better():
    found = analyse_ads([30, 60, 1, 15, 0], SPEND, names=NAMES, groups=GROUPS)
    a, b, *_, e = found.ads
    assert b.estimate < a.estimate
    assert b.interval[0] < 15 < b.interval[1]
    assert b.prob_best > a.prob_best
    assert (b.observed, e.observed) == (15, None)  # no results: no observed cost, and still an estimate
    assert math.isfinite(e.interval[1])
    assert found.leader is b
    assert sum(ad.prob_best for ad in found.ads) == pytest.approx(1)
    assert b.expected_loss == pytest.approx(found.remaining.expected)


@pytest.mark.parametrize("metric", ["cvr", "ctr"])
def test_rates_stay_rates(metric):
    found = analyse_ads([30, 60, 1, 15, 0], SPEND, names=NAMES, groups=GROUPS, metric=metric)
    assert all(0 <= ad.interval[0] < ad.estimate < ad.interval[1] <= 1 for ad in found.ads)
    assert found.ads[4].estimate > 0.005  # drawn towards its ad set, not believed to be zero


def test_it_is_labelled_and_never_claims_a_cause():
    found = analyse_ads([30, 60, 1, 15, 0], SPEND, names=NAMES, groups=GROUPS)
    text = json.dumps(found.to_dict()) + found.summary()
    assert found.evidence == "observational"
    assert "Observational: people were not assigned to ads at random" in found.summary()
    assert "causal" not in text.lower()
    assert found.table()["ad"].iloc[0] == "b"
    assert found.table()["in"].iloc[0] == "p / s"


def test_dispersion_widens_every_interval():
    tight, wide = (
        analyse_ads([30, 60, 5, 15, 9], SPEND, names=NAMES, groups=GROUPS, dispersion=phi)
        for phi in (1.0, 3.0)
    )
    for a, b in zip(tight.ads, wide.ads, strict=True):
        assert b.interval[1] / b.interval[0] > a.interval[1] / a.interval[0]
    assert wide.remaining.relative_quantile > tight.remaining.relative_quantile


def test_groups_of_one_name_in_two_campaigns_are_two():
    assert tree_places([["s", "s", "s"], ["p", "q", "p"]], 3) == [[0, 1, 0], [0, 1]]
    assert tree_places([], 3) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": "roas"}, "metric: 'roas' is not known"),
        ({"results": [1, 2, 3, 4]}, "results:"),
        ({"results": [1, 2, 3, 4, np.nan]}, "results:"),
        ({"results": "x"}, "results:"),
        ({"results": [901, 2, 3, 4, 5], "metric": "ctr"}, "results: 901 of a is more than its 900"),
        ({"size": [0, 1, 1, 1, 1], "results": [0] * 5}, "Exposure of 0"),
        ({"groups": [["s"]]}, "groups: 1 labels do not fit 5 ads"),
        ({"level": 1.2}, "1.2 is not the level"),
    ],
)
def test_bad_input_is_refused(change, said):
    given = {"results": [30, 60, 1, 15, 0], "size": SPEND, "groups": GROUPS, **change}
    with pytest.raises(DataError, match=said):
        analyse_ads(given.pop("results"), given.pop("size"), names=NAMES, **given)


def test_one_ad_is_no_comparison():
    with pytest.raises(DataError, match="names: 1 ads are no comparison"):
        analyse_ads([1], [10.0], names=["a"])
