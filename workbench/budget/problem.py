"""What a planner may ask for, checked field by field. Money is in whole minor units of one currency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.budget.curves import ResponseCurve
from workbench.budget.refusal import refused as refused  # noqa: PLC0414 - others import it from here
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.stats.counts import Floats


@dataclass(frozen=True)
class Item:
    """A campaign or a channel that takes money. With several periods, amounts are those of one period.

    Attributes
    ----------
    name : str
    curve : ResponseCurve
        Outcome of spend in currency units, as posterior draws; of adstocked spend with several periods.
    current_minor : int
        What it spends now.
    min_minor, max_minor : int, int or None
        Limits of its spend.
    is_fixed : bool
        Whether it keeps its current spend.
    observed_max_minor : int or None
        Highest spend the curve was fitted on; more is refused unless the problem allows extrapolation.
    min_change_minor : int
        Leave it, or change it by at least this.
    value : float
        What one outcome is worth: currency units for ROAS and marginal ROAS, one for plain outcomes.
    carry_over : ndarray, shape (n_draws,), or None
        Share of the geometric adstock that lasts into the next period: ``a_t = x_t + carry_over · a_(t−1)``.
    carried_in_minor : float or ndarray, shape (n_draws,)
        Adstock at the end of the period before the first, in minor units.
    """

    name: str
    curve: ResponseCurve
    current_minor: int
    min_minor: int = 0
    max_minor: int | None = None
    is_fixed: bool = False
    observed_max_minor: int | None = None
    min_change_minor: int = 0
    value: float = 1.0
    carry_over: Floats | None = None
    carried_in_minor: float | Floats = 0.0

    def __post_init__(self) -> None:
        for field in ("current_minor", "min_minor", "max_minor", "observed_max_minor", "min_change_minor"):
            whole_minor(f"{self.name}.{field}", getattr(self, field))
        if not (math.isfinite(self.value) and self.value > 0):
            raise refused(
                f"{self.name}.value", self.value, "is not above zero", "Leave out a worthless item."
            )
        if self.carry_over is not None and not ((self.carry_over >= 0) & (self.carry_over < 1)).all():
            raise refused(
                f"{self.name}.carry_over", "a draw", "is no share below 1", "Give shares in [0, 1)."
            )


@dataclass(frozen=True)
class Group:
    """Limits of the sum of some items' spends, over all periods."""

    name: str
    items: tuple[str, ...]
    min_minor: int = 0
    max_minor: int | None = None

    def __post_init__(self) -> None:
        for field in ("min_minor", "max_minor"):
            whole_minor(f"{self.name}.{field}", getattr(self, field))


@dataclass(frozen=True)
class Risk:
    """Weigh the mean of the worst draws beside the mean of all: ``(1 − weight) mean + weight CVaR``.

    Attributes
    ----------
    tail_share : float
        Share of the draws that counts as the worst.
    weight : float
        Of their mean, up to one.
    """

    tail_share: float = 0.1
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.tail_share <= 1:
            raise refused(
                "risk.tail_share", self.tail_share, "is no share", "Give one above 0, up to 1, such as 0.1."
            )
        if not 0 <= self.weight <= 1:
            raise refused("risk.weight", self.weight, "is no weight", "Give one from 0 to 1.")

    @property
    def is_mean(self) -> bool:
        """Whether the mean alone counts: the worst draws have no weight, or are all draws."""
        return self.weight == 0 or self.tail_share == 1


@dataclass(frozen=True)
class Periods:
    """A plan of several periods, each item with its own spend in each.

    Attributes
    ----------
    n : int
        Number of periods.
    totals_minor : tuple of int
        Spend of each period; empty where only the total of all matters.
    n_after : int
        Periods without spend after the last whose outcome still counts, for what adstock carries out.
    """

    n: int
    totals_minor: tuple[int, ...] = ()
    n_after: int = 0

    def __post_init__(self) -> None:
        if self.n < 1 or self.n_after < 0:
            raise refused("periods.n", self.n, "is no number of periods", "Give 1 or more.")
        if self.totals_minor and len(self.totals_minor) != self.n:
            raise refused(
                "periods.totals_minor",
                len(self.totals_minor),
                f"is not {self.n} totals",
                "Give one a period.",
            )
        for total in self.totals_minor:
            whole_minor("periods.totals_minor", total)


