"""Whole minor units: the sum is exactly the total, and no exchange of one unit improves the plan.

The gain of an item's next unit, ``d(k) = F(k + 1) − F(k)``, falls with ``k`` on a concave curve. Every
exchange made raises the sum of the gains taken, so the exchanges end; when they do, none is left that is
allowed and improves. On concave curves with disjoint groups that is the best whole-unit plan of all
(Fox 1966, doi:10.1287/mnsc.13.3.210; Murota 2003, *Discrete Convex Analysis*, theorem 6.26).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.budget.curves import CurveSet
from workbench.budget.region import Region
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

Units = np.ndarray
_ROUNDING = 1e-12  # a relative difference of two gains below this is noise of the arithmetic
_MAX_EXCHANGES = 1_000_000
_STEEP = 3e3  # units; below, the slope of Hill's curve may change too fast for the trapezoid
_FAST = 3e-3  # rate per unit above which that of the others does


def fill(
    curves: CurveSet, region: Region, spend: Floats, *, values: Floats | None = None, step: int = 1
) -> Units:
    """Round spends to whole units without leaving the region, and exchange until none improves.

    Parameters
    ----------
    curves : CurveSet
        In minor units.
    region : Region
        Limits are whole numbers of minor units; no further rows.
    spend : ndarray, shape (n_items,)
        Feasible, in minor units.
    values : ndarray, shape (n_items,), optional
        What one outcome of each item is worth.
    step : int
        Largest exchange tried; larger than one for curves that are not concave, halved down to one.

    Returns
    -------
    ndarray of int, shape (n_items,)
        Sums to the region's total, or to the whole units of ``spend`` where less may be spent.
    """
    worth = np.ones(region.n) if values is None else values
    total = round(region.total) if region.is_exact else min(int(spend.sum() + 1e-6), int(region.total))
    units = np.clip(np.floor(spend + 1e-7), region.lower, region.upper).astype(np.int64)
    units = _spread(region, spend, units, total)
    while step >= 1:
        _exchange(_Gains(curves, worth, step), region, units)
        step //= 2
    return units


class _Gains:
    """What the next ``step`` units of each item bring.

    A unit's gain is the integral of the slope, by the trapezoid with its ends' bends (exact to the fourth
    derivative): a difference of two values would lose the digits that tell two gains apart.
    """

    def __init__(self, curves: CurveSet, worth: Floats, step: int) -> None:
        self.curves, self.worth, self.step = curves, worth, step

    def both(self, units: Units) -> tuple[Floats, Floats]:
        """Return what the next units bring and what the last ones brought, for every item."""
        points = [self.curves.moments(np.maximum(units + k * self.step, 0.0)) for k in (-1, 0, 1)]
        if self.step > 1:
            down, up = (points[k + 1][0] - points[k][0] for k in (0, 1))
        else:
            down, up = (_integral(points[k][1:], points[k + 1][1:]) for k in (0, 1))
            for k in np.flatnonzero(self._is_steep(units)):
                up[k] = self._difference(int(k), float(units[k]))
                down[k] = self._difference(int(k), max(float(units[k]) - 1, 0.0))
        return up * self.worth, down * self.worth

    def one(self, item: int, units: int) -> float:
        """Return the gain from here, for one item."""
        x, worth = float(max(units, 0)), float(self.worth[item])
        if self.step > 1 or self._is_steep(x)[item]:
            return worth * self._difference(item, x)
        curve = self.curves.curves[item]
        return worth * float(_integral(curve.mean_slopes(x), curve.mean_slopes(x + 1)))

    def _is_steep(self, units: Units | float) -> np.ndarray:
        """Return for which items a unit is too much for the trapezoid, and a difference exact enough."""
        steep: np.ndarray = self.curves.is_power & (units < _STEEP)
        return steep | (self.curves.highest_rate > _FAST)

    def _difference(self, item: int, x: float) -> float:
        curve = self.curves.curves[item]
        return curve.mean_value(x + self.step) - curve.mean_value(x)


def _integral(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Integrate over one unit from slope and bend at its ends."""
    return 0.5 * (left[0] + right[0]) + (left[1] - right[1]) / 12


