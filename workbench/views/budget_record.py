"""Plans that were drafted before: what was expected of them, and what came, as a block of the Budget page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import number, value_text
from workbench.views import blocks
from workbench.views.budget_words import gain_text, money_unit
from workbench.views.date_text import day
from workbench.views.table import AnyCell, Cell, Column, table_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.budget_record import PastPlan
    from workbench.flows.budget_view import BudgetView


def record_html(record: Sequence[PastPlan], view: BudgetView, locale: str = "en_GB") -> str:
    """Return the record as a card; nothing where no plan was drafted yet.

    Parameters
    ----------
    record : sequence of PastPlan
        The newest first.
    view : BudgetView
    locale : str
    """
    if not record:
        return ""
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
        "to 15 % of the total. Inside: within what the plan's own fit expected of the same spends.",
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
    expected = gain_text(one.expected, locale) if one.expected else "not kept"
    came, note = _came(one, view, locale)
    span = f" in {one.n_periods} {view.found.period}s" if one.n_periods > 1 else ""
    return [
        Cell(
            f"{one.number} of {day(one.created_at.date(), locale)}", note=f"{one.state}, by {one.created_by}"
        ),
        Cell(f"{value_text(one.moved, unit, locale)}{span}", sort=one.moved),
        Cell(expected, sort=one.expected.mean if one.expected else None),
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
        "a plan of several periods": f"not compared: planned {per} by {per}",
    }
    return words[one.why_not], since
