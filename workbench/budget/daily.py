"""The next daily budgets at a fixed total: Thompson's rule through the exact allocator, in steps.

For each day some draws of all response curves are taken, and the total is allocated as if their mean were the
truth, within the steps that do not begin the learning phase anew. With a single draw an item that may be
better is tried as often as that is probable (Thompson 1933, doi:10.1093/biomet/25.3-4.285); the mean of
thirty, the default, tries less: within the steps every item goes on spending, so that all are learned about
anyway (decision 17 has the regret of both). The draws are fixed by seed and day: the same question twice has
the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from workbench.budget.allocation import allocate
from workbench.budget.curves import ResponseCurve
from workbench.budget.daily_posterior import DailyHistory, DailyResponse, learn_daily
from workbench.budget.daily_result import DailyProposal, DailyRow
from workbench.budget.plan_result import Estimate
from workbench.budget.problem import Item, Problem, refused, whole_minor
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.stats.counts import Floats

#: A larger change of a budget begins Meta's learning phase anew.
LEARNING_STEP = 0.2
#: About so many results in a week end the learning phase.
LEARNING_RESULTS = 50
_WEEK = 7


@dataclass(frozen=True)
class DailyBudget:
    """An item's daily budget as it is set now, with its own limits, in minor units."""

    name: str
    now_minor: int
    min_minor: int = 0
    max_minor: int | None = None

    def __post_init__(self) -> None:
        for field in ("now_minor", "min_minor", "max_minor"):
            whole_minor(f"{self.name}.{field}", getattr(self, field))


@dataclass(frozen=True)
class DailyOptions:
    """How budgets are proposed.

    Attributes
    ----------
    step_limit : float
        Largest relative change of a budget; above .2 the learning phase begins anew.
    least_change : float
        Smallest relative change of a budget: items that would move by less stay, others share what is left.
    every_days : int
        Budgets may change on each so many-th day of the calendar.
    half_life_days : float
        After which a day counts half.
    n_averaged : int
        Draws whose mean the day's budgets are best for: one is Thompson's rule, many hardly try anything.
    least_days, least_results : float
        With less than this, older days counting less, the budgets are kept.
    n_draws : int
        For probabilities and intervals.
    level : float
    seed : int
    """

    step_limit: float = LEARNING_STEP
    least_change: float = 0.0
    every_days: int = 1
    half_life_days: float = 28.0
    n_averaged: int = 30
    least_days: float = 5.0
    least_results: float = 10.0
    n_draws: int = 2_000
    level: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.step_limit) and self.step_limit > 0):
            raise refused("step_limit", self.step_limit, "is not above zero", "Give a share such as 0.2.")
        if not 0 <= self.least_change < self.step_limit:
            raise refused(
                "least_change", self.least_change, "is no change below the step", "Give a share such as 0.02."
            )
        for field, least in (("every_days", 1), ("n_averaged", 1), ("n_draws", 100)):
            if getattr(self, field) < least:
                raise refused(field, getattr(self, field), "is too few", f"Give {least} or more.")
        if not 0 < self.level < 1:
            raise refused("level", self.level, "is no probability", "Give one between 0 and 1, such as 0.9.")

    def is_due(self, day: date) -> bool:
        """Return whether budgets may change on a day."""
        return day.toordinal() % self.every_days == 0


def propose_daily(
    history: DailyHistory,
    budgets: Sequence[DailyBudget],
    *,
    total_minor: int,
    day: date,
    currency: str = "EUR",
    options: DailyOptions | None = None,
) -> DailyProposal:
    """Propose the daily budgets that hold from a day on.

    Parameters
    ----------
    history : DailyHistory
        Of the same items in the same order, up to the day before or a few days earlier.
    budgets : sequence of DailyBudget
    total_minor : int
        Sum of the daily budgets, in minor units.
    day : datetime.date
    currency : str
    options : DailyOptions, optional

    Returns
    -------
    DailyProposal

    Raises
    ------
    DataError
        If items do not fit, or the total cannot be reached in one step.

    Examples
    --------
    >>> history = DailyHistory.of(["a", "b"], [[100.0, 100.0]] * 20, [[20, 5]] * 20)
    >>> now = [DailyBudget("a", 10_000), DailyBudget("b", 10_000)]
    >>> propose_daily(history, now, total_minor=20_000, day=date(2026, 6, 1)).budgets_minor
    {'a': 12000, 'b': 8000}
    """
    how = options or DailyOptions()
    whole_minor("total_minor", total_minor)
    if tuple(one.name for one in budgets) != history.items:
        raise refused(
            "budgets", [one.name for one in budgets], "are not the items of the days", "Name the same."
        )
    low, high = _limits(budgets, total_minor, how, currency)
    units = 10 ** minor_digits(currency)
    same = _same_split(budgets, total_minor, low, high)
    if not history.is_usable.any():
        return _without_days(history, budgets, same, day=day, currency=currency, level=how.level)
    usual = np.maximum([one.now_minor / units for one in budgets], total_minor / units / len(budgets) / 100)
    found = learn_daily(history, half_life_days=how.half_life_days, usual_spend=usual)
    drawn, others = (np.random.default_rng([how.seed, day.toordinal(), part]) for part in (0, 1))
    judges = found.curves(others, how.n_draws)
    asked = _Asked(budgets, low, high, total_minor, currency, how.least_change)
    reason = _why_keep(found, how, day)
    proposed = same if reason else asked.best(found.curves(drawn, how.n_averaged))
    if not reason and (proposed == same).all():
        reason = "No change within the limits is better."
    judged = _Judged(judges, units, how.level)
    gain, prob = judged.gain(proposed, same)
    return DailyProposal(
        day=day,
        action="keep" if reason else "change",
        reason=reason or _why_change(prob, how),
        rows=judged.rows(history, asked, proposed),
        total_minor=int(proposed.sum()),
        currency=currency,
        expected=judged.estimate(judged.outcomes(proposed).sum(axis=0)),
        gain=gain,
        prob_better=prob,
        n_days=found.n_days,
        n_results=found.n_results,
        dispersion=found.dispersion,
        day_dispersion=found.day_dispersion,
        drift=found.drift,
        level=how.level,
    )


