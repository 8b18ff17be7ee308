"""The same model in PyMC, sampled by nutpie: where the fast path's gate does not open, and to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.fast_fit import MixDraws
from workbench.budget.model import MixModel
from workbench.budget.pooled import SPREAD_PRIOR, PooledMixModel
from workbench.budget.priors import Prior
from workbench.budget.reported import ReportedMixModel
from workbench.budget.reported_slow import pymc_reported
from workbench.budget.tensors import at_scores, carried_over, saturated
from workbench.stats.nuts import NutsSample, sample_nuts

if TYPE_CHECKING:
    import pymc


def fit_slow(model: MixModel, *, seed: int, n_draws: int = 4_000) -> tuple[MixDraws, NutsSample]:
    """Sample the posterior by NUTS.

    Parameters
    ----------
    model : MixModel
    seed : int
    n_draws : int
        Of four chains together.

    Raises
    ------
    NotConverged
        If R̂ is above 1.01 or there are fewer than 400 effective draws.
    """
    if isinstance(model, ReportedMixModel):
        sample = sample_nuts(pymc_reported(model), seed=seed, n_draws=-(-n_draws // 4))
        sample.require_convergence()
        return MixDraws(sample.draws["scores"], sample.draws["rate"]), sample
    sample = sample_nuts(pymc_model(model), seed=seed, n_draws=-(-n_draws // 4))
    sample.require_convergence()
    priors = model.spec.all_priors
    if not isinstance(model, PooledMixModel):
        scores = [priors[name].scores(sample.draws[name]) for name in model.spec.curve_parameters]
    else:
        scores = [sample.draws[f"{name}_group"] for name in model.spec.curve_parameters]
        if len(model.own_items):
            scores += [sample.draws[f"{name}_own"] for name in model.spec.curve_parameters]
        scores += model.pool_scores(sample.draws["group_effect"], sample.draws["spread"])
    noise = priors["noise"].scores(sample.draws["noise"])[:, None]
    return MixDraws(np.concatenate([*scores, noise], axis=1), sample.draws["worth"]), sample


def pymc_model(model: MixModel) -> pymc.Model:
    """Write the model down for PyMC, with nothing integrated out."""
    import pymc as pm
    import pytensor.tensor as pt

    n_used, base = model.n_used, model.baseline
    scale = model.outcome_scale
    with pm.Model() as described:
        curves, worth = _pooled(model) if isinstance(model, PooledMixModel) else _each_its_own(model)
        noise = _variable("noise", model.spec.all_priors["noise"], None)
        # Coefficients in the directions of the columns' own decomposition: the same prior, no correlations.
        scores = pm.Normal("baseline_scores", 0.0, 1.0, shape=len(base.singular))
        shaped = {name: value[:, None] for name, value in curves.items()}
        effect = saturated(model, carried_over(model, curves), shaped)
        per_worth = model.worth_units / pt.maximum(effect.sum(axis=1), 1e-12)
        expected = base.prior_mean[:n_used] + (base.left * base.singular * scores).sum(axis=1)
        expected += ((worth * per_worth)[:, None] * effect).sum(axis=0)
        pm.Normal("outcome", expected / scale, noise, observed=model.data.outcome[:n_used] / scale)
        _lift_likelihood(model, worth * per_worth, curves)
    return described


def _each_its_own(model: MixModel) -> tuple[dict[str, Any], Any]:
    import pymc as pm

    n, priors = model.n_channels, model.spec.all_priors
    means, sds = np.array([w.mean for w in model.worths]), np.array([w.sd for w in model.worths])
    curves = {name: _variable(name, priors[name], n) for name in model.spec.curve_parameters}
    return curves, pm.TruncatedNormal("worth", mu=means, sigma=sds, lower=0.0, shape=n)


def _pooled(model: PooledMixModel) -> tuple[dict[str, Any], Any]:
    import pymc as pm

    n = len(model.groups)
    curves = {name: _pooled_curve(model, name) for name in model.spec.curve_parameters}
    means = pm.HalfNormal("group_effect", sigma=np.array([w.sd for w in model.mean_priors]), shape=n)
    means = means[model.group_of]
    spread = _variable("spread", SPREAD_PRIOR, None)
    worth = pm.TruncatedNormal("worth", mu=means, sigma=spread * means, lower=0.0, shape=model.n_channels)
    return curves, worth


def _pooled_curve(model: PooledMixModel, name: str) -> Any:
    """Make the items' values of one parameter from scores of their groups and of their own."""
    import pymc as pm

    of_group = pm.Normal(f"{name}_group", 0.0, 1.0, shape=len(model.groups))
    score, own = of_group[model.group_of] * np.sqrt(model.pooling), model.own_items
    if len(own):
        placed = np.diag(np.sqrt(1 - model.pooling))[:, own]
        score += placed @ pm.Normal(f"{name}_own", 0.0, 1.0, shape=len(own))
    return at_scores(model.spec.all_priors[name], score)


def _variable(name: str, prior: Prior, shape: int | None) -> Any:
    import pymc as pm

    if prior.kind == "beta":
        return pm.Beta(name, prior.first, prior.second, shape=shape)
    if prior.kind == "gamma":
        return pm.Gamma(name, alpha=prior.first, beta=prior.second, shape=shape)
    return pm.LogNormal(name, np.log(prior.first), prior.second, shape=shape)


def _lift_likelihood(model: MixModel, amplitude: Any, curves: dict[str, Any]) -> None:
    import pymc as pm
    import pytensor.tensor as pt

    for k, test in enumerate(model.lift_tests):
        c = model.data.channels.index(test.channel)
        ends = np.array([test.spend_before, test.spend_before + test.spend_change]) / model.spend_scale[c]
        own = {name: value[c] for name, value in curves.items()}
        reached = saturated(model, pt.as_tensor_variable(ends), own)
        error = test.standard_error
        pm.Normal(
            f"lift_{k}", amplitude[c] * (reached[1] - reached[0]) / error, 1.0, observed=test.effect / error
        )
