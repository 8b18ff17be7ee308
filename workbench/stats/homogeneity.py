"""Were two groups spread over the same cells? Exactly, where that can be counted; and how far they differ."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats

_MOST_OUTCOMES, _TIE = 100_000, 1e-7


def share_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Return the total variation distance of two groups' shares: what part of one would have to move.

    Parameters
    ----------
    first, second : array_like, shape (n_cells,)
        Counts of each group in each cell, not all zero.

    Examples
    --------
    >>> share_distance([50, 50], [800, 200])
    0.3
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return round(float(np.abs(a / a.sum() - b / b.sum()).sum() / 2), 15)


def same_shares_p(first: ArrayLike, second: ArrayLike) -> float:
    """Return how probable cells at least as unlikely as the seen ones are, if both groups are alike.

    Exact given both margins (Fisher's, for any number of cells, what is as probable as the seen table counted
    in full) while the tables can be counted; else Pearson's chi-square.

    Parameters
    ----------
    first, second : array_like, shape (n_cells,)
        Whole numbers of at least 0.

    Raises
    ------
    DataError
        If the cells differ in number or a count is negative.

    Examples
    --------
    >>> round(same_shares_p([3, 0], [1, 4]), 4), same_shares_p([0, 0], [5, 5])
    (0.1429, 1.0)
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or (a < 0).any() or (b < 0).any():
        raise DataError(
            "cells: the two groups do not have one count of at least 0 in each cell.",
            next_step="Give both groups the same cells.",
            field="cells",
        )
    column = a + b
    a, b, column = a[column > 0], b[column > 0], column[column > 0]
    if len(column) < 2 or a.sum() == 0 or b.sum() == 0:
        return 1.0
    if a.sum() > b.sum():
        a, b = b, a
    if math.comb(int(a.sum()) + len(a) - 1, len(a) - 1) <= _MOST_OUTCOMES and column.sum() < 1e6:
        return _exact_p(a, column)
    from scipy.special import chdtrc

    share = a.sum() / column.sum()
    seen, expected = np.stack([a, b]), np.stack([share * column, (1 - share) * column])
    return float(chdtrc(len(column) - 1, float(((seen - expected) ** 2 / expected).sum())))


def _exact_p(row: Floats, column: Floats) -> float:
    """Enumerate all rows of one sum within the columns' sums, cell by cell."""
    from scipy.special import gammaln

    total = int(row.sum())
    left, log_mass = np.array([total]), np.zeros(1)
    after = np.append(np.cumsum(column[::-1])[::-1][1:], 0)

    def ways(size: float | Floats, taken: Floats) -> Floats:
        out: Floats = gammaln(size + 1) - gammaln(taken + 1) - gammaln(size - taken + 1)
        return out

    for size, rest in zip(column, after, strict=True):
        taken = np.arange(min(size, total) + 1)
        remain = left[:, None] - taken
        fine = (remain >= 0) & (remain <= rest)
        log_mass = (log_mass[:, None] + ways(size, taken))[fine]
        left = remain[fine]
    seen = float(ways(column, row).sum())
    mass = np.exp(log_mass - log_mass.max())
    return float(min(1.0, mass[log_mass <= seen + _TIE].sum() / mass.sum()))
