"""Plans and daily budgets drafted before: what was expected, and what came, as blocks of the Budget page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, number, value_text
from workbench.flows.budget_record import PastPlan
from workbench.flows.daily_record import PastDays, all_days
from workbench.views import blocks
from workbench.views.budget_words import gain_text, money_unit
from workbench.views.date_text import day
from workbench.views.table import AnyCell, Cell, Column, table_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.budget_view import BudgetView

_MOST_DAYS_SHOWN = 6
_MOST_PERIODS_SAID = 6


def record_html(record: Sequence[PastPlan | PastDays], view: BudgetView, locale: str = "en_GB") -> str:
    """Return the record as a card of plans and one of daily budgets; nothing of what was not drafted yet.

    Parameters
    ----------
    record : sequence of PastPlan and PastDays
        Each the newest first.
    view : BudgetView
    locale : str
    """
    plans = [one for one in record if isinstance(one, PastPlan)]
    days = [one for one in record if isinstance(one, PastDays)]
    return (_plans_html(plans, view, locale) if plans else "") + (_days_html(days, locale) if days else "")


def _plans_html(record: Sequence[PastPlan], view: BudgetView, locale: str) -> str:
    per, outcome = view.found.period, view.found.outcome
    columns = [
        Column("Draft", "text"),
        Column("Moves", phone=False),
        Column(f"Expected, {outcome} a {per}"),
        Column("What came", "text"),
    ]
    rows = [_row(one, view, locale) for one in record]
    return blocks.card(
        "The record",
        table_html(columns, rows, caption="Plans drafted before, newest first", locale=locale),
        sub=_summary(record, view, locale),
        note=f"What came is this fit's estimate at the mean spends since, against those before the plan; no "
        f"experiment. It is given from four {per}s of data after a plan, where the money went as planned "
        f"to 15 % of the total; a plan of several {per}s waits for all of them. Inside: within what the "
        "plan's own fit expected of the same spends.",
    )


def _summary(record: Sequence[PastPlan], view: BudgetView, locale: str) -> str:
    known = [one.is_inside for one in record if one.is_inside is not None]
    if not known:
        return "No plan can be compared with what came yet."
    if len(known) == 1:
        return f"The one plan that can be compared ended {'inside' if known[0] else 'outside'} its interval."
    inside, n = number(sum(known), locale), number(len(known), locale)
    return f"Of the last {n} plans that can be compared, {inside} ended inside their interval."


def _row(one: PastPlan, view: BudgetView, locale: str) -> list[AnyCell]:
    unit = money_unit(view, whole=True)
    came, note = _came(one, view, locale)
    span = f" in {one.n_periods} {view.found.period}s" if one.n_periods > 1 else ""
    each = ", ".join(
        number(part.mean, locale, digits=2, signed=True) for part in one.by_period[:_MOST_PERIODS_SAID]
    )
    more = ", …" if one.n_periods > _MOST_PERIODS_SAID else ""
    return [
        Cell(
            f"{one.number} of {day(one.created_at.date(), locale)}", note=f"{one.state}, by {one.created_by}"
        ),
        Cell(f"{value_text(one.moved, unit, locale)}{span}", sort=one.moved),
        Cell(
            f"{gain_text(one.expected, locale)}{span}",
            sort=one.expected.mean / one.n_periods,
            note=f"{view.found.period} by {view.found.period} {each}{more}" if each else "",
        ),
        Cell(came, sort=one.came.mean if one.came else None, note=note),
    ]


def _came(one: PastPlan, view: BudgetView, locale: str) -> tuple[str, str]:
    per, n = view.found.period, one.n_since
    since = f"{number(n, locale)} {per}{'' if n == 1 else 's'} of data since"
    if one.came is not None:
        return gain_text(one.came, locale), ("inside, " if one.is_inside else "outside, ") + since
    words = {
        "too early": "too early to say",
        "not followed": "not followed",
        "spends not kept": "its spends are not kept",
    }
    of = f"{since} of {number(one.n_periods, locale)}" if one.n_periods > max(n, 1) else since
    return words[one.why_not], of


def _days_html(record: Sequence[PastDays], locale: str) -> str:
    columns = [
        Column("Draft", "text"),
        Column("Moves a day", phone=False),
        Column("Gain a day, expected", phone=False),
        Column("Results of these days, expected"),
        Column("What came", "text"),
    ]
    rows = [_days_row(one, locale) for one in record[:_MOST_DAYS_SHOWN]]
    return blocks.card(
        "The record of daily budgets",
        table_html(columns, rows, caption="Daily budgets drafted before, newest first", locale=locale),
        sub=_days_summary(record, locale),
        note="What came is what was reported of the same items, from the day of a draft to the next one, a "
        "week at most. It is given once their results are in, and where spends lay nearer to the draft than "
        "to the budgets before. A season moves it too: it tells whether forecasts were right, not "
        "what the change brought.",
    )


def _days_summary(record: Sequence[PastDays], locale: str) -> str:
    known = [one for one in record if one.is_inside is not None]
    found = all_days(known)
    if found is None:
        return "No daily budgets can be compared with what came yet."
    expected, came = found
    low, high = (number(x, locale, digits=4) for x in expected.interval)
    inside = number(sum(bool(one.is_inside) for one in known), locale)
    drafts = f"{number(len(known), locale)} draft{'' if len(known) == 1 else 's'}"
    return (
        f"{drafts} can be compared: {number(expected.mean, locale, digits=4)} [{low}, {high}] results were "
        f"expected, {number(came, locale, digits=4)} came; {inside} ended inside."
    )


def _days_row(one: PastDays, locale: str) -> list[AnyCell]:
    span = "1 day" if one.n_days == 1 else f"{number(one.n_days, locale)} days"
    said = ""
    if one.expected is not None:
        low, high = (number(x, locale) for x in one.expected.interval)
        said = f"{number(one.expected.mean, locale)} [{low}, {high}]"
    words = {"too early": "too early to say", "no figures": "no figures of it"}
    came = words.get(one.why_not, one.why_not)
    if one.came is not None:
        came = number(one.came, locale)
    inside = {True: "inside", False: "outside", None: ""}[one.is_inside]
    return [
        Cell(
            f"{one.number}, {day(one.day, locale)}",
            sort=one.number,
            note=f"{one.state}, by {one.created_by}",
        ),
        Cell(value_text(one.moved, Unit("money", one.currency), locale), sort=one.moved),
        Cell(
            gain_text(one.gain, locale) if one.gain else "not kept",
            sort=one.gain.mean if one.gain else None,
            note=(f"{one.currency} of value" if one.counts_value else "results") if one.gain else "",
        ),
        Cell(said or "not kept", sort=one.expected.mean if one.expected else None, note=span),
        Cell(came, sort=one.came, note=inside),
    ]
