r"""How far true effects spread, learned from estimates of them: a normal law, and a spike with a slab.

Each estimate is :math:`y_i \sim N(\theta_i, d_i^2)`. Either :math:`\theta_i \sim N(0, \tau^2)`, or
:math:`\theta_i = 0` with probability :math:`\pi` and :math:`N(0, \tau^2)` otherwise. Both marginals are
closed, so the likelihood is maximised exactly. The centre is zero: no arm is favoured.

The uncertainty of :math:`\tau` and :math:`\pi` is their posterior on a grid, with a half-Cauchy law of
:math:`\tau` (Gelman 2006, doi:10.1214/06-BA117A) and a uniform one of :math:`\pi`. The prior of the next
effect is averaged over it, so that a short history gives a wide one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats, tail_of
from workbench.stats.effect_mixture import EffectMixture, checked_effects

#: Scale of the half-Cauchy law of τ, for relative effects: a spread of ten per cent is large already.
SPREAD_SCALE = 0.1
#: With fewer estimates the spread is mostly the half-Cauchy law's.
LEAST_EFFECTS = 5
_N_COARSE, _N_FINE, _N_SPIKE = 97, 121, 100
_FALL = 20.0  # log-likelihood below the highest at which nothing is left to integrate
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class SpreadFit:
    """The spread of true effects.

    Attributes
    ----------
    spike, tau : float
        Share without any effect (0 for the normal law) and standard deviation of the others, at the highest
        likelihood. ``tau`` is 0 where the estimates differ by no more than their errors.
    spike_interval, tau_interval : tuple of float
        Equal-tailed, at ``level``.
    level : float
    log_likelihood : float
        The highest.
    n_effects : int
    predictive : EffectMixture
        Prior of the next effect, averaged over what is not known of ``spike`` and ``tau``.
    """

    spike: float
    tau: float
    spike_interval: tuple[float, float]
    tau_interval: tuple[float, float]
    level: float
    log_likelihood: float
    n_effects: int
    predictive: EffectMixture


def fit_normal(
    effects: ArrayLike, deviations: ArrayLike, *, level: float = 0.9, scale: float = SPREAD_SCALE
) -> SpreadFit:
    """Learn the spread of effects that all differ from zero.

    Parameters
    ----------
    effects, deviations : array_like, shape (n,)
        Estimates and their standard errors.
    level : float
        Of the intervals.
    scale : float
        Scale of the half-Cauchy law of τ, in the effects' unit.

    Raises
    ------
    NotEnoughData
        With fewer than :data:`LEAST_EFFECTS` estimates.
    DataError
        If an estimate is not finite or a deviation not above zero.

    Examples
    --------
    >>> fit = fit_normal([0.03, -0.04, 0.01, 0.02, -0.01, 0.05], [0.01] * 6)
    >>> round(fit.tau, 4)
    0.0289
    """
    return _fit(effects, deviations, np.zeros(1), level=level, scale=scale)


def fit_spike_slab(
    effects: ArrayLike, deviations: ArrayLike, *, level: float = 0.9, scale: float = SPREAD_SCALE
) -> SpreadFit:
    """Learn the share of tests without any effect and the spread of the others; as :func:`fit_normal`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = np.where(rng.random(400) < 0.7, 0, rng.normal(0, 0.02, 400))
    >>> fit = fit_spike_slab(true + rng.normal(0, 0.003, 400), np.full(400, 0.003), level=0.99)
    >>> fit.spike_interval[0] < 0.7 < fit.spike_interval[1], fit.tau_interval[0] < 0.02 < fit.tau_interval[1]
    (True, True)
    """
    spikes = (np.arange(_N_SPIKE) + 0.5) / _N_SPIKE
    return _fit(effects, deviations, spikes, level=level, scale=scale)


def _fit(
    effects: ArrayLike, deviations: ArrayLike, spikes: Floats, *, level: float, scale: float
) -> SpreadFit:
    e, d = checked_effects(effects, deviations)
    if e.size < LEAST_EFFECTS:
        raise NotEnoughData(
            f"{e.size} estimates say too little about how far effects spread.",
            next_step=f"At least {LEAST_EFFECTS} are needed; until then state a prior.",
            value=e.size,
        )
    tail = tail_of(level)
    likelihood = partial(_log_likelihood, effects=e, deviations=d)
    coarse = np.geomspace(1e-3 * d.min(), 10 * max(float(np.abs(e).max()), float(d.max()), scale), _N_COARSE)
    values = np.stack([likelihood(spikes, tau) for tau in coarse])
    spike, tau, highest = _maximise(values, coarse, spikes, likelihood)
    taus = _where_it_matters(values, coarse, max(tau, float(coarse[0])), highest)
    fine = np.stack([likelihood(spikes, one) for one in taus])
    weight = np.exp(fine - fine.max()) * (taus / (1 + (taus / scale) ** 2))[:, None]
    weight /= weight.sum()
    return SpreadFit(
        spike=spike,
        tau=tau,
        spike_interval=_interval(spikes, weight.sum(axis=0), tail) if spikes.size > 1 else (0.0, 0.0),
        tau_interval=_interval(taus, weight.sum(axis=1), tail),
        level=level,
        log_likelihood=highest,
        n_effects=e.size,
        predictive=_averaged(weight, taus, spikes),
    )


def _log_likelihood(spikes: Floats, tau: float, *, effects: Floats, deviations: Floats) -> Floats:
    """Return the log-likelihood of every spike weight at one τ, shape (n_spikes,)."""
    null = -0.5 * (np.log(2 * np.pi * deviations**2) + (effects / deviations) ** 2)
    variance = deviations**2 + tau**2
    log_ratio = -0.5 * (np.log(2 * np.pi * variance) + effects**2 / variance) - null
    up = np.maximum(log_ratio, 0)
    mixed = spikes[:, None] * np.exp(-up) + (1 - spikes[:, None]) * np.exp(log_ratio - up)
    out: Floats = (null + up).sum() + np.log(np.maximum(mixed, 1e-300)).sum(axis=1)
    return out


def _maximise(
    values: Floats, taus: Floats, spikes: Floats, likelihood: Callable[[Floats, float], Floats]
) -> tuple[float, float, float]:
    """Climb from the best point of the grid to the top; at the edges τ or the spike's weight is 0 or 1."""
    from scipy.optimize import minimize

    i, j = np.unravel_index(int(values.argmax()), values.shape)

    def cost(x: Floats) -> float:
        share = np.array([x[1]]) if spikes.size > 1 else np.zeros(1)
        return -float(likelihood(share, float(np.exp(x[0])))[0])

    bounds = [(np.log(taus[0]), np.log(taus[-1])), (0.0, 1.0 if spikes.size > 1 else 0.0)]
    start = np.array([np.log(taus[i]), spikes[j]])
    steps = start + np.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.005]])
    simplex = np.clip(steps, [b[0] for b in bounds], [b[1] for b in bounds])
    options = {"initial_simplex": simplex, "xatol": 1e-9, "fatol": 1e-11, "maxiter": 2000}
    top = minimize(cost, start, method="Nelder-Mead", bounds=bounds, options=options)
    null = float(likelihood(np.ones(1), float(taus[0]))[0])
    if null >= -float(top.fun) - 1e-5:  # no spread at all does as well
        return (1.0 if spikes.size > 1 else 0.0), 0.0, null
    return float(top.x[1]) if spikes.size > 1 else 0.0, float(np.exp(top.x[0])), -float(top.fun)


