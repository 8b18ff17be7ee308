"""A problem's constraints, each with its words: as a region to search, and to say which conflict."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.budget.problem import Item, Problem
from workbench.budget.region import Region
from workbench.stats.counts import Floats


@dataclass(frozen=True)
class Limit:
    """One linear constraint ``low ≤ factors · x[index] ≤ high`` in minor units, as a planner gave it."""

    words: str
    index: tuple[int, ...]
    low: float = -math.inf
    high: float = math.inf
    factors: tuple[float, ...] = ()

    def row(self, n: int) -> Floats:
        """Return the coefficients of all variables."""
        out = np.zeros(n)
        out[list(self.index)] = self.factors or 1.0
        return out


def limits_of(problem: Problem) -> list[Limit]:
    """Return every constraint of a problem; item ``i`` in period ``t`` is variable ``i · n_periods + t``."""
    n, money = problem.periods.n, problem.money
    everything = tuple(range(len(problem.items) * n))
    low = problem.total_minor if problem.spend_all else -math.inf
    words = f"the total of {money(problem.total_minor)}" + ("" if problem.spend_all else " at most")
    out = [Limit(words, everything, low, problem.total_minor)]
    for i, item in enumerate(problem.items):
        out += [limit for t in range(n) for limit in _of_item(problem, item, i * n + t)]
        if problem.step_limit is not None:
            out += [limit for t in range(n) for limit in _of_step(problem, item, i * n, t)]
    place = {item.name: i for i, item in enumerate(problem.items)}
    for group in problem.groups:
        inside = tuple(place[name] * n + t for name in group.items for t in range(n))
        if group.min_minor:
            out.append(
                Limit(f"at least {money(group.min_minor)} for group {group.name}", inside, group.min_minor)
            )
        if group.max_minor is not None:
            words = f"at most {money(group.max_minor)} for group {group.name}"
            out.append(Limit(words, inside, high=group.max_minor))
    for t, total in enumerate(problem.periods.totals_minor):
        words = f"the total of {money(total)} in period {t + 1}"
        least = total if problem.spend_all else -math.inf
        out.append(Limit(words, everything[t::n], least, total))
    return out


def _of_item(problem: Problem, item: Item, k: int) -> list[Limit]:
    """Return the bounds of one variable."""
    money, name, now = problem.money, item.name, item.current_minor
    out = [Limit(f"{name} fixed at {money(now)}", (k,), now, now)] if item.is_fixed else []
    if item.min_minor:
        out.append(Limit(f"at least {money(item.min_minor)} for {name}", (k,), item.min_minor))
    if item.max_minor is not None:
        out.append(Limit(f"at most {money(item.max_minor)} for {name}", (k,), high=item.max_minor))
    if item.observed_max_minor is not None and not (problem.allow_extrapolation or item.is_fixed):
        most = max(item.observed_max_minor, now)
        words = f"nothing beyond the highest spend observed, {money(most)} for {name}"
        out.append(Limit(words, (k,), high=most))
    return out


def _of_step(problem: Problem, item: Item, first: int, t: int) -> list[Limit]:
    """Return the two limits of an item's step into period ``t``, in whole minor units for the first."""
    step = problem.step_limit
    if step is None or item.is_fixed:
        return []
    said = f"steps of {step:.0%} at most for {item.name}"
    if t == 0:
        now = item.current_minor
        low = math.ceil(now * (1 - min(step, 1)) - 1e-9)
        return [
            Limit(f"{said} from {problem.money(now)}", (first,), low, math.floor(now * (1 + step) + 1e-9))
        ]
    pair, words = (first + t - 1, first + t), f"{said} into period {t + 1}"
    return [
        Limit(words, pair, high=0.0, factors=(-(1 + step), 1.0)),
        Limit(words, pair, high=0.0, factors=(1 - min(step, 1), -1.0)),
    ]


def region_of(problem: Problem, limits: list[Limit]) -> Region:
    """Return the constraints as arrays: single variables as bounds, disjoint sums as groups, others as rows.

    The region may be empty: see `workbench.budget.conflicts`.
    """
    n = len(problem.items) * problem.periods.n
    lower, upper = np.zeros(n), np.full(n, float(problem.total_minor))
    group_of = np.full(n, -1)
    groups: dict[tuple[int, ...], list[float]] = {}
    rows: list[Floats] = []
    bounds: list[float] = []
    for limit in limits[1:]:
        members = list(limit.index)
        if len(members) == 1 and not limit.factors:
            lower[members[0]] = max(lower[members[0]], limit.low)
            upper[members[0]] = min(upper[members[0]], limit.high)
        elif not limit.factors and (limit.index in groups or (group_of[members] < 0).all()):
            known = groups.setdefault(limit.index, [0.0, math.inf])
            known[:] = [max(known[0], limit.low), min(known[1], limit.high)]
            group_of[members] = list(groups).index(limit.index)
        else:
            for sign, bound in ((1.0, limit.high), (-1.0, -limit.low)):
                if math.isfinite(bound):
                    rows.append(sign * limit.row(n))
                    bounds.append(bound)
    return Region(
        lower,
        upper,
        float(problem.total_minor),
        problem.spend_all,
        group_of,
        np.array([known[0] for known in groups.values()]),
        np.array([known[1] for known in groups.values()]),
        np.array(rows).reshape(len(rows), n),
        np.array(bounds),
    )
