"""What is still to be gained over one unit of a tree, with what its relatives have in common kept.

``P(gain ≤ r of the best) = ∫ f_c(x) P(all others ≤ x / (1 − r) | X_c = x) dx``: once the chosen unit's rate
and the others' bound are given, the integrand is the evidence of the tree in which both have been found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.errors import DataError
from workbench.stats.best_of import BestOf, spread_nodes
from workbench.stats.mixture_law import MixtureLaw
from workbench.stats.nested_rates import NestedRates
from workbench.stats.root_finding import find_roots
from workbench.stats.tree_journeys import Journeys
from workbench.stats.tree_race import GivenParents

#: Probability of the chosen one's rate that is left out at either end, and nodes between.
_LEAST, _N_NODES = 1e-4, 10
#: Who is best with less than this probability moves no quantile that is shown to three digits.
_NO_RIVAL = 1e-6
_QUANTILE_TOLERANCE = 2e-3
_N_SHARES = 10
#: A share that is shown as all: without any result, a rate may be hundreds of orders of magnitude smaller.
_ALL = 1 - 1e-6


@dataclass(frozen=True)
class RemainingInTree:
    """What choosing one unit now leaves on the table; the best is the highest rate.

    Attributes
    ----------
    chosen : int
        Place of the one with the smallest expected loss.
    expected : float
        ``E[best − chosen]``, a rate.
    relative_expected : float
        ``E[(best − chosen) / best]``: of the best rate, and so of the chosen one's cost per result.
    relative_quantile : float
        Share that is not exceeded with probability ``p``.
    p : float
    """

    chosen: int
    expected: float
    relative_expected: float
    relative_quantile: float
    p: float


def remaining_in_tree(
    tree: NestedRates,
    laws: Sequence[MixtureLaw],
    race: BestOf,
    *,
    p: float = 0.95,
    journeys: Journeys | None = None,
) -> RemainingInTree:
    """Say what the one with the smallest expected loss leaves on the table.

    Parameters
    ----------
    tree : NestedRates
        Best taken from :meth:`NestedRates.quick`.
    laws : sequence of MixtureLaw
        Each unit's own law.
    race : BestOf
        From :func:`workbench.stats.tree_race.race_in_tree`, higher being better.
    p : float
        Probability that the gain does not exceed the quantile.
    journeys : Journeys, optional
        Along this tree, if at hand.

    Raises
    ------
    DataError
        If ``p`` is no probability.

    References
    ----------
    Scott (2010), Applied Stochastic Models in Business and Industry 26, 639–658, doi:10.1002/asmb.874.

    Examples
    --------
    >>> from workbench.stats.nested_rates import nested_rates
    >>> from workbench.stats.tree_race import race_in_tree
    >>> tree = nested_rates("counts", np.array([30.0, 45.0, 1.0]), np.array([900.0, 900.0, 60.0]))
    >>> laws, quick = [tree.law(k) for k in range(3)], tree.quick()
    >>> left = remaining_in_tree(quick, laws, race_in_tree(quick, laws))
    >>> left.chosen, round(left.relative_expected, 3) < left.relative_quantile
    (1, True)
    """
    if not 0 < p < 1:
        raise DataError(f"p: {p!r} is no probability.", next_step="Give one such as 0.95.", field="p")
    chosen = int(race.expected_loss.argmin())
    rivals = [k for k in range(len(laws)) if k != chosen and race.prob_best[k] > _NO_RIVAL]
    expected = float(race.expected_loss[chosen])
    if not rivals:
        return RemainingInTree(chosen, expected, expected / laws[chosen].mean, 0.0, p)
    within = _Within(journeys or Journeys(tree), laws[chosen], chosen, rivals)
    most = min(1 - within.x[0] / max(laws[k].quantile(1 - 1e-6) for k in rivals), _ALL)
    nodes, weights = spread_nodes(np.array([0.0, np.sqrt(most)]), _N_SHARES)
    # Of s with r = s², where the tail of a small share is steep.
    tail = np.array([1 - within.share(float(s) ** 2) for s in nodes])
    quantile = 0.0
    if within.share(most) <= p:
        quantile = most
    elif race.prob_best[chosen] < p and within.share(0.0) < p:
        below = np.concatenate([[0.0], (nodes**2)[tail > 1 - p]])
        above = np.concatenate([(nodes**2)[tail <= 1 - p], [most]])
        found = find_roots(
            lambda r: np.array([within.share(float(r[0])) - p]),
            below[-1:],
            above[:1],
            x_tolerance=_QUANTILE_TOLERANCE,
        )
        quantile = float(found[0])
    return RemainingInTree(chosen, expected, float((2 * nodes * weights) @ tail), quantile, p)


class _Within:
    """Probability that no rival is better than the chosen one by more than a share of itself."""

    def __init__(self, journeys: Journeys, law: MixtureLaw, chosen: int, rivals: Sequence[int]) -> None:
        self.journeys = journeys
        self.given = GivenParents(journeys, np.array(rivals, dtype=np.intp))
        ends = law.coordinate(law.quantiles(np.array([_LEAST, 1 - _LEAST])))
        z, weights = spread_nodes(ends, _N_NODES)
        self.x, self.weights = law.value(z), weights * law.slope(z)
        self.units = np.array([chosen, *rivals], dtype=np.intp)
        own = GivenParents(journeys, self.units[:1])
        self.density = [own.log_density(float(x)) for x in self.x]
        log_mass = np.array([journeys.found(own.units, one).log_total for one in self.density])
        self.log_total = float(log_mass.max())
        self.total = float(self.weights @ np.exp(log_mass - self.log_total))

    def share(self, r: float) -> float:
        """Return the probability that the gain is at most ``r`` of the best."""
        found = []
        for x, density in zip(self.x, self.density, strict=True):
            both = np.concatenate([density, self.given.log_beaten(float(x / (1 - r)))], axis=1)
            found.append(self.journeys.found(self.units, both).log_total)
        return float(self.weights @ np.exp(np.array(found) - self.log_total)) / self.total
