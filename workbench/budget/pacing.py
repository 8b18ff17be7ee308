"""Pacing: whether the month's spend is on its way to plan, where it lands, and tomorrow's daily budget.

A daily budget at Meta is an average: on one day up to 75 % more may be spent, and in a calendar week (Sunday
to Saturday) no more than seven times the daily budget.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.budget.problem import refused, whole_minor
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.stats.counts import Floats

_DAY_FACTOR = 1.75
_DAYS_OF_WEEK = 7
_LEARNING_STEP = 0.2
_LEAST_DAYS = 5


@dataclass(frozen=True)
class Pace:
    """A month's spend beside its plan.

    Attributes
    ----------
    spent_minor, plan_minor : int
        So far, and for the whole month.
    expected_by_now_minor : int
        What an even spend would have reached.
    landing_minor : int
        Projected spend at the month's end if the daily budget stays.
    interval_minor : tuple of int
        Of the landing, at ``level``.
    level : float
    days_left : int
    advised_daily_minor : int
        Daily budget from tomorrow on that lands on the plan.
    most_tomorrow_minor : int
        What may be spent tomorrow at most under the advised daily budget and Meta's overspend rule.
    begins_learning_anew : bool
        Whether the advised budget is more than a fifth away from the present one.
    currency : str
    """

    spent_minor: int
    plan_minor: int
    expected_by_now_minor: int
    landing_minor: int
    interval_minor: tuple[int, int]
    level: float
    days_left: int
    advised_daily_minor: int
    most_tomorrow_minor: int
    begins_learning_anew: bool
    currency: str

    @property
    def is_on_plan(self) -> bool:
        """Whether the plan lies within the landing's interval."""
        return self.interval_minor[0] <= self.plan_minor <= self.interval_minor[1]

    def summary(self) -> str:
        """Say where the month lands and what to set tomorrow."""
        low, high = (self._money(end) for end in self.interval_minor)
        first = (
            f"{self._money(self.spent_minor)} of {self._money(self.plan_minor)} spent "
            f"({self._money(self.expected_by_now_minor)} if even); as it goes the month lands at "
            f"{self._money(self.landing_minor)} [{low}, {high}]"
        )
        if self.days_left == 0:
            return f"{first}. The month is over."
        if self.is_on_plan:
            return f"{first}: on plan, leave the daily budget."
        if self.advised_daily_minor == 0:
            return f"{first}: above plan, which is spent. Pause what can wait, or raise the plan."
        anew = ", which begins the learning phase anew" if self.begins_learning_anew else ""
        return (
            f"{first}: {'above' if self.landing_minor > self.plan_minor else 'below'} plan. Set "
            f"{self._money(self.advised_daily_minor)} a day from tomorrow{anew}; "
            f"tomorrow may then spend {self._money(self.most_tomorrow_minor)} at most."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "spent_minor": self.spent_minor,
            "plan_minor": self.plan_minor,
            "expected_by_now_minor": self.expected_by_now_minor,
            "landing_minor": self.landing_minor,
            "interval_minor": list(self.interval_minor),
            "level": self.level,
            "days_left": self.days_left,
            "is_on_plan": self.is_on_plan,
            "advised_daily_minor": self.advised_daily_minor,
            "most_tomorrow_minor": self.most_tomorrow_minor,
            "begins_learning_anew": self.begins_learning_anew,
            "currency": self.currency,
            "summary": self.summary(),
        }

    def _money(self, minor: int) -> str:
        return format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(self.currency)), self.currency)


