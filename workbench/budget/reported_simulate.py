"""Items' own reported results drawn from the model's prior, and whether fits of them mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.budget.data import MixData
from workbench.budget.reported import ReportedMixModel, make_reported
from workbench.budget.simulate import simulated_spend
from workbench.budget.spec import MixSpec
from workbench.stats.counts import Floats


@dataclass(frozen=True)
class SimulatedReports:
    """A data set with the parameters that made it.

    Attributes
    ----------
    model : ReportedMixModel
    scores : ndarray, shape (n_curve,)
    rates : ndarray, shape (n_items,)
        Results per currency unit over the fitted periods.
    """

    model: ReportedMixModel
    scores: Floats
    rates: Floats


def simulate_reported(
    groups: tuple[str, ...],
    *,
    n_periods: int,
    rng: np.random.Generator,
    step_days: int = 7,
    results_a_period: float = 20.0,
    **spec: Any,
) -> SimulatedReports:
    """Draw parameters from the prior and counts from them.

    Parameters
    ----------
    groups : tuple of str
        The group of each item.
    n_periods : int
    rng : numpy.random.Generator
    step_days : int
        1 or 7.
    results_a_period : float
        Of an item, about which the groups' rates are believed to lie.
    **spec
        Further fields of `MixSpec`.

    Examples
    --------
    >>> made = simulate_reported(("a", "a", "b"), n_periods=60, rng=np.random.default_rng(1))
    >>> made.model.reported.shape, made.rates.shape
    ((60, 3), (3,))
    """
    names = tuple(f"item_{k + 1}" for k in range(len(groups)))
    asked = MixSpec(
        **{
            "adstock": "none",
            "outcome_scale": results_a_period * len(groups),
            "groups": dict(zip(names, groups, strict=True)),
            **spec,
        }
    )
    spend = simulated_spend(n_periods, len(groups), rng)
    dates = tuple(date(2023, 1, 2) + timedelta(days=step_days * k) for k in range(n_periods))
    counting = np.arange(n_periods, dtype=np.float64)  # the total is not read; it may not stand still
    blank = MixData(dates, counting, spend, names, np.zeros((n_periods, 0)))
    model = make_reported(blank, np.zeros_like(spend), asked)
    scores = rng.standard_normal((1, model.n_curve))
    means, spread = model.pool_of(scores)
    rates = means * np.exp(spread[:, None] * rng.standard_normal(means.shape))
    expected = model.exposure(scores)[0] * rates[0][:, None]
    size = model.curves_of(scores)[1][0] ** -2.0
    counts = rng.poisson(expected * rng.gamma(size, 1 / size, expected.shape)).T.astype(np.float64)
    total = counts.sum(axis=1) + (np.ptp(counts.sum(axis=1)) == 0) * counting
    data = MixData(dates, total, spend, names, np.zeros((n_periods, 0)))
    return SimulatedReports(make_reported(data, counts, asked), scores[0], rates[0])
