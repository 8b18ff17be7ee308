"""Several effects with known errors, drawn towards their mean as far as the data say that they are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.best_of import spread_nodes
from workbench.stats.counts import Floats, tail_of
from workbench.stats.root_finding import find_roots

#: Panels of ``τ / (s + τ)``, shrinking towards both ends: no spread, and one far above the errors.
_ENDS = 0.1 * 2.0 ** -np.arange(0, 30)
_PANELS = np.concatenate([[0.0], _ENDS[::-1], np.arange(0.2, 0.9, 0.1), 1 - _ENDS])
_N_NODES = 8
_NEGLIGIBLE = 1e-14


@dataclass(frozen=True)
class PooledEffects:
    """Effects after pooling; arrays have shape (n_effects,).

    Attributes
    ----------
    mean, low, high : ndarray
        Posterior mean, and ends of the equal-tailed interval.
    prob_above : ndarray
        Probability that the effect is above zero.
    weight_to_mean : ndarray
        How far each was drawn towards the common mean: 0 not at all, 1 entirely.
    common : float
        Posterior mean of the common mean.
    spread : tuple of float
        Median of the true effects' standard deviation, and its equal-tailed interval.
    heterogeneity_p : float
        Of Cochran's test that all true effects are equal.
    level : float
    """

    mean: Floats
    low: Floats
    high: Floats
    prob_above: Floats
    weight_to_mean: Floats
    common: float
    spread: tuple[float, float, float]
    heterogeneity_p: float
    level: float


def pooled_effects(effects: ArrayLike, errors: ArrayLike, *, level: float = 0.95) -> PooledEffects:
    """Estimate several effects together, by exact quadrature over how much they differ.

    ``x_i ~ N(θ_i, s_i²)``, ``θ_i ~ N(μ, τ²)``, μ flat, and ``p(τ) = s / (s + τ)²`` with s² the harmonic mean
    of the squared errors (DuMouchel's prior: proper, without a unit, as likely below the errors as above).
    Given τ all is normal, so each posterior is a mixture of normal laws over the nodes of τ.

    Parameters
    ----------
    effects, errors : array_like, shape (n_effects,)
        At least two; errors are standard errors, above 0.
    level : float
        Probability inside each interval.

    Raises
    ------
    DataError
        If there are fewer than two effects, or an error is not above zero.

    References
    ----------
    DuMouchel (1994), Hierarchical Bayes linear models for meta-analysis, NISS report 27. Spiegelhalter,
    Abrams & Myles (2004), §5.7.3. Cochran (1954), Biometrics 10(1), 101–129, doi:10.2307/3001666.

    Examples
    --------
    >>> schools = pooled_effects([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18])
    >>> schools.mean.round(1), round(schools.heterogeneity_p, 3)
    (array([9.8, 7.8, 6.8, 7.7, 6.1, 6.8, 9.5, 8.1]), 0.696)
    """
    x, s = np.asarray(effects, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if x.ndim != 1 or x.shape != s.shape or len(x) < 2:
        raise DataError(
            f"effects: shapes {x.shape} and {s.shape} cannot be pooled.",
            next_step="Give two effects or more, and an error for each.",
            field="effects",
        )
    if not (np.isfinite(x).all() and np.isfinite(s).all() and (s > 0).all()):
        raise DataError(
            "errors: an effect is not finite, or its error is not above zero.",
            next_step="Leave out effects whose error is not known.",
            field="errors",
        )
    tail = tail_of(level)
    spread, weight, variance, centre = _over_spread(x, s)
    pull = s[:, None] ** 2 / variance
    means = x[:, None] + pull * (centre - x[:, None])
    deviations = np.sqrt(s[:, None] ** 2 * (1 - pull) + pull**2 / (1 / variance).sum(axis=0))
    middle, low, high = np.interp([0.5, tail, 1 - tail], np.cumsum(weight) - weight / 2, spread)
    return PooledEffects(
        mean=means @ weight,
        low=_quantiles(means, deviations, weight, tail),
        high=_quantiles(means, deviations, weight, 1 - tail),
        prob_above=1 - _below(np.zeros(len(x)), means, deviations, weight),
        weight_to_mean=pull @ weight,
        common=float(centre @ weight),
        spread=(float(middle), float(low), float(high)),
        heterogeneity_p=heterogeneity_p(x, s),
        level=level,
    )


def heterogeneity_p(effects: Floats, errors: Floats) -> float:
    """Return how probable effects so far apart are, if the true ones are equal (Cochran's Q).

    Examples
    --------
    >>> round(heterogeneity_p(np.array([0.0, 3.0]), np.array([1.0, 1.0])), 4)
    0.0339
    """
    from scipy.special import chdtrc

    weight = 1 / errors**2
    centre = weight @ effects / weight.sum()
    return float(chdtrc(len(effects) - 1, weight @ (effects - centre) ** 2))


def _over_spread(x: Floats, s: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return nodes of τ, their posterior weights, the effects' variances and the common mean at each."""
    nodes, prior = spread_nodes(_PANELS, _N_NODES)
    spread = np.sqrt(len(s) / (1 / s**2).sum()) * nodes / (1 - nodes)
    variance = s[:, None] ** 2 + spread**2
    precision = 1 / variance
    centre = (precision * x[:, None]).sum(axis=0) / precision.sum(axis=0)
    misfit = (precision * (x[:, None] - centre) ** 2).sum(axis=0)
    log_mass = -0.5 * (np.log(variance).sum(axis=0) + np.log(precision.sum(axis=0)) + misfit)
    weight = prior * np.exp(log_mass - log_mass.max())
    kept = weight > _NEGLIGIBLE * weight.max()
    weight = weight[kept] / weight[kept].sum()
    return spread[kept], weight, variance[:, kept], centre[kept]


def _below(at: Floats, means: Floats, deviations: Floats, weight: Floats) -> Floats:
    from scipy.special import ndtr

    out: Floats = ndtr((at[:, None] - means) / deviations) @ weight
    return out


def _quantiles(means: Floats, deviations: Floats, weight: Floats, p: float) -> Floats:
    low, high = (means - 12 * deviations).min(axis=1), (means + 12 * deviations).max(axis=1)
    out: Floats = find_roots(lambda at: _below(at, means, deviations, weight) - p, low, high)
    return out
