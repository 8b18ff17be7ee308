"""Counts by inversion, so that a slightly higher rate gives the same count or a slightly higher one."""

from __future__ import annotations

import numpy as np

from workbench.sandbox.market.noise import Floats, Ints

_EXACT_BELOW = 30.0


def binomial_count(u: Floats, n: Ints, p: Floats) -> Ints:
    """Return the ``u``-quantile of binomial counts.

    Exact where the mean is below 30; above, the normal quantile with the Cornish-Fisher term for skewness,
    which is within one count of the exact quantile.

    Parameters
    ----------
    u : ndarray of float
        Numbers strictly between 0 and 1.
    n : ndarray of int
        Trials.
    p : ndarray of float
        Probabilities in [0, 1].

    Examples
    --------
    >>> binomial_count(np.array([0.5, 0.5, 0.9]), np.array([10, 100_000, 0]), np.array([0.3, 0.01, 0.5]))
    array([   3, 1000,    0])
    """
    from scipy.special import ndtri

    u, n, p = np.broadcast_arrays(u, n, p)
    mean = n * p
    variance = mean * (1 - p)
    sd = np.sqrt(np.maximum(variance, 1e-12))
    z = ndtri(u)
    skew = (1 - 2 * p) * (z**2 - 1) / 6
    counts = np.floor(mean + sd * z + skew + 0.5)
    small = np.asarray((mean < _EXACT_BELOW) | (n - mean < _EXACT_BELOW))
    counts[small] = _exact(u[small], n[small].astype(np.float64), p[small])
    return np.asarray(np.clip(counts, 0, n).astype(np.int64))


def _exact(u: Floats, n: Floats, p: Floats) -> Floats:
    """Walk the distribution function up until it passes ``u``, from the side where successes are few."""
    flipped = p > 0.5
    rate = np.where(flipped, 1 - p, p)
    level = np.where(flipped, 1 - u, u)
    odds = rate / np.maximum(1 - rate, 1e-300)
    mass = np.exp(n * np.log1p(-np.minimum(rate, 1 - 1e-16)))
    total, count = mass.copy(), np.zeros(len(u))
    active = np.flatnonzero((total < level) & (n > 0))
    k = 0
    while len(active):
        mass[active] *= (n[active] - k) / (k + 1) * odds[active]
        total[active] += mass[active]
        k += 1
        count[active] = k
        active = active[(total[active] < level[active]) & (k < n[active]) & (mass[active] > 0)]
    return np.asarray(np.where(flipped, n - count, count))


def poisson_count(u: Floats, mean: Floats) -> Ints:
    """Return the ``u``-quantile of Poisson counts, as a binomial of very many trials.

    Examples
    --------
    >>> poisson_count(np.array([0.5, 0.99]), np.array([0.2, 3.0]))
    array([0, 8])
    """
    trials = np.full(np.shape(mean), 10_000_000, np.int64)
    return binomial_count(u, trials, np.minimum(np.asarray(mean) / 10_000_000, 1.0))


def split_exactly(total: Ints, weight: Floats, tie: Floats) -> Ints:
    """Split whole numbers by weights along the last axis; the parts of each add up to it.

    The largest remainders get what rounding leaves; ``tie`` decides between equal ones.

    Parameters
    ----------
    total : ndarray of int, shape (…)
        Numbers to split, not negative.
    weight : ndarray of float, shape (…, n_cells)
        Weights, not negative; where all are zero, the first cell gets everything.
    tie : ndarray of float, shape (…, n_cells)
        Numbers in [0, 1).

    Examples
    --------
    >>> split_exactly(np.array([10]), np.array([[1.0, 1.0, 2.0]]), np.array([[0.1, 0.9, 0.5]]))
    array([[2, 3, 5]])
    """
    weight_sum = weight.sum(axis=-1, keepdims=True)
    share = weight / np.where(weight_sum > 0, weight_sum, 1.0)
    ideal = total[..., None] * share
    parts = np.floor(ideal).astype(np.int64)
    rest = total - parts.sum(axis=-1)
    remainder = np.where(share > 0, ideal - parts + 1e-9 * tie, -1.0)
    rank = np.argsort(np.argsort(-remainder, axis=-1, kind="stable"), axis=-1, kind="stable")
    n_positive = np.maximum((share > 0).sum(axis=-1), 1)
    extra = rank < np.minimum(rest, n_positive)[..., None]
    parts = parts + np.where(extra, 1, 0)
    left = total - parts.sum(axis=-1)  # all weights zero, or rounding of huge numbers
    parts[..., 0] += np.where(weight_sum[..., 0] > 0, 0, left)
    heaviest = np.expand_dims(share.argmax(axis=-1), -1)
    left = total - parts.sum(axis=-1)
    np.put_along_axis(parts, heaviest, np.take_along_axis(parts, heaviest, -1) + left[..., None], -1)
    return np.asarray(parts)
