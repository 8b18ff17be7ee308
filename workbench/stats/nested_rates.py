"""Many rates in a tree: ad in ad set in campaign, each drawn towards its siblings as far as the data say.

The unit's law around its parent's mean is conjugate (:mod:`workbench.stats.leaf_models`); the parent's
coordinate (log or logit of its mean) is normal around the next parent's, and so on up to a root with a flat
prior. Every spread has a half-Cauchy prior. Nothing is plugged in and nothing sampled: on a grid of the
coordinate, evidence travels up the tree and what the others say travels down (the sum-product rule), for a
grid of spreads that is fitted to where their mass is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.leaf_models import Kind, log_evidence
from workbench.stats.mixture_law import MixtureLaw
from workbench.stats.tree_evidence import Places, TreeEvidence
from workbench.stats.tree_grid import QUICK, TreeGrid, fitted_grid
from workbench.stats.unit_law import unit_law


@dataclass(frozen=True, eq=False)
class NestedRates:
    """Posterior of a tree of rates.

    Attributes
    ----------
    kind : {"rates", "counts"}
    seen : tuple of ndarray, shape (n_units,)
        Successes and trials, or events and exposure.
    parent : ndarray of int, shape (n_units,)
        Place of each unit's parent.
    coordinate : ndarray, shape (n_grid,)
        Log or logit of a parent's mean.
    spreads : tuple of ndarray
        Nodes of the spread of each level: of units in their parent first, of the top in the root last.
    spread_weight : tuple of ndarray
        Posterior weight of each node.
    parent_law : ndarray, shape (n_parents, n_spreads, n_grid)
        Joint posterior of the units' spread and each parent's coordinate; sums to one for each parent.
    levels : tuple of ndarray of int
        Place of the parent of each unit, of each parent, and so on up to the root.
    evidence : ndarray, shape (n_spreads, n_units, n_grid)
        Log likelihood of each unit's count.
    """

    kind: Kind
    seen: tuple[Floats, Floats]
    parent: Places
    coordinate: Floats
    spreads: tuple[Floats, ...]
    spread_weight: tuple[Floats, ...]
    parent_law: Floats = field(repr=False)
    levels: tuple[Places, ...] = field(repr=False)
    evidence: Floats = field(repr=False)

    def found_besides(self, log_factor: Floats) -> TreeEvidence:
        """Return the evidence of the tree if something else is found about each unit.

        Parameters
        ----------
        log_factor : ndarray, shape (n_spreads, n_units, n_grid)
            Log probability of what is found of each unit, given its parent's coordinate and the spread.
        """
        return TreeEvidence(self.evidence + log_factor, self.levels, self.spreads, self.coordinate)

    def for_units(self, parent_law: Floats) -> Floats:
        """Give each unit its parent's law: (n_spreads, n_units, n_grid), as :attr:`evidence`."""
        out: Floats = np.moveaxis(parent_law[self.parent], 0, 1)
        return out

    def quick(self) -> NestedRates:
        """Return the same posterior on a coarser grid, for what takes many journeys along the tree."""
        return _on(
            self.kind, self.seen, self.levels, fitted_grid(self.kind, self.seen, self.levels, fineness=QUICK)
        )

    @property
    def spread_medians(self) -> tuple[float, ...]:
        """Posterior median spread of each level, as a standard deviation of log rates."""
        found = []
        for nodes, weight in zip(self.spreads, self.spread_weight, strict=True):
            below = np.cumsum(weight) - weight / 2
            found.append(float(np.exp(np.interp(0.5, below, np.log(nodes)))))
        return tuple(found)

    def law(self, unit: int) -> MixtureLaw:
        """Return the posterior law of one unit's rate: a mixture of its conditional, conjugate laws."""
        seen = float(self.seen[0][unit]), float(self.seen[1][unit])
        law = self.parent_law[self.parent[unit]]
        return unit_law(self.kind, seen, self.spreads[0], coordinate=self.coordinate, parent_law=law)


def nested_rates(
    kind: Kind,
    counts: Floats,
    size: Floats,
    *,
    parents: Sequence[Sequence[int]] = (),
) -> NestedRates:
    """Estimate many rates together along their tree.

    Parameters
    ----------
    kind : {"rates", "counts"}
        Successes of trials, or events per exposure.
    counts, size : ndarray, shape (n_units,)
        Counts of at least 0 (not necessarily whole: divided by a dispersion) and what they came from.
    parents : sequence of sequence of int
        Place of each unit's parent, then of each such parent's parent, and so on; numbered from 0 without
        gaps. Empty where units hang at the root.

    Raises
    ------
    DataError
        If a place is missing or the units' sizes are not above zero.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., ch. 5. Pearl (1988), Probabilistic Reasoning in
    Intelligent Systems, ch. 4 (evidence in trees).

    Examples
    --------
    >>> tree = nested_rates("counts", np.array([40.0, 60.0, 0.0, 9.0]), np.full(4, 1_000.0),
    ...     parents=[[0, 0, 1, 1]])
    >>> [round(tree.law(k).quantile(0.5), 3) for k in range(4)]
    [0.04, 0.059, 0.0, 0.008]
    """
    seen = (np.asarray(counts, dtype=np.float64), np.asarray(size, dtype=np.float64))
    levels = [*(_checked(places) for places in parents)]
    _require(seen, levels)
    top = int(levels[-1].max()) + 1 if levels else len(seen[0])
    levels.append(np.zeros(top, dtype=np.intp))
    return _on(kind, seen, tuple(levels), fitted_grid(kind, seen, levels))


def _on(kind: Kind, seen: tuple[Floats, Floats], levels: tuple[Places, ...], grid: TreeGrid) -> NestedRates:
    evidence = log_evidence(kind, seen, grid.spreads[0], grid.coordinate)
    up = TreeEvidence(evidence, levels, grid.spreads, grid.coordinate)
    return NestedRates(
        kind=kind,
        seen=seen,
        parent=levels[0],
        coordinate=grid.coordinate,
        spreads=grid.spreads,
        spread_weight=tuple(up.weight(axis) for axis in range(len(levels))),
        parent_law=up.parent_law(),
        levels=levels,
        evidence=evidence,
    )


def _checked(places: Sequence[int]) -> Places:
    found = np.asarray(places, dtype=np.intp)
    if len(found) == 0 or not np.array_equal(np.unique(found), np.arange(found.max(initial=0) + 1)):
        raise DataError(
            "Parents are not numbered from 0 without gaps.",
            next_step="Number each parent that has a child, beginning with 0.",
            field="parents",
        )
    return found


def _require(seen: tuple[Floats, Floats], levels: Sequence[Places]) -> None:
    sizes = [len(seen[0]), *(int(places.max()) + 1 for places in levels)]
    if len(seen[0]) != len(seen[1]) or sizes[:-1] != [len(places) for places in levels]:
        raise DataError(
            f"Counts, sizes and parents do not fit each other: {sizes}.",
            next_step="Give one size and one parent for each unit, and a parent for each of these.",
            field="parents",
        )
    if not len(seen[0]) or not (np.isfinite(seen[1]) & (seen[1] > 0) & (seen[0] >= 0)).all():
        raise DataError(
            "A unit has no exposure, or fewer than no results.",
            next_step="Leave out what had no spend, impressions or clicks.",
            field="size",
        )
