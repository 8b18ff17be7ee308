"""Which unit of a tree is the best, with what its relatives have in common kept.

Two ads of one ad set are not independent: both hang on a mean that is itself uncertain. Given that mean they
are, so the probability that *all* lie below ``x`` is the evidence of the tree in which each unit has also
been found below ``x``, over the tree's evidence: one more journey for each node of ``x``, and no draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.stats.best_of import BestOf, spread_nodes
from workbench.stats.counts import Floats
from workbench.stats.laws import Law
from workbench.stats.leaf_models import prior_shapes
from workbench.stats.nested_rates import NestedRates

_N_NODES, _LEAST = 20, 1e-5
_FLOOR = -700.0


@dataclass(frozen=True)
class GivenParents:
    """Shapes of every unit's law given its parent: ``Beta(a, b)`` or ``Gamma(a, rate b)``."""

    is_beta: bool
    a: Floats
    b: Floats

    @classmethod
    def of(cls, tree: NestedRates, units: Sequence[int] | slice = slice(None)) -> GivenParents:
        """Return those of some units: arrays of shape (n_spreads, n_units, n_grid)."""
        y, size = tree.seen[0][units][None, :, None], tree.seen[1][units][None, :, None]
        a, b = prior_shapes(tree.kind, tree.spreads[0][:, None, None], tree.coordinate[None, None, :])
        if tree.kind == "rates":
            return cls(True, a + y, b + size - y)
        return cls(False, a + y, b + size)

    def log_beaten(self, x: float, *, higher_is_better: bool) -> Floats:
        """Log probability of being at most ``x``, or at least, where lower is better."""
        from scipy.special import betainc, betaincc, gammainc, gammaincc

        if self.is_beta:
            side = betainc if higher_is_better else betaincc
            prob = side(self.a, self.b, min(x, 1.0))
        else:
            prob = (gammainc if higher_is_better else gammaincc)(self.a, self.b * x)
        with np.errstate(divide="ignore"):
            out: Floats = np.maximum(np.log(prob), _FLOOR)
        return out

    def log_density(self, x: float) -> Floats:
        """Log density of the value."""
        from scipy.special import betaln, gammaln, xlog1py, xlogy

        if self.is_beta:
            out: Floats = xlogy(self.a - 1, x) + xlog1py(self.b - 1, -x) - betaln(self.a, self.b)
            return out
        out = self.a * np.log(self.b) + (self.a - 1) * np.log(x) - self.b * x - gammaln(self.a)
        return out


def race_in_tree(tree: NestedRates, laws: Sequence[Law], *, higher_is_better: bool = True) -> BestOf:
    """Compare all units of a tree jointly: P(best) and expected loss of each.

    As exact as the tree's grid: with :meth:`NestedRates.quick` a probability errs by up to .004.

    Parameters
    ----------
    tree : NestedRates
    laws : sequence of Law
        Each unit's own law, from ``tree.law``.
    higher_is_better : bool

    Examples
    --------
    >>> from workbench.stats.nested_rates import nested_rates
    >>> tree = nested_rates("counts", np.array([30.0, 45.0, 1.0]), np.array([900.0, 900.0, 60.0]))
    >>> race = race_in_tree(tree.quick(), [tree.law(k) for k in range(3)])
    >>> int(race.prob_best.argmax()), round(float(race.prob_best.sum()), 9)
    (1, 1.0)
    """
    given = GivenParents.of(tree)
    z, weight = _nodes(laws, higher_is_better)
    x, weight = laws[0].value(z), weight * laws[0].slope(z)
    nothing = tree.found_besides(np.zeros_like(tree.evidence))
    whole, own = nothing.log_total(), tree.for_units(nothing.parent_law())
    prob, loss = np.zeros(len(laws)), np.zeros(len(laws))
    for at, part in zip(x, weight, strict=True):
        beaten = given.log_beaten(float(at), higher_is_better=higher_is_better)
        found = tree.found_besides(beaten)
        all_beaten = np.exp(min(found.log_total() - whole, 0.0))
        here = tree.for_units(found.parent_law())
        hazard = (here * np.exp(np.minimum(given.log_density(float(at)) - beaten, 600.0))).sum(axis=(0, 2))
        prob += part * all_beaten * hazard
        loss += part * np.maximum((own * np.exp(beaten)).sum(axis=(0, 2)) - all_beaten, 0.0)
    return BestOf(prob / prob.sum(), loss)


def _nodes(laws: Sequence[Law], higher_is_better: bool) -> tuple[Floats, Floats]:
    """Return coordinates and weights from the lowest law to the highest, close where the best may lie."""
    low = [law.quantile(_LEAST) for law in laws]
    high = [law.quantile(1 - _LEAST) for law in laws]
    if higher_is_better:
        ends = np.array([min(low), max(law.quantile(0.02) for law in laws), max(high)])
    else:
        ends = np.array([min(low), min(law.quantile(0.98) for law in laws), max(high)])
    return spread_nodes(laws[0].coordinate(np.unique(ends)), _N_NODES)
