"""Plan a budget from a kept media mix run: its curves, its current spends, a total and constraints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np

from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.model_run import StoredMix, read_model_run
from workbench.budget.plan import plan
from workbench.budget.plan_file import PlanLimits, exact_minor, read_limits
from workbench.budget.plan_result import Plan
from workbench.budget.problem import Item, Periods, Problem, Risk, refused
from workbench.core.errors import StoreError
from workbench.core.money import minor_digits
from workbench.flows.budget_plan_notes import basis_notes, held_notes
from workbench.flows.budget_start import PlanStart, spend_start

if TYPE_CHECKING:
    import pandas as pd


NO_CURRENCY = "XXX"  # ISO 4217's code for amounts without one; two decimals
_MAX_PERIODS = 52
_N_NAMED = 5


class PlanOptions(TypedDict, total=False):
    """How a plan is made, beside its total and constraints; every key may be left out.

    Attributes
    ----------
    risk : Risk or None
        Weighs the worst draws beside the mean; by default the mean alone counts.
    n_periods : int
        Up to 52; by default one.
    currency : str
        ISO 4217 code, where the fit names none.
    start : PlanStart
        What items spend before the plan; by default the mean of the fit's last periods. From the budgets set
        now: `workbench.flows.budget_from_now`.
    """

    risk: Risk | None
    n_periods: int
    currency: str
    start: PlanStart


@dataclass(frozen=True)
class BudgetPlan:
    """A plan, and which model and which periods it speaks of.

    Attributes
    ----------
    plan : Plan
        Amounts over all planned periods.
    run_id, outcome : str
        Of the model run, and its outcome's name.
    period : str
        ``day`` or ``week``, as in the fit.
    n_periods : int
    last_date : str
        Of the fit's data.
    notes : tuple of str
        What a reader has to know of the basis.
    problem : Problem
        What was planned, for whoever judges other spends by the same draws.
    start : PlanStart
        What each item spends before it, and how that is known.
    """

    plan: Plan
    run_id: str
    outcome: str
    period: str
    n_periods: int
    last_date: str
    notes: tuple[str, ...]
    problem: Problem = field(repr=False, compare=False)
    start: PlanStart

    def table(self) -> pd.DataFrame:
        """Return one row an item, money in currency units."""
        return self.plan.table()

    def summary(self) -> str:
        """Say what to do, how sure that is, what is proven, and for which period."""
        span = (
            f"A {self.period}" if self.n_periods == 1 else f"{self.n_periods} {self.period}s, amounts in all"
        )
        return self._plain(f"{span}: {self.plan.summary()}{self._same_split()}")

    def item_sentences(self) -> list[str]:
        """Say for each item what it gets."""
        return [self._plain(text) for text in self.plan.item_sentences()]

    def flags(self) -> list[str]:
        """Return each item's flags as ``name: flag``."""
        return [f"{item.name}: {flag}" for item in self.plan.items for flag in item.flags]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **self.plan.to_dict(),
            "currency": None if self.plan.currency == NO_CURRENCY else self.plan.currency,
            "minor_digits": minor_digits(self.plan.currency),
            "certificate": self._plain(self.plan.certificate.summary()),
            "summary": self.summary(),
            "flags": self.flags(),
            "notes": list(self.notes),
            "period": self.period,
            "n_periods": self.n_periods,
            "outcome": self.outcome,
            "last_date": self.last_date,
            "model_run": self.run_id,
            "start": self.start.to_dict(),
        }

    def _same_split(self) -> str:
        """Judge the split by itself where the total is another than now."""
        gain, now = self.plan.same_split, sum(item.current_minor for item in self.plan.items)
        if gain is None or now == self.plan.total_minor:
            return ""
        low, high = gain.interval
        said = f"{gain.mean:+.3g} [{low:+.3g}, {high:+.3g}]".replace("-", "−")
        return f" Against the current split of the same total it gains {said}."

    def _plain(self, text: str) -> str:
        return text.replace("¤", "") if self.plan.currency == NO_CURRENCY else text


def plan_budget(
    runs: Path,
    run_id: str,
    total: str,
    constraints: Mapping[str, Any] | None = None,
    **options: Unpack[PlanOptions],
) -> BudgetPlan:
    """Plan the next period, or the next few, from a kept run.

    One period is judged in the long run: what a period brings when every period is like it. Several periods
    begin with what adstock carries in, and count what it carries out.

    Parameters
    ----------
    runs : Path
        Folder of model runs.
    run_id : str
    total : str
        Currency units of each period, exact to the minor unit.
    constraints : mapping, optional
        See `workbench.budget.plan_file.read_limits`.
    **options
        See `PlanOptions`.

    Returns
    -------
    BudgetPlan

    Raises
    ------
    StoreError
        If there is no such run; the runs that exist are listed.
    DataError
        If a field is unusable or the constraints conflict.
    """
    return plan_stored(stored_run(runs, run_id), total, constraints, **options)


