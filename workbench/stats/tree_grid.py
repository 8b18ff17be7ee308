"""Where a tree's coordinates and spreads have their mass: the grid that its evidence is summed on.

Both are fitted in turn. A grid that is too coarse for the smallest spreads says nothing of them, so that
these are left until the coordinates' range has shrunk far enough for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats
from workbench.stats.leaf_models import Kind, log_evidence, rough_place
from workbench.stats.tree_evidence import Places, TreeEvidence

_WIDEST_SPREAD = 5.0
#: The lowest spread, beside the standard error of the whole: below it nothing changes by more than 2 %.
_LOWEST_SPREAD = 0.2
_N_FITS, _NODES_TO_FIT, _SPREADS_TO_FIT = 6, 250, 7
#: With few results the least keeps a unit's own law, given its parent, from falling between two nodes.
_MOST_NODES, _LEAST_NODES = 800, 192
_MARGIN = 8.0


@dataclass(frozen=True)
class Fineness:
    """How exact a grid is to be.

    Attributes
    ----------
    n_spreads : dict of int to int
        Nodes of each spread, by how many levels there are. The trapezoid rule in steps of ``h`` standard
        deviations errs by ``2 exp(−2π²/h²)`` on a normal law: 1e-3 at 1.6, 5e-9 at 1.
    negligible : float
        Weight beside the heaviest node's below which a spread is left out.
    beyond, beyond_root : float
        Probability that may lie beyond either end for a parent, and for the root, whose tails are long.
    step : float
        Distance of coordinates in standard deviations of the narrowest law: that of the smallest spreads at
        every level at once, which itself weighs little.
    """

    n_spreads: dict[int, int]
    negligible: float
    beyond: float
    beyond_root: float
    step: float


FINE = Fineness({1: 33, 2: 17, 3: 11}, 1e-5, 1e-5, 1e-4, 1.4)
#: For what takes hundreds of journeys. With three levels of 7, 9 and 11 spreads a probability errs by up to
#: .009, .0034 and .0004 where results are few: see the test of convergence.
QUICK = Fineness({1: 17, 2: 11, 3: 9}, 1e-3, 5e-4, 1e-3, 1.6)


@dataclass(frozen=True)
class TreeGrid:
    """Coordinates, evenly spaced, and the nodes of each level's spread, evenly spaced in their logarithm."""

    coordinate: Floats
    spreads: tuple[Floats, ...]


def fitted_grid(
    kind: Kind, seen: tuple[Floats, Floats], levels: Sequence[Places], *, fineness: Fineness = FINE
) -> TreeGrid:
    """Fit the grid to where the posterior is.

    Parameters
    ----------
    kind : {"rates", "counts"}
    seen : tuple of ndarray, shape (n_units,)
        Successes and trials, or events and exposure.
    levels : sequence of ndarray of int
        Place of the parent of each unit, of each parent, and so on up to the root.
    fineness : Fineness

    Examples
    --------
    >>> seen = np.array([40.0, 60.0]), np.array([1_000.0, 1_000.0])
    >>> found = fitted_grid("counts", seen, [np.zeros(2, dtype=int)])
    >>> bool(found.coordinate[0] < np.log(0.05) < found.coordinate[-1]), len(found.spreads[0])
    (True, 33)
    """
    lowest = float(np.clip(_LOWEST_SPREAD / np.sqrt(1 + seen[0].sum()), 0.0005, 0.05))
    ends = [(lowest, _WIDEST_SPREAD)] * len(levels)
    reach = _first_reach(kind, seen)

    def grid(most_nodes: int, n_spreads: int) -> TreeGrid:
        def step(least: Sequence[float]) -> float:
            return fineness.step * _narrowest(rough_place(kind, seen)[1] ** -2, levels, least)

        coordinate, told_from = _coordinates(reach, step, [low for low, _ in ends], most_nodes=most_nodes)
        return TreeGrid(
            coordinate, tuple(np.geomspace(max(low, told_from), high, n_spreads) for low, high in ends)
        )

    for _ in range(_N_FITS):
        rough = grid(_NODES_TO_FIT, _SPREADS_TO_FIT)
        evidence = log_evidence(kind, seen, rough.spreads[0], rough.coordinate)
        up = TreeEvidence(evidence, levels, rough.spreads, rough.coordinate)
        before, ends_before = reach, ends
        reach = _alive_reach(up, fineness)
        ends = [
            _alive_ends(nodes, up.weight(axis) > fineness.negligible * up.weight(axis).max(), lowest)
            for axis, nodes in enumerate(rough.spreads)
        ]
        if not _shrank([before], [reach]) and not _shrank(np.log(ends_before), np.log(ends)):
            break
    return grid(_MOST_NODES, fineness.n_spreads.get(len(levels), _SPREADS_TO_FIT))


