"""Bid advice from response curves: what a result may cost on average, and what the next one may cost.

The next result of an item costs ``1 / f'(x)`` at a spend ``x``, and all of them ``x / f(x)`` on average: less
on a concave curve. Spending more pays until the next result costs what it is worth. Meta's
strategies take the two apart:

- ``COST_CAP`` holds the *average* cost per result: the cost cap here;
- ``LOWEST_COST_WITH_BID_CAP`` holds *each* bid: the bid cap here, the cost of the next result;
- ``LOWEST_COST_WITH_MIN_ROAS`` holds the average value per spend: the floor here, of outcomes in money.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.curves import ResponseCurve
from workbench.budget.problem import refused, whole_minor
from workbench.core.errors import NotIdentified
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

_N_POINTS = 257
_N_HALVINGS = 60
_NOTABLE = 0.1


@dataclass(frozen=True)
class BidItem:
    """An item to bid for.

    Attributes
    ----------
    name : str
    curve : ResponseCurve
        Outcome a period of spend in currency units a period, as posterior draws.
    spend_minor : int
        What is to be spent a period at most.
    not_identified : tuple of str
        What of the curve the data do not tell; an item with any gets no advice.
    """

    name: str
    curve: ResponseCurve
    spend_minor: int
    not_identified: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        whole_minor(f"{self.name}.spend_minor", self.spend_minor)


@dataclass(frozen=True)
class MinorEstimate:
    """An amount in whole minor units, with its interval; the upper end may be without limit."""

    minor: int
    interval: tuple[int, int | None]


@dataclass(frozen=True)
class BidRow:
    """Advice for one item.

    Attributes
    ----------
    name : str
    spend_minor : int
        Up to which a further result is worth its cost; at most what was planned.
    planned_minor : int
    cost_cap, bid_cap : MinorEstimate or None
        Average cost per result, and cost of the next one, at that spend; ``None`` where outcomes are money,
        or there is no advice.
    min_roas : tuple of float or None
        Average outcome per currency unit with its interval, where outcomes are money.
    reason : str
        Why there is no advice, or what to know of it; may be empty.
    """

    name: str
    spend_minor: int
    planned_minor: int
    cost_cap: MinorEstimate | None
    bid_cap: MinorEstimate | None
    min_roas: tuple[float, float, float] | None
    reason: str

    @property
    def has_advice(self) -> bool:
        """Whether there is anything to set."""
        return self.cost_cap is not None or self.min_roas is not None


@dataclass(frozen=True)
class BidAdvice:
    """What to bid for each item.

    Attributes
    ----------
    rows : tuple of BidRow
    worth : float
        What one outcome more is worth, in currency units.
    is_given : bool
        Whether somebody gave it; else it is what the plan's last money pays for one.
    outcome_is_money : bool
    currency : str
    level : float
        Of the intervals.
    """

    rows: tuple[BidRow, ...]
    worth: float
    is_given: bool
    outcome_is_money: bool
    currency: str
    level: float

    def table(self) -> pd.DataFrame:
        """Return one row an item, money in currency units."""
        import pandas as pd

        units = 10 ** minor_digits(self.currency)
        return pd.DataFrame(
            {
                "item": [row.name for row in self.rows],
                "spend": [row.spend_minor / units for row in self.rows],
                "cost_cap": [row.cost_cap and row.cost_cap.minor / units for row in self.rows],
                "bid_cap": [row.bid_cap and row.bid_cap.minor / units for row in self.rows],
                "min_roas": [row.min_roas and row.min_roas[0] for row in self.rows],
                "reason": [row.reason for row in self.rows],
            }
        )

    def summary(self) -> str:
        """Say what a further outcome is worth, and what each kind of limit means."""
        if self.outcome_is_money:
            one = self._money(10 ** minor_digits(self.currency))
            whose = "as given" if self.is_given else "as the plan's last money pays for it"
            return (
                f"{one} of outcome is worth {self.worth:.3g} of spend, {whose}. LOWEST_COST_WITH_MIN_ROAS "
                "takes the floor: the average outcome per spend where the next money still pays."
            )
        worth = self._money(round(self.worth * 10 ** minor_digits(self.currency)))
        whose = "as given" if self.is_given else "what the plan's last money pays for one"
        return (
            f"A further result is worth {worth}, {whose}. COST_CAP takes the cost cap, the average of all "
            "results; LOWEST_COST_WITH_BID_CAP takes the bid cap, what the next one may cost."
        )

    def item_sentences(self) -> list[str]:
        """Say for each item what to set."""
        return [self._sentence(row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "bids": [
                {**asdict(row), "min_roas": list(row.min_roas) if row.min_roas else None} for row in self.rows
            ],
            "worth": self.worth,
            "worth_is_given": self.is_given,
            "outcome_is_money": self.outcome_is_money,
            "currency": self.currency,
            "level": self.level,
            "summary": self.summary(),
        }

    def _sentence(self, row: BidRow) -> str:
        said = f" {row.reason}" if row.reason else ""
        at = f"{row.name} at {self._money(row.spend_minor)}"
        if row.min_roas is not None:
            mean, low, high = row.min_roas
            return f"{at}: floor {mean:.3g} [{low:.3g}, {high:.3g}].{said}"
        if row.cost_cap is None or row.bid_cap is None:
            return f"{row.name}: no advice.{said}"
        cost, bid = (self._range(each) for each in (row.cost_cap, row.bid_cap))
        return f"{at}: cost cap {cost}, bid cap {bid}.{said}"

    def _range(self, found: MinorEstimate) -> str:
        low, high = found.interval
        top = "no limit" if high is None else self._money(high)
        return f"{self._money(found.minor)} [{self._money(low)}, {top}]"

    def _money(self, minor: int) -> str:
        return format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(self.currency)), self.currency)


def advise_bids(
    items: Sequence[BidItem],
    *,
    multiplier: float,
    value_per_outcome: float | None = None,
    outcome_is_money: bool = False,
    currency: str = "EUR",
    level: float = 0.9,
) -> BidAdvice:
    """Advise a cost cap and a bid cap, or a floor of the ROAS, for each item.

    Parameters
    ----------
    items : sequence of BidItem
        With planned spends.
    multiplier : float
        Outcomes of one currency unit more in the plan.
    value_per_outcome : float, optional
        What one is worth, in currency units; ``1 / multiplier`` where left out: what it costs at the margin.
        A planned spend whose last money brings less than its worth is not spent whole then.
    outcome_is_money : bool
        Whether outcomes are currency units, so that a floor of the ROAS is advised.
    currency : str
    level : float

    Returns
    -------
    BidAdvice

    Raises
    ------
    NotIdentified
        If the data tell the curve of no item.
    DataError
        If the value is not above zero, or nothing is known of it and the plan's last money brings nothing.

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> item = BidItem("search", michaelis_menten([10.0], [100.0]), spend_minor=10_000)
    >>> advise_bids([item], multiplier=0.025).item_sentences()
    ['search at €100.00: cost cap €20.00 [€20.00, €20.00], bid cap €40.00 [€40.00, €40.00].']
    """
    given = value_per_outcome is not None
    if value_per_outcome is None:
        if not (math.isfinite(multiplier) and multiplier > 0):
            raise refused(
                "total", "it", "leaves nothing that more money would bring", "Give a value per result."
            )
        value_per_outcome = 1 / multiplier
    elif not (math.isfinite(value_per_outcome) and value_per_outcome > 0):
        raise refused("value_per_result", value_per_outcome, "is not above zero", "Give what one is worth.")
    if items and all(item.not_identified for item in items):
        raise NotIdentified(
            "The data tell the curve of no item, so that no bid can be derived from them.",
            next_step="Fit more periods with varied spend, or enter a test: `wb budget fit --lift-tests`.",
            field="run",
        )
    rows = [
        _row(
            item,
            value_per_outcome,
            is_given=given,
            is_money=outcome_is_money,
            units=10 ** minor_digits(currency),
            level=level,
        )
        for item in items
    ]
    return BidAdvice(tuple(rows), value_per_outcome, given, outcome_is_money, currency, level)


def _row(item: BidItem, worth: float, *, is_given: bool, is_money: bool, units: int, level: float) -> BidRow:
    planned = item.spend_minor / units
    if item.not_identified:
        return _none(item, f"The data do not identify its {', '.join(item.not_identified)}.")
    if not item.spend_minor:
        return _none(item, "Nothing is planned for it.")
    spend = _worth_spending(item.curve, planned, worth) if is_given else planned
    minor = int(spend * units)
    if minor < 1:
        return _none(item, "No result is worth its cost there: leave it out of the plan.")
    brought, slope = item.curve.at(spend)[0], _slopes(item.curve, spend)
    reason = _reason(item, minor, 1 / max(float(slope.mean()), 1e-300) / worth, is_given=is_given)
    if is_money:
        low, high = np.quantile(brought / spend, [(1 - level) / 2, (1 + level) / 2])
        floor = (float(brought.mean() / spend), float(low), float(high))
        return BidRow(item.name, minor, item.spend_minor, None, None, floor, reason)
    average = _cost(brought / spend, units, level)
    following = _cost(slope, units, level)
    return BidRow(item.name, minor, item.spend_minor, average, following, None, reason)


def _none(item: BidItem, reason: str) -> BidRow:
    return BidRow(item.name, 0, item.spend_minor, None, None, None, reason)


def _reason(item: BidItem, minor: int, ratio: float, *, is_given: bool) -> str:
    """Say what holds the spend where it is; ``ratio`` is the next result's cost over its worth."""
    if is_given:
        if minor < item.spend_minor - 1:
            return "The plan spends more than that: its last results cost more than they are worth."
        return "Its budget ends before its worth: a cap would only guard." if ratio < 1 - _NOTABLE else ""
    if ratio > 1 + _NOTABLE:
        return "A limit of the plan keeps it above what the next result costs elsewhere."
    if ratio < 1 - _NOTABLE:
        return "A limit of the plan keeps it below what the next result costs elsewhere."
    return ""


