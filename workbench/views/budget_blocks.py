"""A budget plan as blocks, for the app and for a saved file. The verdict first, the proof last."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, number, percent
from workbench.views import blocks
from workbench.views.budget_figures import (
    averaged,
    by_move,
    moves_chart,
    next_chart,
    periods_chart,
    response_chart,
)
from workbench.views.budget_words import assumptions, certificate, finding, gain_text, money_text, one_unit
from workbench.views.commands import command_html, operations_css
from workbench.views.date_text import day
from workbench.views.figure import figure_html
from workbench.views.svg import render
from workbench.views.svg_text import clean
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html
from workbench.views.tokens import FULL_PX, MAIN_PX, NARROW_PX, SIDE_PX

if TYPE_CHECKING:
    from workbench.flows.budget_view import BudgetView

TITLE = "Budget"
QUESTION = "Where does the next euro go?"
_MOST_SMALL = 12
_FIT = "wb budget fit sales.csv --date week --spend social,search --outcome leads --currency EUR"
_FIT_LAKE = "wb budget fit --from-lake --level campaign --outcome results"


@cache
def budget_css() -> str:
    """Return the style sheet of this page's own blocks, as an element."""
    text = (files("workbench.views") / "css" / "budget.css").read_text(encoding="utf-8")
    return f"<style>{text}</style>"


def header(view: BudgetView | None = None, locale: str = "en_GB") -> str:
    """Return the page's title, the question it answers, and which model and data it speaks of."""
    if view is None:
        return blocks.header(TITLE, QUESTION)
    about = view.run.stored.about
    made = date.fromisoformat(about["made_at"][:10])
    last = day(date.fromisoformat(view.found.last_date), locale, year=made.year)
    badges = [blocks.Badge("simulated company", "simulated")] if view.is_simulated else []
    badges.append(blocks.Badge(f"model of {day(made, locale)} · data to {last}"))
    question = QUESTION.replace("euro", one_unit(view)) if view.currency else QUESTION
    return blocks.header(TITLE, question, badges)


def answer_html(view: BudgetView, locale: str = "en_GB") -> str:
    """Return verdict and figures."""
    said, hedges = finding(view, locale)
    return blocks.finding(said, hedges) + blocks.grid(
        figure_html(moves_chart(view, locale), MAIN_PX), figure_html(next_chart(view, locale), SIDE_PX)
    )


def basis_html(view: BudgetView, locale: str = "en_GB") -> str:
    """Return the table, what is assumed, and the certificate."""
    lines = "".join(f"<li>{clean(line)}</li>" for line in assumptions(view, locale))
    by_period = figure_html(periods_chart(view, locale), FULL_PX) if view.n_periods > 1 else ""
    return (
        by_period
        + _table(view, locale)
        + _responses(view, locale)
        + blocks.card(
            "What this assumes",
            f'<ol class="wb-assumes">{lines}</ol>{_concerns(view)}'
            f"{blocks.notes(*certificate(view, locale))}{_read(view)}",
        )
    )


def _concerns(view: BudgetView) -> str:
    """Return what the fit's own checks are concerned about; empty where there is nothing to say."""
    said = view.run.concerns
    if said is None:
        return ""
    if not said:
        return (
            '<p class="wb-sub">Its residuals and the likeness of its channels were checked: no concern.</p>'
        )
    lines = "".join(f"<li>{clean(line)}</li>" for line in said)
    n = "a concern" if len(said) == 1 else f"{len(said)} concerns"
    return f'<div class="wb-concerns"><p>The checks of this fit raise {n}:</p><ul>{lines}</ul></div>'


def _read(view: BudgetView) -> str:
    """Return what the fit read and left out, folded; empty for a fit of a file."""
    said = view.run.stored.about.get("origin", {}).get("notes", ())
    if not said:
        return ""
    lines = "".join(f"<li>{clean(line)}</li>" for line in said)
    head = "What was read, and what was left out"
    return f'<details class="wb-more"><summary>{head}</summary><ul>{lines}</ul></details>'


def _responses(view: BudgetView, locale: str) -> str:
    """Return one small figure an item: what all of its spend brings."""
    drawn = "".join(
        f'<figure class="wb-small-one"><figcaption><h3>{clean(chart.title)}</h3>'
        f"<p>{clean(chart.subtitle)}</p></figcaption>{render(chart, NARROW_PX)}</figure>"
        for chart in (response_chart(view, row, locale) for row in by_move(view.rows)[:_MOST_SMALL])
    )
    rest = len(view.rows) - _MOST_SMALL
    note = f"The {_MOST_SMALL} that move most; the XLSX has the other {rest}." if rest > 0 else ""
    return blocks.card(
        "What each one brings",
        f'<div class="wb-smalls">{drawn}</div>',
        sub=f"{view.found.outcome.capitalize()} a {view.found.period} of all of its spend, with "
        f"{percent(view.plan.level, locale, digits=2)} intervals. Hollow: today. Filled: proposed. "
        f"Grey dots: beyond what was ever spent.{averaged(view)}",
        note=note,
    )


def empty_html() -> str:
    """Return what to do where there is no model run yet."""
    return (
        operations_css()
        + budget_css()
        + blocks.empty_state(
            "There is no model run yet",
            "A plan needs to know what spend brought so far. Fit a table of days or weeks, with a column for "
            "each channel's spend and one for what came of it, or the figures loaded here; then open "
            "this page again.",
            inner_html='<div class="wb-first-steps"><p>A file:</p>'
            + command_html(_FIT)
            + "<p>What is loaded, by network, campaign or ad set:</p>"
            + command_html(_FIT_LAKE)
            + "</div>",
        )
    )


def earlier(html: str, *, words: str = "") -> str:
    """Return an answer greyed, as one that was asked for before; ``words`` say so above it."""
    said = f'<p class="wb-block wb-sub">{clean(words)}</p>' if words else ""
    return f'<div class="wb-earlier">{said}{html}</div>' if html else ""


def _table(view: BudgetView, locale: str) -> str:
    one, level = one_unit(view), percent(view.plan.level, locale, digits=2)
    columns = [
        Column("Item", "text"),
        Column(f"Today, {view.span}", phone=False),
        Column("Proposed"),
        Column("Change"),
        Column(f"{view.found.outcome.capitalize()}, change", phone=False),
        Column(f"Next {one}", phone=False),
        Column("Its interval", "interval", unit=Unit(), phone=False),
    ]
    rows = [_row(view, k, locale) for k in range(len(view.rows))]
    return blocks.card(
        "Item by item",
        table_html(columns, rows, caption="Item by item", locale=locale),
        sub=f"Next {one}: {view.found.outcome} that it buys at the proposed spend, with {level} "
        "intervals. Where it is equal, nothing is gained by moving more.",
    )


def _row(view: BudgetView, k: int, locale: str) -> list[AnyCell]:
    row = by_move(view.rows)[k]
    at = row.next_proposed
    share = percent(row.change / row.now, locale, digits=2, signed=True) if row.now else ""
    return [
        Cell(row.name, note=", ".join(row.flags)),
        Cell(money_text(row.now, view, locale), sort=row.now),
        Cell(money_text(row.proposed, view, locale), sort=row.proposed),
        Cell(money_text(row.change, view, locale, signed=True), sort=row.change, note=share),
        Cell(gain_text(row.gain, locale), sort=row.gain.mean),
        Cell(number(at.mean, locale, digits=2), sort=at.mean),
        Interval(at.mean, *at.interval),
    ]
