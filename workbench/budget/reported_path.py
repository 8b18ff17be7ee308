"""An item's wandering rate of results, integrated out of negative-binomial counts by Laplace's method.

The logarithm of the rate in period t is ``x_t = η + u_t``: ``η ~ N(m, τ²)`` as in
:mod:`workbench.budget.reported_rates`, and ``u`` a stationary first-order autoregression. Given the rest, the
density of ``(x, η)`` is concave, and its Hessian is tridiagonal but for one column: a Newton step costs a few
operations a period (Rue & Held 2005, chapters 2 and 4). The normal law at the mode integrates the path out,
and paths are drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.stats.counts import Floats

_NEWTON_STEPS = 2
_FARTHEST = 200.0  # of a log rate, so that nothing overflows


@dataclass(frozen=True)
class PathPrior:
    """The law of items' paths before their counts, one row a draw.

    Attributes
    ----------
    means : ndarray, shape (n_draws, n_items)
        Of the levels η.
    spread : ndarray, shape (n_draws,)
        Deviation of the levels in their pool.
    deviation : ndarray, shape (n_draws,)
        Of the path about its level.
    correlation : ndarray, shape (n_draws,)
        Of neighbouring periods, in [0, 1).
    """

    means: Floats
    spread: Floats
    deviation: Floats
    correlation: Floats


@dataclass(frozen=True)
class PathLaw:
    """The normal law of items' paths at their mode; the first axis is the period.

    Attributes
    ----------
    log_integral : ndarray, shape (n_draws, n_items)
        Of counts and path together, up to what depends on the dispersion and on the exposure alone.
    free, pull : ndarray, shape (n_periods, n_draws, n_items)
        The path's mean given its level is ``free + pull * level``.
    pivots : ndarray, shape (n_periods, n_draws, n_items)
        Of the path's precision given its level.
    bond : ndarray, shape (n_draws, 1)
        Minus the precision's entries beside the diagonal.
    level, level_sd : ndarray, shape (n_draws, n_items)
        Mean and deviation of η.
    """

    log_integral: Floats
    free: Floats
    pull: Floats
    pivots: Floats
    bond: Floats
    level: Floats
    level_sd: Floats

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw levels (n_draws, n_items) and paths of the log rate (n_periods, n_draws, n_items)."""
        levels = self.level + self.level_sd * rng.standard_normal(self.level.shape)
        path = rng.standard_normal(self.free.shape) / np.sqrt(self.pivots)
        for t in range(len(path) - 2, -1, -1):
            path[t] += self.bond / self.pivots[t] * path[t + 1]
        path += self.free + self.pull * levels
        return levels, path


def path_law(counts: Floats, exposure: Floats, *, size: Floats, prior: PathPrior) -> PathLaw:
    """Find the law of each item's path.

    Parameters
    ----------
    counts : ndarray, shape (n_items, n_periods)
    exposure : ndarray, shape (n_draws, n_items, n_periods)
        Spend that counts in each period; 0 only where the count is 0.
    size : ndarray, shape (n_draws,)
        Of the negative-binomial law.
    prior : PathPrior

    Examples
    --------
    >>> prior = PathPrior(np.zeros((1, 1)), np.array([9.0]), np.array([0.01]), np.array([0.5]))
    >>> counts, exposure = np.array([[3.0, 5.0, 4.0]]), np.full((1, 1, 3), 10.0)
    >>> law = path_law(counts, exposure, size=np.array([1e6]), prior=prior)
    >>> np.exp(law.level).round(2), law.level_sd.round(2)
    (array([[0.4]]), array([[0.29]]))
    """
    own = _Path(counts, exposure, size, prior)
    x, level = own.start()
    for _ in range(_NEWTON_STEPS):
        pull, weight, _ = own.slopes(x)
        solved = own.solve(weight * x + pull, weight)
        x, level = solved.mean, solved.level
    pull, weight, log_counts = own.slopes(x)
    solved = own.solve(weight * x + pull, weight)
    off, off_level = solved.mean - x, solved.level - level
    value = log_counts + own.log_prior(x, level)
    value += 0.5 * ((weight * off**2).sum(axis=0) + own.squares(off - off_level) + (off_level / own.tau) ** 2)
    value += -0.5 * (np.log(solved.pivots).sum(axis=0) + np.log(solved.precision))
    return PathLaw(
        value,
        solved.free,
        solved.pull,
        solved.pivots,
        own.bond,
        solved.level,
        1 / np.sqrt(solved.precision),
    )