def plan_stored(
    stored: StoredMix,
    total: str,
    constraints: Mapping[str, Any] | None = None,
    **options: Unpack[PlanOptions],
) -> BudgetPlan:
    """Plan from a run that has been read already; the rest is as in `plan_budget`.

    Parameters
    ----------
    stored : StoredMix
    total : str
    constraints : mapping, optional
    **options
        See `PlanOptions`.

    Returns
    -------
    BudgetPlan

    Raises
    ------
    DataError
        If a field is unusable or the constraints conflict.
    """
    n_periods, code = options.get("n_periods", 1), currency_of(stored, options.get("currency", ""))
    if not 1 <= n_periods <= _MAX_PERIODS:
        raise refused("periods", n_periods, "cannot be planned", f"Give 1 to {_MAX_PERIODS}.")
    minor = exact_minor("total", total, code)
    if minor == 0:
        raise refused("total", total, "leaves nothing to plan", "Give an amount above 0.")
    limits = read_limits(constraints or {}, stored.channels, code)
    start = options.get("start") or spend_start(stored, code)
    problem = problem_of(
        stored, limits, minor, n_periods=n_periods, currency=code, risk=options.get("risk"), start=start
    )
    found = plan(problem)
    result = stored.about["result"]
    return BudgetPlan(
        plan=found,
        run_id=stored.run_id,
        outcome=result["outcome"],
        period=result["period"],
        n_periods=n_periods,
        last_date=result["dates"]["last"],
        notes=(
            *start.notes,
            *basis_notes(stored, n_periods, has_currency=code != NO_CURRENCY),
            *held_notes(found, result["period"]),
        ),
        problem=problem,
        start=start,
    )


def currency_of(stored: StoredMix, currency: str = "") -> str:
    """Return the code that a run is planned in: its own, else the one given, else that of none.

    Raises
    ------
    DataError
        If the fit has another than the one given.
    """
    fitted: str = stored.about["result"].get("currency") or ""
    if fitted and currency and fitted != currency:
        raise refused("currency", currency, f"is not the fit's, {fitted}", "Leave it out.")
    return fitted or currency or NO_CURRENCY


def problem_of(
    stored: StoredMix,
    limits: PlanLimits,
    total: int,
    *,
    currency: str,
    n_periods: int = 1,
    risk: Risk | None = None,
    start: PlanStart | None = None,
) -> Problem:
    """Return the allocator's problem; what is given a period holds in each, or for groups on average.

    Parameters
    ----------
    stored : StoredMix
    limits : PlanLimits
    total : int
        Minor units a period.
    currency : str
        ISO 4217 code.
    n_periods : int
    risk : Risk, optional
    start : PlanStart, optional
        By default the mean spend of the fit's last periods.

    Raises
    ------
    DataError
        If several periods are asked of a delayed adstock.
    """
    about = stored.about
    several = n_periods > 1
    if several and about["adstock"] == "delayed":
        raise refused(
            "periods", n_periods, "cannot follow a delayed adstock", "Plan one, or fit geometric adstock."
        )
    return Problem(
        items=_items(
            stored, limits, currency, now=(start or spend_start(stored, currency)).minor, several=several
        ),
        total_minor=total * n_periods,
        currency=currency,
        groups=tuple(
            replace(
                group,
                min_minor=group.min_minor * n_periods,
                max_minor=None if group.max_minor is None else group.max_minor * n_periods,
            )
            for group in limits.groups
        ),
        target_roas=limits.target_roas,
        target_cpa=limits.target_cpa,
        step_limit=limits.step_limit,
        allow_extrapolation=limits.allow_extrapolation,
        risk=risk,
        periods=Periods(n_periods, (total,) * n_periods, about["n_lags"] - 1) if several else Periods(1),
        level=about["result"]["level"],
    )


def _items(
    stored: StoredMix, limits: PlanLimits, currency: str, *, now: tuple[int, ...], several: bool
) -> tuple[Item, ...]:
    about, curves = stored.about, curves_of_run(stored)
    past = np.array(about["carry_in_spend"])  # (n_lags, n_channels), the latest last
    digits = minor_digits(currency)
    out = []
    for c, name in enumerate(stored.channels):
        low, high = limits.bounds.get(name, (0, None))
        item = Item(
            name,
            curves[name],
            current_minor=now[c],
            min_minor=low,
            max_minor=high,
            is_fixed=name in limits.fixed,
            observed_max_minor=_floor_minor(about["highest_spend"][c], digits),
            min_change_minor=limits.min_change.get(name, 0),
        )
        if several and about["adstock"] == "geometric":
            item = _carried(item, stored.draws["retention"][:, c], past[:, c] * 10**digits)
        out.append(item)
    return tuple(out)


def _carried(item: Item, retention: np.ndarray, past_minor: np.ndarray) -> Item:
    """Return an item whose adstock runs on from the past.

    The allocator's adstock is a plain sum, the fit's weights sum to one: the curve's rate takes the factor.
    """
    ages = np.arange(past_minor.size)[::-1]
    return replace(
        item,
        curve=replace(item.curve, rate=item.curve.rate * (1 - retention)),
        carry_over=retention,
        carried_in_minor=(retention[:, None] ** ages) @ past_minor,
    )


def _floor_minor(amount: float, digits: int) -> int:
    return int(Decimal(repr(float(amount))).scaleb(digits).to_integral_value(rounding=ROUND_FLOOR))


def stored_run(runs: Path, run_id: str) -> StoredMix:
    """Read a run; where there is none of that id, name those there are.

    Raises
    ------
    StoreError
        If there is no such run, or its files are damaged.
    """
    try:
        return read_model_run(runs, run_id)
    except StoreError as error:
        known = sorted(place.parent.name for place in runs.glob("mix-*/run.json"))
        if not known or run_id in known:
            raise
        words = f"The latest of {len(known)} are {', '.join(known[-_N_NAMED:])}."
        raise StoreError(error.message, next_step=words, field="run_id", known=tuple(known)) from None
