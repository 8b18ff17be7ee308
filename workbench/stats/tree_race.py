"""Which unit of a tree is the best, with what its relatives have in common kept.

Two ads of one ad set are not independent: both hang on a mean that is itself uncertain. Given that mean they
are, so the probability that *all* lie below ``x`` is the evidence of the tree in which each unit has also
been found below ``x``, over the tree's evidence: one more journey for each node of ``x``, and no draw. Units
that are below ``x`` almost surely take no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.stats.best_of import BestOf, spread_nodes
from workbench.stats.counts import Floats
from workbench.stats.leaf_models import prior_shapes
from workbench.stats.mixture_law import MixtureLaw
from workbench.stats.nested_rates import NestedRates
from workbench.stats.tree_evidence import Places
from workbench.stats.tree_journeys import Journeys

#: Nodes of each panel: where one law or another still lies above ``x`` for certain, where the best may lie
#: with little probability, and from where it does with much.
_N_CERTAIN, _N_LOW, _N_HIGH = 24, 10, 16
_LEAST, _FLOOR = 1e-5, -700.0
#: Probability of lying above ``x`` below which a unit does not.
_NO_MATTER = 1e-7


class GivenParents:
    """Laws of some units given their parent, ``Beta(a, b)`` or ``Gamma(a, rate b)``, where it has weight.

    Parameters
    ----------
    journeys : Journeys
    units : ndarray of int, shape (n_found,)
    """

    def __init__(self, journeys: Journeys, units: Places) -> None:
        tree = journeys.tree
        self.units = units
        where = journeys.cells[:, tree.parent[units]]
        self.shape, self.cells = where.shape, np.nonzero(where)
        spread, unit, at = self.cells
        y, size = tree.seen[0][units][unit], tree.seen[1][units][unit]
        a, b = prior_shapes(tree.kind, tree.spreads[0][journeys.used][spread], tree.coordinate[at])
        self.is_beta = tree.kind == "rates"
        self.a, self.b = a + y, (b + size - y if self.is_beta else b + size)

    def log_beaten(self, x: float, *, higher_is_better: bool = True) -> Floats:
        """Log probability of being at most ``x``, or at least, where lower is better.

        Returns
        -------
        ndarray, shape (n_used, n_found, n_grid)
            0 where the parent has no weight.
        """
        from scipy.special import betainc, betaincc, gammainc, gammaincc

        if self.is_beta:
            side = betainc if higher_is_better else betaincc
            prob = side(self.a, self.b, min(x, 1.0))
        else:
            prob = (gammainc if higher_is_better else gammaincc)(self.a, self.b * x)
        with np.errstate(divide="ignore"):
            return self._placed(np.maximum(np.log(prob), _FLOOR), 0.0)

    def log_density(self, x: float) -> Floats:
        """Log density of the value; all but nothing where the parent has no weight."""
        from scipy.special import betaln, gammaln, xlog1py, xlogy

        if self.is_beta:
            out: Floats = xlogy(self.a - 1, x) + xlog1py(self.b - 1, -x) - betaln(self.a, self.b)
        else:
            out = self.a * np.log(self.b) + (self.a - 1) * np.log(x) - self.b * x - gammaln(self.a)
        return self._placed(out, 2 * _FLOOR)

    def _placed(self, values: Floats, elsewhere: float) -> Floats:
        out = np.full(self.shape, elsewhere)
        out[self.cells] = values
        return out


def race_in_tree(
    tree: NestedRates,
    laws: Sequence[MixtureLaw],
    *,
    higher_is_better: bool = True,
    journeys: Journeys | None = None,
) -> BestOf:
    """Compare all units of a tree jointly: P(best) and expected loss of each.

    As exact as the tree's grid: with :meth:`NestedRates.quick` a probability errs by up to .004.

    Parameters
    ----------
    tree : NestedRates
    laws : sequence of MixtureLaw
        Each unit's own law, from ``tree.law``.
    higher_is_better : bool
    journeys : Journeys, optional
        Along this tree, if at hand.

    Examples
    --------
    >>> from workbench.stats.nested_rates import nested_rates
    >>> tree = nested_rates("counts", np.array([30.0, 45.0, 1.0]), np.array([900.0, 900.0, 60.0]))
    >>> race = race_in_tree(tree.quick(), [tree.law(k) for k in range(3)])
    >>> int(race.prob_best.argmax()), round(float(race.prob_best.sum()), 9)
    (1, 1.0)
    """
    journeys = journeys or Journeys(tree)
    own = np.moveaxis(tree.parent_law[:, journeys.used], 0, 1)
    certain, possible = _nodes(laws, higher_is_better)
    x, weight = certain
    loss = np.stack([_beaten(law, x, higher_is_better) for law in laws]) @ weight
    prob = np.zeros(len(laws))
    beaten_alone = np.stack([_beaten(law, possible[0], higher_is_better) for law in laws])
    for at, part, nearly in zip(*possible, beaten_alone.T, strict=True):
        given = GivenParents(journeys, np.flatnonzero(1 - nearly > _NO_MATTER))
        beaten = given.log_beaten(float(at), higher_is_better=higher_is_better)
        found = journeys.found(given.units, beaten, with_parents=True)
        all_beaten = np.exp(min(found.log_total - journeys.log_total, 0.0))
        parents = tree.parent[given.units]
        here = np.moveaxis(found.parent_law, 0, 1)[:, np.searchsorted(found.parents, parents)]
        hazard = (here * np.exp(np.minimum(given.log_density(float(at)) - beaten, 600.0))).sum(axis=(0, 2))
        prob[given.units] += part * all_beaten * hazard
        alone = np.ones(len(laws))
        alone[given.units] = (own[:, parents] * np.exp(beaten)).sum(axis=(0, 2))
        loss += part * np.maximum(alone - all_beaten, 0.0)
    return BestOf(prob / prob.sum(), loss)


def _beaten(law: MixtureLaw, x: Floats, higher_is_better: bool) -> Floats:
    return law.below(x) if higher_is_better else law.above(x)


def _nodes(
    laws: Sequence[MixtureLaw], higher_is_better: bool
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return values and weights where the best certainly lies beyond, and where it may lie."""
    low, middle_low, middle_high, high = np.array(
        [law.quantiles(np.array([_LEAST, 0.02, 0.98, 1 - _LEAST])) for law in laws]
    ).T
    if higher_is_better:
        ends = [low.min(), low.max(), middle_low.max(), high.max()]
    else:
        ends = [high.max(), high.min(), middle_high.min(), low.min()]
    z = laws[0].coordinate(np.array(ends))
    found = []
    for first, last, n in ((0, 1, _N_CERTAIN), (1, 2, _N_LOW), (2, 3, _N_HIGH)):
        nodes, weights = spread_nodes(np.sort(z[[first, last]]), n)
        found.append((laws[0].value(nodes), weights * laws[0].slope(nodes)))
    certain, *possible = found
    x, weight = (np.concatenate(parts) for parts in zip(*possible, strict=True))
    return certain, (x, weight)
