"""S-shaped curves and least changes: split intervals, bound each by concave envelopes, keep the best found.

The bound of all open parts together is the certificate; when the search ends early, the gap is what is left.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from workbench.budget.certificate import Certificate
from workbench.budget.curves import CurveSet
from workbench.budget.envelope import Envelope, envelope_of
from workbench.budget.region import Region
from workbench.budget.target import Target
from workbench.core.errors import DataError, NotConverged
from workbench.stats.counts import Floats

_MAX_PARTS = 120
_GAP = 1e-6
_INFEASIBLE = 2  # as SciPy's solver says it
_TOLERANCE = 1e-10  # of the solver, its least

Rounder = Callable[[Floats], np.ndarray]


@dataclass(frozen=True)
class _Part:
    """A box of the region, what may be gained in it at most, and where."""

    lower: Floats
    upper: Floats
    bound: float
    spend: Floats
    excess: Floats  # by how much the bound exceeds each item's curve


@dataclass(frozen=True)
class Search:
    """A problem over one period, with curves of any shape.

    Attributes
    ----------
    curves : CurveSet
    region : Region
        In minor units.
    values : ndarray, shape (n_items,)
    current, least_change : ndarray, shape (n_items,)
        An item keeps its current spend or changes it by its least change; zero for any change.
    target : Target or None
    """

    curves: CurveSet
    region: Region
    values: Floats
    current: Floats
    least_change: Floats
    target: Target | None = None
    _envelopes: dict[tuple[int, float, float], Envelope] = field(default_factory=dict, repr=False)

    def best(self, whole: Rounder) -> tuple[np.ndarray, Floats, Certificate, float]:
        """Return the best whole plan found, the same before rounding, its certificate and its price.

        Parameters
        ----------
        whole : callable
            Rounds a feasible plan to whole units.
        """
        first = self._part(self.region.lower, self.region.upper)
        if first is None:
            raise _nothing_found()
        best, units, spend = -np.inf, None, first.spend
        order = itertools.count()
        parts = [(-first.bound, next(order), first)]
        closed = -np.inf
        for _ in range(_MAX_PARTS):
            if not parts or -parts[0][0] <= best + _GAP * abs(best):
                break
            part = heapq.heappop(parts)[2]
            plan = self._kept(part)
            if plan is not None:
                rounded = whole(plan)
                value = self.value(rounded.astype(np.float64))
                if value > best and self._is_met(rounded):
                    best, units, spend = value, rounded, plan
            split = [self._part(*box) for box in self._boxes(part)]
            if not split:
                closed = max(closed, part.bound)
            for child in split:
                if child is not None and child.bound > best:
                    heapq.heappush(parts, (-min(child.bound, part.bound), next(order), child))
        if units is None:
            raise _nothing_found()
        upper = max([best, closed, *(-entry[0] for entry in parts)])
        price = self._price(units)
        return units, spend, Certificate(best, upper, "envelope, branch and bound"), price

    def value(self, spend: Floats) -> float:
        """Return the objective."""
        return float(self.values @ self.curves.moments(spend)[0])

    def _part(self, lower: Floats, upper: Floats) -> _Part | None:
        """Bound the objective in a box by a linear program over the envelopes' segments."""
        hulls = [self._envelope(k, low, high) for k, (low, high) in enumerate(zip(lower, upper, strict=True))]
        start = float(sum(hull.bound[0] for hull in hulls))
        segments = [hull.segments() for hull in hulls]
        owner = np.repeat(np.arange(len(hulls)), [length.size for length, _ in segments])
        length = np.concatenate([part for part, _ in segments])
        slope = np.concatenate([part for _, part in segments])
        matrix, limits = self.region.inequalities()
        rows, right = matrix[:, owner], limits - matrix @ lower
        if self.target is not None:
            share = self.target.weights / self.values
            at_lower = np.array([hull.bound[0] for hull in hulls])
            rows = np.vstack([rows, self.target.rate - share[owner] * slope])
            right = np.append(right, share @ at_lower - self.target.rate * lower.sum())
        rest = self.region.total - lower.sum() if self.region.is_exact else None
        if not length.size:
            fits = (right >= -1e-6).all() and (rest is None or abs(rest) < 1e-6)
            return _Part(lower, upper, start, lower, np.zeros(lower.size)) if fits else None
        found = _fill_segments(slope, length, rows, right=right, rest=rest)
        if found is None:
            return None
        spend = np.clip(lower + np.bincount(owner, weights=found[0], minlength=lower.size), lower, upper)
        above = np.array([hull.at(x) for hull, x in zip(hulls, spend, strict=True)])
        excess = above - self.values * self.curves.moments(spend)[0]
        return _Part(lower, upper, start + found[1], spend, np.maximum(excess, 0.0))

    def _envelope(self, item: int, low: float, high: float) -> Envelope:
        key = (item, float(low), float(high))
        if key not in self._envelopes:
            curve, value = self.curves.curves[item], float(self.values[item])
            self._envelopes[key] = envelope_of(curve, low, high, value=value)
        return self._envelopes[key]

    def _forbidden(self, spend: Floats) -> np.ndarray:
        """Return which items change by less than they may."""
        change = np.abs(spend - self.current)
        out: np.ndarray = (change > 1e-6) & (change < self.least_change - 1e-6)
        return out

    def _kept(self, part: _Part) -> Floats | None:
        """Return a plan of a part that keeps the least changes, or nothing."""
        lower, upper = part.lower.copy(), part.upper.copy()
        for k in np.flatnonzero(self.least_change > 0):
            pieces = self._pieces(part, int(k))
            if not pieces:
                return None
            x = part.spend[k]
            lower[k], upper[k] = min(pieces, key=lambda ends: max(ends[0] - x, x - ends[1], 0.0))
        is_same = (lower == part.lower).all() and (upper == part.upper).all()
        again = part if is_same else self._part(lower, upper)
        return None if again is None or self._forbidden(again.spend).any() else again.spend

    def _is_met(self, units: np.ndarray) -> bool:
        x = units.astype(np.float64)
        if self._forbidden(x).any():
            return False
        return self.target is None or self.target.room(self.curves, x) >= 0

    def _pieces(self, part: _Part, k: int) -> list[tuple[float, float]]:
        """Return what an item's least change leaves of its interval: less, as it is, or more."""
        low, high, now, least = part.lower[k], part.upper[k], self.current[k], self.least_change[k]
        ends = [(low, min(high, now - least)), (max(low, now), min(high, now)), (max(low, now + least), high)]
        return [(start, end) for start, end in ends if start <= end]

    def _boxes(self, part: _Part) -> list[tuple[Floats, Floats]]:
        """Split a part where its bound is loosest, or where a change is too small."""
        small = np.flatnonzero(self._forbidden(part.spend))
        if small.size:
            k = int(small[0])
            pieces = self._pieces(part, k)
        else:
            excess = np.where(part.upper - part.lower > 1, part.excess, 0.0)
            k = int(np.argmax(excess))
            if excess[k] <= 0:
                return []
            low, high = part.lower[k], part.upper[k]
            at = float(np.clip(part.spend[k], low + 0.05 * (high - low), high - 0.05 * (high - low)))
            pieces = [(low, at), (at, high)]
        boxes = []
        for low, high in pieces:
            lower, upper = part.lower.copy(), part.upper.copy()
            lower[k], upper[k] = low, high
            boxes.append((lower, upper))
        return boxes

    def _price(self, units: np.ndarray) -> float:
        """Return the slope that items with room share: the largest of those that may spend more."""
        slopes = self.values * self.curves.moments(units.astype(np.float64))[1]
        free = (units < self.region.upper) & (units > self.region.lower)
        return float(slopes[free].max()) if free.any() else 0.0


