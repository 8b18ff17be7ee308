"""Rates of rows in columns, such as ads in ages: what each row would have on one common mix of columns.

Model: ``y_ij ~ Poisson(λ_ij n_ij)`` and ``λ_ij ~ Gamma(shape 1/σ², mean exp(α_i + γ_j))``: a row's level, a
column's, and what is this pair's alone. ``α_i ~ N(μ, s²)`` with a flat ``μ`` and ``γ_j ~ N(0, t²)``; σ, s
and t have half-Cauchy priors. Given the spreads the levels' posterior is log-concave and taken as normal
about its mode (Laplace), and given the levels the pairs' rates are gamma; the spreads are summed over on a
grid, by the evidence in which the levels are integrated out. To plug in the columns' levels instead leaves
σ too small (what they fit by chance is lost to it) and intervals too narrow. Beside weighted draws of the
same model a probability errs by up to .01; more where a row has no result at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats
from workbench.stats.root_finding import find_roots
from workbench.stats.tree_evidence import log_prior

_WIDEST_SPREAD = 5.0
#: The lowest spread of pairs, beside the standard error of all counts together; of rows and columns.
_LOWEST_OF_PAIRS, _LOWEST_OF_LEVELS = 0.2, 0.03
#: Nodes of σ, s and t in a small table and in a large one, which knows them better. Each fit of the grid
#: keeps what is above a ten-thousandth of the heaviest and looks more closely there.
_NODES_OF_FEW, _NODES_OF_MANY, _FEW_PAIRS = (9, 6, 6), (7, 4, 4), 300
_FITS_OF_FEW, _FITS_OF_MANY, _NEGLIGIBLE = 3, 5, 1e-4
#: Variance over the squared mean of the widest law: what says less than this says nothing.
_WIDEST_LAW = 25.0
#: After a step so small the next would be of its square.
_NEWTON_STEPS, _LONGEST_STEP, _SETTLED = 100, 1.5, 1e-4
_DROPPED = 1e-5


@dataclass(frozen=True, eq=False)
class CrossedRates:
    """Posterior of each row's rate on the common mix: a mixture of gamma laws.

    Attributes
    ----------
    weight : ndarray, shape (n_nodes,)
        Of each combination of spreads; sums to one.
    means, variances : ndarray, shape (n_nodes, n_rows)
        Of each row given the spreads.
    """

    weight: Floats
    means: Floats
    variances: Floats

    @property
    def mean(self) -> Floats:
        """Expected rate of each row, shape (n_rows,)."""
        out: Floats = self.weight @ self.means
        return out

    def quantile(self, p: float) -> Floats:
        """Return the rate that each row is below with probability ``p``, shape (n_rows,)."""
        from scipy.special import gammainc, gammaincinv

        shape, rate = self.means**2 / self.variances, self.means / self.variances
        of_parts = np.log(np.maximum(gammaincinv(shape, p) / rate, 1e-250))
        found = find_roots(
            lambda x: self.weight @ gammainc(shape, np.exp(x) * rate) - p,
            of_parts.min(axis=0) - 1e-6,
            of_parts.max(axis=0) + 1e-6,
            x_tolerance=1e-9,
        )
        out: Floats = np.exp(found)
        return out


@dataclass(frozen=True)
class _Curvature:
    """Second derivatives of the log posterior in the levels, for each combination of spreads, inverted.

    Attributes
    ----------
    covariance : ndarray, shape (n_nodes, n_rows, n_rows)
        Of the rows' levels.
    carried : ndarray, shape (n_nodes, n_rows, n_columns)
        By how much a column's level falls as a row's rises.
    inverse : ndarray, shape (n_nodes, n_columns)
        Variance of each column's level, given the rows'.
    """

    covariance: Floats
    carried: Floats
    inverse: Floats

    @classmethod
    def of(cls, pairs: Floats, spreads: Floats) -> _Curvature:
        """Eliminate the columns, then invert what is left of the rows."""
        n_rows = pairs.shape[1]
        inverse = 1 / (pairs.sum(axis=1) + spreads[2][:, None] ** -2)
        carried = pairs * inverse[:, None, :]
        reduced = -carried @ np.swapaxes(pairs, 1, 2)
        reduced += spreads[1][:, None, None] ** -2 * (np.eye(n_rows) - 1 / n_rows)
        reduced[:, np.arange(n_rows), np.arange(n_rows)] += pairs.sum(axis=2)
        return cls(np.linalg.inv(reduced), carried, inverse)

    def solve(self, of_rows: Floats, of_columns: Floats) -> tuple[Floats, Floats]:
        """Return the change of the levels that these slopes ask for."""
        left = of_rows - np.einsum("kij,kj->ki", self.carried, of_columns)
        rows = np.einsum("kij,kj->ki", self.covariance, left)
        return rows, self.inverse * of_columns - np.einsum("kij,ki->kj", self.carried, rows)

    def variance_of_pairs(self) -> Floats:
        """Return the variance of each row's level plus each column's."""
        together = self.covariance @ self.carried
        of_rows = np.einsum("kii->ki", self.covariance)
        of_columns = self.inverse + np.einsum("kij,kij->kj", self.carried, together)
        out: Floats = of_rows[:, :, None] + of_columns[:, None, :] - 2 * together
        return out

    def log_determinant(self) -> Floats:
        """Return that of the levels' covariance."""
        out: Floats = np.linalg.slogdet(self.covariance)[1] + np.log(self.inverse).sum(axis=1)
        return out


