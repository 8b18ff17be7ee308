"""By how much one unknown number exceeds another: absolute and relative, with exact intervals.

``P(Y ≤ t(X)) = ∫ f_X F_Y(t(x)) dx``, with ``t(x) = x + d`` for the absolute change and ``t(x) = x + r |x|``
for the relative one, is integrated between the breakpoints of both laws and inverted by root finding. The
search begins at zero and stays on the side that ``P(Y > X)`` names: "probably above" and "the interval lies
above zero" are one statement here, never two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.stats.best_of import spread_nodes
from workbench.stats.counts import Floats, tail_of
from workbench.stats.laws import Law
from workbench.stats.root_finding import find_roots

#: Where a law's distribution function bends at an end of its support, panels shrink towards the bend.
_GRADED = 16.0 * 4.0 ** -np.arange(0, 13)
_N_NODES = 32
#: So near to one half, the median is zero.
_EVEN = 1e-9


@dataclass(frozen=True)
class Change:
    """How much larger Y is than X.

    Attributes
    ----------
    mean : float
        Expected change; infinite or NaN where it does not exist.
    median, low, high : float
        Median, and ends of the equal-tailed interval.
    level : float
        Probability inside the interval.
    prob_above : float
        Probability that the change is above zero.
    """

    mean: float
    median: float
    low: float
    high: float
    level: float
    prob_above: float

    @property
    def estimate(self) -> float:
        """The mean; the median where the mean does not exist or lies outside the interval."""
        return self.mean if self.low <= self.mean <= self.high else self.median


def absolute_change(x: Law, y: Law, *, level: float, prob_above: float) -> Change:
    """Give the law of ``Y − X``.

    Parameters
    ----------
    x, y : Law
        Independent, of one kind.
    level : float
        Probability inside the interval.
    prob_above : float
        ``P(Y > X)``, known exactly.

    Examples
    --------
    >>> from workbench.stats.laws import BetaLaw
    >>> change = absolute_change(BetaLaw(50.0, 52.0), BetaLaw(52.0, 50.0), level=0.95, prob_above=0.61077)
    >>> round(change.low, 4), round(change.high, 4)
    (-0.117, 0.1558)
    """
    points = [law.value(law.breakpoints()) for law in (x, y)]
    least, most = points[1][0] - points[0][-1], points[1][-1] - points[0][0]

    def below(d: float) -> float:
        return _prob_below(x, y, lambda a: a + d, lambda b: b - d)

    found = _quantiles(below, (min(least, 0.0), max(most, 0.0)), level=level, prob_above=prob_above)
    return _change(y.mean - x.mean, found, level, prob_above)


def relative_change(x: Law, y: Law, *, level: float, prob_above: float) -> Change:
    """Give the law of ``(Y − X) / |X|``; parameters as for :func:`absolute_change`.

    Examples
    --------
    >>> from workbench.stats.laws import BetaLaw
    >>> change = relative_change(BetaLaw(42.5, 62.5), BetaLaw(500.5, 509.5), level=0.95, prob_above=0.96277)
    >>> round(change.mean, 4), change.low < 0 < change.high
    (0.2418, True)
    """
    if x.support[0] >= 0:
        low, high = _log_bounds(x, y)

        def below(log_ratio: float) -> float:
            return _ratio_below(x, y, float(np.exp(log_ratio)))

        found = np.expm1(_quantiles(below, (low, high), level=level, prob_above=prob_above))
        mean = y.mean * x.mean_inverse - 1
    else:
        bound = _doubled(lambda r: relative_below(x, y, r), tail_of(level) / 4)
        found = _quantiles(
            lambda r: relative_below(x, y, r), (-bound, bound), level=level, prob_above=prob_above
        )
        mean = np.nan
    return _change(mean, found, level, prob_above)


def relative_below(x: Law, y: Law, r: float) -> float:
    """Return ``P((Y − X) / |X| ≤ r)``."""
    if x.support[0] >= 0:
        return _ratio_below(x, y, 1 + r)

    def back(b: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            points = np.concatenate([b / (1 + r), b / (1 - r), np.zeros(1)])
        return points[np.isfinite(points)]

    return _prob_below(x, y, lambda a: a + r * np.abs(a), back)


def _ratio_below(x: Law, y: Law, ratio: float) -> float:
    if ratio <= 0:
        return 0.0
    return _prob_below(x, y, lambda a: a * ratio, lambda b: b / ratio)


def _change(mean: float, found: Floats, level: float, prob_above: float) -> Change:
    low, median, high = (float(end) for end in found)
    return Change(mean, median, low, high, level, prob_above)


def _prob_below(x: Law, y: Law, ahead: Callable[[Floats], Floats], back: Callable[[Floats], Floats]) -> float:
    own = x.breakpoints()
    first, last = x.value(own[[0, -1]])

    def seen(points: Floats) -> Floats:
        return x.coordinate(points[(points > first) & (points < last)])

    bends = seen(back(np.array([end for end in y.support if np.isfinite(end)])))
    graded = np.concatenate([bends + side * _GRADED[:, None] for side in (-1, 1)], axis=None)
    inner = np.concatenate([seen(back(y.value(y.breakpoints()))), bends, graded])
    inner = inner[(inner > own[0]) & (inner < own[-1])]
    z, weights = spread_nodes(np.concatenate([own, inner]), _N_NODES)
    total = float((x.density(z) * y.below(ahead(x.value(z)))) @ weights)
    return min(max(total, 0.0), 1.0)


def _quantiles(
    below: Callable[[float], float], bounds: tuple[float, float], *, level: float, prob_above: float
) -> Floats:
    tail = tail_of(level)
    return np.array([_quantile(below, bounds, p, prob_above) for p in (tail, 0.5, 1 - tail)])


def _quantile(
    below: Callable[[float], float], bounds: tuple[float, float], p: float, prob_above: float
) -> float:
    if p == 0.5 and abs(prob_above - p) < _EVEN:
        return 0.0
    side = bounds[1] if 1 - prob_above < p else bounds[0]  # no more than p below zero: it is above zero
    if side == 0 or (below(0.0) - p) * (below(side) - p) > 0:  # zero itself, to the last digits
        return float(np.nextafter(0.0, side))
    ends = (np.array([min(side, 0.0)]), np.array([max(side, 0.0)]))
    return float(find_roots(lambda c: np.array([below(float(c[0])) - p]), *ends, x_tolerance=1e-11)[0])


def _log_bounds(x: Law, y: Law) -> tuple[float, float]:
    ends = [np.log(law.value(law.breakpoints()[[0, -1]])) for law in (x, y)]
    return min(float(ends[1][0] - ends[0][1]), 0.0), max(float(ends[1][1] - ends[0][0]), 0.0)


def _doubled(below: Callable[[float], float], tail: float) -> float:
    bound = 1.0
    while bound < 1e12 and (below(bound) < 1 - tail or below(-bound) > tail):
        bound *= 2
    return bound
