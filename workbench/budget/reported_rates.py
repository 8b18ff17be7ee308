"""An item's own rate of results, integrated out of negative-binomial counts, and drawn from its exact law.

Given the shape of its exposure over time, the dispersion and the pool, the logarithm of an item's rate has a
density in one dimension, smooth and with one mode: Newton steps find it, nine equally spaced nodes integrate
it (the trapezoid rule, whose error falls exponentially for such densities: Trefethen & Weideman 2014,
doi:10.1137/130932132), and a polynomial through the same nodes draws from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.stats.counts import Floats

_N_NODES, _NODE_STEP = 9, 1.2  # deviations between nodes; they reach 4.8 either side
_N_CELLS = 48
_NEWTON_STEPS = 5
_LONGEST_STEP = 2.0
_NEAR_ENOUGH = 0.1  # deviations: the nodes need not stand exactly at the mode
_MOST_NUMBERS_AT_ONCE = 60_000  # so that a piece stays in the processor's cache


@dataclass(frozen=True)
class CountTotals:
    """Counts of items by period, with what of their density depends on the dispersion alone.

    Attributes
    ----------
    counts : ndarray, shape (n_items, n_periods)
        At least 0; fractions, which some networks report, are allowed.
    values, n_of_each : ndarray, shape (n_values,)
        The distinct counts and how often they occur.
    log_factorials : float
    weight : float
        Of each figure's log density: below one where neighbours are alike, and tell less than as many
        independent figures.
    """

    counts: Floats
    values: Floats
    n_of_each: Floats
    log_factorials: float
    weight: float = 1.0

    @classmethod
    def of(cls, counts: Floats, weight: float = 1.0) -> CountTotals:
        """Tabulate counts, shape (n_items, n_periods)."""
        from scipy.special import gammaln

        values, n_of_each = np.unique(counts[counts > 0], return_counts=True)
        log_factorials = float((n_of_each * gammaln(values + 1)).sum())
        return cls(counts, values, n_of_each.astype(np.float64), log_factorials, weight)

    def log_scale(self, size: Floats) -> Floats:
        """Return ``Σ log Γ(y + φ) − log Γ(φ) − y log φ − log y!``, weighed, for each ``φ``, (n_draws,)."""
        from scipy.special import gammaln

        each = gammaln(self.values + size[:, None]) - gammaln(size)[:, None]
        each -= self.values * np.log(size)[:, None]
        out: Floats = self.weight * (each @ self.n_of_each - self.log_factorials)
        return out


@dataclass(frozen=True)
class RateLaw:
    """The law of each item's log rate given everything else, as its log density at nodes.

    Attributes
    ----------
    log_integral : ndarray, shape (n_draws, n_items)
        Of the counts' and the pool's density together, up to `CountTotals.log_scale`.
    centre, spread : ndarray, shape (n_draws, n_items)
        Mode and deviation at the mode.
    log_at_nodes : ndarray, shape (n_draws, n_items, n_nodes)
        Log density less its greatest value.
    """

    log_integral: Floats
    centre: Floats
    spread: Floats
    log_at_nodes: Floats

    def draw(self, uniforms: Floats) -> Floats:
        """Draw log rates by inverting the law, one for each uniform, shape (n_draws, n_items)."""
        nodes, cells, weights = _grid()
        smooth = self.log_at_nodes + 0.5 * nodes**2
        heights = np.exp(np.minimum(smooth @ weights - 0.5 * cells**2, 1.0))
        below = np.cumsum(0.5 * (heights[..., 1:] + heights[..., :-1]), axis=-1)
        wanted = uniforms * below[..., -1]
        cell = np.minimum((below < wanted[..., None]).sum(axis=-1), _N_CELLS - 1)[..., None]
        low, high, top = (np.take_along_axis(x, cell, -1)[..., 0] for x in (heights, heights[..., 1:], below))
        rest = np.maximum(wanted - (top - 0.5 * (low + high)), 0.0)
        # The density is a straight line within a cell: its integral is a square.
        at = 2 * rest / np.maximum(low + np.sqrt(low**2 + 2 * (high - low) * rest), 1e-300)
        step = cells[1] - cells[0]
        out: Floats = self.centre + self.spread * (cells[0] + step * (cell[..., 0] + np.clip(at, 0.0, 1.0)))
        return out


def rate_law(
    totals: CountTotals, exposure: Floats, *, size: Floats, means: Floats, spread: Floats
) -> RateLaw:
    """Find the law of each item's log rate ``η``: ``y ~ NB(e^η exposure, size)``, ``η ~ N(mean, spread²)``.

    Parameters
    ----------
    totals : CountTotals
    exposure : ndarray, shape (n_draws, n_items, n_periods)
        Spend that counts in each period; 0 only where the count is 0.
    size : ndarray, shape (n_draws,)
        Of the negative-binomial law, whose variance is ``μ + μ² / size``.
    means : ndarray, shape (n_draws, n_items)
        Of the log rates in their pool.
    spread : ndarray, shape (n_draws,)
        Deviation of the log rates in their pool.

    Examples
    --------
    >>> totals = CountTotals.of(np.array([[3.0, 5.0, 4.0]]))
    >>> pool = {"means": np.zeros((1, 1)), "spread": np.array([9.0])}
    >>> law = rate_law(totals, np.full((1, 1, 3), 10.0), size=np.array([1e6]), **pool)
    >>> np.exp(law.centre).round(2), law.spread.round(2)
    (array([[0.4]]), array([[0.29]]))
    """
    rows = max(1, _MOST_NUMBERS_AT_ONCE // totals.counts.size)
    parts = []
    for k in range(0, len(exposure), rows):
        some = slice(k, k + rows)
        parts.append(
            _piece(
                totals, exposure[some], size=size[some, None, None], means=means[some], spread=spread[some]
            )
        )
    return RateLaw(*(np.concatenate(x) for x in zip(*parts, strict=True)))


def _piece(
    totals: CountTotals, exposure: Floats, *, size: Floats, means: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    per_size, pull = exposure / size, totals.weight * (totals.counts + size)
    n_seen, precision = totals.counts.sum(axis=1), 1 / spread[:, None] ** 2
    seen = totals.weight * n_seen
    trust = seen / (seen + precision)
    own = np.log(np.maximum(n_seen, 0.5) / np.maximum(exposure.sum(axis=2), 1e-300))
    centre, width = _mode(
        per_size, pull, seen=seen, means=means, precision=precision, start=means + trust * (own - means)
    )
    logs, held = np.empty((*centre.shape, _N_NODES)), np.empty_like(per_size)
    for k, node in enumerate(_grid()[0]):
        at = centre + width * node
        np.multiply(per_size, np.exp(at)[:, :, None], out=held)
        held += 1.0
        np.log(held, out=held)
        logs[:, :, k] = seen * at - np.einsum("nit,nit->ni", pull, held) - 0.5 * precision * (at - means) ** 2
    greatest = logs.max(axis=2)
    logs -= greatest[:, :, None]
    # Against the pool's normalised law, so that counts without any exposure have probability one.
    integral = greatest + np.log(np.exp(logs).sum(axis=2) * _NODE_STEP * width)
    integral += 0.5 * np.log(precision / (2 * np.pi))
    return integral, centre, width, logs


def _mode(
    per_size: Floats, pull: Floats, *, seen: Floats, means: Floats, precision: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Find each item's mode and the deviation there by Newton steps; the density is concave."""
    at, curvature = start, precision + seen
    share, held = np.empty_like(per_size), np.empty_like(per_size)
    for _ in range(_NEWTON_STEPS):
        np.multiply(per_size, np.exp(at)[:, :, None], out=share)
        np.add(share, 1.0, out=held)
        np.divide(share, held, out=share)
        np.multiply(pull, share, out=held)
        expected = held.sum(axis=2)
        curvature = precision + expected - np.einsum("nit,nit->ni", held, share)
        step = (seen - expected - precision * (at - means)) / curvature
        at = at + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() * np.sqrt(curvature.max()) < _NEAR_ENOUGH:
            break
    return at, 1 / np.sqrt(curvature)


@cache
def _grid() -> tuple[Floats, Floats, Floats]:
    """Return nodes, ends of the cells, and the weights that interpolate from the former to the latter."""
    nodes: Floats = np.arange(-(_N_NODES // 2), _N_NODES // 2 + 1, dtype=np.float64) * _NODE_STEP
    cells = np.linspace(nodes[0], nodes[-1], _N_CELLS + 1)
    weights = np.ones((_N_NODES, _N_CELLS + 1))
    for k in range(_N_NODES):
        for j in range(_N_NODES):
            if j != k:
                weights[k] *= (cells - nodes[j]) / (nodes[k] - nodes[j])
    return nodes, cells, weights