@dataclass(frozen=True)
class _Solved:
    free: Floats
    pull: Floats
    pivots: Floats
    level: Floats
    precision: Floats

    @property
    def mean(self) -> Floats:
        out: Floats = self.free + self.pull * self.level
        return out


class _Path:
    """Counts of a few draws with the prior of their paths; arrays have the period first."""

    def __init__(self, counts: Floats, exposure: Floats, size: Floats, prior: PathPrior) -> None:
        self.counts = counts.T[:, None, :]
        self.per_size = np.ascontiguousarray(np.moveaxis(exposure, 2, 0)) / size[:, None]
        self.size, self.means, self.tau = size[:, None], prior.means, prior.spread[:, None]
        self.rho = prior.correlation[:, None]
        self.scale = 1 / (prior.deviation[:, None] ** 2 * (1 - self.rho**2))  # of the precision
        self.bond, self.log_sd = self.rho * self.scale, np.log(prior.deviation)[:, None]
        n = len(self.counts)
        self.inner, self.edge = self.scale * (1 - self.rho) ** 2, self.scale * (1 - self.rho)
        self.level_precision = (n - 2) * self.inner + 2 * self.edge + 1 / self.tau**2

    def start(self) -> tuple[Floats, Floats]:
        """Return path and level by the counts' logarithms, with half a result added to each."""
        seen = self.counts + 0.5
        weight = seen * self.size / (seen + self.size) * (self.per_size > 0)
        logs = np.log(seen / np.maximum(self.per_size * self.size, 1e-300))
        solved = self.solve(weight * logs, weight)
        return solved.mean, solved.level

    def slopes(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the counts' slope and curvature along the path, and their log density."""
        share = np.exp(np.clip(x, -_FARTHEST, _FARTHEST))
        share *= self.per_size
        held = share + 1.0
        log_held = np.log(held)
        share /= held
        both = self.counts + self.size
        log_counts = np.einsum("tni,tni->ni", np.broadcast_to(self.counts, x.shape), x)
        log_counts -= np.einsum("tni,tni->ni", both, log_held)
        np.multiply(both, share, out=log_held)
        return self.counts - log_held, log_held * (1 - share), log_counts

    def solve(self, target: Floats, weight: Floats) -> _Solved:
        """Solve ``(Q + W) x = target + Q 1 η`` for the path by its level, and the level's own law."""
        n, bond = len(weight), self.bond
        pivots, right = np.array(weight), np.empty((n, 2, *weight.shape[1:]))
        pivots[0] += self.scale
        pivots[1:-1] += self.scale * (1 + self.rho**2)
        pivots[-1] += self.scale
        right[:, 0] = target
        right[0, 1] = right[-1, 1] = self.edge
        right[1:-1, 1] = self.inner
        ratios, held = np.empty_like(pivots), np.empty_like(right[0])
        for t in range(1, n):
            np.divide(bond, pivots[t - 1], out=ratios[t - 1])
            np.multiply(ratios[t - 1], bond, out=held[0])
            pivots[t] -= held[0]
            np.multiply(right[t - 1], ratios[t - 1], out=held)
            right[t] += held
        right[-1] /= pivots[-1]
        for t in range(n - 2, -1, -1):
            right[t] /= pivots[t]
            np.multiply(right[t + 1], ratios[t], out=held)
            right[t] += held
        seen = self.inner * right[1:-1].sum(axis=0) + self.edge * (right[0] + right[-1])
        precision = self.level_precision - seen[1]
        level = (self.means / self.tau**2 + seen[0]) / precision
        return _Solved(right[:, 0], right[:, 1], pivots, level, precision)

    def squares(self, off: Floats) -> Floats:
        """Return the quadratic form of the path's prior precision, (n_draws, n_items)."""
        steps = off[1:] - self.rho * off[:-1]
        out: Floats = self.scale * (np.einsum("tni,tni->ni", steps, steps) + (1 - self.rho**2) * off[0] ** 2)
        return out

    def log_prior(self, x: Floats, level: Floats) -> Floats:
        """Return the log density of path and level up to a constant, (n_draws, n_items)."""
        n = len(x)
        out: Floats = (
            -0.5 * self.squares(x - level) - n * self.log_sd - 0.5 * (n - 1) * np.log1p(-(self.rho**2))
        )
        out -= 0.5 * ((level - self.means) / self.tau) ** 2 + np.log(self.tau)
        return out
