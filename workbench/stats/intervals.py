"""Exact intervals for one rate, the ratio of two rates, and the difference of two proportions.

All are equal-tailed posterior intervals under Jeffreys' prior, which cover close to their level also in
repeated sampling (Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286). Everything is vectorised over
arrays of cases and nothing is sampled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.beta_difference import BetaDifference
from workbench.stats.counts import Floats, checked_counts, require_dispersion, tail_of

_JEFFREYS = 0.5


@dataclass(frozen=True)
class Interval:
    """Estimates with equal-tailed intervals.

    Attributes
    ----------
    estimate, low, high : ndarray
        One entry per case.
    level : float
        Probability inside.
    """

    estimate: Floats
    low: Floats
    high: Floats
    level: float

    def inverted(self) -> Interval:
        """Return the interval of the reciprocal, such as cost per result from results per euro.

        The ends swap. An end of zero becomes infinite: no result was seen, so no largest cost is known.

        Examples
        --------
        >>> interval = rate_interval(0, 250.0)
        >>> bool(interval.inverted().high == np.inf)
        True
        """
        with np.errstate(divide="ignore"):
            return Interval(1 / self.estimate, 1 / self.high, 1 / self.low, self.level)


@dataclass(frozen=True)
class Comparison(Interval):
    """An interval for a change, with the probability that the change is upwards.

    Attributes
    ----------
    prob_above : ndarray
        Probability that a ratio is above one, or a difference above zero.
    """

    prob_above: Floats


def rate_interval(
    events: ArrayLike, exposure: ArrayLike, *, level: float = 0.9, dispersion: float = 1.0
) -> Interval:
    """Give the interval of one rate: events per unit of exposure.

    ``rate | y ~ Gamma(y/φ + ½, E/φ)``, Jeffreys' posterior of a Poisson rate with variance φ times the
    mean. With no event at all the lower end is 0. The estimate is the observed ``y / E``.

    Parameters
    ----------
    events : array_like
        Counts such as leads, shape (n,) or a scalar.
    exposure : array_like
        What they came from: spend in currency units, impressions or clicks; above 0.
    level : float
        Probability inside the interval.
    dispersion : float
        φ ≥ 1, from :func:`workbench.stats.dispersion.dispersion`.

    Returns
    -------
    Interval
        Rates per unit of exposure.

    Raises
    ------
    DataError
        If a count is negative, an exposure not positive, the dispersion below 1 or the level outside (0, 1).

    Examples
    --------
    >>> leads = rate_interval(18, 221.67)
    >>> [round(float(x), 1) for x in (leads.inverted().low, leads.inverted().high)]
    [8.5, 18.4]
    """
    from scipy.special import gammaincinv

    tail = tail_of(level)
    counts, exposures = checked_counts(events, exposure, dispersion)
    shape = counts + _JEFFREYS
    low = np.where(counts > 0, gammaincinv(shape, tail), 0.0) / exposures
    high = gammaincinv(shape, 1 - tail) / exposures
    return Interval(counts / exposures, low, high, level)


def ratio_interval(
    events1: ArrayLike,
    exposure1: ArrayLike,
    events0: ArrayLike,
    exposure0: ArrayLike,
    *,
    level: float = 0.9,
    dispersion: float = 1.0,
) -> Comparison:
    """Give the interval of the ratio of two rates, and the probability that the first is higher.

    With ``λ ~ Gamma(y/φ + ½, E/φ)`` for both, ``G1/(G1 + G0) ~ Beta(s1, s0)``, so the ratio
    ``λ1/λ0 = B/(1 − B) · E0/E1`` has beta-prime quantiles: exact. A change of cost per result is the
    ratio the other way round: swap the two. The estimate is the posterior median.

    Parameters
    ----------
    events1, exposure1, events0, exposure0 : array_like
        Counts and exposures of the two, this period first.
    level : float
        Probability inside the interval.
    dispersion : float
        φ ≥ 1, of both.

    Returns
    -------
    Comparison
        Ratios; ``prob_above`` is ``P(λ1 > λ0)``.

    Raises
    ------
    DataError
        As for :func:`rate_interval`.

    Examples
    --------
    >>> change = ratio_interval(120, 1000.0, 100, 1000.0)
    >>> round(float(change.low), 2), round(float(change.high), 2), round(float(change.prob_above), 2)
    (0.96, 1.5, 0.91)
    """
    from scipy.special import betainc, betaincinv

    tail = tail_of(level)
    y1, e1 = checked_counts(events1, exposure1, dispersion)
    y0, e0 = checked_counts(events0, exposure0, dispersion)
    s1, s0 = y1 + _JEFFREYS, y0 + _JEFFREYS

    def quantile(p: float) -> Floats:
        out: Floats = betaincinv(s1, s0, p) / betaincinv(s0, s1, 1 - p) * (e0 / e1)
        return out

    return Comparison(
        estimate=quantile(0.5),
        low=quantile(tail),
        high=quantile(1 - tail),
        level=level,
        prob_above=betainc(s0, s1, e0 / (e0 + e1)),
    )


def proportion_difference_interval(
    successes1: ArrayLike,
    trials1: ArrayLike,
    successes0: ArrayLike,
    trials0: ArrayLike,
    *,
    level: float = 0.9,
    dispersion: float = 1.0,
) -> Comparison:
    """Give the interval of the difference of two proportions, such as a change of click rate.

    ``p ~ Beta(x/φ + ½, (n − x)/φ + ½)`` for both. The distribution of ``p1 − p0`` is integrated over the
    narrower of the two, ``P(D ≤ d) = ∫ f0(p) F1(p + d) dp``, by the double-exponential rule, and inverted
    by root finding: see :mod:`workbench.stats.beta_difference`.

    Parameters
    ----------
    successes1, trials1, successes0, trials0 : array_like
        Counts such as link clicks and impressions, this period first; successes do not exceed trials.
    level : float
        Probability inside the interval.
    dispersion : float
        φ ≥ 1, of both.

    Returns
    -------
    Comparison
        Differences ``p1 − p0`` with the posterior median as estimate; ``prob_above`` is ``P(p1 > p0)``.

    Raises
    ------
    DataError
        As for :func:`rate_interval`, or if successes exceed trials.

    Examples
    --------
    >>> change = proportion_difference_interval(1420, 100_000, 1370, 100_000)
    >>> [round(float(x) * 100, 3) for x in (change.low, change.high)]
    [-0.036, 0.136]
    """
    tail = tail_of(level)
    require_dispersion(dispersion)
    shape1 = _beta_shape(successes1, trials1, dispersion)
    shape0 = _beta_shape(successes0, trials0, dispersion)
    a1, b1, a0, b0 = np.broadcast_arrays(*shape1, *shape0)
    flat = np.stack([x.ravel() for x in (a1, b1, a0, b0)])
    difference = BetaDifference.of(flat)
    low, middle, high = (difference.quantile(p).reshape(a1.shape) for p in (tail, 0.5, 1 - tail))
    above = 1 - difference.below(np.zeros(flat.shape[1]))
    return Comparison(middle, low, high, level, above.reshape(a1.shape))


def _beta_shape(successes: ArrayLike, trials: ArrayLike, dispersion: float) -> tuple[Floats, Floats]:
    x, n = checked_counts(successes, trials, dispersion)
    checked_counts(n - x, n, 1.0)
    return x + _JEFFREYS, n - x + _JEFFREYS