def _where_it_matters(values: Floats, coarse: Floats, tau: float, highest: float) -> Floats:
    """Return a finer grid of τ from where the likelihood has risen to where it has fallen."""
    alive = np.flatnonzero(values.max(axis=1) > highest - _FALL)
    first = min(alive[0] if alive.size else len(coarse), int(np.searchsorted(coarse, tau))) - 1
    last = max(alive[-1] if alive.size else 0, int(np.searchsorted(coarse, tau))) + 1
    low, high = coarse[max(first, 0)], coarse[min(last, len(coarse) - 1)]
    out: Floats = np.geomspace(low, high, _N_FINE)
    return out


def _interval(points: Floats, weights: Floats, tail: float) -> tuple[float, float]:
    """Return quantiles of a law on a grid, each weight spread half to either side of its point."""
    below = np.cumsum(weights) - weights / 2
    low, high = np.interp([tail, 1 - tail], below, points)
    return float(low), float(high)


def _averaged(weight: Floats, taus: Floats, spikes: Floats) -> EffectMixture:
    slab = weight @ (1 - spikes)
    kept = slab > _NEGLIGIBLE
    slab, spike = slab[kept], float(weight.sum(axis=0) @ spikes)
    total = spike + float(slab.sum())
    return EffectMixture(
        spike / total, tuple((slab / total).tolist()), (0.0,) * int(kept.sum()), tuple(taus[kept].tolist())
    )
