"""Campaigns drawn from the pooled model's own priors, with the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from workbench.budget.data import MixData
from workbench.budget.model import make_model
from workbench.budget.pooled import PooledMixModel
from workbench.budget.simulate import simulated_spend
from workbench.budget.spec import MixSpec


@dataclass(frozen=True)
class PooledMix:
    """Data, what was asked of them, and what each item truly brought."""

    data: MixData
    spec: MixSpec
    model: PooledMixModel
    contributions: np.ndarray


def pooled_mix(
    seed: int, *, groups: tuple[str, ...] = ("a", "a", "a", "a", "b"), n_days: int = 120
) -> PooledMix:
    """Draw one data set of some months of days."""
    rng = np.random.default_rng(seed)
    names = tuple(f"item_{k + 1}" for k in range(len(groups)))
    spec = MixSpec(n_fourier=0, n_lags=7, outcome_scale=1e4, groups=dict(zip(names, groups, strict=True)))
    dates = tuple(date(2025, 1, 1) + timedelta(days=k) for k in range(n_days))
    spend = simulated_spend(n_days, len(groups), rng)
    blank = MixData(dates, np.arange(float(n_days)), spend, names, np.zeros((n_days, 0)))
    model = make_model(blank, spec, kind=PooledMixModel)
    scores = rng.standard_normal((1, model.n_curve))
    mean, sd = model.worth_law(scores)
    worths = mean - sd * ndtri_exp(log_ndtr(mean / sd) + np.log1p(-rng.random(mean.shape)))
    curves, noise = model.curves_of(scores)
    columns, _ = model.worth_columns(curves)
    base = model.baseline.mean + model.baseline.sd * rng.standard_normal(len(model.baseline.sd))
    outcome = model.baseline.columns @ base + worths[0] @ columns[0] + noise * rng.standard_normal(n_days)
    data = replace(blank, outcome=outcome)
    done = make_model(data, spec, kind=PooledMixModel)
    return PooledMix(data, spec, done, worths[0] * model.worth_units)
