"""A law known by a formula for its density only, tabulated to nearly full precision.

The density is written as a series of polynomials on each of a few panels, which are halved until the series
has converged. Its integrals are then series as well, from the left for small probabilities and from the
right for large ones, so both tails keep their digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import override

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats
from workbench.stats.laws import Law
from workbench.stats.panels import gauss_legendre
from workbench.stats.root_finding import find_roots

_N_NODES = 24
_N_LAST = 3
_TOLERANCE = 1e-12
_MOST_HALVINGS = 60
#: Probability beyond either end: less is lost in the rounding of one minus a probability.
_OUTSIDE = 1e-17
#: Beyond these the normal deviate of a probability is infinite.
_LEAST, _MOST = 1e-300, 1 - 1e-16


@dataclass(frozen=True, eq=False)
class TabulatedLaw(Law):
    """A law given by :func:`tabulate`.

    Attributes
    ----------
    ends : ndarray, shape (n_panels + 1,)
        Coordinates between which a series holds.
    series : ndarray, shape (n_terms, n_panels)
        Chebyshev coefficients of the density of the coordinate.
    integrals : ndarray, shape (n_terms + 1, n_panels)
        Of its integral from the panel's left end.
    before, after : ndarray, shape (n_panels,)
        Probability left and right of each panel.
    in_logs : bool
        Whether the coordinate is the value's logarithm, or the value itself.
    mean, mean_inverse : float
        Of the value and of its reciprocal, known from elsewhere.
    """

    ends: Floats
    series: Floats
    integrals: Floats
    before: Floats
    after: Floats
    in_logs: bool
    mean: float = np.nan
    mean_inverse: float = np.inf

    @property
    @override
    def support(self) -> tuple[float, float]:
        return (0.0, np.inf) if self.in_logs else (-np.inf, np.inf)

    @override
    def breakpoints(self) -> Floats:
        return self.ends

    @override
    def density(self, z: Floats) -> Floats:
        panel, t, inside = self._place(z)
        out: Floats = np.where(inside, np.maximum(_sum_series(self.series, panel, t), 0.0), 0.0)
        return out

    @override
    def below(self, x: Floats) -> Floats:
        return self._sides(x)[0]

    @override
    def above(self, x: Floats) -> Floats:
        return self._sides(x)[1]

    @override
    def quantile(self, p: float) -> float:
        panel = int(np.clip(np.searchsorted(self.before, p, side="right") - 1, 0, len(self.before) - 1))
        ends = self.ends[panel : panel + 1], self.ends[panel + 1 : panel + 2]
        z = find_roots(lambda at: self._missing(at, p), *ends, x_tolerance=1e-13)
        return float(self.value(z)[0])

    @override
    def value(self, z: Floats) -> Floats:
        return np.exp(z) if self.in_logs else z

    @override
    def slope(self, z: Floats) -> Floats:
        return np.exp(z) if self.in_logs else np.ones_like(z)

    @override
    def coordinate(self, x: Floats) -> Floats:
        return np.log(x) if self.in_logs else x

    def _missing(self, z: Floats, p: float) -> Floats:
        """Return how far a coordinate is below a quantile: in normal deviates, along which steps are even."""
        from scipy.special import ndtri

        left, right = self._at(z)
        seen, wanted = (left, p) if p < 0.5 else (right, 1 - p)
        missing = ndtri(np.clip(seen, _LEAST, _MOST)) - ndtri(wanted)
        # A rounding error at a panel's end must not hide that the root lies in the panel.
        out: Floats = np.where(np.abs(seen - wanted) < 4 * np.finfo(float).eps, 0.0, missing)
        return out if p < 0.5 else -out

    def _sides(self, x: Floats) -> tuple[Floats, Floats]:
        x = np.asarray(x, dtype=np.float64)
        if not self.in_logs:
            return self._at(x)
        with np.errstate(divide="ignore"):
            return self._at(np.log(np.maximum(x, 0.0)))

    def _at(self, z: Floats) -> tuple[Floats, Floats]:
        panel, t, inside = self._place(z)
        part = _sum_series(self.integrals, panel, t)
        whole = self.integrals.sum(axis=0)[panel]  # at t = 1 every Chebyshev polynomial is one
        left = np.where(inside, np.clip(self.before[panel] + part, 0.0, 1.0), z > self.ends[-1])
        right = np.where(inside, np.clip(self.after[panel] + (whole - part), 0.0, 1.0), z < self.ends[0])
        small = left < right
        return np.where(small, left, 1 - right), np.where(small, 1 - left, right)

    def _place(self, z: Floats) -> tuple[NDArray[np.intp], Floats, NDArray[np.bool_]]:
        inside = (z >= self.ends[0]) & (z <= self.ends[-1])
        z = np.clip(z, self.ends[0], self.ends[-1])
        panel = np.clip(np.searchsorted(self.ends, z, side="right") - 1, 0, len(self.before) - 1)
        low, high = self.ends[panel], self.ends[panel + 1]
        return panel, np.clip((2 * z - low - high) / (high - low), -1.0, 1.0), inside


def tabulate(
    density: Callable[[Floats], Floats],
    ends: Floats,
    *,
    in_logs: bool,
    mean: float = np.nan,
    mean_inverse: float = np.inf,
) -> TabulatedLaw:
    """Tabulate the law whose density is proportional to a function.

    Parameters
    ----------
    density : callable
        Takes coordinates, returns at least 0.
    ends : ndarray
        Coordinates: a first guess of panels, from where the density is negligible to where it is again.
    in_logs : bool
        Whether coordinates are logarithms of values, or values.
    mean, mean_inverse : float
        Expected value and reciprocal; by default the mean is integrated from the table.

    Raises
    ------
    NotConverged
        If the density is not smooth enough.

    Examples
    --------
    >>> law = tabulate(lambda z: np.exp(-z * z / 2), np.array([-9.0, 0.0, 9.0]), in_logs=False)
    >>> law.quantile(0.975).__round__(9), float(law.above(np.array(5.0))).__round__(12)
    (1.959963985, 2.86652e-07)
    """
    ends, series = _refined(density, np.unique(ends), in_logs)
    half = np.diff(ends) / 2
    mass = 2 * half * series[0]
    series, mass = series / mass.sum(), mass / mass.sum()
    kept = (np.cumsum(mass) > _OUTSIDE) & (np.cumsum(mass[::-1])[::-1] > _OUTSIDE)
    first, last = np.flatnonzero(kept)[[0, -1]]
    ends, series, mass = ends[first : last + 2], series[:, first : last + 1], mass[first : last + 1]
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    after = np.concatenate([np.cumsum(mass[:0:-1])[::-1], [0.0]])
    integrals = np.polynomial.legendre.legint(series, lbnd=-1, axis=0) * np.diff(ends) / 2
    series, integrals = _in_chebyshev(series), _in_chebyshev(integrals)
    law = TabulatedLaw(ends, series, integrals, before, after, in_logs, mean, mean_inverse)
    if np.isnan(mean):
        law = TabulatedLaw(ends, series, integrals, before, after, in_logs, _mean(law), mean_inverse)
    return law


def mass_window(
    log_density: Callable[[Floats], Floats], low: float, high: float, *, drop: float = 40.0
) -> Floats:
    """Return five ends of panels that hold the mass of a law with one mode, found by scanning three times.

    Parameters
    ----------
    log_density : callable
        Takes coordinates; any constant may be missing.
    low, high : float
        Between which the mode is.
    drop : float
        By how much the logarithm has fallen at the outer ends.

    Examples
    --------
    >>> mass_window(lambda z: -50 * z * z, -30.0, 30.0, drop=50.0).round(1)
    array([-1. , -0.5,  0. ,  0.5,  1. ])
    """
    mode = low
    for _ in range(4):
        z = np.linspace(low, high, 1_001)
        log_of = log_density(z)
        inside = np.flatnonzero(log_of > log_of.max() - drop)
        mode = float(z[np.argmax(log_of)])
        low, high = float(z[max(inside[0] - 1, 0)]), float(z[min(inside[-1] + 1, 1_000)])
    return np.array([low, (low + mode) / 2, mode, (mode + high) / 2, high])


def _refined(density: Callable[[Floats], Floats], ends: Floats, in_logs: bool) -> tuple[Floats, Floats]:
    rule = gauss_legendre(_N_NODES)
    orders = np.arange(_N_NODES)[:, None]
    to_series = (orders + 0.5) * np.polynomial.legendre.legvander(rule.nodes, _N_NODES - 1).T * rule.weights
    low, high = ends[:-1], ends[1:]
    done: list[tuple[Floats, Floats, Floats]] = []
    total, centre = 0.0, float(ends[len(ends) // 2])
    for _ in range(_MOST_HALVINGS):
        half, middle = (high - low) / 2, (high + low) / 2
        nodes = middle + half * rule.nodes[:, None]
        series = to_series @ density(nodes.ravel()).reshape(nodes.shape)
        mass = 2 * half * series[0]
        total = sum(float((2 * (b - a) / 2 * c[0]).sum()) for a, b, c in done) + float(mass.sum())
        centre = _weighted_centre(done, middle, mass)
        error = np.abs(series[-_N_LAST:]).max(axis=0) * 2 * half
        good = error * _reach(low, high, centre, in_logs) <= _TOLERANCE * total
        done.append((low[good], high[good], series[:, good]))
        low, high, middle = low[~good], high[~good], middle[~good]
        if not low.size:
            break
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    if low.size or not total > 0:
        raise NotConverged(
            "A posterior law could not be tabulated.",
            next_step="Please report this with the input: it is a defect.",
        )
    starts, stops, parts = (np.concatenate(x, axis=-1) for x in zip(*done, strict=True))
    order = np.argsort(starts)
    return np.append(starts[order], stops[order[-1]]), parts[:, order]


def _weighted_centre(done: list[tuple[Floats, Floats, Floats]], middle: Floats, mass: Floats) -> float:
    places = np.concatenate([middle, *((a + b) / 2 for a, b, _ in done)])
    masses = np.concatenate([mass, *((b - a) * c[0] for a, b, c in done)])
    return float((places * masses).sum() / masses.sum()) if masses.sum() > 0 else float(places.mean())


def _reach(low: Floats, high: Floats, centre: float, in_logs: bool) -> Floats:
    """Say how much an error of probability in a panel weighs in a mean, beside one at the centre."""
    if not in_logs:
        return np.ones_like(low)
    out: Floats = np.exp(np.clip(high - centre, 0.0, 25.0))
    return out


def _mean(law: TabulatedLaw) -> float:
    rule = gauss_legendre(_N_NODES)
    half, middle = np.diff(law.ends)[:, None] / 2, (law.ends[1:] + law.ends[:-1])[:, None] / 2
    z = middle + half * rule.nodes
    return float((law.density(z) * law.value(z) * half * rule.weights).sum())


def _in_chebyshev(series: Floats) -> Floats:
    """Turn Legendre series into Chebyshev ones, which are summed with a third of the work."""
    return _to_chebyshev(len(series)) @ series


@cache
def _to_chebyshev(n: int) -> Floats:
    angles = (np.arange(n) + 0.5) * np.pi / n
    values = np.polynomial.legendre.legvander(np.cos(angles), n - 1)
    matrix: Floats = 2 / n * np.cos(np.outer(np.arange(n), angles)) @ values
    matrix[0] /= 2
    return matrix


def _sum_series(series: Floats, panel: NDArray[np.intp], t: Floats) -> Floats:
    """Sum Chebyshev series by Clenshaw's recurrence, each point with its panel's coefficients."""
    terms, twice = series[:, panel], 2 * t
    last, now = np.zeros_like(t), np.zeros_like(t)
    for term in terms[:0:-1]:
        following = twice * now
        following += term
        following -= last
        last, now = now, following
    out: Floats = terms[0] + t * now - last
    return out
