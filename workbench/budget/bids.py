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
from dataclasses import dataclass

import numpy as np

from workbench.budget.bids_result import BidAdvice, BidRow, MinorEstimate
from workbench.budget.curves import ResponseCurve, kernel
from workbench.budget.problem import refused, whole_minor
from workbench.core.errors import NotIdentified
from workbench.core.money import minor_digits
from workbench.stats.counts import Floats

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
    """Return the largest spend up to the planned one whose next outcome costs no more than it is worth.

    None where all outcomes up to there cost more than they are worth, as at the foot of an S-shaped curve.
    """
    spend = _last_that_pays(curve, planned, worth)
    return spend if curve.mean_value(spend) * worth >= spend else 0.0


def _last_that_pays(curve: ResponseCurve, planned: float, worth: float) -> float:
    """Return the largest spend up to the planned one at which the next outcome pays; none is 0."""

    def pays(spend: float) -> bool:
        return curve.mean_slopes(spend)[0] * worth >= 1

    if pays(planned):
        return planned
    points = np.linspace(0, planned, _N_POINTS)[:-1][::-1]
    low = next((float(x) for x in points if pays(float(x))), None)
    if low is None:
        return 0.0
    high = low + planned / (_N_POINTS - 1)
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low