@dataclass(frozen=True)
class Problem:
    """Items, a total and what else a plan has to keep.

    Attributes
    ----------
    items : tuple of Item
    total_minor : int
        Spend of all items in all periods.
    currency : str
        ISO 4217 code; its minor unit is the smallest amount planned.
    spend_all : bool
        Whether the total is spent whole, or is an upper limit.
    groups : tuple of Group
    target_roas : float or None
        Least value (outcomes × value) per currency unit spent, on average over the plan.
    target_cpa : float or None
        Most currency units per outcome, on average over the plan.
    step_limit : float or None
        Largest relative change of an item's spend from one period to the next, so that the learning phase
        does not begin anew.
    allow_extrapolation : bool
        Whether an item may spend more than was observed.
    risk : Risk or None
        Mean–CVaR instead of the mean.
    periods : Periods
    level : float
        Of the intervals.
    seed : int
        Of the division of the draws into those that the plan is fitted on and those it is judged by.
    """

    items: tuple[Item, ...]
    total_minor: int
    currency: str = "EUR"
    spend_all: bool = True
    groups: tuple[Group, ...] = ()
    target_roas: float | None = None
    target_cpa: float | None = None
    step_limit: float | None = None
    allow_extrapolation: bool = False
    risk: Risk | None = None
    periods: Periods = Periods(1)
    level: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        whole_minor("total_minor", self.total_minor)
        _unlike("items", [item.name for item in self.items])
        _unlike("groups", [group.name for group in self.groups], may_be_none=True)
        known = {item.name for item in self.items}
        for group in self.groups:
            for name in group.items:
                if name not in known:
                    raise refused(f"groups.{group.name}", name, "is no item", "Name items of the problem.")
        if self.target_roas is not None and self.target_cpa is not None:
            raise refused("target_cpa", self.target_cpa, "comes beside a target ROAS", "Give one of the two.")
        for field in ("target_roas", "target_cpa", "step_limit"):
            given = getattr(self, field)
            if given is not None and not (math.isfinite(given) and given > 0):
                raise refused(field, given, "is not above zero", "Leave it out if there is none.")
        if not 0 < self.level < 1:
            raise refused("level", self.level, "is no probability", "Give one between 0 and 1, such as 0.9.")
        self._refuse_mixtures()

    def _refuse_mixtures(self) -> None:
        if len({item.curve.n_draws for item in self.items}) > 1:
            raise refused("items", "curves", "differ in their draws", "Take all curves from one fit.")
        together = self.periods.n > 1 or self.risk is not None
        shaped = [item.name for item in self.items if not item.curve.is_concave]
        if together and shaped:
            raise refused(
                "items",
                shaped[0],
                "has an S-shaped curve (slope above 1), which several periods and risk cannot take",
                "Plan one period by the mean, or fit concave curves.",
            )
        leaps = [item.name for item in self.items if item.min_change_minor]
        if together and leaps:
            raise refused(
                f"{leaps[0]}.min_change_minor",
                "a least change",
                "goes with one period and the mean only",
                "Leave it out, or plan one period by the mean.",
            )

    @cached_property
    def units(self) -> int:
        """Minor units to the currency unit."""
        return int(10 ** minor_digits(self.currency))

    def money(self, minor: float) -> str:
        """Write an amount of minor units for a reader."""
        return format_micros(round(minor) * (MICROS_PER_UNIT // self.units), self.currency)


def whole_minor(field: str, amount: object) -> None:
    """Refuse an amount that is no whole number of minor units of at least zero."""
    if amount is None:
        return
    try:
        fine = int(amount) == amount and 0 <= amount < 2**53  # type: ignore[call-overload,operator]
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise refused(
            field, amount, "is no whole number of minor units", "Give cents as a whole number of at least 0."
        )


def _unlike(field: str, names: Sequence[str], *, may_be_none: bool = False) -> None:
    if not names and not may_be_none:
        raise refused(field, "nothing", "cannot be planned", "Give one item or more.")
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise refused(field, ", ".join(names), "names two alike, or one not at all", "Name each once.")
