"""What several counts say about their common mean rate and about how far the true rates differ.

Model: ``y_i ~ Poisson(λ_i E_i)``, ``λ_i ~ Gamma(shape a, mean m)``, so that marginally ``y_i`` is negative
binomial. ``log m`` has a flat prior, the coefficient of variation ``c = 1/√a`` a half-Cauchy one up to 5
(Gelman 2006, doi:10.1214/06-BA117A). Given ``c`` the posterior of ``log m`` is log-concave, so its mode is
found by bisection and its mass by a trapezoid grid around it; the grid over ``log c`` is first coarse, then
fitted to where the mass is. It reaches down to where the counts tell no spread from a smaller one: the lowest
node stands for all below it, as that of :func:`workbench.stats.tree_evidence.log_prior` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats

#: Scale of the half-Cauchy prior on the coefficient of variation of the true rates.
SPREAD_SCALE = 0.5
_WIDEST_SPREAD = 5.0
#: The lowest spread, beside the standard error of all counts together: below it nothing changes by more than
#: 2 %. No lower than the last, where ``log Γ(a)`` has lost too many digits.
_LOWEST_SPREAD, _LOWEST_OF_ALL = 0.2, (1e-5, 0.01)
_N_COARSE, _N_FINE, _N_MEAN = 61, 33, 49
#: Grid of ``log m`` in standard errors around its mode; with few events its tails fall slowly.
_MEAN_STEPS = np.linspace(-9.0, 9.0, _N_MEAN)
_GOLDEN = (5**0.5 - 1) / 2
#: Relative mass below which a spread is not looked at, and total mass of the nodes that are dropped.
_NEGLIGIBLE, _DROPPED = 1e-9, 1e-5


@dataclass(frozen=True)
class HyperPosterior:
    """A weighted grid of hyperparameters; arrays have shape (n_nodes,).

    Attributes
    ----------
    shape : ndarray
        Gamma shape ``a`` of the true rates.
    mean : ndarray
        Mean ``m`` of the true rates.
    log_steps : ndarray, shape (2, n_nodes)
        Distance between nodes in ``log c`` and in ``log m``: how wide a stretch each node stands for.
    weight : ndarray
        Posterior weight of each node, summing to one.
    """

    shape: Floats
    mean: Floats
    log_steps: Floats
    weight: Floats

    def weight_to_mean(self, exposures: Floats) -> Floats:
        """Return the posterior mean of ``a / (a + m E_i)``, shape (n_units,)."""
        pull = self.shape / (self.shape + self.mean * exposures[:, None])
        out: Floats = pull @ self.weight
        return out

    def median_mean(self) -> float:
        """Return the posterior median of ``m``."""
        return _median_of_bars(np.log(self.mean), self.log_steps[1], self.weight)

    def median_spread(self) -> float:
        """Return the posterior median of the coefficient of variation ``1/√a``."""
        return _median_of_bars(-0.5 * np.log(self.shape), self.log_steps[0], self.weight)


def hyper_posterior(counts: Floats, exposures: Floats) -> HyperPosterior:
    """Integrate the hyperparameters on a grid fitted to their posterior.

    Parameters
    ----------
    counts, exposures : ndarray, shape (n_units,)
        At least two units and one event; divided by the dispersion, so counts need not be whole.
    """
    lowest = np.clip(_LOWEST_SPREAD / np.sqrt(1 + counts.sum()), *_LOWEST_OF_ALL)
    coarse = np.linspace(np.log(lowest), np.log(_WIDEST_SPREAD), _N_COARSE)
    _, log_mass = _grid(coarse, counts, exposures)
    marginal = np.logaddexp.reduce(log_mass, axis=1)
    alive = np.flatnonzero(marginal > marginal.max() + np.log(_NEGLIGIBLE))
    first, last = max(alive[0] - 1, 0), min(alive[-1] + 1, _N_COARSE - 1)
    log_spread = np.linspace(coarse[first], coarse[last], _N_FINE)
    log_mean, log_mass = _grid(log_spread, counts, exposures)
    weight = np.exp(log_mass - log_mass.max())
    weight[-1] /= 2  # the trapezoid rule's end: a spread at its bound still has mass
    weight[0] /= -np.expm1(log_spread[0] - log_spread[1])  # what lies below falls as the spread itself
    weight /= weight.sum()
    keep = _heaviest(weight)
    shape = np.broadcast_to(np.exp(-2 * log_spread)[:, None], weight.shape)
    steps = np.stack([np.full(weight.shape, log_spread[1] - log_spread[0]), np.gradient(log_mean, axis=1)])
    return HyperPosterior(
        shape=shape[keep],
        mean=np.exp(log_mean[keep]),
        log_steps=steps[:, keep],
        weight=weight[keep] / weight[keep].sum(),
    )


def _heaviest(weight: Floats) -> NDArray[np.bool_]:
    """Mark the nodes that hold all of the mass but what may be dropped."""
    ascending = np.sort(weight, axis=None)
    n_dropped = int(np.searchsorted(np.cumsum(ascending), _DROPPED))
    keep: NDArray[np.bool_] = weight >= ascending[n_dropped]
    return keep


def _grid(log_spread: Floats, counts: Floats, exposures: Floats) -> tuple[Floats, Floats]:
    """Return the nodes of ``log m`` for each spread, and their log posterior mass; (n_spreads, n_means)."""
    shape = np.exp(-2 * log_spread)
    mode = _mode_of_log_mean(shape, counts, exposures)
    expected = np.exp(mode)[:, None] * exposures
    information = (shape[:, None] * expected / (shape[:, None] + expected)).sum(axis=1)
    error = 1 / np.sqrt(information)
    # Each spread's grid is shifted by its own part of a step: where the spread is small the rates follow `m`
    # closely, and grids in line would turn their distribution into stairs.
    shift = (np.arange(len(shape)) * _GOLDEN % 1 - 0.5) * (_MEAN_STEPS[1] - _MEAN_STEPS[0])
    log_mean = mode[:, None] + error[:, None] * (_MEAN_STEPS + shift[:, None])
    log_prior = log_spread - np.log1p((np.exp(log_spread) / SPREAD_SCALE) ** 2)
    log_mass = _log_likelihood(shape, log_mean, counts, exposures)
    return log_mean, log_mass + (log_prior + np.log(error))[:, None]


def _mode_of_log_mean(shape: Floats, counts: Floats, exposures: Floats) -> Floats:
    """Bisect the derivative ``Σ y − (a + y) m E/(a + m E)``, which falls in ``log m``."""
    observed = (counts + 0.1) / exposures
    low = np.full(len(shape), np.log(observed.min()) - 30.0)
    high = np.full(len(shape), np.log(observed.max()) + 30.0)
    a = shape[:, None]
    for _ in range(60):
        middle = (low + high) / 2
        expected = np.exp(middle)[:, None] * exposures
        slope = (counts - (a + counts) * expected / (a + expected)).sum(axis=1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    mode: Floats = (low + high) / 2
    return mode


def _log_likelihood(shape: Floats, log_mean: Floats, counts: Floats, exposures: Floats) -> Floats:
    """Sum the log negative-binomial likelihood over units, up to a constant; (n_spreads, n_means)."""
    from scipy.special import gammaln

    a = shape[:, None]
    of_counts = (gammaln(a + counts) - gammaln(a)).sum(axis=1) - counts.sum() * np.log(shape)
    total: Floats = of_counts[:, None] + counts.sum() * log_mean
    for count, exposure in zip(counts, exposures, strict=True):
        total = total - (a + count) * np.log1p(np.exp(log_mean) * exposure / a)
    return total


def _median_of_bars(centre: Floats, width: Floats, weight: Floats) -> float:
    """Return the exponential of the median of a histogram whose bars may overlap."""
    edges = np.sort(np.concatenate([centre - width / 2, centre + width / 2]))
    below = [float(weight @ np.clip((edge - centre) / width + 0.5, 0, 1)) for edge in edges]
    return float(np.exp(np.interp(0.5, below, edges)))
