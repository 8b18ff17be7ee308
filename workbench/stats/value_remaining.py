"""What is still to be gained: by how much the unknown best of many beats the one chosen now.

Scott (2010) stops a bandit when this is small (doi:10.1002/asmb.874). All figures are integrals, nothing is
sampled: ``P(best − X_k ≤ d) = ∫ f_k(x) ∏_{j≠k} F_j(x + d) dx``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.errors import DataError
from workbench.stats.best_of import BestOf, spread_nodes
from workbench.stats.counts import Floats
from workbench.stats.laws import Law
from workbench.stats.panels import gauss_legendre
from workbench.stats.root_finding import find_roots

#: Who cannot be above the others' lowest but for this probability is not in the race.
_OUT_OF_THE_RACE = 1e-10
_CHUNK, _N_NODES = 2_048, 24


@dataclass(frozen=True)
class ValueRemaining:
    """What choosing one now leaves on the table.

    Attributes
    ----------
    chosen : int
        Place of the one with the smallest expected loss.
    expected : float
        ``E[best] − best of the E``, in the laws' unit.
    quantile : float
        What it does not exceed with probability ``p``.
    relative_expected, relative_quantile : float
        The same as a share: of the best where higher is better, of the chosen one where lower is.
    p : float
    """

    chosen: int
    expected: float
    quantile: float
    relative_expected: float
    relative_quantile: float
    p: float


def race_of_many(laws: Sequence[Law], *, higher_is_better: bool = True) -> BestOf:
    """Do as :func:`workbench.stats.best_of.best_of` for hundreds of laws, leaving out who cannot win.

    Parameters
    ----------
    laws : sequence of Law
        Independent, at least one, all of one kind.
    higher_is_better : bool

    Examples
    --------
    >>> from workbench.stats.laws import BetaLaw
    >>> race_of_many([BetaLaw(2.0, 900.0), BetaLaw(60.0, 940.0), BetaLaw(70.0, 930.0)]).prob_best.round(4)
    array([0.    , 0.1813, 0.8187])
    """
    means = np.array([law.mean for law in laws]) * (1 if higher_is_better else -1)
    racing = _racing(laws, higher_is_better)
    some = [laws[k] for k in racing]
    z, weights = _nodes(some)
    prob, loss = np.zeros(len(some)), np.zeros(len(some))
    for start in range(0, len(z), _CHUNK):
        part, weight = z[start : start + _CHUNK], weights[start : start + _CHUNK]
        x = some[0].value(part)
        beaten = np.stack([law.below(x) if higher_is_better else law.above(x) for law in some])
        others = products_of_others(beaten)
        prob += (np.stack([law.density(part) for law in some]) * others) @ weight
        loss += (beaten * (1 - others)) @ (some[0].slope(part) * weight)
    prob_best, losses = np.zeros(len(laws)), np.zeros(len(laws))
    prob_best[racing] = prob / prob.sum()
    first = racing[int(np.argmax(means[racing]))]
    best = means[first] + max(loss[racing.index(first)], 0.0)
    losses = np.maximum(best - means, 0.0)
    losses[racing] = np.maximum(loss, 0.0)
    return BestOf(prob_best, losses)


def value_remaining(laws: Sequence[Law], *, higher_is_better: bool = True, p: float = 0.95) -> ValueRemaining:
    """Say what the one with the smallest expected loss leaves on the table.

    Parameters
    ----------
    laws : sequence of Law
        Independent, of values above zero, all of one kind.
    higher_is_better : bool
    p : float
        Probability that the gain does not exceed the quantile.

    Raises
    ------
    DataError
        If ``p`` is no probability.

    Examples
    --------
    >>> from workbench.stats.laws import GammaLaw
    >>> left = value_remaining([GammaLaw(40.5, 1000.0), GammaLaw(55.5, 1000.0), GammaLaw(52.5, 1000.0)])
    >>> left.chosen, round(left.expected, 5), round(left.relative_quantile, 4)
    (1, 0.0029, 0.232)
    """
    if not 0 < p < 1:
        raise DataError(f"p: {p!r} is no probability.", next_step="Give one such as 0.95.", field="p")
    race = race_of_many(laws, higher_is_better=higher_is_better)
    means = np.array([law.mean for law in laws])
    chosen = int(means.argmax() if higher_is_better else means.argmin())
    others = [laws[k] for k in _racing(laws, higher_is_better) if k != chosen]
    if not others:
        return ValueRemaining(chosen, 0.0, 0.0, 0.0, 0.0, p)
    z, weights = _nodes([laws[chosen], *others])
    x, mass = laws[chosen].value(z), laws[chosen].density(z) * weights
    kept = mass > 1e-14 * mass.max()
    x, mass = x[kept], mass[kept] / mass[kept].sum()

    def within(moved: Floats) -> float:
        sides = [law.below(moved) if higher_is_better else law.above(moved) for law in others]
        return float(np.prod(sides, axis=0) @ mass)

    def within_by(d: float) -> float:
        return within(x + d if higher_is_better else x - d)

    def within_share(r: float) -> float:
        return within(x / (1 - r) if higher_is_better else x * (1 - r))

    reach = float(np.max([law.value(law.breakpoints()[[-1]]) for law in (laws[chosen], *others)]))
    nodes = gauss_legendre(64)  # of s with r = s², where the tail of a small share is steep
    s, weight = (nodes.nodes + 1) / 2, nodes.weights / 2
    tail = np.array([1 - within_share(float(r)) for r in s * s])
    return ValueRemaining(
        chosen=chosen,
        expected=float(race.expected_loss[chosen]),
        quantile=_first_with(within_by, reach, p),
        relative_expected=float((2 * s * weight) @ tail),
        relative_quantile=_first_with(within_share, 1 - 1e-12, p),
        p=p,
    )


def products_of_others(rows: Floats) -> Floats:
    """Multiply all rows but one, for each.

    Examples
    --------
    >>> products_of_others(np.array([[2.0], [3.0], [5.0]])).ravel()
    array([15., 10.,  6.])
    """
    ones = np.ones_like(rows[:1])
    front = np.cumprod(np.concatenate([ones, rows[:-1]]), axis=0)
    back = np.cumprod(np.concatenate([ones, rows[:0:-1]]), axis=0)[::-1]
    out: Floats = front * back
    return out


def _racing(laws: Sequence[Law], higher_is_better: bool) -> list[int]:
    """Places of those that may be the best, in order."""
    if higher_is_better:
        bar = max(law.quantile(_OUT_OF_THE_RACE) for law in laws)
        return [k for k, law in enumerate(laws) if law.quantile(1 - _OUT_OF_THE_RACE) >= bar]
    bar = min(law.quantile(1 - _OUT_OF_THE_RACE) for law in laws)
    return [k for k, law in enumerate(laws) if law.quantile(_OUT_OF_THE_RACE) <= bar]


def _nodes(laws: Sequence[Law]) -> tuple[Floats, Floats]:
    points = np.concatenate([law.breakpoints() for law in laws])
    return spread_nodes(np.append(points, np.clip(0.0, points.min(), points.max())), _N_NODES)


def _first_with(within: Callable[[float], float], most: float, p: float) -> float:
    if within(0.0) >= p:
        return 0.0
    ends = np.zeros(1), np.array([most])
    return float(find_roots(lambda d: np.array([within(float(d[0])) - p]), *ends, x_tolerance=1e-8)[0])
