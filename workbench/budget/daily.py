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
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory, DailyResponse, learn_daily
from workbench.budget.daily_result import DailyProposal, DailyRow
from workbench.budget.daily_split import LEARNING_STEP, Asked, Judged, valued
from workbench.budget.problem import refused, whole_minor
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits

if TYPE_CHECKING:
    from workbench.budget.daily_worth import DailyWorth


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
    worth: DailyWorth | None = None,
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
    worth : DailyWorth, optional
        What a result of each item is worth, of the same items: then value is made greatest and not results.

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
    if worth is not None and worth.items != history.items:
        raise refused("worth", list(worth.items), "are not the items of the days", "Name the same.")
    low, high = _limits(budgets, total_minor, how, currency)
    units = 10 ** minor_digits(currency)
    same = _same_split(budgets, total_minor, low, high)
    if not history.is_usable.any():
        return _without_days(history, budgets, same, day=day, currency=currency, level=how.level)
    usual = np.maximum([one.now_minor / units for one in budgets], total_minor / units / len(budgets) / 100)
    found = learn_daily(history, half_life_days=how.half_life_days, usual_spend=usual)
    drawn, others = (np.random.default_rng([how.seed, day.toordinal(), part]) for part in (0, 1))
    judges = found.curves(others, how.n_draws)
    worths = None if worth is None else worth.draws(others, how.n_draws)
    asked = Asked(budgets, low, high, total_minor, currency, how.least_change)
    reason = _why_keep(found, how, day)
    proposed = same
    if not reason:
        tried = found.curves(drawn, how.n_averaged)
        proposed = asked.best(valued(tried, None if worth is None else worth.draws(drawn, how.n_averaged)))
    if not reason and (proposed == same).all():
        reason = "No change within the limits is better."
    judged = Judged(judges, worths, units, how.level)
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
        counts_value=worth is not None,
        prob_better=prob,
        n_days=found.n_days,
        n_results=found.n_results,
        dispersion=found.dispersion,
        day_dispersion=found.day_dispersion,
        drift=found.drift,
        level=how.level,
    )


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
        within = first if first == last else f"{first} to {last}"
        raise refused(
            "total_minor",
            asked,
            f"cannot be reached from these budgets by steps of {step:.0%} at most",
            f"Give {within}, or allow larger steps, which begin the learning phase anew.",
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
        counts_value=False,
        prob_better=None,
        n_days=0.0,
        n_results=0.0,
        dispersion=None,
        day_dispersion=None,
        drift=None,
        level=level,
    )
