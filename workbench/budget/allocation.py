"""The best whole-unit allocation of a problem, with its certificate: which method answers which problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.budget.barrier import follow_path
from workbench.budget.branch_and_bound import Search
from workbench.budget.certificate import Certificate
from workbench.budget.conflicts import refuse_conflicts
from workbench.budget.curves import CurveSet
from workbench.budget.exact_fill import fill
from workbench.budget.horizon import horizon_of
from workbench.budget.limits import limits_of, region_of
from workbench.budget.problem import Problem, refused
from workbench.budget.region import Region
from workbench.budget.separable import best_split
from workbench.budget.target import Target, split_for_target, target_of
from workbench.budget.whole_units import round_coupled
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

_MAX_MARGINS = 40


@dataclass(frozen=True)
class Allocation:
    """Where the money goes.

    Attributes
    ----------
    units : ndarray of int, shape (n_items, n_periods)
        Minor units; the sum is exactly the total where all is to be spent.
    spend : ndarray, shape (n_items, n_periods)
        The same before rounding.
    certificate : Certificate
        Of ``spend``.
    multiplier : float
        What one currency unit more of the total would bring: the marginal ROAS of the whole budget.
    """

    units: np.ndarray
    spend: Floats
    certificate: Certificate
    multiplier: float


def allocate(problem: Problem, *, draws: ArrayLike | None = None) -> Allocation:
    """Find the allocation of greatest expected outcome (or mean–CVaR) within all constraints.

    Parameters
    ----------
    problem : Problem
    draws : array_like of int, optional
        Which posterior draws to use; all where left out.

    Returns
    -------
    Allocation

    Raises
    ------
    DataError
        If constraints conflict (``conflict`` names the smallest set), or the target cannot be met.

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> from workbench.budget.problem import Item, Problem
    >>> search = Item("search", michaelis_menten([400.0], [100.0]), current_minor=5_000)
    >>> social = Item("social", michaelis_menten([100.0], [100.0]), current_minor=5_000)
    >>> found = allocate(Problem((search, social), total_minor=10_000))
    >>> found.units[:, 0].tolist(), found.certificate.relative_gap <= 1e-8
    ([10000, 0], True)
    """
    limits = limits_of(problem)
    region = region_of(problem, limits)
    if not _is_plainly_feasible(region):
        refuse_conflicts(problem, limits)
    if _is_coupled(problem, region):
        return _coupled(problem, region, draws)
    curves = curves_of(problem, draws)
    values = np.array([item.value for item in problem.items])
    if not curves.is_concave or any(item.min_change_minor for item in problem.items):
        return _searched(problem, curves, region, values)
    return _separable(problem, curves, region, values)


def curves_of(problem: Problem, draws: ArrayLike | None = None) -> CurveSet:
    """Return the items' curves as functions of minor units, with some of their draws or all."""
    curves = [item.curve.per(problem.units) for item in problem.items]
    return CurveSet(tuple(curves if draws is None else [curve.of_draws(draws) for curve in curves]))


def _separable(problem: Problem, curves: CurveSet, region: Region, values: Floats) -> Allocation:
    """Allocate one period by the mean over concave curves."""
    target = target_of(problem)
    if target is None:
        split = best_split(curves, region, values=values, start=_current(problem))
        units = fill(curves, region, split.spend, values=values)
    else:
        split = split_for_target(curves, region, values, target)[0]
        units = _fill_to_target(curves, region, values, target)
    certificate = Certificate(split.value, split.value + split.gap, "duality")
    return Allocation(units[:, None], split.spend[:, None], certificate, split.prices.total * problem.units)


def _is_coupled(problem: Problem, region: Region) -> bool:
    """Whether periods, overlapping limits or risk tie the items together."""
    carried = any(item.carry_over is not None for item in problem.items)
    risky = problem.risk is not None and not problem.risk.is_mean
    return problem.periods.n > 1 or carried or risky or bool(region.limits.size)


