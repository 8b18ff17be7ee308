"""Which of several unknown numbers is the largest, and what is lost by choosing another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.laws import Law
from workbench.stats.panels import gauss_legendre

_N_NODES = 40


@dataclass(frozen=True)
class BestOf:
    """The race of all laws.

    Attributes
    ----------
    prob_best : ndarray, shape (n_laws,)
        Probability that this one is the best of all; sums to one.
    expected_loss : ndarray, shape (n_laws,)
        Expected distance to the best of all, at least 0.
    """

    prob_best: Floats
    expected_loss: Floats


def spread_nodes(breakpoints: Floats, n_nodes: int = _N_NODES) -> tuple[Floats, Floats]:
    """Return nodes and weights that integrate from the first breakpoint to the last, panel by panel."""
    rule = gauss_legendre(n_nodes)
    ends = np.unique(breakpoints)
    half, middle = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
    return (middle + half * rule.nodes).ravel(), (half * rule.weights).ravel()


def best_of(laws: Sequence[Law], *, higher_is_better: bool = True) -> BestOf:
    """Compare independent laws of one kind jointly, by quadrature.

    ``P(k best) = ∫ f_k ∏_{j≠k} F_j`` and ``E[max − X_k] = ∫ F_k (1 − ∏_{j≠k} F_j) dx``: both integrands
    are positive, so no digits cancel. For the smallest instead of the largest, F is the survival function.

    Parameters
    ----------
    laws : sequence of Law
        At least one, all of one kind.
    higher_is_better : bool
        Whether the best is the largest.

    Examples
    --------
    >>> from workbench.stats.laws import BetaLaw
    >>> race = best_of([BetaLaw(1580.5, 29920.5), BetaLaw(1700.5, 30300.5), BetaLaw(1550.5, 29450.5)])
    >>> race.prob_best.round(8)
    array([0.04119754, 0.92543424, 0.03336822])
    """
    points = np.concatenate([law.breakpoints() for law in laws])
    # A rate's value rises steepest at coordinate 0, which may lie far from every law's breakpoints.
    middle = np.clip(0.0, points.min(), points.max())
    z, weights = spread_nodes(np.append(points, middle))
    x, slope = laws[0].value(z), laws[0].slope(z)
    beaten = np.stack([law.below(x) if higher_is_better else law.above(x) for law in laws])
    others = _products_of_others(beaten)
    density = np.stack([law.density(z) for law in laws])
    prob = (density * others) @ weights
    loss = (beaten * (1 - others)) @ (slope * weights)
    return BestOf(prob / prob.sum(), np.maximum(loss, 0))


def _products_of_others(rows: Floats) -> Floats:
    """Multiply all rows but one, for each: products from the front times products from the back."""
    ones = np.ones_like(rows[:1])
    front = np.cumprod(np.concatenate([ones, rows[:-1]]), axis=0)
    back = np.cumprod(np.concatenate([ones, rows[:0:-1]]), axis=0)[::-1]
    out: Floats = front * back
    return out
