"""The law of the difference of two independent beta variables, by quadrature.

``P(X − Y ≤ d) = ∫ f_Y(y) F_X(y + d) dy``. The integral runs over the narrower variable, so that the other's
distribution function is smooth where the mass is. What is left are singular ends (``f_Y`` at 0 for small
counts, ``F_X`` where ``y + d`` meets 0): the double-exponential rule is made for those (Takahasi & Mori 1974,
doi:10.2977/prims/1195192451).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats
from workbench.stats.root_finding import find_roots

#: Probability beyond an end of the range that is integrated over.
_OUTSIDE = 1e-17
#: Below this shape the density is not yet negligible at 0 (or 1), so the range begins there.
_SMALL_SHAPE = 12.0
_TINY = 1e-300
_T = np.linspace(-3.6, 3.6, 161)
#: Nodes in (0, 1) as distance from either end, and their weights.
_FROM_LOW = 1 / (1 + np.exp(-np.pi * np.sinh(_T)))
_FROM_HIGH = 1 / (1 + np.exp(np.pi * np.sinh(_T)))
_WEIGHTS = (_T[1] - _T[0]) * np.pi * np.cosh(_T) * _FROM_LOW * _FROM_HIGH


@dataclass(frozen=True)
class BetaDifference:
    """The differences ``X − Y`` of many pairs of beta variables.

    Attributes
    ----------
    narrow, wide : ndarray, shape (2, n)
        Shapes ``(a, b)`` of the narrower and the wider variable of each pair.
    wide_is_first : ndarray of bool, shape (n,)
        Whether the wider one is X.
    low, high : ndarray, shape (2, n)
        Range of the narrower one (as distance of its low end from 0, and of its high end from 1).
    bounds : ndarray, shape (2, n)
        Between which all quantiles of the difference lie.
    """

    narrow: Floats
    wide: Floats
    wide_is_first: NDArray[np.bool_]
    low: Floats
    high: Floats
    bounds: Floats

    @classmethod
    def of(cls, shapes: Floats) -> BetaDifference:
        """Prepare the differences of variables with shapes ``(a_X, b_X, a_Y, b_Y)``, shape (4, n)."""
        first, second = shapes[:2], shapes[2:]
        wide_is_first = _variance(first) >= _variance(second)
        narrow = np.where(wide_is_first, second, first)
        wide = np.where(wide_is_first, first, second)
        low, high = _range(narrow)
        wide_low, wide_high = _range(wide)
        # Of wide − narrow; mirrored where the wide one is Y.
        least, most = wide_low - (1 - high), (1 - wide_high) - low
        bounds = np.where(wide_is_first, np.stack([least, most]), np.stack([-most, -least]))
        return cls(narrow, wide, wide_is_first, low, high, bounds)

    def below(self, difference: Floats) -> Floats:
        """Return ``P(X − Y ≤ difference)``, shape (n,)."""
        inside = self._wide_minus_narrow_below(np.where(self.wide_is_first, difference, -difference))
        out: Floats = np.where(self.wide_is_first, inside, 1 - inside)
        return out

    def quantile(self, p: float) -> Floats:
        """Return the differences with probability ``p`` below them, shape (n,)."""
        return find_roots(lambda d: self.below(d) - p, self.bounds[0], self.bounds[1], x_tolerance=1e-9)

    def _wide_minus_narrow_below(self, d: Floats) -> Floats:
        from scipy.special import betainc, betaincc, betaln

        # Below `start` the wide one would have to be negative; above `1 - stop` it is below 1 for certain.
        start, stop = np.maximum(self.low, -d), np.maximum(self.high, d)
        width = np.clip(1 - stop - start, 0, None)
        y = np.maximum(start[:, None] + width[:, None] * _FROM_LOW, _TINY)
        one_minus_y = np.maximum(stop[:, None] + width[:, None] * _FROM_HIGH, _TINY)
        x = np.clip((start + d)[:, None] + width[:, None] * _FROM_LOW, 0, 1)
        a, b = self.narrow[:, :, None]
        log_density = (a - 1) * np.log(y) + (b - 1) * np.log(one_minus_y) - betaln(a, b)
        wide_below = betainc(self.wide[0][:, None], self.wide[1][:, None], x)
        area = width * ((np.exp(log_density) * wide_below) @ _WEIGHTS)
        certain = betaincc(self.narrow[0], self.narrow[1], np.clip(1 - stop, 0, 1))
        out: Floats = np.where(width > 0, area, 0.0) + np.where(1 - stop > 0, certain, 1.0)
        return np.clip(out, 0, 1)


def _variance(shape: Floats) -> Floats:
    a, b = shape
    out: Floats = a * b / ((a + b) ** 2 * (a + b + 1))
    return out


def _range(shape: Floats) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    a, b = shape
    low = np.where(a < _SMALL_SHAPE, 0.0, betaincinv(a, b, _OUTSIDE))
    high = np.where(b < _SMALL_SHAPE, 0.0, betaincinv(b, a, _OUTSIDE))
    return low, high