def pace(
    daily_minor: Sequence[int],
    *,
    first_day: date,
    plan_minor: int,
    daily_budget_minor: int,
    currency: str = "EUR",
    level: float = 0.9,
) -> Pace:
    """Project a month's spend from its days so far, and advise tomorrow's daily budget.

    Days to come are taken to deliver the same share of the daily budget as the days so far, with a share for
    the month that is not known exactly (Student's law of their mean) and each day's own scatter; no calendar
    week spends more than seven daily budgets.

    Parameters
    ----------
    daily_minor : sequence of int
        Spend of each day from the first on, in minor units, at the present daily budget.
    first_day : date
        First of the month.
    plan_minor : int
        Planned spend of the month.
    daily_budget_minor : int
        As it is set now, above zero.
    currency : str
    level : float
        Of the interval.

    Returns
    -------
    Pace

    Raises
    ------
    DataError
        If a field is not usable, or fewer than five days are known.

    Examples
    --------
    >>> found = pace([9_000] * 10, first_day=date(2026, 6, 1), plan_minor=300_000, daily_budget_minor=9_000)
    >>> found.landing_minor, found.advised_daily_minor
    (270000, 10500)
    """
    from scipy.stats import t as student

    spent = _checked(daily_minor, first_day, plan_minor, daily_budget_minor)
    n_month = calendar.monthrange(first_day.year, first_day.month)[1]
    left = n_month - spent.size
    so_far = int(spent.sum())
    share = float(spent.mean()) / daily_budget_minor
    landing = so_far + left * min(share, 1.0) * daily_budget_minor
    scatter = float(spent.std(ddof=1)) * np.sqrt(left + left**2 / spent.size)
    half = float(student.ppf((1 + level) / 2, spent.size - 1)) * scatter
    most = so_far + _most_of(first_day, spent, daily_budget_minor, left)
    interval = (round(max(landing - half, so_far)), round(max(min(landing + half, most), landing)))
    rest = max(plan_minor - so_far, 0)
    advised = int(rest / (left * min(share, 1.0))) if left and share > 0 else (rest // left if left else 0)
    return Pace(
        spent_minor=so_far,
        plan_minor=int(plan_minor),
        expected_by_now_minor=round(plan_minor * spent.size / n_month),
        landing_minor=round(landing),
        interval_minor=interval,
        level=level,
        days_left=left,
        advised_daily_minor=advised,
        most_tomorrow_minor=_most_of(first_day, spent, advised, min(left, 1)),
        begins_learning_anew=abs(advised - daily_budget_minor) > _LEARNING_STEP * daily_budget_minor,
        currency=currency,
    )


def _most_of(first_day: date, spent: Floats, daily_budget: int, n_days: int) -> int:
    """Return the most that the next days may spend under the overspend rule."""
    total = 0
    day = first_day + timedelta(days=int(spent.size))
    into_week = day.isoweekday() % _DAYS_OF_WEEK  # weeks begin on Sunday
    week = float(spent[max(spent.size - into_week, 0) :].sum()) if into_week else 0.0
    for _ in range(n_days):
        if day.isoweekday() % _DAYS_OF_WEEK == 0:
            week = 0.0
        most = max(min(int(_DAY_FACTOR * daily_budget), int(_DAYS_OF_WEEK * daily_budget - week)), 0)
        total, week, day = total + most, week + most, day + timedelta(days=1)
    return total


def _checked(daily: Sequence[int], first_day: date, plan_minor: int, daily_budget_minor: int) -> Floats:
    for field, amount in (("plan_minor", plan_minor), ("daily_budget_minor", daily_budget_minor)):
        whole_minor(field, amount)
    if daily_budget_minor <= 0:
        raise refused("daily_budget_minor", daily_budget_minor, "is no budget", "Give one above zero.")
    if first_day.day != 1:
        raise refused("first_day", first_day, "is not the first of a month", "Pace whole calendar months.")
    for amount in daily:
        whole_minor("daily_minor", amount)
    n_month = calendar.monthrange(first_day.year, first_day.month)[1]
    if not _LEAST_DAYS <= len(daily) <= n_month:
        raise refused(
            "daily_minor",
            f"{len(daily)} days",
            f"is not {_LEAST_DAYS} to {n_month}",
            "Wait for some days of the month, and give one amount for each day so far.",
        )
    return np.asarray(daily, dtype=np.float64)
