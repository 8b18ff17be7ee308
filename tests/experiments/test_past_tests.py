"""Past tests: their effects, and how many series cross a line when looked at often; on real experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import NotEnoughData, SchemaError
from workbench.experiments.learned_prior import LearnedPrior, learn_prior
from workbench.experiments.past_tests import crossings, last_looks, relative_effects
from workbench.stats.normal_effect import ratio_effect


def looks(**changes: Any) -> pd.DataFrame:
    row = {
        "experiment_id": "a",
        "variant_id": 1,
        "metric_id": 1,
        "time_since_start": 1.0,
        "count_c": 1000.0,
        "count_t": 1010.0,
        "mean_c": 10.0,
        "mean_t": 10.5,
        "variance_c": 25.0,
        "variance_t": 100.0,
    }
    return pd.DataFrame([row | changes])


@pytest.fixture(scope="module")
def asos(shared_data: Path) -> pd.DataFrame:
    return pd.read_parquet(shared_data / "experiments" / "asos_digital_experiments_dataset.parquet")


@pytest.fixture(scope="module")
def learned(asos: pd.DataFrame) -> dict[int, LearnedPrior]:
    last = last_looks(asos)
    return {
        metric: learn_prior(mine["effect"], mine["deviation"], metric=f"metric {metric}")
        for metric, mine in last.groupby("metric_id")
    }


def test_an_effect_and_its_error_by_the_delta_method() -> None:
    row = relative_effects(looks()).iloc[0]
    exact = ratio_effect(10.0, 10.5, 25 / 1000, 100 / 1010)
    assert (row["effect"], row["deviation"]) == pytest.approx((exact.mean, exact.deviation))
    below = relative_effects(looks(mean_c=-10.0, mean_t=-9.5)).iloc[0]
    assert below["effect"] == pytest.approx(0.05)  # higher is higher, also below zero


@pytest.mark.parametrize("change", [{"variance_c": np.nan}, {"variance_t": 0.0}, {"mean_c": 0.0}])
def test_a_look_that_says_nothing_is_left_out(change: dict[str, float]) -> None:
    assert len(relative_effects(looks(**change))) == 0
    with pytest.raises(NotEnoughData, match="No look"):
        crossings(looks(**change))


def test_the_last_look_is_the_latest_not_the_lowest_row() -> None:
    both = pd.concat([looks(time_since_start=9.0, mean_t=10.9), looks(time_since_start=3.0)])
    assert last_looks(both)["effect"].tolist() == pytest.approx([0.09])


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(SchemaError, match="'variance_t'") as caught:
        crossings(looks().drop(columns="variance_t"))
    assert caught.value.field == "variance_t"


def test_the_spread_of_real_effects(learned: dict[int, LearnedPrior]) -> None:
    for prior in learned.values():
        assert 0.006 <= round(prior.normal.tau, 3) <= 0.008
        assert prior.shape == "spike and slab"
        assert prior.gain > 10
    first = learned[1].spike_slab
    assert (first.spike, first.tau) == pytest.approx((0.71, 0.011), abs=0.005)
    assert first.tau_interval[0] < first.tau < first.tau_interval[1]
    assert "71" in learned[1].summary()


def test_how_many_real_series_cross(asos: pd.DataFrame, learned: dict[int, LearnedPrior]) -> None:
    flat = crossings(asos)
    assert (flat.n_series, flat.n_ever, flat.n_at_end) == (381, 274, 130)
    assert (round(flat.ever_share, 3), round(flat.at_end_share, 3)) == (0.719, 0.341)
    shrunk = crossings(asos, lambda metric: learned[metric].prior)
    assert shrunk.n_series == flat.n_series
    assert shrunk.ever_share < 0.5 * flat.ever_share
    assert shrunk.at_end_share < 0.7 * flat.at_end_share
    assert "381 series" in shrunk.summary()
