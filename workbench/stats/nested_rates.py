"""Many rates in a tree: ad in ad set in campaign, each drawn towards its siblings as far as the data say.

The unit's law around its parent's mean is conjugate (:mod:`workbench.stats.leaf_models`); the parent's
coordinate (log or logit of its mean) is normal around the next parent's, and so on up to a root with a flat
prior. Every spread has a half-Cauchy prior. Nothing is plugged in and nothing sampled: on a grid of the
coordinate, evidence travels up the tree and what the others say travels down (the sum-product rule), for a
grid of spreads that is fitted to where their mass is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.hyperposterior import SPREAD_SCALE
from workbench.stats.leaf_models import Kind, log_evidence, prior_shapes, rough_place
from workbench.stats.mixture_law import MixtureLaw
from workbench.stats.tree_messages import across, log_sum, passed, siblings_without

Places = NDArray[np.intp]
_SPREAD_RANGE = (0.01, 5.0)
_N_SPREADS, _N_FITS = 9, 5
_NEGLIGIBLE = 1e-7
#: Nodes lie at most so many of the narrowest law's standard deviations apart: the trapezoid rule is then
#: exact to five digits for a normal law.
_STEP, _MOST_NODES = 1.2, 1_000
#: Spreads below this are told apart by their prior alone, so the grid need not resolve them.
_RESOLVED = 0.03
_MARGIN = 4.0


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

    def thinned(self) -> NestedRates:
        """Return the same tree with every second spread: many times quicker, and a little less exact."""
        spreads = tuple(nodes[::2] for nodes in self.spreads)
        up = _Upward(self.evidence[::2], self.levels, spreads, self.coordinate)
        return replace(
            self,
            spreads=spreads,
            spread_weight=tuple(up.weight(axis) for axis in range(len(spreads))),
            parent_law=up.parent_law(),
            evidence=self.evidence[::2],
        )

    def found_besides(self, log_factor: Floats) -> tuple[float, Floats]:
        """Return what changes if something else is found about each unit.

        Parameters
        ----------
        log_factor : ndarray, shape (n_spreads, n_units, n_grid)
            Log probability of what is found of each unit, given its parent's coordinate and the spread.

        Returns
        -------
        tuple of float and ndarray
            Log evidence, up to the same constant for every finding; and :attr:`parent_law` thereafter.
        """
        up = _Upward(self.evidence + log_factor, self.levels, self.spreads, self.coordinate)
        peak = up.log_weight.max()
        return float(peak + np.log(np.exp(up.log_weight - peak).sum())), up.parent_law()

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
        y, size = float(self.seen[0][unit]), float(self.seen[1][unit])
        step = self.coordinate[1] - self.coordinate[0]
        parts: list[Floats] = []
        for spread, weight in zip(self.spreads[0], self.parent_law[self.parent[unit]], strict=True):
            a, b = prior_shapes(self.kind, np.array(spread), self.coordinate)
            if self.kind == "rates":
                after, pull = (a + y, b + size - y), (a + b) / (a + b + size)
                width = np.sqrt(1 / after[0] + 1 / after[1])
            else:
                after, pull = (a + y, b + size), b / (b + size)
                width = 1 / np.sqrt(after[0])
            stride = _stride(weight, step, width / pull)
            start = len(parts) % stride  # so that the nodes of two spreads do not stand in line
            kept = slice(start, None, stride)
            parts.append(np.stack([*after, weight * stride])[:, kept])
        first, second, weight = np.concatenate(parts, axis=1)
        heavy = weight > 1e-10
        return MixtureLaw(
            "beta" if self.kind == "rates" else "gamma",
            first[heavy],
            second[heavy],
            weight[heavy] / weight[heavy].sum(),
        )

    def weighted_sum(self, parent: int, seen: tuple[Floats, Floats], weight: Floats) -> tuple[float, float]:
        """Return mean and variance of a weighted sum of rates of one parent's units, counts only.

        Exact: what the units have in common through their parent is part of the variance.

        Parameters
        ----------
        parent : int
            Place of the parent.
        seen : tuple of ndarray, shape (n_units,)
            Events and exposure of each; a unit without exposure is one of the parent that was never seen.
        weight : ndarray, shape (n_units,)
        """
        mean = square = 0.0
        for spread, mass in zip(self.spreads[0], self.parent_law[parent], strict=True):
            a, b = prior_shapes("counts", np.array(spread), self.coordinate)
            shape, rate = a + seen[0][:, None], b + seen[1][:, None]
            centre = weight @ (shape / rate)
            mean += float(mass @ centre)
            square += float(mass @ (centre**2 + weight**2 @ (shape / rate**2)))
        return mean, max(square - mean**2, 0.0)


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
    ends = [_SPREAD_RANGE] * len(levels)
    for _ in range(_N_FITS):
        spreads = tuple(np.geomspace(*pair, _N_SPREADS) for pair in ends)
        grid = _grid(kind, seen, levels, [max(float(s[0]), _RESOLVED) for s in spreads])
        up = _Upward(log_evidence(kind, seen, spreads[0], grid), levels, spreads, grid)
        fitted = [_alive(nodes, up.weight(axis)) for axis, nodes in enumerate(spreads)]
        shrunk = [np.log(b / a) < 0.6 * np.log(n / m) for (a, b), (m, n) in zip(fitted, ends, strict=True)]
        if not any(shrunk):
            break
        ends = fitted
    return NestedRates(
        kind=kind,
        seen=seen,
        parent=levels[0],
        coordinate=grid,
        spreads=spreads,
        spread_weight=tuple(up.weight(axis) for axis in range(len(levels))),
        parent_law=up.parent_law(),
        levels=tuple(levels),
        evidence=up.sent[0],
    )


class _Upward:
    """Evidence at every node of the tree for every combination of spreads, and the way back down.

    ``of_level[k]`` has one axis for each spread up to level ``k``, then the nodes, then the grid.
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
            root = root + _log_prior(nodes).reshape([-1 if j == axis else 1 for j in range(len(spreads))])
        self.log_weight = root

    def weight(self, axis: int) -> Floats:
        """Posterior weight of the nodes of one spread."""
        others = tuple(k for k in range(self.log_weight.ndim) if k != axis)
        joint = np.exp(self.log_weight - self.log_weight.max())
        out: Floats = joint.sum(axis=others) / joint.sum()
        return out

    def parent_law(self) -> Floats:
        """Joint posterior of the units' spread and each parent's coordinate."""
        above = np.zeros((*self.of_level[-1].shape[:-2], 1, len(self.grid)))
        for k in range(len(self.levels) - 1, 0, -1):
            rest = siblings_without(self.of_level[k], self.sent[k], self.levels[k])
            down = passed(rest + above[..., self.levels[k], :], self.spreads[k], self.grid, pairwise=True)
            prior = _log_prior(self.spreads[k])
            above = log_sum(down + prior[:, None, None], axis=-3)
        joint = self.of_level[0] + above + _log_prior(self.spreads[0])[:, None, None]
        joint = np.moveaxis(joint, 1, 0)
        joint = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
        out: Floats = joint / joint.sum(axis=(1, 2), keepdims=True)
        return out


