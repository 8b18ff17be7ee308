"""Prior against posterior: what the data said about each parameter of a channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.contributions import PosteriorDraws, complete_draws
from workbench.budget.fast_fit import MixDraws
from workbench.budget.model import MixModel
from workbench.budget.pooled import PooledMixModel
from workbench.budget.reported import ReportedMixModel
from workbench.stats.counts import Floats, tail_of

#: Less than this, in nats, is what 30 % less spread or a shift by half a standard deviation would tell.
LEAST_INFORMATION_NATS = 0.1


@dataclass(frozen=True)
class Learned:
    """One parameter before and after the data.

    Attributes
    ----------
    parameter : str
        Of the curve (``retention``, ``delay``, ``rate``, …), or ``effect`` for the channel's worth.
    prior, posterior : tuple of float
        Low end, median and high end, in the parameter's unit.
    information_nats : float
        Kullback–Leibler divergence of the posterior from the prior, both seen as normal laws on the scale on
        which the prior is one.
    is_identified : bool
        Whether that is a tenth of a nat or more. If not, posterior and prior are nearly the same: the prior
        speaks, not the data.
    """

    parameter: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    information_nats: float
    is_identified: bool


def learned_of(model: MixModel, draws: PosteriorDraws, channel: int) -> tuple[Learned, ...]:
    """Compare prior and posterior for every parameter of one channel."""
    tail = tail_of(model.spec.level)
    levels = np.array([tail, 0.5, 1 - tail])
    out = []
    for k, name in enumerate(model.spec.curve_parameters):
        scores = model.curve_scores(draws.scores, k)[:, channel]
        prior = model.spec.all_priors[name].values(_normal_quantile(levels))
        out.append(_learned(name, prior, np.quantile(draws.curves[name][:, channel], levels), scores))
    worth = model.worths[channel]
    values = draws.worths[:, channel]
    scores = worth.scores(values)
    if isinstance(model, PooledMixModel):  # whether the data tell it from the others of its group
        scores = model.own_scores(draws.scores, draws.worths, channel)
    out.append(_learned("effect", worth.quantiles(levels), np.quantile(values, levels), scores))
    return tuple(out)


def prior_draws(model: MixModel, rng: np.random.Generator, *, n_draws: int = 4_000) -> PosteriorDraws:
    """Draw from the prior what a fit draws from the posterior, for the prior's own bands and figures.

    Parameters
    ----------
    model : MixModel
    rng : numpy.random.Generator
    n_draws : int

    Examples
    --------
    >>> from workbench.budget.contributions import curve_band
    >>> from workbench.budget.simulate import roas_spec, simulate_mix
    >>> model = simulate_mix(roas_spec(1), n_periods=104, n_channels=1, rng=np.random.default_rng(1)).model
    >>> band = curve_band(model, prior_draws(model, np.random.default_rng(2)), "channel_1")
    >>> bool((band.low < band.mean).all())
    True
    """
    from scipy.special import log_ndtr, ndtri_exp

    uniforms = rng.random((n_draws, model.n_channels))
    scores = rng.standard_normal((n_draws, model.n_curve))
    if isinstance(model, ReportedMixModel):
        rates, spread = model.pool_of(scores)
        worths = rates * np.exp(spread[:, None] * _normal_quantile(uniforms))
        return complete_draws(model, MixDraws(scores, worths), rng)
    means, sds = model.worth_law(scores)
    worths = means - sds * ndtri_exp(log_ndtr(means / sds) + np.log1p(-uniforms))
    return complete_draws(model, MixDraws(scores, worths), rng)


def information_nats(scores: Floats) -> float:
    """Return what draws on a standard normal prior's scale say more than the prior.

    Examples
    --------
    >>> information_nats(np.array([0.5, 0.7, 0.9])) > 1, round(information_nats(np.array([-1.0, 1.0])), 6)
    (True, 0.0)
    """
    variance = max(float(scores.var()), 1e-12)
    return 0.5 * (variance + float(scores.mean()) ** 2 - 1 - float(np.log(variance)))


def _learned(name: str, prior: Floats, posterior: Floats, scores: Floats) -> Learned:
    told = information_nats(scores)
    return Learned(name, _three(prior), _three(posterior), told, told >= LEAST_INFORMATION_NATS)


def _three(values: Floats) -> tuple[float, float, float]:
    low, middle, high = (float(x) for x in values)
    return low, middle, high


def _normal_quantile(p: Floats) -> Floats:
    from scipy.special import ndtri

    out: Floats = ndtri(p)
    return out