@dataclass(frozen=True)
class _Asked:
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
class _Judged:
    """Curves under draws that the day's budgets were not found on."""

    curves: Sequence[ResponseCurve]
    units: int
    level: float

    def outcomes(self, minor: np.ndarray) -> Floats:
        """Return results a day of each item under each draw."""
        return np.concatenate(
            [curve.at(x / self.units) for curve, x in zip(self.curves, minor, strict=True)], axis=0
        )

    def gain(self, new: np.ndarray, old: np.ndarray) -> tuple[Estimate, float]:
        """Return what one split brings over another, and the probability that it brings more."""
        change = (self.outcomes(new) - self.outcomes(old)).sum(axis=0)
        return self.estimate(change), float((change > 0).mean())

    def estimate(self, draws: Floats, *, by_median: bool = False) -> Estimate:
        """Return mean (or median) and equal-tailed interval."""
        low, high = np.quantile(draws, [(1 - self.level) / 2, (1 + self.level) / 2])
        middle = np.median(draws) if by_median else draws.mean()
        return Estimate(float(middle), (float(low), float(high)))

    def rows(self, history: DailyHistory, asked: _Asked, proposed: np.ndarray) -> tuple[DailyRow, ...]:
        """Return one row an item."""
        now = np.array([one.now_minor for one in asked.budgets])
        results = self.outcomes(now)
        known = history.results * (history.known > 0)
        last_week = known[-_WEEK:].sum(axis=0)
        out = []
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
                )
            )
        return tuple(out)


def _flags(asked: _Asked, i: int, proposed: int, *, any_results: bool, of_week: float) -> tuple[str, ...]:
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


def _limits(
    budgets: Sequence[DailyBudget], total: int, how: DailyOptions, currency: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return least and greatest budget of each item, refusing a total that one step cannot reach."""
    step = how.step_limit
    low, high = [], []
    for one in budgets:
        least = max(math.ceil(one.now_minor * (1 - min(step, 1.0)) - 1e-9), one.min_minor)
        most = math.floor(one.now_minor * (1 + step) + 1e-9)
        if one.max_minor is not None:
            if one.max_minor < one.min_minor:
                raise refused(f"{one.name}.max_minor", one.max_minor, "is below its minimum", "Swap the two.")
            least, most = min(least, one.max_minor), min(most, one.max_minor)
        low.append(least)
        high.append(max(most, least))
    if not sum(low) <= total <= sum(high):
        micros = MICROS_PER_UNIT // 10 ** minor_digits(currency)
        asked, first, last = (format_micros(int(x) * micros, currency) for x in (total, sum(low), sum(high)))
        raise refused(
            "total_minor",
            asked,
            f"cannot be reached from these budgets by steps of {step:.0%} at most",
            f"Give {first} to {last}, or allow larger steps, which begin the learning phase anew.",
        )
    return np.array(low), np.array(high)


def _same_split(budgets: Sequence[DailyBudget], total: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the present budgets, in proportion where the total is another, within their limits."""
    now = np.array([one.now_minor for one in budgets])
    whole = int(now.sum())
    wanted = now if whole == total or not whole else np.array([int(x) * total // whole for x in now])
    out: np.ndarray = np.clip(wanted, low, high)
    rest = total - int(out.sum())
    for i in np.argsort(-now, kind="stable"):  # what rounding and limits leave goes to the largest first
        change = int(np.clip(rest, low[i] - out[i], high[i] - out[i]))
        out[i] += change
        rest -= change
    return out


def _why_keep(found: DailyResponse, how: DailyOptions, day: date) -> str:
    """Say why nothing is to change today, or nothing."""
    if found.n_days < how.least_days:
        return f"Too little is known: {found.n_days:.1f} days count, and it takes {how.least_days:g}."
    if found.n_results < how.least_results:
        return (
            f"Too little is known: {found.n_results:.1f} results count, and it takes {how.least_results:g}."
        )
    if not how.is_due(day):
        following = date.fromordinal(day.toordinal() + how.every_days - day.toordinal() % how.every_days)
        return f"Budgets change every {how.every_days} days, next on {following}."
    return ""


def _why_change(prob: float, how: DailyOptions) -> str:
    if prob >= 0.5:
        return f"More goes where the next money brings more, in steps of {how.step_limit:.0%} at most."
    return "Tried to learn: what gets more may be better, though it does not look so by the mean."


def _without_days(
    history: DailyHistory,
    budgets: Sequence[DailyBudget],
    same: np.ndarray,
    *,
    day: date,
    currency: str,
    level: float,
) -> DailyProposal:
    rows = tuple(
        DailyRow(one.name, one.now_minor, int(minor), None, None, None, ("no result yet",))
        for one, minor in zip(budgets, same, strict=True)
    )
    reason = (
        f"Too little is known: of {len(history.spend)} days none has spend and results that have arrived."
    )
    return DailyProposal(
        day=day,
        action="keep",
        reason=reason,
        rows=rows,
        total_minor=int(same.sum()),
        currency=currency,
        expected=None,
        gain=None,
        prob_better=None,
        n_days=0.0,
        n_results=0.0,
        dispersion=None,
        day_dispersion=None,
        drift=None,
        level=level,
    )
