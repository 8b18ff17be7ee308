"""The model of items' own reported results in PyMC, with nothing integrated out: fallback and check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.pooled import SPREAD_PRIOR
from workbench.budget.reported import LEAST_EXTRA_NOISE, MEAN_SD, ReportedMixModel
from workbench.budget.tensors import at_scores, carried_over, saturated

if TYPE_CHECKING:
    import pymc


def pymc_reported(model: ReportedMixModel) -> pymc.Model:
    """Write the model down: ``scores`` are the searched ones, ``rate`` the items' results per unit."""
    import pymc as pm
    import pytensor.tensor as pt

    unit = np.eye(model.n_curve)
    n_waves, priors = len(model.waves.names), model.spec.all_priors
    with pm.Model() as described:
        scores = pm.Normal("scores", 0.0, 1.0, shape=model.n_curve)
        curves = {
            name: at_scores(priors[name], scores @ model.curve_scores(unit, k))
            for k, name in enumerate(model.spec.curve_parameters)
        }
        waves = (model.waves.columns * model.waves.sd)[: model.n_used]
        season = pt.exp(waves @ scores[-2 - n_waves : -2])
        shaped = {name: value[:, None] for name, value in curves.items()}
        effect = saturated(model, carried_over(model, curves), shaped) * season
        per_rate = model.worth_units / pt.maximum(effect.sum(axis=1), 1e-300)
        groups = scores[-2 - n_waves - len(model.groups) : -2 - n_waves]
        spread = at_scores(SPREAD_PRIOR, scores[-2])
        own = pm.Normal("own", 0.0, 1.0, shape=model.n_channels)
        log_rates = np.log(model.centre) + MEAN_SD * groups[model.group_of] + spread * own
        pm.Deterministic("rate", pt.exp(log_rates))
        expected = (pt.exp(log_rates) * per_rate)[:, None] * effect
        size = pt.maximum(at_scores(priors["noise"], scores[-1]), LEAST_EXTRA_NOISE) ** -2.0
        pm.Potential("reported", model.weight * _log_density(model.totals.counts, expected, size))
    return described


def _log_density(counts: Any, expected: Any, size: Any) -> Any:
    """Return the negative-binomial log density; 0 where neither is anything expected nor counted."""
    import pytensor.tensor as pt

    each = pt.gammaln(counts + size) - pt.gammaln(size) - counts * pt.log(size)
    each += counts * pt.log(pt.maximum(expected, 1e-300)) - (counts + size) * pt.log1p(expected / size)
    return each.sum()