def _coupled(problem: Problem, region: Region, draws: ArrayLike | None) -> Allocation:
    """Allocate over several periods, within overlapping limits, or by risk."""
    if target_of(problem) is not None:
        raise refused(
            "target_cpa" if problem.target_cpa else "target_roas",
            problem.target_cpa or problem.target_roas,
            "does not go with several periods, overlapping limits or risk",
            "Plan one period by the mean within disjoint groups, or leave the target out.",
        )
    unfit = [i.name for i in problem.items if i.min_change_minor or not i.curve.is_concave]
    if unfit:
        raise refused(
            f"items.{unfit[0]}",
            "a least change or an S-shaped curve",
            "does not go with overlapping groups or adstock",
            "Make the groups disjoint and plan one period, or leave it out.",
        )
    horizon = horizon_of(problem, draws)
    end = follow_path(horizon, region, problem.risk)
    units = round_coupled(horizon, region, end.spend, problem.risk)
    shape = (len(problem.items), problem.periods.n)
    certificate = Certificate(end.value, end.upper_bound, "duality")
    return Allocation(
        units.reshape(shape), end.spend.reshape(shape), certificate, end.multiplier * problem.units
    )


def _searched(problem: Problem, curves: CurveSet, region: Region, values: Floats) -> Allocation:
    """Allocate one period by the mean over curves of any shape, or with least changes."""
    least = np.array([float(item.min_change_minor) for item in problem.items])
    search = Search(curves, region, values, _current(problem), least, target_of(problem))

    def whole(spend: Floats) -> np.ndarray:
        lower, upper = region.lower.copy(), region.upper.copy()
        now = _current(problem)
        lower = np.where((least > 0) & (spend >= now), np.maximum(lower, now), lower)
        lower = np.where((least > 0) & (spend >= now + least), np.maximum(lower, now + least), lower)
        upper = np.where((least > 0) & (spend <= now), np.minimum(upper, now), upper)
        upper = np.where((least > 0) & (spend <= now - least), np.minimum(upper, now - least), upper)
        start = np.clip(spend, lower, upper)
        return fill(curves, region.within(lower, upper), start, values=values, step=_largest_step(region))

    units, spend, certificate, price = search.best(whole)
    return Allocation(units[:, None], spend[:, None], certificate, price * problem.units)


def _largest_step(region: Region) -> int:
    """Return a power of two of some hundredths of the total, where local search begins."""
    return 1 << max(int(region.total / 64).bit_length() - 1, 0)


def _fill_to_target(curves: CurveSet, region: Region, values: Floats, target: Target) -> np.ndarray:
    """Round so that the target still holds: with the least margin, doubled, that rounding leaves."""
    margin = 0.0
    for _ in range(_MAX_MARGINS):
        split, theta = split_for_target(curves, region, values, target, margin=margin)
        worth = (1 - theta) * values + theta * target.weights
        units = fill(curves, region, split.spend, values=worth)
        room = target.room(curves, units.astype(np.float64))
        if room >= 0:
            return units
        margin = 2 * margin - 2 * room
    raise NotConverged(
        "Whole minor units that meet the target were not found.",
        next_step="Loosen the target by a little: it can only just be met.",
    )


def _current(problem: Problem) -> Floats:
    return np.array([float(item.current_minor) for item in problem.items])


def _is_plainly_feasible(region: Region) -> bool:
    """Whether bounds, disjoint groups and the total can hold together; rows are left to the full check."""
    if region.limits.size or (region.lower > region.upper).any():
        return False
    low, high = region.group_sums(region.lower), region.group_sums(region.upper)
    low, high = np.maximum(low, region.group_low), np.minimum(high, region.group_high)
    if (low > high).any():
        return False
    free = region.group_of < 0
    least, most = low.sum() + region.lower[free].sum(), high.sum() + region.upper[free].sum()
    return bool(least <= region.total and (most >= region.total or not region.is_exact))
