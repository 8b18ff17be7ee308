"""Whether importance weights may be trusted: Pareto smoothing, its shape k̂ and the effective sample size.

Vehtari, Simpson, Gelman, Yao & Gabry 2024, "Pareto smoothed importance sampling", JMLR 25(72); the tail is
fitted as in Zhang & Stephens 2009 (doi:10.1198/tech.2009.08017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.errors import DataError
from workbench.stats.counts import Floats

#: Below this shape a mean of weighted draws converges at a useful speed.
LARGEST_USABLE_K = 0.7
_FEWEST_IN_TAIL = 5
_PRIOR_DRAWS = 10.0  # the shape is drawn towards 1/2 as if by so many draws


@dataclass(frozen=True)
class SmoothedWeights:
    """Importance weights whose largest were replaced by what a Pareto tail expects there.

    Attributes
    ----------
    weights : ndarray, shape (n_draws,)
        They sum to one.
    pareto_k : float
        Shape of the tail; ``inf`` where it cannot be fitted.
    ess : float
        Effective sample size, ``1 / Σ w²``.
    """

    weights: Floats
    pareto_k: float
    ess: float


def smooth_weights(log_weights: Floats) -> SmoothedWeights:
    """Smooth the tail of importance weights and judge it.

    Parameters
    ----------
    log_weights : ndarray, shape (n_draws,)
        Logarithms of target over proposal, up to a constant; ``-inf`` is allowed.

    Returns
    -------
    SmoothedWeights

    Raises
    ------
    DataError
        If a weight is NaN or infinite, or none is above zero.

    Examples
    --------
    >>> even = smooth_weights(np.zeros(1000))
    >>> round(even.ess), even.pareto_k
    (1000, -inf)
    """
    n = len(log_weights)
    if np.isnan(log_weights).any() or np.isposinf(log_weights).any() or not np.isfinite(log_weights).any():
        raise DataError(
            "log_weights: one is not a number, or all weights are zero.",
            next_step="Check the target's density for points outside its support.",
            field="log_weights",
        )
    logs = log_weights - log_weights.max()
    n_tail = int(min(0.2 * n, 3 * np.sqrt(n)))
    shape = np.inf
    if n_tail >= _FEWEST_IN_TAIL:
        order = np.argsort(logs, kind="stable")
        tail = order[-n_tail:]
        cutoff = max(float(logs[order[-n_tail - 1]]), np.log(np.finfo(float).tiny))
        excess = np.exp(logs[tail]) - np.exp(cutoff)
        if excess[-1] <= 1e-12:  # no tail at all: the proposal is the target
            shape = -np.inf
        elif (excess > 0).all():
            shape, scale = fit_pareto(excess)
            logs = logs.copy()
            at = (np.arange(n_tail) + 0.5) / n_tail
            logs[tail] = np.minimum(np.log(np.exp(cutoff) + _pareto_quantile(at, shape, scale)), 0.0)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return SmoothedWeights(weights, float(shape), float(1 / (weights**2).sum()))


def fit_pareto(excess: Floats) -> tuple[float, float]:
    """Fit a generalised Pareto law to sorted excesses over a threshold.

    Parameters
    ----------
    excess : ndarray, shape (n,)
        Ascending, at least 0, the last above 0.

    Returns
    -------
    tuple of float
        Shape (drawn weakly towards 1/2) and scale.

    Examples
    --------
    >>> p = (np.arange(2000) + 0.5) / 2000
    >>> shape, scale = fit_pareto(3 / 0.4 * ((1 - p) ** -0.4 - 1))
    >>> round(shape, 1), round(scale, 1)
    (0.4, 3.0)
    """
    n = len(excess)
    n_grid = 30 + int(np.sqrt(n))
    quartile = max(float(excess[int(n / 4 + 0.5) - 1]), float(excess[-1]) * 1e-12)
    grid = 1 / excess[-1] + (1 - np.sqrt(n_grid / (np.arange(n_grid) + 0.5))) / (3 * quartile)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    log_of = n * (np.log(-grid / shapes) - shapes - 1)
    mass = np.exp(log_of - log_of.max())
    rate = float((grid * mass).sum() / mass.sum())
    shape = float(np.log1p(-rate * excess).mean())
    scale = -shape / rate
    return (n * shape + 0.5 * _PRIOR_DRAWS) / (n + _PRIOR_DRAWS), scale


def _pareto_quantile(p: Floats, shape: float, scale: float) -> Floats:
    if abs(shape) < 1e-9:
        return -scale * np.log1p(-p)
    out: Floats = scale * np.expm1(-shape * np.log1p(-p)) / shape
    return out