@dataclass(frozen=True)
class _Levels:
    """Modes of the levels for each combination of spreads, and how sure they are."""

    rows: Floats
    columns: Floats
    curvature: _Curvature
    log_evidence: Floats


def crossed_rates(counts: Floats, size: Floats, mix: Floats) -> CrossedRates:
    """Estimate what each row would have if its size were divided among columns as in ``mix``.

    Parameters
    ----------
    counts, size : ndarray, shape (n_rows, n_columns)
        Counts of at least 0 (not necessarily whole: divided by a dispersion), not all 0, and what they came
        from; 0 of 0 where a row was never in a column.
    mix : ndarray, shape (n_columns,)
        Share of each column; sums to one.

    References
    ----------
    Breslow & Clayton (1993), JASA 88(421), 9–25, doi:10.1080/01621459.1993.10594284 (crossed levels by
    Laplace's method). Rue, Martino & Chopin (2009), JRSS B 71(2), 319–392,
    doi:10.1111/j.1467-9868.2008.00700.x (spreads on a grid).

    Examples
    --------
    >>> shown = np.array([[9_000.0, 1_000.0], [1_000.0, 9_000.0]])
    >>> found = crossed_rates(shown * [0.05, 0.01], shown, np.array([0.5, 0.5]))
    >>> found.quantile(0.5).round(3)
    array([0.03, 0.03])
    """
    lowest = float(np.clip(_LOWEST_OF_PAIRS / np.sqrt(1 + counts.sum()), 0.0005, 0.03))
    ends = [(lowest, _WIDEST_SPREAD)] + [(_LOWEST_OF_LEVELS, _WIDEST_SPREAD)] * 2
    few = counts.size <= _FEW_PAIRS
    n_nodes, n_fits = (_NODES_OF_FEW, _FITS_OF_FEW) if few else (_NODES_OF_MANY, _FITS_OF_MANY)
    start = np.full(len(counts), np.log(counts.sum() / size.sum())), np.zeros(len(mix))
    for fit in range(n_fits):
        axes = [np.geomspace(*end, n) for end, n in zip(ends, n_nodes, strict=True)]
        spreads = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
        levels = _levels(counts, size, spreads, start=start)
        log_weight = levels.log_evidence.reshape(n_nodes)
        log_weight = log_weight + sum(
            log_prior(nodes).reshape([-1 if j == axis else 1 for j in range(3)])
            for axis, nodes in enumerate(axes)
        )
        weight = np.exp(log_weight - log_weight.max())
        if fit < n_fits - 1:
            ends = [_alive(nodes, weight, axis) for axis, nodes in enumerate(axes)]
            start = levels.rows[weight.argmax()], levels.columns[weight.argmax()]
    means, variances = _on_the_mix(counts, size, mix, spreads=spreads, levels=levels)
    kept = weight.ravel() > _DROPPED * weight.max()
    flat = weight.ravel()[kept]
    return CrossedRates(flat / flat.sum(), means[kept], variances[kept])


def _alive(nodes: Floats, weight: Floats, axis: int) -> tuple[float, float]:
    """Return the ends of one spread's nodes that weigh anything, and a node beyond."""
    marginal = weight.sum(axis=tuple(k for k in range(3) if k != axis))
    alive = np.flatnonzero(marginal > _NEGLIGIBLE * marginal.max())
    return float(nodes[max(alive[0] - 1, 0)]), float(nodes[min(alive[-1] + 1, len(nodes) - 1)])


