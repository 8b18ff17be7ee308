"""Laws on finitely many values, compared by exact summation, equal values counting half.

A quantile's posterior by the Bayesian bootstrap is such a law: the weights of the n values are Dirichlet, so
the weight of the i smallest is ``Beta(i, n − i)``, and the quantile is at most the i-th smallest value if and
only if that weight is at least q (Rubin 1981, doi:10.1214/aos/1176345338). No draw is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.stats.best_of import BestOf
from workbench.stats.change import Change
from workbench.stats.counts import Floats, tail_of
from workbench.stats.panels import gauss_legendre

_TINY = 1e-18
_REACH = 10.0
_N_HALVINGS = 100
_CLOSE = 1e-13


@dataclass(frozen=True, eq=False)
class Atoms:
    """A law on finitely many values.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Increasing.
    mass : ndarray, shape (n,)
        Their probabilities.
    """

    values: Floats
    mass: Floats

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.values @ self.mass)

    @property
    def mean_inverse(self) -> float:
        """Expected reciprocal; NaN where a value is not above zero."""
        return float((self.mass / self.values).sum()) if self.values[0] > 0 else np.nan

    def mid_below(self, x: Floats) -> Floats:
        """Return the probability of less than each number, and half of that of the number itself."""
        running = np.concatenate([[0.0], np.cumsum(self.mass)])
        left, right = (np.searchsorted(self.values, x, side=side) for side in ("left", "right"))
        out: Floats = (running[left] + running[right]) / 2
        return out

    def quantile(self, p: float) -> float:
        """Return the least value with at least this probability up to it."""
        place = int(np.searchsorted(np.cumsum(self.mass), p * (1 - 1e-14)))
        return float(self.values[min(place, len(self.values) - 1)])


def quantile_atoms(ordered: Floats, q: float, *, design_effect: float = 1.0) -> Atoms:
    """Return the posterior of the q-th quantile of the law that values came from.

    Parameters
    ----------
    ordered : ndarray, shape (n,)
        The values, from the smallest to the largest, at least two.
    q : float
        Which quantile, above 0 and below 1.
    design_effect : float
        By how much clustering widens the variance of a share of these values, at least 1.

    Examples
    --------
    >>> quantile_atoms(np.array([1.0, 2.0, 3.0]), 0.5).mass
    array([0.25, 0.5 , 0.25])
    """
    from scipy.special import betaincc

    n = len(ordered)
    reach = _REACH * np.sqrt(n * design_effect * q * (1 - q)) + 40 * design_effect
    first, last = max(1, int(n * q - reach)), min(n - 1, int(n * q + reach) + 1)
    orders = np.arange(first, last + 1)
    below = betaincc(orders / design_effect, (n - orders) / design_effect, q)
    mass = np.diff(np.concatenate([[0.0], below, [1.0]]))
    values, places = np.unique(ordered[first - 1 : last + 1], return_inverse=True)
    summed = np.bincount(places, weights=mass)
    kept = summed > _TINY
    return Atoms(values[kept], summed[kept] / summed[kept].sum())


def prob_atoms_above(x: Atoms, y: Atoms) -> float:
    """Return ``P(Y > X) + P(Y = X) / 2``."""
    return 1 - float(x.mass @ y.mid_below(x.values))


def best_atoms(laws: Sequence[Atoms], *, higher_is_better: bool = True) -> BestOf:
    """Compare independent laws jointly by summation; among equal ones the best is drawn by lot.

    Parameters
    ----------
    laws : sequence of Atoms
    higher_is_better : bool
        Whether the best is the largest.

    Examples
    --------
    >>> coin, sure = Atoms(np.array([0.0, 2.0]), np.array([0.5, 0.5])), Atoms(np.ones(1), np.ones(1))
    >>> race = best_atoms([coin, coin, sure])
    >>> race.prob_best, race.expected_loss
    (array([0.375, 0.375, 0.25 ]), array([0.75, 0.75, 0.75]))
    """
    if not higher_is_better:
        return best_atoms([Atoms(-one.values[::-1], one.mass[::-1]) for one in laws])
    grid = np.unique(np.concatenate([one.values for one in laws]))
    mass = np.zeros((len(laws), len(grid)))
    for row, one in zip(mass, laws, strict=True):
        row[np.searchsorted(grid, one.values)] = one.mass
    upto = np.minimum(np.cumsum(mass, axis=1), 1.0)
    rule = gauss_legendre(max(2, (len(laws) + 1) // 2))  # exact: the lots are a polynomial
    prob, loss = np.empty(len(laws)), np.empty(len(laws))
    for k in range(len(laws)):
        others = np.arange(len(laws)) != k
        lots = [
            weight / 2 * np.prod((upto - mass)[others] + (1 + node) / 2 * mass[others], axis=0)
            for node, weight in zip(rule.nodes, rule.weights, strict=True)
        ]
        prob[k] = mass[k] @ np.sum(lots, axis=0)
        loss[k] = (upto[k] * (1 - np.prod(upto[others], axis=0)))[:-1] @ np.diff(grid)
    return BestOf(prob / prob.sum(), np.maximum(loss, 0.0))


def absolute_change_of_atoms(x: Atoms, y: Atoms, *, level: float) -> Change:
    """Give the law of ``Y − X``; its interval excludes zero just when ``P(Y > X)`` says so."""
    bounds = y.values[0] - x.values[-1], y.values[-1] - x.values[0]
    return _change(lambda d: float(x.mass @ y.mid_below(x.values + d)), bounds, y.mean - x.mean, level)


def relative_below_of_atoms(x: Atoms, y: Atoms, r: float) -> float:
    """Return ``P((Y − X) / |X| ≤ r)``, equality counting half."""
    return float(x.mass @ y.mid_below(x.values + r * np.abs(x.values)))


def relative_change_of_atoms(x: Atoms, y: Atoms, *, level: float) -> Change:
    """Give the law of ``(Y − X) / |X|``, X being unlikely to be zero."""
    size = np.abs(x.values)
    least = float(size[size > 0].min())
    reach = max(abs(float(y.values[0] - x.values[-1])), abs(float(y.values[-1] - x.values[0]))) / least
    mean = y.mean * x.mean_inverse - 1
    return _change(lambda r: relative_below_of_atoms(x, y, r), (-reach, reach), mean, level)


def _change(
    below: Callable[[float], float], bounds: tuple[float, float], mean: float, level: float
) -> Change:
    tail, zero = tail_of(level), below(0.0)
    ends = (min(bounds[0], 0.0) * 1.001 - _CLOSE, max(bounds[1], 0.0) * 1.001 + _CLOSE)
    low, high = sorted([_first(below, tail, ends, zero), _last(below, 1 - tail, ends, zero)])
    middle = (_first(below, 0.5, ends, zero) + _last(below, 0.5, ends, zero)) / 2
    median = min(max(middle, low), high)  # by rounding alone it may leave an interval of no width
    return Change(mean, median, low, high, level, 1 - zero)


def _first(below: Callable[[float], float], p: float, ends: tuple[float, float], zero: float) -> float:
    """Return the least number with at least the probability p below it, never across zero."""
    low, high = (ends[0], 0.0) if zero >= p else (0.0, ends[1])
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        if high - low <= _CLOSE * (ends[1] - ends[0]) or not low < middle < high:
            break
        low, high = (low, middle) if below(middle) >= p else (middle, high)
    return high


def _last(below: Callable[[float], float], p: float, ends: tuple[float, float], zero: float) -> float:
    """Return the largest number with at most the probability p below it, never across zero."""
    return -_first(lambda d: 1 - below(-d), 1 - p, (-ends[1], -ends[0]), 1 - zero)
