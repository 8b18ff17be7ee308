"""Effects by a column: pooled, and seldom worth acting upon."""

from __future__ import annotations

import json

import numpy as np
import pytest
from unit_frames import unit_rows

from workbench.core.errors import DataError
from workbench.experiments.effects import effects_by
from workbench.experiments.options import Options


@pytest.fixture(scope="module")
def rows():
    return unit_rows(3_000)


def test_the_same_effect_everywhere_is_no_usable_heterogeneity(rows):
    (got,) = effects_by(rows, arm="group", metric="value", by="region")
    assert got.heterogeneity == "none"
    assert "No usable heterogeneity" in got.summary()
    pooled = [one.estimate for one in got.effects]
    assert np.ptp(pooled) < np.ptp([one.observed for one in got.effects])
    assert sum(one.n_units for one in got.effects) == len(rows)
    own = rows[rows.region == "north"].groupby("group").value.mean()
    assert got.effects[0].observed == pytest.approx(own["variant"] - own["control"])
    json.dumps(got.to_dict(), allow_nan=False)
    assert len(got.table()) == 3


@pytest.mark.parametrize(("north", "found"), [(3.0, "size"), (-3.0, "sign")])
def test_a_differing_effect_is_found(rows, north, found):
    treated = (rows.group == "variant") & (rows.region == "north")
    (got,) = effects_by(
        rows.assign(value=rows.value + 1.5 * (rows.group == "variant") + north * treated),
        arm="group",
        metric="value",
        by="region",
    )
    assert got.heterogeneity == found
    assert "test before acting" in got.summary()
    (back,) = effects_by(
        rows.assign(value=-rows.value - 1.5 * (rows.group == "variant") - north * treated),
        arm="group",
        metric="value",
        by="region",
        options=Options(higher_is_better=False),
    )
    assert [one.prob_better for one in back.effects] == pytest.approx(
        [one.prob_better for one in got.effects]
    )


def test_tests_made_are_counted_and_rarely_cry(rows):
    rng = np.random.default_rng(9)
    named = {f"noise_{k}": rng.integers(0, 4, len(rows)) for k in range(40)}
    noisy = rows.assign(**named)
    alone = [effects_by(noisy, arm="group", metric="bought", by=name)[0].heterogeneity_p for name in named]
    assert 0 <= sum(p < 0.05 for p in alone) <= 6
    together = effects_by(noisy, arm="group", metric="bought", by=list(named))
    assert min(one.heterogeneity_p for one in together) >= min(1, 40 * min(alone)) - 1e-12
    assert {one.heterogeneity for one in together} == {"none"}


def test_clusters_ratios_and_levels_without_a_result(rows):
    (plain,) = effects_by(rows, arm="group", metric="orders", denominator="sessions", by="region")
    assert plain.effects[0].estimate > 0
    halves = rows.assign(half=rows["shop"] // 2 % 2, shop=rows["shop"] * 100 + rows.unit % 40)
    (clustered,) = effects_by(halves, arm="group", metric="value", cluster="shop", by="half")
    assert clustered.effects[0].n_units < len(rows)
    rare = rows.assign(bought=((rows.region == "north") & (rows.unit % 9 == 0)).astype(int))
    (got,) = effects_by(rare, arm="group", metric="bought", by="region")
    assert all(np.isfinite(one.interval).all() for one in got.effects)


def test_columns_that_do_not_divide_are_refused(rows):
    with pytest.raises(DataError, match="by: 'unit' has 1 levels"):
        effects_by(rows.head(900), arm="group", metric="value", by="unit")
    with pytest.raises(DataError, match="does not vary in an arm"):
        effects_by(rows.assign(bought=0), arm="group", metric="bought", by="region")


def test_hillstrom_has_no_usable_heterogeneity_by_channel(shared_data):
    found = effects_by(
        shared_data / "experiments" / "hillstrom.csv",
        arm="segment",
        metric="visit",
        by=("channel", "zip_code"),
        control="No E-Mail",
    )
    assert {one.heterogeneity for one in found} == {"none"}