def _levels(counts: Floats, size: Floats, spreads: Floats, *, start: tuple[Floats, Floats]) -> _Levels:
    """Find the mode by Newton's method, all combinations of spreads at once."""
    rows, columns = (np.tile(one, (spreads.shape[1], 1)) for one in start)
    for _ in range(_NEWTON_STEPS):
        slope, pairs, _ = _derivatives(counts, size, spreads, (rows, columns))
        from_prior = -(rows - rows.mean(axis=1, keepdims=True)) * spreads[1][:, None] ** -2
        step = _Curvature.of(pairs, spreads).solve(
            slope.sum(axis=2) + from_prior, slope.sum(axis=1) - columns * spreads[2][:, None] ** -2
        )
        longest = np.maximum(*(np.abs(one).max(axis=1) for one in step))[:, None]
        scale = np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
        rows, columns = rows + scale * step[0], columns + scale * step[1]
        if longest.max() < _SETTLED:
            break
    else:
        raise NotConverged(
            f"Levels of rows and columns were not found in {_NEWTON_STEPS} steps.",
            next_step="Please report this with the input: it is a defect.",
        )
    curvature = _Curvature.of(_derivatives(counts, size, spreads, (rows, columns))[1], spreads)
    log_evidence = _log_joint(counts, size, spreads, (rows, columns)) + curvature.log_determinant() / 2
    return _Levels(rows, columns, curvature, log_evidence)


def _derivatives(
    counts: Floats, size: Floats, spreads: Floats, places: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return slope, minus the curvature, and the third derivative of each pair's log likelihood."""
    shape = (spreads[0] ** -2)[:, None, None]
    expected = size * np.exp(places[0][:, :, None] + places[1][:, None, :])
    pull = (shape + counts) / (shape + expected) * expected
    curve = pull * shape / (shape + expected)
    return counts - pull, curve, curve * (expected - shape) / (shape + expected)


def _log_joint(counts: Floats, size: Floats, spreads: Floats, places: tuple[Floats, Floats]) -> Floats:
    """Log probability of the counts (negative binomial) and the levels, up to a constant."""
    from scipy.special import gammaln

    rows, columns = places
    shape = (spreads[0] ** -2)[:, None, None]
    place = rows[:, :, None] + columns[:, None, :]
    pairs = counts * (place - np.log(shape)) - (shape + counts) * np.log1p(size * np.exp(place) / shape)
    pairs += gammaln(shape + counts) - gammaln(shape)
    away = ((rows - rows.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    total: Floats = pairs.sum(axis=(1, 2)) - away / spreads[1] ** 2 / 2
    total -= (columns**2).sum(axis=1) / spreads[2] ** 2 / 2
    total -= (rows.shape[1] - 1) * np.log(spreads[1]) + columns.shape[1] * np.log(spreads[2])
    return total


def _on_the_mix(
    counts: Floats, size: Floats, mix: Floats, *, spreads: Floats, levels: _Levels
) -> tuple[Floats, Floats]:
    """Return mean and variance of each row's rate on the mix, given the spreads.

    The mean of the levels is their mode and what the third derivatives move it by.
    """
    curvature = levels.curvature
    third = _derivatives(counts, size, spreads, (levels.rows, levels.columns))[2]
    push = third * curvature.variance_of_pairs() / 2
    moved = curvature.solve(push.sum(axis=2), push.sum(axis=1))
    shape = (spreads[0] ** -2)[:, None, None]
    prior_rate = shape * np.exp(-levels.rows[:, :, None] - levels.columns[:, None, :])
    rate = (shape + counts) / (prior_rate + size)
    centre = rate @ mix
    alone = (rate / (prior_rate + size)) @ mix**2 / centre**2
    # How the rate follows the levels: to the first order, both in logarithms.
    follows = mix * rate * prior_rate / (prior_rate + size) / centre[:, :, None]
    of_row = follows.sum(axis=2)
    of_rows = np.eye(len(counts)) * of_row[:, :, None] - np.swapaxes(
        curvature.carried @ np.swapaxes(follows, 1, 2), 1, 2
    )
    variance = np.einsum("kri,kri->kr", of_rows @ curvature.covariance, of_rows)
    variance += np.einsum("krj,kj->kr", follows**2, curvature.inverse)
    shift = of_row * moved[0] + np.einsum("krj,kj->kr", follows, moved[1])
    mean = centre * np.exp(shift + variance / 2)
    return mean, mean**2 * np.minimum(variance + alone, _WIDEST_LAW)
