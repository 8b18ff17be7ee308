"""The best split of a total over concave curves: Newton on the multiplier, nested for groups.

Each pass over the draws gives every item's slope and bend. Between passes the logarithm of the slope is taken
as linear in the spend (in its logarithm for Hill's curves), which is exact in the tails of the exponential
families, and one multiplier, clipped by those of the groups, balances the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from workbench.budget.certificate import Multipliers, linear_bound
from workbench.budget.curves import CurveSet
from workbench.budget.region import Region
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

_MAX_PASSES = 200
_GOOD_GAP = 5e-13  # relative: rounding of the sums begins here
_ENOUGH_GAP = 1e-9
_TINY = 1e-290
_MANY_DRAWS, _FEW_DRAWS = 800, 200  # first passes over some of many draws: later ones begin near the end
_NEAR_GAP = 1e-5
_ROUNDING = 1e-8  # of a logarithm of a slope: signs below it say nothing


@dataclass(frozen=True)
class Split:
    """An allocation over concave curves, and what bounds it.

    Attributes
    ----------
    spend : ndarray, shape (n_items,)
        In the unit of the curves and the region.
    value, gap : float
        Objective, and the most by which any other allocation is better.
    prices : Multipliers
    n_passes : int
        How often all draws were evaluated.
    """

    spend: Floats
    value: float
    gap: float
    prices: Multipliers
    n_passes: int


@dataclass(frozen=True)
class _Model:
    """Spends as a function of the logarithm of the price, from slopes and bends at one point."""

    at: Floats
    log_slope: Floats
    bend: Floats  # d log slope / d spend, or / d log spend; negative
    is_power: np.ndarray
    lower: Floats
    upper: Floats

    def spend(self, log_price: Floats | float) -> Floats:
        step = (log_price - self.log_slope) / self.bend
        power = self.at * np.exp(np.clip(np.where(self.is_power, step, 0.0), -50, 50))
        return np.clip(np.where(self.is_power, power, self.at + step), self.lower, self.upper)

    def bracket(self) -> tuple[float, float]:
        """Prices at which every item is at its upper, and at its lower bound."""
        with np.errstate(divide="ignore"):
            ends = [
                np.where(self.is_power, np.log(np.maximum(end, _TINY) / self.at), end - self.at)
                for end in (self.upper, self.lower)
            ]
        low, high = (self.log_slope + self.bend * np.clip(end, -1e250, 1e250) for end in ends)
        return float(low.min()) - 1, float(high.max()) + 1

    def bend_of_sum(self, spend: Floats) -> Floats:
        """How fast each spend falls with the logarithm of the price."""
        free = (spend > self.lower) & (spend < self.upper)
        return np.where(free, np.where(self.is_power, spend, 1.0) / self.bend, 0.0)


def best_split(
    curves: CurveSet,
    region: Region,
    *,
    values: Floats | None = None,
    cost: float = 0.0,
    start: Floats | None = None,
) -> Split:
    """Maximise ``Σ values · outcome(x) − cost · Σ x`` over a region without further rows.

    Parameters
    ----------
    curves : CurveSet
        All concave.
    region : Region
        Feasible; bounds, a total and disjoint groups.
    values : ndarray, shape (n_items,), optional
        What one outcome of each item is worth; one where left out.
    cost : float
        Of each currency unit spent.
    start : ndarray, optional
        Where to begin.

    Returns
    -------
    Split

    Raises
    ------
    NotConverged
        If the gap is not closed to 1e-9 of the value.
    """
    worth = np.ones(region.n) if values is None else values
    if curves.n_draws >= _MANY_DRAWS:
        some = curves.of_draws(slice(None, None, curves.n_draws // _FEW_DRAWS))
        start = _climb(some, region, worth, cost, start=start, good_gap=_NEAR_GAP).spend
    return _climb(curves, region, worth, cost, start=start, good_gap=_GOOD_GAP)


def _climb(
    curves: CurveSet, region: Region, worth: Floats, cost: float, *, start: Floats | None, good_gap: float
) -> Split:
    """Pass over the draws until the gap is closed."""
    balance = partial(_balance, region=region, floor=_floor(region, cost))
    lower = np.where(curves.is_power, np.maximum(region.lower, 1e-12 * region.upper), region.lower)
    inside = region.within(lower, np.maximum(region.upper, lower))
    x = _start(inside, start)
    reach = np.full(region.n, np.inf)
    best: Split | None = None
    group = region.group_of.astype(int)  # −1, for none, picks the total's price
    last_error, stalled, scale = np.full(region.n, np.inf), 0, 0.0
    for n_pass in range(1, _MAX_PASSES + 1):
        outcome, slope, bend = curves.moments(x)
        slope = np.maximum(worth * slope, _TINY)
        model = _model(curves, x, (slope, worth * bend), reach=reach, region=inside)
        target, log_total, log_prices = balance(model)
        price = float(np.exp(log_total))
        prices = Multipliers(price - cost, np.exp(log_prices) - price, np.empty(0))
        value = float(worth @ outcome - cost * x.sum())
        gap = max(linear_bound(slope - cost, x, region, prices), 0.0)
        if best is None or gap < best.gap:
            best, stalled = Split(x, value, gap, prices, n_pass), 0
        else:
            stalled += 1
        # one unit's worth, or its cost, where there is nothing to spend or spending brings nothing
        scale = abs(value) + max(float(slope.max()), cost)
        if gap <= good_gap * scale or (stalled >= 2 and best.gap <= _ENOUGH_GAP * scale):
            break
        reach, last_error = _trust(
            model, target, np.append(log_prices, log_total)[group], reach=reach, last_error=last_error
        )
        x = target
    if best is None or best.gap > max(good_gap, _ENOUGH_GAP) * scale:
        raise NotConverged(
            f"The split is only known to {best.gap if best else np.inf:g} after {_MAX_PASSES} passes.",
            next_step="Please report this with the input: it is a defect.",
        )
    return best


def _floor(region: Region, cost: float) -> float:
    """Return the logarithm of the least price: nothing is spent below its cost unless it has to be."""
    return float(np.log(cost)) if cost > 0 and not region.is_exact else -np.inf


def _start(region: Region, start: Floats | None) -> Floats:
    """Return a feasible point: the wanted one moved as little as the constraints ask."""
    middle = region.lower + (region.upper - region.lower) * 0.5
    want = np.clip(start if start is not None else middle, region.lower, region.upper)
    width = np.maximum(region.upper - region.lower, _TINY)
    none = np.zeros(region.n, dtype=bool)
    model = _Model(want, np.zeros(region.n), -1 / width, none, region.lower, region.upper)
    return _balance(model, region=region, floor=-np.inf)[0]


def _model(
    curves: CurveSet, x: Floats, slopes: tuple[Floats, Floats], *, reach: Floats, region: Region
) -> _Model:
    """Linearise the logarithm of the slopes, and keep every item within its reach."""
    (slope, bend), power = slopes, curves.is_power
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = bend / slope
    relative = np.where(power, relative * x, relative)
    flattest = np.where(power, 1e-9, 1e-6 / np.maximum(region.upper, _TINY))
    relative = -np.maximum(np.nan_to_num(-relative, nan=0.0, posinf=1e12), flattest)
    lower, upper = np.maximum(region.lower, x - reach), np.minimum(region.upper, x + reach)
    return _Model(np.maximum(x, _TINY), np.log(slope), relative, power, lower, upper)


def _trust(
    model: _Model, target: Floats, log_prices: Floats, *, reach: Floats, last_error: Floats
) -> tuple[Floats, Floats]:
    """Halve the reach of items that overshot and came no nearer, double that of the others."""
    error = model.log_slope - log_prices
    overshot = (np.sign(error) != np.sign(last_error)) & (np.abs(error) > 0.5 * np.abs(last_error))
    step = np.abs(target - model.at)
    overshot &= (np.abs(error) > _ROUNDING) & (step > 0)
    known = np.isfinite(last_error)
    return np.where(overshot & known, np.minimum(reach, step) * 0.5, reach * 2), error


def _balance(model: _Model, *, region: Region, floor: float) -> tuple[Floats, float, Floats]:
    """Find the price of the total, and those of the groups, at which all sums hold."""
    low, high = model.bracket()
    n_groups = region.group_low.size
    lowest, highest = np.full(n_groups + 1, -np.inf), np.full(n_groups + 1, np.inf)
    for g in range(n_groups):
        members = region.group_of == g
        sum_at = partial(_sum, model, members)
        if np.isfinite(region.group_high[g]):
            lowest[g] = _price(sum_at, region.group_high[g], low, high, at_most=True)
        if region.group_low[g] > 0:
            highest[g] = _price(sum_at, region.group_low[g], low, high, at_most=False)
    group = region.group_of.astype(int)
    lows, highs = lowest[group], highest[group]

    def total_at(log_price: float) -> tuple[float, float]:
        spend = model.spend(np.clip(log_price, lows, highs))
        moves = (lows < log_price) & (log_price < highs)
        return float(spend.sum()), float(model.bend_of_sum(spend)[moves].sum())

    price = max(_price(total_at, region.total, low, high, at_most=True), floor)
    each = np.clip(max(price, low), lows, highs)  # no price, where all can have their upper bound
    spend = model.spend(each)
    for limits, held in ((region.group_high, price < lowest), (region.group_low, price > highest)):
        for g in np.flatnonzero(held[:n_groups]).tolist():
            members = region.group_of == g
            spend = _settle(model, spend, limits[g] - spend[members].sum(), members)
    if region.is_exact or spend.sum() > region.total:
        spend = _settle(model, spend, region.total - spend.sum(), (lows < price) & (price < highs))
    return spend, price, np.clip(price, lowest[:n_groups], highest[:n_groups])


def _settle(model: _Model, spend: Floats, rest: float, moves: np.ndarray) -> Floats:
    """Put what rounding left of the total onto the items that are free to move."""
    free = np.where(moves, model.bend_of_sum(spend), 0.0)
    if rest == 0 or not free.any():
        return spend
    out: Floats = np.clip(spend + rest * free / free.sum(), model.lower, model.upper)
    return out


def _sum(model: _Model, members: np.ndarray, log_price: float) -> tuple[float, float]:
    spend = model.spend(log_price)
    return float(spend[members].sum()), float(model.bend_of_sum(spend)[members].sum())


def _price(
    sum_at: Callable[[float], tuple[float, float]], total: float, low: float, high: float, *, at_most: bool
) -> float:
    """Find the price at which a falling sum is the total; infinite where the limit never binds."""
    if at_most and sum_at(low)[0] <= total:
        return -np.inf
    if not at_most and sum_at(high)[0] >= total:
        return np.inf
    price = 0.5 * (low + high)
    for _ in range(200):
        got, bend = sum_at(price)
        if got == total or high - low <= 1e-15 * max(abs(low), abs(high)):
            break
        low, high = (price, high) if got > total else (low, price)
        step = price + (total - got) / bend if bend < 0 else np.nan
        newton = low < step < high
        following = step if newton else 0.5 * (low + high)
        if newton and abs(following - price) <= 1e-15 * max(1.0, abs(price)):
            break
        price = following
    return price
