"""What the monthly budget report says in sentences, and how it writes months and amounts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from workbench.core.money import MICROS_PER_UNIT, minor_digits, to_minor
from workbench.core.number_text import money, percent
from workbench.views import blocks
from workbench.views.budget_words import gain_text, money_text

if TYPE_CHECKING:
    from workbench.flows.budget_month import BudgetMonth

_ALIKE = 0.005  # of the plan: nearer is on plan
_MOST_NAMES = 6


def lead(report: BudgetMonth, locale: str) -> list[str | blocks.Toned]:
    """Return the month in one sentence: spend, plan, and what to do next."""
    spent = money(report.spend.total_micros, report.spend.currency, locale)
    return [
        f"{month_of(report, locale)} cost {spent}{_against_plan(report, locale)}, and ",
        *_next(report, locale),
    ]


def _against_plan(report: BudgetMonth, locale: str) -> str:
    off, planned = off_plan(report), report.planned_minor
    if planned is None:
        return ""
    if off is None or abs(off) < _ALIKE:
        return ", as planned"
    of = "" if is_all_planned(report) else " on what the plan covers"
    return f", {percent(abs(off), locale, digits=2)} {'more' if off > 0 else 'less'} than planned{of}"


def off_plan(report: BudgetMonth) -> float | None:
    """Return how far spend is from plan, as a share of the plan; ``None`` without one."""
    planned = report.planned_minor
    return to_minor(report.covered_micros, report.spend.currency) / planned - 1 if planned else None


def is_all_planned(report: BudgetMonth) -> bool:
    """Say whether the plan names all that was spent on."""
    return report.covered_micros == report.spend.total_micros


def _next(report: BudgetMonth, locale: str) -> list[str | blocks.Toned]:
    view = report.view
    if view is None:
        return [
            "no kept model says yet what it brought." if report.run is None else "no next plan could be made."
        ]
    plan, per, outcome = view.plan, view.found.period, view.found.outcome
    if view.moved * view.run.units < 1 or plan.verdict == "leave":
        return ["the split may stay as it is."]
    moved, gain = money_text(view.moved, view, locale), gain_text(plan.gain, locale)
    if plan.verdict == "likely":
        return [f"moving {moved} a {per} is likely better, not yet shown: {gain} {outcome} a {per}."]
    mean, _, ends = gain.partition(" ")
    return [
        f"moving {moved} a {per} is expected to bring ",
        blocks.better(f"{mean} {outcome} a {per}"),
        f" {ends}.",
    ]


def hedges(report: BudgetMonth, locale: str) -> list[str]:
    """Return what limits or adds to the sentence: the item farthest from plan, gaps, what is not known."""
    shown = report.spend
    said = _farthest(report, locale)
    without = shown.month.n_days - shown.n_days_with_rows
    if without:
        said.append(f"{without} of its {shown.month.n_days} days have no figures.")
    if report.view is not None and report.view.not_identified:
        names = ", ".join(report.view.not_identified[:_MOST_NAMES])
        said.append(f"Of {names} the data teach little: what is said of them is mostly what was assumed.")
    result = report.run.stored.about["result"] if report.run is not None else {}
    if report.run is not None and report.run.stored.plans_reported:
        said.append(
            "The model explains what is reported: what would have come without the spend is not asked."
        )
    if result and not result["n_lift_tests"]:
        said.append("No lift test has checked the model.")
    return said


def _farthest(report: BudgetMonth, locale: str) -> list[str]:
    """Name the item farthest from its plan, where that is more than all of them together."""
    currency = report.spend.currency
    over = {
        one.name: to_minor(one.spent_micros, currency) - one.planned_minor
        for one in report.items
        if one.planned_minor is not None
    }
    if len(over) < 2:
        return []
    name = max(over, key=lambda each: abs(over[each]))
    if abs(over[name]) <= abs(sum(over.values())) or abs(over[name]) < _ALIKE * (report.planned_minor or 0):
        return []
    amount = minor_text(abs(over[name]), currency, locale, whole=True)
    return [f"Farthest from its plan: {name}, {amount} {'more' if over[name] > 0 else 'less'}."]


def month_of(report: BudgetMonth, locale: str) -> str:
    """Write the report's month."""
    return month_name(report.spend.month.start, locale)


def month_name(first: date, locale: str) -> str:
    """Write a month in full.

    Examples
    --------
    >>> month_name(date(2026, 9, 1), "en_GB")
    'September 2026'
    """
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", first, locale=locale))


def minor_text(minor: int, currency: str, locale: str, *, signed: bool = False, whole: bool = False) -> str:
    """Write an amount in minor units to the cent, or ``whole``.

    Examples
    --------
    >>> minor_text(-26_930, "EUR", "en_GB"), minor_text(1_234_567, "EUR", "en_GB", whole=True)
    ('−€269.30', '€12,346')
    """
    return money(
        minor * (MICROS_PER_UNIT // 10 ** minor_digits(currency)),
        currency,
        locale,
        signed=signed,
        whole=whole,
    )