def _log_prior(spread: Floats) -> Floats:
    """Half-Cauchy on the spread, per step of its logarithm; half a step at the ends."""
    out: Floats = np.log(spread) - np.log1p((spread / SPREAD_SCALE) ** 2)
    out[[0, -1]] -= np.log(2)
    return out


def _alive(nodes: Floats, weight: Floats) -> tuple[float, float]:
    alive = np.flatnonzero(weight > _NEGLIGIBLE * weight.max())
    return float(nodes[max(alive[0] - 1, 0)]), float(nodes[min(alive[-1] + 1, len(nodes) - 1)])


def _grid(
    kind: Kind, seen: tuple[Floats, Floats], levels: Sequence[Places], least: Sequence[float]
) -> Floats:
    """Reach from well below the lowest rate to well above the highest, in steps that no law falls between."""
    place, deviation = rough_place(kind, seen)
    total = rough_place(kind, (seen[0].sum(keepdims=True), seen[1].sum(keepdims=True)))[0][0]
    known = seen[0] > 0
    reach = np.minimum(6 * deviation, _MARGIN)
    low = min((place - reach)[known].min(initial=total), total - 5.0)
    high = max((place + reach)[known].max(initial=total), total + 5.0)
    narrow = np.inf
    precision = 1 / (deviation**2 + least[0] ** 2)
    for places, above in zip(levels, [*least[1:], np.inf], strict=True):
        precision = np.bincount(places, weights=precision)
        narrow = min(narrow, float(np.min(1 / np.sqrt(precision + above**-2))))
        precision = 1 / (1 / precision + min(above, 1e6) ** 2)
    n = int(np.clip(np.ceil((high - low) / (_STEP * narrow)), 128, _MOST_NODES))
    return np.linspace(low, high, n)


def _stride(weight: Floats, step: float, allowed: Floats) -> int:
    """How many nodes of the grid may be one part of a mixture without a stair between two parts."""
    total = weight.sum()
    if total < 1e-10:
        return len(weight)
    share = weight / total
    at = np.arange(len(weight))
    mean = share @ at
    deviation = np.sqrt(max(float(share @ (at - mean) ** 2), 0.25))
    tight = float(allowed[share > 1e-6 * share.max()].min()) / step
    return max(1, int(min(deviation / 1.2, tight)))


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
