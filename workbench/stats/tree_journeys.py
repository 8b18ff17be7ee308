"""Journeys along a tree that cost only what they change: what else is found of a few units.

A posterior probability is an average over the posterior, so that what has no weight there may be left out,
whatever is found: combinations of spreads, coordinates of a parent, and units that are below a bound almost
surely. The messages of all other branches stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.counts import Floats
from workbench.stats.nested_rates import NestedRates
from workbench.stats.tree_evidence import Places, log_prior
from workbench.stats.tree_messages import across, carried, log_sum, log_sum_of_groups

#: Posterior weight of all combinations of spreads that are left out, and a coordinate's, beside its parent's
#: heaviest, from which it is looked at.
_LEFT_OUT, _NEGLIGIBLE = 1e-4, 1e-8


@dataclass(frozen=True, eq=False)
class Combinations:
    """Combinations of the spreads of all levels up to one, in lexical order.

    Attributes
    ----------
    spread : ndarray of int, shape (n_combinations,)
        Place of the level's own spread.
    below : ndarray of int, shape (n_combinations,)
        Place of the combination of the levels below; ascending.
    log_prior : ndarray, shape (n_combinations,)
        Of the level's own spread.
    """

    spread: Places
    below: Places
    log_prior: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """What a journey found.

    Attributes
    ----------
    log_total : float
        Log evidence over all spreads, up to a constant of the tree.
    parents : ndarray of int
        Parents of the units that something was found of.
    parent_law : ndarray, shape (n_parents, n_spreads, n_grid)
        Joint posterior of the units' spread and each of these parents' coordinate; empty if not asked for.
    """

    log_total: float
    parents: Places
    parent_law: Floats


class Journeys:
    """All journeys along one tree.

    Parameters
    ----------
    tree : NestedRates
        Best taken from :meth:`NestedRates.quick`.

    Attributes
    ----------
    used : ndarray of int
        Places of the units' spreads that have weight.
    cells : ndarray of bool, shape (n_used, n_parents, n_grid)
        Where each parent has weight.
    log_total : float
        Log evidence when nothing else is found.
    """

    def __init__(self, tree: NestedRates) -> None:
        self.tree = tree
        nothing = tree.found_besides(np.zeros((1, 1, 1)))
        self.combinations = _with_weight(nothing.log_weight, tree.spreads)
        self.used = self.combinations[0].spread
        law = np.moveaxis(tree.parent_law, 1, 0)[self.used]
        self.cells: NDArray[np.bool_] = law > _NEGLIGIBLE * law.max(axis=(0, 2), keepdims=True)
        self._sent = [tree.evidence[self.used]]
        self._of_level: list[Floats] = []
        for k, places in enumerate(tree.levels):
            self._of_level.append(across(self._sent[k], places))
            if k + 1 < len(tree.levels):
                self._sent.append(self._up(self._of_level[k], k + 1))
        self.log_total = self._total(self._of_level[-1])

    def found(self, units: Places, log_factor: Floats, *, with_parents: bool = False) -> Found:
        """Travel up, and down again if the parents' laws are asked for.

        Parameters
        ----------
        units : ndarray of int, shape (n_found,)
        log_factor : ndarray, shape (n_used, n_found, n_grid)
            Log probability of what is found of each, given its parent's coordinate and the spread.
        with_parents : bool
        """
        changed, more = units, log_factor
        nodes, wholes, sents = [], [], []
        for k, places in enumerate(self.tree.levels):
            parents, local = np.unique(places[changed], return_inverse=True)
            whole = self._of_level[k][:, parents] + across(more, local)
            nodes.append((parents, local))
            wholes.append(whole)
            if k + 1 < len(self.tree.levels):
                sents.append(self._up(whole, k + 1))
                changed, more = parents, sents[-1] - self._sent[k + 1][:, parents]
        total = self._total(wholes[-1])
        if not with_parents:
            return Found(total, nodes[0][0], np.empty((0, len(self.used), len(self.tree.coordinate))))
        above = np.zeros_like(wholes[-1])
        for k in range(len(wholes) - 1, 0, -1):
            _, local = nodes[k]
            above = self._down(wholes[k][:, local] - sents[k - 1] + above[:, local], k)
        joint = wholes[0] + above + self.combinations[0].log_prior[:, None, None]
        joint = np.moveaxis(joint, 1, 0)
        law = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
        return Found(total, nodes[0][0], law / law.sum(axis=(1, 2), keepdims=True))

    def _up(self, whole: Floats, level: int) -> Floats:
        some = self.combinations[level]
        return carried(whole, some.below, some.spread, self.tree.spreads[level], grid=self.tree.coordinate)

    def _down(self, wanted: Floats, level: int) -> Floats:
        some = self.combinations[level]
        every = np.arange(len(some.spread))
        down = carried(wanted, every, some.spread, self.tree.spreads[level], grid=self.tree.coordinate)
        return log_sum_of_groups(down + some.log_prior[:, None, None], some.below)

    def _total(self, root: Floats) -> float:
        weight = log_sum(root[:, 0], axis=-1)
        below = np.arange(len(weight))
        for some in reversed(self.combinations):
            weight = weight + some.log_prior[below]
            below = some.below[below]
        return float(log_sum(weight, axis=0))


def _with_weight(log_weight: Floats, spreads: tuple[Floats, ...]) -> list[Combinations]:
    """Keep the heaviest combinations of spreads, and of the lower levels what is part of these."""
    weight = np.exp(log_weight - log_weight.max()).ravel()
    order = np.argsort(weight)
    kept = order[np.cumsum(weight[order]) > _LEFT_OUT * weight.sum()]
    places = np.stack(np.unravel_index(np.sort(kept), log_weight.shape), axis=1)
    found, before = [], np.zeros((len(places), 0), dtype=np.intp)
    for level, nodes in enumerate(spreads):
        rows = np.unique(places[:, : level + 1], axis=0)
        known = np.unique(before, axis=0).tolist() if level else [[]]
        below = np.array([known.index(row[:-1]) for row in rows.tolist()], dtype=np.intp)
        found.append(Combinations(rows[:, -1], below, log_prior(nodes)[rows[:, -1]]))
        before = rows
    return found