def _spread(region: Region, spend: Floats, units: Units, total: int) -> Units:
    """Give out what is missing to the groups' lower limits and to the total, largest remainders first."""
    group = region.group_of.astype(int)
    for _ in range(1000):
        sums = region.group_sums(units.astype(float))
        short, rest = region.group_low - sums, total - int(units.sum())
        if rest == 0 and not (short > 0.5).any():
            return units
        room = np.append(region.group_high - sums, np.inf)
        need = np.append(np.maximum(short, 0), 0)
        order = np.argsort(units - spend, kind="stable")
        for only_short in (True, False):
            for k in order[units[order] < region.upper[order]]:
                g = group[k]
                wanted = need[g] >= 1 if only_short else rest >= 1
                if wanted and room[g] >= 1 and units[k] < region.upper[k]:
                    units[k] += 1
                    room[g] -= 1
                    need[g] -= 1
                    rest -= 1
    raise NotConverged(
        f"{total - int(units.sum())} minor units of the total could not be placed.",
        next_step="Please report this with the input: it is a defect.",
    )


def _exchange(gains: _Gains, region: Region, units: Units) -> None:
    """Move ``step`` units at a time from where they bring least to where they bring most, in place."""
    (up, down), step = gains.both(units), gains.step
    for _ in range(_MAX_EXCHANGES):
        pair = _best_pair(up, down, region, units, step=step)
        if pair is None:
            return
        to, source = pair
        units[to] += step
        units[source] -= step
        for k in pair:
            up[k] = gains.one(k, int(units[k]))
            down[k] = gains.one(k, int(units[k]) - step)
    raise NotConverged(
        f"Exchanges of {step} minor units did not end after {_MAX_EXCHANGES}.",
        next_step="Please report this with the input: it is a defect.",
    )


def _best_pair(
    up: Floats, down: Floats, region: Region, units: Units, *, step: int
) -> tuple[int, int] | None:
    """Return the allowed exchange ``(to, from)`` that gains most, or nothing."""
    gain = np.where(units + step <= region.upper, up, -np.inf)
    loss = np.where(units - step >= region.lower, down, np.inf)
    if not region.group_low.size:
        return _pair(gain, loss)
    sums, group = region.group_sums(units.astype(float)), region.group_of.astype(int)
    may_grow = np.append(sums + step <= region.group_high, True)[group]
    may_shrink = np.append(sums - step >= region.group_low, True)[group]
    found = [_pair(np.where(may_grow, gain, -np.inf), np.where(may_shrink, loss, np.inf))]
    for g in range(region.group_low.size):
        inside = group == g
        found.append(_pair(np.where(inside, gain, -np.inf), np.where(inside, loss, np.inf)))
    pairs = [pair for pair in found if pair is not None]
    return max(pairs, key=lambda pair: gain[pair[0]] - loss[pair[1]], default=None)


def _pair(gain: Floats, loss: Floats) -> tuple[int, int] | None:
    """Return the best of all pairs of two different items if it improves by more than rounding."""
    to, source = int(np.argmax(gain)), int(np.argmin(loss))
    if to == source:  # possible on curves that bend upwards only
        other_gain, other_loss = gain.copy(), loss.copy()
        other_gain[to], other_loss[source] = -np.inf, np.inf
        second_to, second_source = int(np.argmax(other_gain)), int(np.argmin(other_loss))
        first = gain[to] - loss[second_source]
        second = gain[second_to] - loss[source]
        to, source = (to, second_source) if first >= second else (second_to, source)
    if to == source or not np.isfinite(gain[to]) or not np.isfinite(loss[source]):
        return None
    better = gain[to] - loss[source] > _ROUNDING * (abs(gain[to]) + abs(loss[source]))
    return (to, source) if better else None
