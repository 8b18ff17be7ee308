"""What a plan may be: bounds, a total, groups and further linear limits, as arrays of minor units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from workbench.stats.counts import Floats


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class Region:
    """The set of spends ``x`` with ``lower ≤ x ≤ upper``, a total, sums of groups, and ``rows @ x ≤ limits``.

    Attributes
    ----------
    lower, upper : ndarray, shape (n,)
        Finite.
    total : float
        Sum of all, or its upper limit.
    is_exact : bool
        Whether the total is to be spent whole.
    group_of : ndarray of int, shape (n,)
        Each variable's group, −1 for none; groups that overlap are rows instead.
    group_low, group_high : ndarray, shape (n_groups,)
        Limits of the groups' sums.
    rows, limits : ndarray, shapes (n_rows, n) and (n_rows,)
        Further linear limits.
    """

    lower: Floats
    upper: Floats
    total: float
    is_exact: bool = True
    group_of: np.ndarray = field(default_factory=_none)
    group_low: Floats = field(default_factory=_none)
    group_high: Floats = field(default_factory=_none)
    rows: Floats = field(default_factory=lambda: np.empty((0, 0)))
    limits: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        if self.group_of.size != self.lower.size:
            object.__setattr__(self, "group_of", np.full(self.lower.size, -1))
        if self.rows.shape[1] != self.lower.size:
            object.__setattr__(self, "rows", np.empty((0, self.lower.size)))

    @property
    def n(self) -> int:
        """Number of variables."""
        return int(self.lower.size)

    def within(self, lower: Floats, upper: Floats) -> Region:
        """Return the region with other bounds."""
        return replace(self, lower=lower, upper=upper)

    def group_sums(self, x: Floats) -> Floats:
        """Return the sums of the groups."""
        inside = self.group_of >= 0
        out: Floats = np.bincount(
            self.group_of[inside].astype(int), weights=x[inside], minlength=self.group_low.size
        )
        return out

    def inequalities(self) -> tuple[Floats, Floats]:
        """Return groups, rows and a total that need not be spent as one ``(matrix, limits)``."""
        members = (self.group_of[None, :] == np.arange(self.group_low.size)[:, None]).astype(float)
        rows, limits = [members, -members, self.rows], [self.group_high, -self.group_low, self.limits]
        if not self.is_exact:
            rows.append(np.ones((1, self.n)))
            limits.append(np.array([self.total]))
        matrix, bound = np.vstack(rows), np.concatenate(limits)
        kept = np.isfinite(bound)
        return matrix[kept], bound[kept]