def _slopes(curve: ResponseCurve, spend: float) -> Floats:
    """Return the outcome of the next currency unit under each draw."""
    from workbench.budget.curves import kernel

    out: Floats = curve.scale * curve.rate * kernel(curve.family, curve.rate * spend, curve.slope)[1]
    return out


def _cost(per_unit: Floats, units: int, level: float) -> MinorEstimate:
    """Return what an outcome costs, from outcomes per currency unit under each draw."""
    least, most = np.quantile(per_unit, [(1 - level) / 2, (1 + level) / 2])
    high = _minor(units / least) if least > 0 else None
    return MinorEstimate(_minor(units / float(per_unit.mean())), (_minor(units / most), high))


def _minor(amount: float) -> int:
    return max(round(float(amount)), 1)


def _worth_spending(curve: ResponseCurve, planned: float, worth: float) -> float:
    """Return the largest spend up to the planned one whose next outcome costs no more than it is worth."""

    def pays(spend: float) -> bool:
        return curve.mean_slopes(spend)[0] * worth >= 1

    if pays(planned):
        return planned
    points = np.linspace(0, planned, _N_POINTS)[:-1][::-1]
    low = next((float(x) for x in points if pays(float(x))), None)
    if low is None or (low > 0 and curve.mean_value(low) * worth < low):  # all in all not worth its cost
        return 0.0
    high = low + planned / (_N_POINTS - 1)
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low
