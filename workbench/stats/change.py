"""By how much one unknown number exceeds another: absolute and relative, with exact intervals.

``P(Y ≤ t(X)) = ∫ f_X F_Y(t(x)) dx``, with ``t(x) = x + d`` for the absolute change and ``t(x) = x + r |x|``
for the relative one, is integrated between the breakpoints of both laws and inverted by root finding. The
search begins at zero and stays on the side that ``P(Y > X)`` names: "probably above" and "the interval lies
above zero" are one statement here, never two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from workbench.stats.counts import Floats, tail_of
from workbench.stats.laws import Law
from workbench.stats.root_finding import find_roots
from workbench.stats.two_laws import TwoLaws

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
    pair = TwoLaws.of(x, y)
    least, most = pair.widest()

    def below(d: float) -> float:
        return pair.prob_below(lambda a: a + d, lambda b: b - d)

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
        pair = TwoLaws.of(x, y)
        low, high = pair.log_bounds()

        def below(log_ratio: float) -> float:
            return pair.ratio_below(float(np.exp(log_ratio)))

        found = np.expm1(_quantiles(below, (low, high), level=level, prob_above=prob_above))
        mean = y.mean * x.mean_inverse - 1
    else:
        pair = TwoLaws.of(x, y)
        bound = _doubled(pair.change_below, tail_of(level) / 4)
        found = _quantiles(pair.change_below, (-bound, bound), level=level, prob_above=prob_above)
        mean = np.nan
    return _change(mean, found, level, prob_above)


def absolute_below(x: Law, y: Law, d: float) -> float:
    """Return ``P(Y − X ≤ d)``."""
    return TwoLaws.of(x, y).prob_below(lambda a: a + d, lambda b: b - d)


def relative_below(x: Law, y: Law, r: float) -> float:
    """Return ``P((Y − X) / |X| ≤ r)``."""
    pair = TwoLaws.of(x, y)
    return pair.ratio_below(1 + r) if x.support[0] >= 0 else pair.change_below(r)


def _change(mean: float, found: Floats, level: float, prob_above: float) -> Change:
    low, median, high = (float(end) for end in found)
    return Change(mean, median, low, high, level, prob_above)


def _quantiles(
    below: Callable[[float], float], bounds: tuple[float, float], *, level: float, prob_above: float
) -> Floats:
    tail, search = tail_of(level), _Search(below, bounds, prob_above)
    return np.array([search.quantile(p) for p in (tail, 0.5, 1 - tail)])


@dataclass(frozen=True)
class _Search:
    """The search for quantiles of one law; what was computed on the way to one helps to find the next."""

    below: Callable[[float], float]
    bounds: tuple[float, float]
    prob_above: float
    known: dict[float, float] = field(default_factory=dict)

    def quantile(self, p: float) -> float:
        if p == 0.5 and abs(self.prob_above - p) < _EVEN:
            return 0.0
        # no more than p below zero: it is above zero
        side = self.bounds[1] if 1 - self.prob_above < p else self.bounds[0]
        if side == 0 or (self._at(0.0) - p) * (self._at(side) - p) > 0:  # zero itself, to the last digits
            return float(np.nextafter(0.0, side))
        low, high = self._bracket(p, min(side, 0.0), max(side, 0.0))
        wanted = _normal_score(p)

        def missing(c: Floats) -> Floats:
            return np.array([_normal_score(self._at(float(c[0]))) - wanted])

        return float(find_roots(missing, np.array([low]), np.array([high]), x_tolerance=1e-11)[0])

    def _at(self, c: float) -> float:
        if c not in self.known:
            self.known[c] = self.below(c)
        return self.known[c]

    def _bracket(self, p: float, low: float, high: float) -> tuple[float, float]:
        """Return the closest known points around a quantile."""
        inside = [(c, value) for c, value in self.known.items() if low <= c <= high]
        low = max((c for c, value in inside if value <= p), default=low)
        return low, min((c for c, value in inside if value >= p and c > low), default=high)


def _normal_score(p: float) -> float:
    """Return the normal deviate of a probability: along it, most laws are nearly straight lines."""
    from scipy.special import ndtri

    return float(ndtri(min(max(p, 1e-300), 1 - 1e-16)))


def _doubled(below: Callable[[float], float], tail: float) -> float:
    bound = 1.0
    while bound < 1e12 and (below(bound) < 1 - tail or below(-bound) > tail):
        bound *= 2
    return bound
