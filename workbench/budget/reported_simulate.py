"""Items' own reported results drawn from the model's prior, and whether fits of them mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.budget.data import MixData
from workbench.budget.reported import ReportedMixModel, make_reported
from workbench.budget.reported_drifting import drifting
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
    coming : ndarray, shape (n_items,)
        The same of the next four weeks.
    """

    model: ReportedMixModel
    scores: Floats
    rates: Floats
    coming: Floats


def simulate_reported(
    groups: tuple[str, ...],
    *,
    n_periods: int,
    rng: np.random.Generator,
    step_days: int = 7,
    results_a_period: float = 20.0,
    drifts: bool = False,
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
    drifts : bool
        Whether rates wander, by deviation and memory drawn from their priors.
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
    wandering = drifting(model)
    scores = rng.standard_normal((1, (wandering if drifts else model).n_curve))
    means, spread = model.pool_of(scores)
    rates = (means * np.exp(spread[:, None] * rng.standard_normal(means.shape)))[0]
    path = np.zeros((len(rates), n_periods + wandering.n_ahead))
    if drifts:
        path = _paths(*wandering.drift_of(scores), shape=path.shape, rng=rng)
    exposure = (wandering if drifts else model).exposure(scores)[0]
    expected = exposure * rates[:, None] * np.exp(path[:, :n_periods])
    size = model.curves_of(scores)[1][0] ** -2.0
    counts = rng.poisson(expected * rng.gamma(size, 1 / size, expected.shape)).T.astype(np.float64)
    total = counts.sum(axis=1) + (np.ptp(counts.sum(axis=1)) == 0) * counting
    data = MixData(dates, total, spend, names, np.zeros((n_periods, 0)))
    coming = rates * np.exp(path[:, n_periods:]).mean(axis=1)
    made = make_reported(data, counts, asked)
    past = expected.sum(axis=1) / exposure.sum(axis=1) if drifts else rates
    return SimulatedReports(drifting(made) if drifts else made, scores[0], past, coming)


def _paths(
    deviation: Floats, correlation: Floats, *, shape: tuple[int, int], rng: np.random.Generator
) -> Floats:
    """Draw stationary first-order autoregressions, one a row."""
    out = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        out[:, t] = correlation * out[:, t - 1] + np.sqrt(1 - correlation**2) * out[:, t]
    paths: Floats = deviation * out
    return paths
