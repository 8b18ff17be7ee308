"""Intervals of adjusted, stratified and clustered figures hold the truth as often as they say."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.experiments.adjustment import laws_of
from workbench.experiments.analyse import analyse, read_units
from workbench.experiments.arm_estimates import estimate_arms, merge_small_strata
from workbench.experiments.options import Options
from workbench.experiments.unit_rows import Columns
from workbench.stats.best_of import best_of

N_RUNS = int(os.environ.get("WORKBENCH_SIMULATIONS", "100"))
EFFECT = 0.3


def regression(rng):
    """Slopes and variances differ by arm, and the noise grows with the covariate."""
    n = 120
    before = rng.gamma(2, 1, n)
    treated = rng.permutation(n) < 40
    value = before * (1 + 0.5 * treated) + (EFFECT - 1) * treated + (0.3 + 0.5 * before) * rng.normal(0, 1, n)
    return {"before": before, "value": value}, treated, {"covariate": "before"}


def strata(rng):
    n = 150
    region = rng.integers(0, 3, n)
    treated = rng.permutation(n) < 75
    value = 3 * region + EFFECT * treated * region + rng.exponential(1 + region, n)
    return {"region": region, "value": value}, treated, {"strata": "region"}


def clusters(rng):
    sizes = rng.integers(1, 15, 24)
    shop = np.repeat(np.arange(24), sizes)
    treated = rng.permutation(24)[shop] < 12
    before = rng.normal(0, 1, 24)[shop]
    value = EFFECT * treated + before + rng.normal(0, 0.5, 24)[shop] + rng.normal(0, 1, len(shop))
    return (
        {"shop": shop, "before": before, "value": value},
        treated,
        {"cluster": "shop", "covariate": "before"},
    )


def few_clusters(rng):
    shop = np.repeat(np.arange(12), 10)
    treated = rng.permutation(12)[shop] < 6
    value = EFFECT * treated + rng.normal(0, 1, 12)[shop] + rng.normal(0, 1, len(shop))
    return {"shop": shop, "value": value}, treated, {"cluster": "shop"}


def ratio(rng):
    n = 200
    level = rng.gamma(3, 1, n)
    below = rng.poisson(2 + level) + 1
    treated = rng.permutation(n) < 100
    value = below * (1 + EFFECT * treated) + level * 2 + rng.normal(0, 2, n)
    return (
        {"before": level, "value": value, "below": below},
        treated,
        {
            "denominator": "below",
            "covariate": "before",
        },
    )


def laws(rows, **asked):
    """Return the arms' laws as `analyse` makes them, without the comparisons that take most of its time."""
    columns = Columns(
        "group",
        "value",
        asked.get("denominator"),
        (asked["covariate"],) if "covariate" in asked else (),
        asked.get("cluster"),
        asked.get("strata"),
    )
    data = read_units(rows, columns, kind=None, unit=None, control=None, options=Options())
    cells, _ = merge_small_strata(data.cells, data.arms)
    arms = estimate_arms(cells, data.arms, shift=data.shift, is_ratio=data.is_ratio)
    return laws_of(arms, n_covariates=len(columns.covariates))


@pytest.mark.parametrize("case", [regression, strata, clusters, few_clusters, ratio])
def test_coverage(case):
    rng = np.random.default_rng(17)
    below = np.empty(N_RUNS)
    for run in range(N_RUNS):
        columns, treated, asked = case(rng)
        rows = pd.DataFrame({"group": np.where(treated, "variant", "control"), **columns})
        first, second = laws(rows, **asked)
        below[run] = best_of([replace(first, centre=first.centre + EFFECT), second]).prob_best[1]
    for level in (0.5, 0.8, 0.95):
        inside = float(((below > (1 - level) / 2) & (below < (1 + level) / 2)).mean())
        error = np.sqrt(level * (1 - level) / N_RUNS)
        # Behrens and Fisher's law is a little wide where there are few clusters, never too narrow.
        assert (
            level - 3 * error - 0.01 < inside < level + 3 * error + (0.06 if case is few_clusters else 0.01)
        )


def test_the_laws_are_those_of_the_analysis():
    columns, treated, asked = regression(np.random.default_rng(2))
    rows = pd.DataFrame({"group": np.where(treated, "variant", "control"), **columns})
    got = analyse(rows, arm="group", metric="value", **asked)
    for arm, law in zip(got.arms, laws(rows, **asked), strict=True):
        assert arm.interval == pytest.approx((law.quantile(0.025), law.quantile(0.975)))