def _fill_segments(
    slope: Floats, length: Floats, rows: Floats, *, right: Floats, rest: float | None
) -> tuple[Floats, float] | None:
    """Maximise ``slope @ x`` over ``0 ≤ x ≤ length``, ``rows @ x ≤ right`` and a sum, if anything fits.

    Solved in shares of the longest segment and of the mean slope, since a solver's tolerances are absolute;
    bounded by weak duality with the solver's prices, so that no tolerance enters the bound.

    Returns
    -------
    tuple
        ``x`` (n_segments,), and what no other one exceeds.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    unit, usual = float(length.max()), max(float(np.abs(slope) @ length / length.sum()), 1e-300)
    size = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-300)
    tight = {"primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE}
    for options in (tight, {}):  # where segments differ by ten powers, the solver may only do with its own
        found = linprog(
            -slope / usual,
            A_ub=csr_array(rows / size[:, None]) if right.size else None,
            b_ub=right / size / unit if right.size else None,
            A_eq=csr_array(np.ones((1, length.size))) if rest is not None else None,
            b_eq=[rest / unit] if rest is not None else None,
            bounds=np.column_stack([np.zeros(length.size), length / unit]),
            options=options,
        )
        if found.status == _INFEASIBLE:
            return None
        if found.status == 0:
            break
    else:
        raise NotConverged(
            f"A bound of the plan was not found: {found.message}",
            next_step="Please report this with the input: it is a defect.",
        )
    prices = np.maximum(-found.ineqlin.marginals, 0.0) * usual / size if right.size else np.empty(0)
    price = -float(found.eqlin.marginals[0]) * usual if rest is not None else 0.0
    reduced = slope - prices @ rows - price
    bound = np.maximum(reduced, 0.0) @ length + prices @ right + price * (rest or 0.0)
    return found.x * unit, float(bound)


def _nothing_found() -> DataError:
    return DataError(
        "No plan that keeps the least changes and the target was found.",
        next_step="Loosen the least changes or the target, or plan without them.",
        field="constraints",
        conflict=("least changes", "target"),
    )
