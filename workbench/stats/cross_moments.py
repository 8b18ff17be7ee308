"""Means and cross-products of several variables: all that a linear estimate needs to know of unit rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.counts import Floats


@dataclass(frozen=True)
class CrossMoments:
    """Sufficient statistics of k variables over units.

    Attributes
    ----------
    n : float
        Units, at least 1.
    mean : ndarray, shape (k,)
    cross : ndarray, shape (k, k)
        Sums of products about the mean.
    """

    n: float
    mean: Floats
    cross: Floats

    @property
    def total(self) -> Floats:
        """Sum of each variable."""
        return self.n * self.mean

    @property
    def covariance(self) -> Floats:
        """Sample covariance with n − 1 below; NaN for a single unit."""
        return self.cross / (self.n - 1) if self.n > 1 else np.full_like(self.cross, np.nan)


def from_sums(n: float, sums: ArrayLike, products: ArrayLike) -> CrossMoments:
    """Centre sums of values and of products.

    Keeps its digits where the values were shifted by something near their mean before they were multiplied.

    Parameters
    ----------
    n : float
        Units, at least 1.
    sums : array_like, shape (k,)
    products : array_like, shape (k, k)

    Examples
    --------
    >>> from_sums(2, [3.0], [[5.0]]).cross
    array([[0.5]])
    """
    mean = np.asarray(sums, dtype=np.float64) / n
    cross = np.asarray(products, dtype=np.float64) - n * np.outer(mean, mean)
    np.fill_diagonal(cross, np.maximum(np.diag(cross), 0))
    return CrossMoments(float(n), mean, cross)


def merged(parts: Sequence[CrossMoments]) -> CrossMoments:
    """Return the moments of all parts together (Chan, Golub & LeVeque 1983, doi:10.2307/2683386).

    Parameters
    ----------
    parts : sequence of CrossMoments
        At least one, of the same variables.

    Examples
    --------
    >>> merged([from_sums(1, [1.0], [[1.0]]), from_sums(1, [2.0], [[4.0]])]).cross
    array([[0.5]])
    """
    sizes = np.array([one.n for one in parts])
    means = np.stack([one.mean for one in parts])
    mean = sizes @ means / sizes.sum()
    away = means - mean
    cross = sum((one.cross for one in parts), np.zeros((mean.size, mean.size)))
    return CrossMoments(float(sizes.sum()), mean, cross + (away * sizes[:, None]).T @ away)
