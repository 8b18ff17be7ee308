"""Probabilities of two independent laws together, by quadrature between the breakpoints of both.

``P(Y ≤ t(X)) = ∫ f_X F_Y(t(x)) dx`` for any increasing ``t``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from workbench.stats.best_of import spread_nodes
from workbench.stats.counts import Floats
from workbench.stats.laws import Law

#: Where a law's distribution function bends at an end of its support, panels shrink towards the bend.
_GRADED = 16.0 * 4.0 ** -np.arange(0, 13)
_N_NODES = 32


@dataclass(frozen=True)
class TwoLaws:
    """Two independent laws of one kind, with what every probability of the pair needs computed once.

    Made by :meth:`of`.

    Attributes
    ----------
    x, y : Law
    own : ndarray
        Breakpoints of X, as coordinates.
    reach : ndarray, shape (2,)
        Smallest and largest value of X that counts.
    bends : ndarray
        Breakpoints of Y, as values.
    ends : ndarray
        Where the support of Y ends.
    """

    x: Law
    y: Law
    own: Floats
    reach: Floats
    bends: Floats
    ends: Floats

    @classmethod
    def of(cls, x: Law, y: Law) -> Self:
        """Take two laws.

        Examples
        --------
        >>> from workbench.stats.laws import GammaLaw
        >>> pair = TwoLaws.of(GammaLaw(3.0, 1.0), GammaLaw(3.0, 2.0))
        >>> round(pair.ratio_below(0.5), 12), round(pair.prob_below(lambda a: a / 2, lambda b: 2 * b), 12)
        (0.5, 0.5)
        """
        own = x.breakpoints()
        ends = np.array([end for end in y.support if np.isfinite(end)])
        return cls(x, y, own, x.value(own[[0, -1]]), y.value(y.breakpoints()), ends)

    def widest(self) -> tuple[float, float]:
        """Return the smallest and the largest difference that counts."""
        return float(self.bends[0] - self.reach[1]), float(self.bends[-1] - self.reach[0])

    def log_bounds(self) -> tuple[float, float]:
        """Return the same for logarithms of the ratio; zero is among them."""
        own, other = np.log(self.reach), np.log(self.bends[[0, -1]])
        return min(float(other[0] - own[1]), 0.0), max(float(other[1] - own[0]), 0.0)

    def ratio_below(self, ratio: float) -> float:
        """Return ``P(Y ≤ ratio X)`` of positive numbers."""
        return 0.0 if ratio <= 0 else self.prob_below(lambda a: a * ratio, lambda b: b / ratio)

    def change_below(self, r: float) -> float:
        """Return ``P(Y ≤ X + r |X|)``."""

        def back(b: Floats) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore"):
                points = np.concatenate([b / (1 + r), b / (1 - r), np.zeros(1)])
            return points[np.isfinite(points)]

        return self.prob_below(lambda a: a + r * np.abs(a), back)

    def prob_below(self, ahead: Callable[[Floats], Floats], back: Callable[[Floats], Floats]) -> float:
        """Return ``P(Y ≤ ahead(X))``; ``back`` undoes ``ahead``."""
        bends = self._seen(back(self.ends))
        parts = [self.own, self._seen(back(self.bends)), bends]
        if bends.size:
            parts += [(bends + side * _GRADED[:, None]).ravel() for side in (-1, 1)]
        points = np.concatenate(parts)
        points = points[(points >= self.own[0]) & (points <= self.own[-1])]
        z, weights = spread_nodes(points, _N_NODES)
        total = float((self.x.density(z) * self.y.below(ahead(self.x.value(z)))) @ weights)
        return min(max(total, 0.0), 1.0)

    def _seen(self, points: Floats) -> Floats:
        return self.x.coordinate(points[(points > self.reach[0]) & (points < self.reach[1])])
