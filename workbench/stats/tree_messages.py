"""Evidence that travels along a tree, as logarithms on a common grid: the last axis is the grid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats

#: Where samples of the normal law, so many of its deviations apart, no longer have its variance to a percent.
_SAMPLED_FROM = 0.6
_LEAST = 1e-300


def log_sum(values: Floats, axis: int) -> Floats:
    """Return the logarithm of the sum of exponentials along an axis.

    Examples
    --------
    >>> round(float(log_sum(np.log(np.array([0.25, 0.5])), axis=0)), 6)
    -0.287682
    """
    peak = values.max(axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(divide="ignore"):
        out: Floats = np.log(np.exp(values - peak).sum(axis=axis)) + np.squeeze(peak, axis)
    return out


def across(values: Floats, places: NDArray[np.intp]) -> Floats:
    """Add up what the children say to each parent: axis −2 goes from children to parents.

    Examples
    --------
    >>> across(np.array([[1.0], [2.0], [4.0]]), np.array([0, 1, 0])).ravel()
    array([5., 2.])
    """
    moved = np.moveaxis(values, -2, 0)
    out = np.zeros((int(places.max()) + 1, *moved.shape[1:]))
    for place, one in zip(places, moved, strict=True):
        out[place] += one
    return np.moveaxis(out, 0, -2)


def passed(values: Floats, spread: Floats, grid: Floats, *, pairwise: bool = False) -> Floats:
    """Carry evidence across a normal law of each spread, from a coordinate to the one it is drawn around.

    Parameters
    ----------
    values : ndarray, shape (..., n_nodes, n_grid)
        Log evidence. With ``pairwise`` the axis before the nodes is that of the spreads.
    spread : ndarray, shape (n_spreads,)
        Standard deviations.
    grid : ndarray, shape (n_grid,)
        Evenly spaced.
    pairwise : bool
        Whether each spread has its own values, or all the same.

    Returns
    -------
    ndarray, shape (..., n_spreads, n_nodes, n_grid)

    Examples
    --------
    >>> grid = np.linspace(-8, 8, 161)
    >>> got = passed(-grid[None] ** 2 / 2, np.array([1.0]), grid)[0, 0]
    >>> float(np.round(got[100] - got[80] + grid[100] ** 2 / 4, 9)) + 0.0
    0.0
    """
    parts = []
    for k, one in enumerate(spread):
        own = values[..., k, :, :] if pairwise else values
        kernel = _kernel(float(one), len(grid), float(grid[1] - grid[0]))
        peak = own.max(axis=-1, keepdims=True)
        peak = np.where(np.isfinite(peak), peak, 0.0)
        with np.errstate(divide="ignore"):
            parts.append(np.log(np.exp(own - peak) @ kernel) + peak)
    return np.stack(parts, axis=-3)


def carried(
    values: Floats, source: NDArray[np.intp], place: NDArray[np.intp], spread: Floats, *, grid: Floats
) -> Floats:
    """Carry evidence across normal laws, as :func:`passed` does, for chosen pairs of values and spread.

    Parameters
    ----------
    values : ndarray, shape (n_values, n_nodes, n_grid)
        Log evidence.
    source, place : ndarray of int, shape (n_pairs,)
        Place of each pair's values, and of its spread.
    spread : ndarray, shape (n_spreads,)
        Standard deviations.
    grid : ndarray, shape (n_grid,)
        Evenly spaced.

    Returns
    -------
    ndarray, shape (n_pairs, n_nodes, n_grid)
        What is impossible is very improbable here, so that differences stay finite.
    """
    n, step = len(grid), float(grid[1] - grid[0])
    peak = values.max(axis=-1, keepdims=True)
    values = np.exp(values - peak)
    out = np.empty((len(source), *values.shape[1:]))
    for k in np.unique(place):
        pairs = np.flatnonzero(place == k)
        some = values[source[pairs]]
        out[pairs] = (some.reshape(-1, n) @ _kernel(float(spread[k]), n, step)).reshape(some.shape)
    np.log(np.maximum(out, _LEAST, out=out), out=out)
    out += peak[source]
    return out


def log_sum_of_groups(values: Floats, group: NDArray[np.intp]) -> Floats:
    """Return the logarithm of the sum of exponentials over each group of the first axis.

    Parameters
    ----------
    values : ndarray, shape (n_values, ...)
    group : ndarray of int, shape (n_values,)
        Ascending from 0 without gaps.

    Examples
    --------
    >>> log_sum_of_groups(np.log(np.array([0.25, 0.5, 0.1])), np.array([0, 0, 1])).round(6)
    array([-0.287682, -2.302585])
    """
    first = np.searchsorted(group, np.arange(group[-1] + 1))
    peak = np.maximum.reduceat(values, first, axis=0)
    out: Floats = np.log(np.add.reduceat(np.exp(values - peak[group]), first, axis=0)) + peak
    return out


@lru_cache(maxsize=128)
def _kernel(spread: float, n: int, step: float) -> Floats:
    """Return the law of the way from node to node: it adds up to one and has the spread's variance.

    Samples of the normal law have it from about a step on. Below, a walk of single steps in Poisson time has
    it exactly: ``exp(−t) I_k(t)`` with ``t`` the variance in squared steps.
    """
    from scipy.special import ive

    away = np.arange(-n, n + 1)
    if spread < _SAMPLED_FROM * step:
        law = ive(np.abs(away), (spread / step) ** 2)
    else:
        law = np.exp(-0.5 * (away * step / spread) ** 2)
    places = np.arange(n)
    out: Floats = (law / law.sum())[places[:, None] - places + n]
    return out


def siblings_without(whole: Floats, sent: Floats, places: NDArray[np.intp]) -> Floats:
    """Return for each child what its siblings alone say to their parent.

    Parameters
    ----------
    whole : ndarray, shape (..., n_parents, n_grid)
        What all children say.
    sent : ndarray, shape (..., n_children, n_grid)
        What each child says.
    places : ndarray of int, shape (n_children,)
        Of their parents.

    Examples
    --------
    >>> siblings_without(np.array([[5.0]]), np.array([[2.0], [3.0]]), np.array([0, 0])).ravel()
    array([3., 2.])
    """
    with np.errstate(invalid="ignore"):
        rest = whole[..., places, :] - sent
    out: Floats = np.where(np.isnan(rest), -np.inf, rest)
    return out
