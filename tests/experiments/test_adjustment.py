"""Adjusted figures against regressions, post-stratification by hand, clustered sandwiches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from unit_frames import unit_rows

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.analyse import analyse


@pytest.fixture(scope="module")
def rows():
    return unit_rows(2_000)


def laws(result):
    return [(arm.estimate, (arm.interval[1] - arm.interval[0]) / 2 / 1.96) for arm in result.arms]


def test_the_adjusted_effect_is_the_interacted_regression(rows):
    import statsmodels.api as sm

    got = analyse(rows, arm="group", metric="value", covariate=("before", "sessions"))
    centred = rows[["before", "sessions"]] - rows[["before", "sessions"]].mean()
    treated = (rows.group == "variant").astype(float)
    design = np.column_stack([np.ones(len(rows)), treated, centred, centred.mul(treated, axis=0)])
    fit = sm.OLS(rows.value.to_numpy(), design).fit(cov_type="HC2")
    change = got.uplift[0].absolute
    assert change.mean == pytest.approx(fit.params[1], rel=1e-10)
    assert (change.high - change.low) / 2 / 1.9612 == pytest.approx(fit.bse[1], rel=0.01)
    assert 0.8 < got.adjustment.variance_reduction < 0.95
    assert got.unadjusted.uplift[0].absolute.mean != pytest.approx(change.mean, rel=1e-3)


def test_post_stratification_by_hand(rows):
    rows = rows.assign(value=rows.value + 10 * (rows.region == "north"))
    got = analyse(rows, arm="group", metric="value", strata="region")
    shares = rows.region.value_counts(normalize=True).sort_index()
    cells = rows.groupby(["group", "region"]).value.agg(["mean", "var", "size"])
    for arm, name in zip(got.arms, ("control", "variant"), strict=True):
        assert arm.estimate == pytest.approx((cells.loc[name, "mean"] * shares).sum())
    error = np.sqrt((cells["var"] / cells["size"] * shares.reindex(cells.index, level=1) ** 2).sum())
    change = got.uplift[0].absolute
    assert (change.high - change.low) / 2 / 1.9612 == pytest.approx(error, rel=0.005)
    assert got.adjustment.variance_reduction > 0.5


def test_small_strata_are_put_together(rows):
    rows = rows.assign(region=rows.region.where(rows.unit >= 5, "rare").where(rows.unit != 7))
    got = analyse(rows, arm="group", metric="value", strata="region")
    assert "3 strata with few units" in got.summary()  # the rare one, the missing one, and one to join


def test_clusters_are_a_ratio_of_sums_with_a_sandwich(rows):
    rows = rows.assign(value=rows.value + rows["shop"] % 7)
    got = analyse(rows, arm="group", metric="value", cluster="shop")
    for arm, name in zip(got.arms, ("control", "variant"), strict=True):
        own = rows[rows.group == name]
        assert arm.estimate == pytest.approx(own.value.mean())
        residual = (own.value - own.value.mean()).groupby(own["shop"]).sum()
        n_clusters = len(residual)
        error = np.sqrt(n_clusters / (n_clusters - 1) * (residual**2).sum()) / len(own)
        from scipy.stats import t

        assert arm.interval[1] - arm.estimate == pytest.approx(error * t.ppf(0.975, n_clusters - 1))
    assert got.n_units == (25, 25)
    assert "50 of them" in got.summary()


def test_a_row_a_cluster_is_no_cluster(rows):
    plain = analyse(rows, arm="group", metric="value", covariate="before")
    clustered = analyse(rows, arm="group", metric="value", covariate="before", cluster="unit")
    assert clustered.uplift[0].absolute.low == pytest.approx(plain.uplift[0].absolute.low, rel=1e-9)


def test_a_denominator_of_one_is_a_mean(rows):
    mean = analyse(rows, arm="group", metric="value", covariate="before", strata="region")
    ratio = analyse(
        rows.assign(one=1),
        arm="group",
        metric="value",
        denominator="one",
        covariate="before",
        strata="region",
    )
    assert ratio.kind == "ratios"
    assert ratio.uplift[0].absolute.low == pytest.approx(mean.uplift[0].absolute.low, rel=1e-9)


def test_a_ratio_has_the_delta_method_s_error(rows):
    got = analyse(rows, arm="group", metric="orders", denominator="sessions")
    own = rows[rows.group == "variant"]
    ratio = own.orders.sum() / own.sessions.sum()
    error = np.std(own.orders - ratio * own.sessions, ddof=1) / np.sqrt(len(own)) / own.sessions.mean()
    assert got.arms[1].estimate == pytest.approx(ratio)
    assert (got.arms[1].interval[1] - ratio) / 1.962 == pytest.approx(error, rel=1e-3)


def test_a_covariate_of_afterwards_is_withheld(rows):
    after = rows.assign(visits=rows.value + 2 * (rows.group == "variant"))
    got = analyse(after, arm="group", metric="value", covariate=("before", "visits"))
    assert got.unadjusted is None
    assert got.adjustment.variance_reduction is None
    assert "visits" in got.adjustment.withheld
    assert "before" not in got.adjustment.withheld.split("beyond chance in")[1].split(".")[0]
    assert got.arms == analyse(rows, arm="group", metric="value").arms
    assert "Not adjusted" in got.summary()


def test_few_results_keep_the_exact_rate(rows):
    rare = rows.assign(bought=(rows.unit < 12).astype(int))
    got = analyse(rare, arm="group", metric="bought", covariate="before")
    assert "exact unadjusted figures stand" in got.summary()
    assert got.prior == (1.0, 1.0)
    got = analyse(rare.assign(bought=0), arm="group", metric="bought", covariate="before")
    assert got.decision.verdict == "wait"


def test_few_units_are_not_adjusted():
    got = analyse(unit_rows(20), arm="group", metric="value", covariate="before")
    assert "degrees of freedom" in got.adjustment.withheld


def test_repeated_covariates_count_once(rows):
    once = analyse(rows, arm="group", metric="value", covariate="before")
    twice = analyse(
        rows.assign(again=2 * rows.before + 1), arm="group", metric="value", covariate=("before", "again")
    )
    assert twice.uplift[0].absolute.low == pytest.approx(once.uplift[0].absolute.low, rel=1e-8)


def test_missing_covariates_count_as_the_mean(rows):
    before = rows.before.where(rows.unit % 10 > 0)
    got = analyse(rows.assign(before=before), arm="group", metric="value", covariate="before")
    filled = rows.assign(before=before.fillna(before.mean()))
    expected = analyse(filled, arm="group", metric="value", covariate="before")
    assert got.uplift[0].absolute.low == pytest.approx(expected.uplift[0].absolute.low, rel=1e-9)
    assert "no value in 200 rows" in got.summary()


def test_clusters_that_do_not_fit_are_refused(rows):
    with pytest.raises(NotEnoughData, match="cluster: control has 4 clusters"):
        analyse(rows[rows["shop"] < 8], arm="group", metric="value", cluster="shop")
    with pytest.raises(DataError, match="lie in more than one arm"):
        analyse(rows.assign(shop=rows["shop"] // 2), arm="group", metric="value", cluster="shop")
    with pytest.raises(DataError, match="more than one arm or stratum"):
        analyse(rows, arm="group", metric="value", cluster="shop", strata="region")
    with pytest.raises(DataError, match="missing in 1 rows"):
        analyse(
            rows.assign(shop=rows["shop"].where(rows.unit > 0)), arm="group", metric="value", cluster="shop"
        )


def test_a_covariate_that_is_the_metric_is_refused():
    rows = unit_rows(100, effect=0.0)
    with pytest.raises(NotEnoughData, match="told entirely by the covariates"):
        analyse(rows.assign(again=rows.value), arm="group", metric="value", covariate="again")


def test_three_arms_are_each_compared_with_the_control():
    rng = np.random.default_rng(8)
    before = rng.normal(0, 1, 3_000)
    group = np.array(["a", "b", "c"])[np.arange(3_000) % 3]
    value = 1 + before + 0.1 * (group == "c") + rng.normal(0, 1, 3_000)
    rows = pd.DataFrame({"group": group, "value": value, "before": before})
    three = analyse(rows, arm="group", metric="value", covariate="before")
    pair = analyse(rows[rows.group != "b"], arm="group", metric="value", covariate="before")
    width = [one.uplift[-1].absolute.high - one.uplift[-1].absolute.low for one in (three, pair)]
    assert width[0] == pytest.approx(width[1], rel=0.01)
    assert sum(three.prob_best) == pytest.approx(1)
