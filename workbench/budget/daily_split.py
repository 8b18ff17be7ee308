"""A day's budgets found on some draws of the response, and judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.allocation import allocate
from workbench.budget.curves import ResponseCurve
from workbench.budget.daily_result import DailyRow
from workbench.budget.estimate import Estimate
from workbench.budget.problem import Item, Problem
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    from workbench.budget.daily_budget import DailyBudget
    from workbench.budget.daily_posterior import DailyHistory

#: A larger change of a budget begins Meta's learning phase anew.
LEARNING_STEP = 0.2
#: About so many results in a week end the learning phase.
LEARNING_RESULTS = 50
_WEEK = 7


def valued(curves: Sequence[ResponseCurve], worths: Floats | None) -> tuple[ResponseCurve, ...]:
    """Return curves of results as those of what the results are worth, (n_items, n_draws) of them."""
    if worths is None:
        return tuple(curves)
    return tuple(replace(c, scale=c.scale * w) for c, w in zip(curves, worths, strict=True))


@dataclass(frozen=True)
class Asked:
    """What the allocator needs."""

    budgets: Sequence[DailyBudget]
    low: np.ndarray
    high: np.ndarray
    total_minor: int
    currency: str
    least_change: float

    def best(self, curves: Sequence[ResponseCurve]) -> np.ndarray:
        """Return the budgets that are best by the mean of the curves' draws.

        Items that would move by less than the least change stay, and the others are allocated anew; where
        nothing but small changes reaches the total, they are made.
        """
        now = np.array([one.now_minor for one in self.budgets])
        low, high = self.low.copy(), self.high.copy()
        while True:
            units = self._allocated(curves, low, high)
            change = np.abs(units - now)
            small = (change > 0) & (change < self.least_change * now) & (low <= now) & (now <= high)
            low, high = np.where(small, now, low), np.where(small, now, high)
            if not small.any() or not low.sum() <= self.total_minor <= high.sum():
                return units

    def _allocated(self, curves: Sequence[ResponseCurve], low: np.ndarray, high: np.ndarray) -> np.ndarray:
        items = tuple(
            Item(
                one.name,
                curve,
                current_minor=one.now_minor,
                min_minor=int(least),
                max_minor=int(most),
            )
            for one, curve, least, most in zip(self.budgets, curves, low, high, strict=True)
        )
        problem = Problem(items, self.total_minor, self.currency, allow_extrapolation=True)
        units: np.ndarray = allocate(problem).units[:, 0]
        return units


@dataclass(frozen=True)
class Judged:
    """Curves under draws that the day's budgets were not found on.

    Attributes
    ----------
    curves : sequence of ResponseCurve
        Of results.
    worths : ndarray, shape (n_items, n_draws), or None
        Of a result, currency units, where value is what counts.
    units : int
        Minor units of a currency unit.
    level : float
    """

    curves: Sequence[ResponseCurve]
    worths: Floats | None
    units: int
    level: float

    def outcomes(self, minor: np.ndarray) -> Floats:
        """Return results a day of each item under each draw."""
        return np.concatenate(
            [curve.at(x / self.units) for curve, x in zip(self.curves, minor, strict=True)], axis=0
        )

    def gain(self, new: np.ndarray, old: np.ndarray) -> tuple[Estimate, float]:
        """Return what one split brings over another, and the probability that it brings more."""
        change = self.outcomes(new) - self.outcomes(old)
        change = (change if self.worths is None else change * self.worths).sum(axis=0)
        return self.estimate(change), float((change > 0).mean())

    def estimate(self, draws: Floats, *, by_median: bool = False) -> Estimate:
        """Return mean (or median) and equal-tailed interval."""
        low, high = np.quantile(draws, [(1 - self.level) / 2, (1 + self.level) / 2])
        middle = np.median(draws) if by_median else draws.mean()
        return Estimate(float(middle), (float(low), float(high)))

    def rows(self, history: DailyHistory, asked: Asked, proposed: np.ndarray) -> tuple[DailyRow, ...]:
        """Return one row an item."""
        now = np.array([one.now_minor for one in asked.budgets])
        results = self.outcomes(now)
        known = history.results * (history.known > 0)
        last_week = known[-_WEEK:].sum(axis=0)
        valuing, out = valued(self.curves, self.worths), []
        for i, one in enumerate(asked.budgets):
            cost = now[i] / self.units / np.maximum(results[i], 1e-300)
            out.append(
                DailyRow(
                    one.name,
                    one.now_minor,
                    int(proposed[i]),
                    self.estimate(results[i]),
                    self.estimate(cost, by_median=True) if now[i] else None,
                    self.curves[i].mean_slopes(proposed[i] / self.units)[0],
                    _flags(
                        asked,
                        i,
                        int(proposed[i]),
                        any_results=bool(known[:, i].any()),
                        of_week=float(last_week[i]),
                    ),
                    None if self.worths is None else self.estimate(self.worths[i]),
                    None if self.worths is None else valuing[i].mean_slopes(proposed[i] / self.units)[0],
                )
            )
        return tuple(out)


def _flags(asked: Asked, i: int, proposed: int, *, any_results: bool, of_week: float) -> tuple[str, ...]:
    one, flags = asked.budgets[i], []
    if proposed != one.now_minor:
        if one.min_minor and proposed == one.min_minor:
            flags.append("at its minimum")
        elif proposed == one.max_minor:
            flags.append("at its maximum")
        elif proposed in (int(asked.low[i]), int(asked.high[i])):
            flags.append("a whole step")
        if abs(proposed - one.now_minor) > LEARNING_STEP * one.now_minor:
            flags.append("learning begins anew")
    if not any_results:
        flags.append("no result yet")
    elif of_week < LEARNING_RESULTS:
        flags.append(f"{of_week:.0f} results in a week: may still be learning")
    return tuple(flags)
