"""A target CPA or ROAS, on average over the plan: one more multiplier, found outside the split.

Both ask ``G(x) = Σ weights · outcome(x) − rate · Σ x ≥ 0``, which is concave. The plan that maximises
``(1 − θ) · objective + θ · G`` meets the target with ever more room as ``θ`` grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.curves import CurveSet
from workbench.budget.problem import Problem
from workbench.budget.region import Region
from workbench.budget.separable import Split, best_split
from workbench.core.errors import DataError
from workbench.stats.counts import Floats

_MOST = 1 - 1e-9


@dataclass(frozen=True)
class Target:
    """Least outcome for what is spent.

    Attributes
    ----------
    weights : ndarray, shape (n_items,)
        Of the outcomes: their values for ROAS, ones for CPA.
    rate : float
        Weighted outcome that each minor unit has to bring on average.
    words : str
        The target as it was given.
    """

    weights: Floats
    rate: float
    words: str

    def room(self, curves: CurveSet, spend: Floats) -> float:
        """Return ``G``: how much more the plan brings than the target asks."""
        return float(self.weights @ curves.moments(spend)[0] - self.rate * spend.sum())


def target_of(problem: Problem) -> Target | None:
    """Return a problem's target in minor units, or nothing."""
    if problem.target_roas is not None:
        values = np.array([item.value for item in problem.items])
        return Target(
            values, problem.target_roas / problem.units, f"ROAS of {problem.target_roas:g} at least"
        )
    if problem.target_cpa is not None:
        cost = problem.money(problem.target_cpa * problem.units)
        return Target(
            np.ones(len(problem.items)), 1 / (problem.target_cpa * problem.units), f"CPA of {cost} at most"
        )
    return None


def split_for_target(
    curves: CurveSet, region: Region, values: Floats, target: Target, *, margin: float = 0.0
) -> tuple[Split, float]:
    """Maximise the objective where the target holds with a margin; return the split and its ``θ``.

    Raises
    ------
    DataError
        If no plan within the constraints meets the target.
    """
    from scipy.optimize import brentq

    found: dict[float, Split] = {}

    def room(theta: float) -> float:
        start = next(reversed(found.values())).spend if found else None
        worth = (1 - theta) * values + theta * target.weights
        found[theta] = best_split(curves, region, values=worth, cost=theta * target.rate, start=start)
        return target.room(curves, found[theta].spend) - margin

    if room(0.0) >= 0:
        return found[0.0], 0.0
    if room(_MOST) < 0:
        raise _unreachable(curves, region, target, found[_MOST].spend)
    brentq(room, 0.0, _MOST, xtol=1e-15, rtol=1e-14, maxiter=200)
    theta = min(t for t, split in found.items() if target.room(curves, split.spend) >= margin)
    split = found[theta]
    slack = target.room(curves, split.spend)
    value = float(values @ curves.moments(split.spend)[0])
    gap = (split.gap + theta * slack) / (1 - theta)
    prices = split.prices.scaled(1 / (1 - theta))
    return Split(split.spend, value, gap, prices, split.n_passes), theta


def _unreachable(curves: CurveSet, region: Region, target: Target, best: Floats) -> DataError:
    brings = float(target.weights @ curves.moments(best)[0])
    share = brings / max(target.rate * best.sum(), 1e-300)
    spend = "the whole total" if region.is_exact else "as little as the constraints allow"
    return DataError(
        f"No plan meets the target ({target.words}): the best one brings {share:.0%} of what it asks, "
        f"spending {spend}.",
        next_step="Loosen the target, "
        + ("let less than the total be spent, " if region.is_exact else "")
        + "or lower the items' minimums.",
        field="target",
        conflict=(target.words,),
        reachable_share=share,
    )