def _first_reach(kind: Kind, seen: tuple[Floats, Floats]) -> tuple[float, float]:
    """From well below the lowest rate to well above the highest."""
    place, deviation = rough_place(kind, seen)
    total = rough_place(kind, (seen[0].sum(keepdims=True), seen[1].sum(keepdims=True)))[0][0]
    near, known = np.minimum(6 * deviation, _MARGIN / 2), seen[0] > 0
    low = min((place - near)[known].min(initial=total), total - _MARGIN)
    return float(low), float(max((place + near)[known].max(initial=total), total + _MARGIN))


def _coordinates(
    reach: tuple[float, float],
    step_for: Callable[[Sequence[float]], float],
    least: Sequence[float],
    *,
    most_nodes: int,
) -> tuple[Floats, float]:
    """Return nodes that no law falls between, and the smallest spread for which that holds."""
    told_from = min(least)
    while True:
        n = int(np.ceil((reach[1] - reach[0]) / step_for([max(one, told_from) for one in least]))) + 1
        if n <= most_nodes or told_from >= 1:
            return np.linspace(*reach, int(np.clip(n, _LEAST_NODES, most_nodes))), told_from
        told_from *= 1.25


def _narrowest(precision: Floats, levels: Sequence[Places], spreads: Sequence[float]) -> float:
    """Smallest standard deviation of any node's coordinate, with such spreads."""
    narrow, below = np.inf, 1 / (1 / precision + spreads[0] ** 2)
    for places, above in zip(levels, [*spreads[1:], np.inf], strict=True):
        here = np.bincount(places, weights=below)
        narrow = min(narrow, float(np.min(1 / np.sqrt(here + above**-2))))
        below = 1 / (1 / here + above**2)
    return narrow


def _alive_reach(up: TreeEvidence, fineness: Fineness) -> tuple[float, float]:
    laws = up.laws_of_nodes()
    allowed = [*[fineness.beyond] * (len(laws) - 1), fineness.beyond_root]
    if len(laws) == 1:
        allowed = [fineness.beyond]  # the units' parent is the root itself
    first, last = len(up.grid) - 1, 0
    for law, beyond in zip(laws, allowed, strict=True):
        below = np.cumsum(law, axis=1)
        first = min(first, int((below <= beyond).sum(axis=1).min()))
        last = max(last, int((below < 1 - beyond).sum(axis=1).max()))
    return float(up.grid[max(first - 1, 0)]), float(up.grid[min(last + 1, len(up.grid) - 1)])


def _alive_ends(nodes: Floats, is_alive: NDArray[np.bool_], lowest: float) -> tuple[float, float]:
    """Keep a node beyond those alive; what the grid was too coarse to tell is looked at again."""
    alive = np.flatnonzero(is_alive)
    low = lowest if alive[0] == 0 and nodes[0] > lowest else nodes[max(alive[0] - 1, 0)]
    return float(low), float(nodes[min(alive[-1] + 1, len(nodes) - 1)])


def _shrank(before: Sequence[Sequence[float]] | Floats, now: Sequence[Sequence[float]] | Floats) -> bool:
    return any(b - a < 0.7 * (n - m) for (a, b), (m, n) in zip(now, before, strict=True))
