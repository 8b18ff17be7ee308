r"""Evidence from counts alone, exact at every sample size and at any time.

Given that a result came, the arm it came from is multinomial: under no effect with the arms' shares
:math:`\rho` of what brings results (planned shares of units, or an interval's shares of spend), whatever the
number of results. Averaging the likelihood over other splits and dividing by that of :math:`\rho` makes an
*e-process*: it ever reaches :math:`1/\alpha` under no effect with a probability of at most :math:`\alpha`.

- Shares that stay: a Dirichlet average, in closed form,
  :math:`B(c\rho + n) / B(c\rho) \div \prod \rho_i^{n_i}`.
- Shares that change from interval to interval, two arms: the ratio of the rates :math:`e^\delta` is averaged
  over :math:`\delta \sim N(0, \tau^2)` on fixed nodes, with probability
  :math:`\rho_{t1} e^\delta / (\rho_{t0} + \rho_{t1} e^\delta)` in interval :math:`t`. A finite average is as
  valid as an integral.

References
----------
Lindon & Malek (2022), Anytime-valid inference for multinomial count data, arXiv:2011.03567.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.counts import Floats
from workbench.stats.mixture_sequence import require_alpha
from workbench.stats.root_finding import find_roots

#: The average's strength: as if so many results had been seen. At equal shares the ratio of the rates then
#: has a deviation of about 2 / √strength: .2 for 100 (an effect), .06 for 1,000 (a split that lost units).
EFFECT_STRENGTH = 100.0
SPLIT_STRENGTH = 1_000.0
#: Deviation of the log ratio of two rates under the average for shares that change.
LOG_RATIO_DEVIATION = 0.2
_N_NODES = 61
_REACH = 6.0
#: Further from the likeliest log ratio than any end of an interval.
_FAR = 5_000.0

Bools = NDArray[np.bool_]
Excess = Callable[[Floats], Floats]


def log_e_split(counts: ArrayLike, shares: ArrayLike, *, strength: float = EFFECT_STRENGTH) -> Floats:
    """Return the logarithm of the e-process of counts against constant shares.

    Parameters
    ----------
    counts : array_like, shape (..., n_arms)
        Results of each arm so far.
    shares : array_like, shape (n_arms,)
        Of each arm under no effect, summing to one.
    strength : float
        Of the average over other shares, as if so many results had been seen.

    Returns
    -------
    ndarray, shape (...)
        ``≥ ln(1 / alpha)`` rejects the shares.

    Examples
    --------
    >>> log_e_split([[500, 500], [560, 440]], [0.5, 0.5]).round(3)
    array([-1.201,  5.363])
    """
    from scipy.special import gammaln

    n, rho = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    prior = strength * rho
    log_beta = gammaln(prior + n).sum(axis=-1) - gammaln(strength + n.sum(axis=-1))
    out: Floats = log_beta - (gammaln(prior).sum() - gammaln(strength)) - (n * np.log(rho)).sum(axis=-1)
    return out


def ratio_interval_by_split(
    counts: ArrayLike, shares: ArrayLike, *, alpha: float, strength: float = EFFECT_STRENGTH
) -> tuple[Floats, Floats]:
    """Return the ratios of the second arm's rate to the first's that are not rejected at any time.

    Parameters
    ----------
    counts : array_like, shape (..., 2)
        Results of each arm so far.
    shares : array_like, shape (2,)
        Planned shares of units.
    alpha : float
        Probability of ever missing the ratio.
    strength : float
        As for :func:`log_e_split`.

    Returns
    -------
    low, high : ndarray, shape (...)
        Zero, or infinity, where an arm has too few results to bound it.

    Examples
    --------
    >>> low, high = ratio_interval_by_split([500, 600], [0.5, 0.5], alpha=0.05)
    >>> float(low.round(3)), float(high.round(3))
    (0.999, 1.443)
    """
    from scipy.special import gammaln

    n, rho = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    prior = strength * rho
    average = gammaln(prior + n).sum(axis=-1) - gammaln(strength + n.sum(axis=-1))
    average -= gammaln(prior).sum() - gammaln(strength)
    n0, n1 = n[..., 0], n[..., 1]

    log_odds = math.log(rho[1] / rho[0])

    def excess(log_ratio: Floats) -> Floats:
        x = log_ratio + log_odds
        out: Floats = average + n1 * np.logaddexp(0, -x) + n0 * np.logaddexp(0, x)
        return out

    mode = np.log(np.maximum(n1, 0.5) / np.maximum(n0, 0.5)) - log_odds
    return _ends(excess, mode, (n1 > 0, n0 > 0), alpha)


def log_e_spend(counts: ArrayLike, exposure: ArrayLike, *, deviation: float = LOG_RATIO_DEVIATION) -> Floats:
    """Return the logarithm of the e-process of no difference in results per spend, after each interval.

    Parameters
    ----------
    counts, exposure : array_like, shape (..., n_intervals, 2)
        Results, and spend (or other exposure, above 0), of each arm in each interval; not running sums.
    deviation : float
        Of the log ratio of the arms' results per spend under the average.

    Returns
    -------
    ndarray, shape (..., n_intervals)
        Its running maximum rejects from ``ln(1 / alpha)`` on.

    Examples
    --------
    >>> log_e_spend([[30, 70], [25, 60]], [[100.0, 120.0], [90.0, 80.0]]).round(2)
    array([2.08, 8.44])
    """
    delta, log_weight = _nodes(deviation)
    log_lik = _log_likelihoods(counts, exposure, delta)
    null = _log_likelihoods(counts, exposure, np.zeros(1))[..., 0]
    return _log_sum(log_lik + log_weight) - null


def ratio_interval_by_spend(
    counts: ArrayLike, exposure: ArrayLike, *, alpha: float, deviation: float = LOG_RATIO_DEVIATION
) -> tuple[float, float]:
    """Return the ratios of results per spend, second arm over first, not rejected after the last interval.

    Parameters
    ----------
    counts, exposure : array_like, shape (n_intervals, 2)
        As for :func:`log_e_spend`.
    alpha : float
        Probability of ever missing the ratio.
    deviation : float
        As for :func:`log_e_spend`.

    Examples
    --------
    >>> low, high = ratio_interval_by_spend([[30, 70], [25, 60]], [[100.0, 120.0], [90.0, 80.0]], alpha=0.05)
    >>> round(low, 2), round(high, 2)
    (1.19, 4.61)
    """
    n = np.asarray(counts, dtype=np.float64)
    delta, log_weight = _nodes(deviation)
    average = _log_sum(_log_likelihoods(n, exposure, delta)[-1] + log_weight)

    def excess(log_ratio: Floats) -> Floats:
        out: Floats = average - _log_likelihoods(n, exposure, log_ratio)[-1]
        return out

    some = n.sum(axis=0) > 0
    low, high = _ends(excess, _mode(n, exposure), (some[1:], some[:1]), alpha)
    return float(low[0]), float(high[0])


def _mode(counts: Floats, exposure: ArrayLike) -> Floats:
    """Return the likeliest log ratio; half a result stands in for none."""
    e = np.asarray(exposure, dtype=np.float64)
    odds, total = np.log(e[:, 1] / e[:, 0]), counts.sum(axis=1)
    second = np.clip(counts[:, 1].sum(), 0.5, max(total.sum() - 0.5, 0.5))
    if total.sum() == 0:
        return np.zeros(1)

    def score(delta: Floats) -> Floats:
        out: Floats = (total / (1 + np.exp(-(odds + delta[:, None])))).sum(axis=1) - second
        return out

    reach = np.abs(odds).max() + np.log(2 * total.sum() + 2)
    return find_roots(score, np.array([-reach]), np.array([reach]))


@cache
def _nodes(deviation: float) -> tuple[Floats, Floats]:
    z = np.linspace(-_REACH, _REACH, _N_NODES)
    log_weight = -z * z / 2
    return deviation * z, log_weight - np.log(np.exp(log_weight).sum())


def _log_likelihoods(counts: ArrayLike, exposure: ArrayLike, delta: Floats) -> Floats:
    """Return the running log likelihood of each log ratio, shape (..., n_intervals, n_nodes)."""
    n, e = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    odds = np.log(e[..., 1] / e[..., 0])[..., None] + delta
    first, second = n[..., 0, None], n[..., 1, None]
    out: Floats = np.cumsum(-second * np.logaddexp(0, -odds) - first * np.logaddexp(0, odds), axis=-2)
    return out


def _log_sum(values: Floats) -> Floats:
    peak = values.max(axis=-1, keepdims=True)
    out: Floats = np.log(np.exp(values - peak).sum(axis=-1)) + peak[..., 0]
    return out


def _ends(excess: Excess, mode: Floats, bounded: tuple[Bools, Bools], alpha: float) -> tuple[Floats, Floats]:
    """Find where the excess crosses ``ln(1 / alpha)`` on either side of the likeliest log ratio."""
    require_alpha(alpha)
    threshold = math.log(1 / alpha)
    ends = []
    for side, is_bounded in zip((-1.0, 1.0), bounded, strict=True):
        far = np.where(is_bounded, mode + side * _FAR, mode)
        low, high = np.minimum(mode, far), np.maximum(mode, far)

        def above(x: Floats, *, found: Bools = is_bounded) -> Floats:
            return np.where(found, excess(x) - threshold, 0.0)

        root = find_roots(above, low, high)
        ends.append(np.exp(np.where(is_bounded, root, side * np.inf)))
    return ends[0], ends[1]
