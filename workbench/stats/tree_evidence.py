"""Evidence of a whole tree for every combination of its spreads, and what each parent is left to believe.

Evidence travels up to a root with a flat prior; what the others say travels down (the sum-product rule).
Every spread has a half-Cauchy prior.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats
from workbench.stats.hyperposterior import SPREAD_SCALE
from workbench.stats.tree_messages import across, log_sum, passed, siblings_without

Places = NDArray[np.intp]


class TreeEvidence:
    """Evidence at every node of the tree for every combination of spreads, and the way back down.

    ``of_level[k]`` has one axis for each spread up to level ``k``, then the nodes, then the grid.

    Parameters
    ----------
    evidence : ndarray, shape (n_spreads, n_units, n_grid)
        Log likelihood of what is known of each unit, given its parent's coordinate and the units' spread.
    levels : sequence of ndarray of int
        Place of the parent of each unit, of each parent, and so on up to the root.
    spreads : sequence of ndarray
        Nodes of each level's spread, evenly spaced in their logarithm.
    grid : ndarray, shape (n_grid,)
        Coordinates, evenly spaced.
    """

    def __init__(
        self,
        evidence: Floats,
        levels: Sequence[Places],
        spreads: Sequence[Floats],
        grid: Floats,
    ) -> None:
        self.levels, self.spreads, self.grid = levels, spreads, grid
        self.sent = [evidence]
        self.of_level: list[Floats] = []
        for k, places in enumerate(levels):
            self.of_level.append(across(self.sent[k], places))
            if k + 1 < len(levels):
                self.sent.append(passed(self.of_level[k], spreads[k + 1], grid))
        root = log_sum(self.of_level[-1][..., 0, :], axis=-1)
        for axis, nodes in enumerate(spreads):
            root = root + log_prior(nodes).reshape([-1 if j == axis else 1 for j in range(len(spreads))])
        self.log_weight = root

    def log_total(self) -> float:
        """Log evidence over all spreads, up to a constant of the tree."""
        peak = self.log_weight.max()
        return float(peak + np.log(np.exp(self.log_weight - peak).sum()))

    def weight(self, axis: int) -> Floats:
        """Posterior weight of the nodes of one spread."""
        others = tuple(k for k in range(self.log_weight.ndim) if k != axis)
        joint = np.exp(self.log_weight - self.log_weight.max())
        out: Floats = joint.sum(axis=others) / joint.sum()
        return out

    def parent_law(self) -> Floats:
        """Joint posterior of the units' spread and each parent's coordinate, parents first."""
        joint = self.of_level[0] + self._above()[0] + log_prior(self.spreads[0])[:, None, None]
        joint = np.moveaxis(joint, 1, 0)
        joint = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
        out: Floats = joint / joint.sum(axis=(1, 2), keepdims=True)
        return out

    def laws_of_nodes(self) -> list[Floats]:
        """Posterior of the coordinate of each node, level by level up to the root: (n_nodes, n_grid) each."""
        found = []
        for k, above in enumerate(self._above()):
            joint = self.of_level[k] + above
            for axis in range(k + 1):
                others = [-1 if j == axis else 1 for j in range(k + 1)]
                joint = joint + log_prior(self.spreads[axis]).reshape([*others, 1, 1])
            law = log_sum(joint.reshape(-1, *joint.shape[-2:]), axis=0)
            law = np.exp(law - law.max(axis=-1, keepdims=True))
            found.append(law / law.sum(axis=-1, keepdims=True))
        return found

    def _above(self) -> list[Floats]:
        """Return what the rest of the tree says to each node, level by level up to the root."""
        above = [np.zeros((*self.of_level[-1].shape[:-2], 1, len(self.grid)))]
        for k in range(len(self.levels) - 1, 0, -1):
            rest = siblings_without(self.of_level[k], self.sent[k], self.levels[k])
            wanted = rest + above[0][..., self.levels[k], :]
            down = passed(wanted, self.spreads[k], self.grid, pairwise=True)
            above.insert(0, log_sum(down + log_prior(self.spreads[k])[:, None, None], axis=-3))
        return above


def log_prior(spread: Floats) -> Floats:
    """Return the log prior weight of each node: half-Cauchy on the spread, per step of its logarithm.

    The highest node stands for half a step. The lowest also stands for all spreads below it: there the
    likelihood no longer changes, so that what is left falls as the spread itself, ``Σ exp(−j step)``.

    Examples
    --------
    >>> fine = log_prior(np.geomspace(0.01, 500.0, 100))
    >>> round(float(np.exp(fine).sum() * np.log(5e4) / 99 / SPREAD_SCALE), 3)  # ∫ dc / (1 + (c / scale)²)
    1.57
    """
    out: Floats = np.log(spread) - np.log1p((spread / SPREAD_SCALE) ** 2)
    out[-1] -= np.log(2)
    out[0] -= np.log1p(-spread[0] / spread[1])
    return out
