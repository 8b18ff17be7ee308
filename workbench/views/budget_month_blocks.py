"""The monthly budget report as blocks: one sentence, then spend, what it brought, and the next plan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.money import minor_digits, to_minor
from workbench.core.number_text import (
    Unit,
    interval_text,
    money,
    number,
    percent,
    percent_change,
    unit_interval,
    value_text,
)
from workbench.flows.budget_plan import NO_CURRENCY
from workbench.views import blocks
from workbench.views.budget_blocks import budget_css
from workbench.views.budget_figures import by_move, moves_chart
from workbench.views.budget_month_words import (
    hedges,
    is_all_planned,
    lead,
    minor_text,
    month_name,
    month_of,
    off_plan,
)
from workbench.views.budget_words import assumptions, certificate, ends_text, finding, one_unit
from workbench.views.date_text import day as day_text
from workbench.views.date_text import day_range
from workbench.views.figure import figure_html
from workbench.views.svg_text import clean
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from workbench.budget.model_run import StoredMix
    from workbench.flows.budget_month import BudgetMonth, SpentItem
    from workbench.flows.budget_view import BudgetView
    from workbench.flows.kept_plans import KeptPlan

TITLE = "Monthly budget"
QUESTION = "What did the month's money bring, and where does the next euro go?"
_ALWAYS = 0  # no day lies in this year, so every day is written with its own
_MOST_ROWS = 20


def head(report: BudgetMonth, locale: str) -> str:
    """Return title, badges and the finding."""
    shown = report.spend
    last = shown.running.stop if shown.running else shown.month.stop
    badges = [blocks.Badge("simulated company", "simulated")] if report.is_simulated else []
    badges.append(
        blocks.Badge(f"data to {day_text(last, locale, year=_ALWAYS)} · {shown.slices[0].time_zone}")
    )
    if report.run is not None:
        made = date.fromisoformat(report.run.stored.about["made_at"][:10])
        badges.append(blocks.Badge(f"model of {day_text(made, locale, year=_ALWAYS)}"))
    said = blocks.finding(lead(report, locale), " ".join(hedges(report, locale)))
    return budget_css() + blocks.header(TITLE, QUESTION, badges) + said


def tiles(report: BudgetMonth, locale: str) -> str:
    """Return spend, plan and where the running month lands."""
    shown, currency = report.spend, report.spend.currency
    off = off_plan(report)
    change = "" if off is None else f"{percent_change(off, locale)} against the plan"
    first = blocks.tile(
        f"Spent, {month_of(report, locale)}",
        money(shown.total_micros, currency, locale, whole=False),
        change=change,
        definition="Money charged for delivery in the month, of every item.",
    )
    if report.planned_minor is None:
        second = blocks.tile("Planned", "—", change=report.no_plan)
    else:
        second = blocks.tile(
            "Planned",
            minor_text(report.planned_minor, currency, locale),
            change=_plan_words(report.plan, locale),
            definition="Amounts of the plan that was written last by the month's end, over the month's days.",
        )
    return blocks.tiles(first, second, _landing(report, locale))


def _plan_words(plan: KeptPlan | None, locale: str) -> str:
    return f"{plan.state} {plan.number}, {day_text(plan.created_at.date(), locale)}" if plan else ""


def _landing(report: BudgetMonth, locale: str) -> str:
    running, currency = report.spend.running, report.spend.currency
    name = f"{month_name(running.start, locale)} lands at" if running else "Next month lands at"
    if report.pace is None:
        return blocks.tile(name, "—", change=report.no_pace)
    found, units = report.pace, 10 ** minor_digits(currency)
    low, high = (end / units for end in found.interval_minor)
    said = unit_interval(low, high, Unit("money", currency, whole=True), locale)
    if found.plan_minor:
        said += f" of {minor_text(found.plan_minor, currency, locale, whole=True)} planned"
    return blocks.tile(
        name,
        minor_text(found.landing_minor, currency, locale, whole=True),
        change=said,
        definition=f"Spend so far, {minor_text(found.spent_minor, currency, locale)}, and as much a day "
        f"for the {found.days_left} days left; {percent(found.level, locale, digits=2)} interval.",
    )


def spend_card(report: BudgetMonth, locale: str) -> str:
    """Return what each item spent beside its plan; the last row sums to the cent."""
    has_plan = report.planned_minor is not None
    columns = [Column("Item", "text"), Column("Spent"), Column("Share", phone=not has_plan)]
    columns += [Column("Planned", phone=False), Column("Difference")] if has_plan else []
    rows = [_spent_row(one, report, locale) for one in report.items[:_MOST_ROWS]]
    rest = report.items[_MOST_ROWS:]
    if rest:
        rows.append(_sum_row(f"{len(rest)} more", rest, report, locale))
    rows.append(_sum_row("In all", report.items, report, locale))
    said = "Exact sums of the loaded figures, rounded once."
    if has_plan and not is_all_planned(report):
        said += " Items without a plan are in no difference."
    dates = day_range(report.spend.month.start, report.spend.month.stop, locale, year=_ALWAYS)
    return blocks.card(
        "Spend against plan" if has_plan else "Spend",
        table_html(columns, rows, caption="Spend by item", locale=locale, sortable=False),
        sub=f"{dates}. {said}",
        note="" if has_plan else report.no_plan,
    )


def _spent_row(one: SpentItem, report: BudgetMonth, locale: str) -> list[AnyCell]:
    return _sum_row(one.name, (one,), report, locale)


def _sum_row(name: str, items: tuple[SpentItem, ...], report: BudgetMonth, locale: str) -> list[AnyCell]:
    currency, total = report.spend.currency, report.spend.total_micros
    micros = sum(one.spent_micros for one in items)
    row: list[AnyCell] = [
        name,
        money(micros, currency, locale, whole=False),
        percent(micros / total if total else None, locale, digits=2),
    ]
    if report.planned_minor is None:
        return row
    planned = [one for one in items if one.planned_minor is not None]
    if not planned:
        return [*row, "—", "—"]
    minor = sum(one.planned_minor or 0 for one in planned)
    over = to_minor(sum(one.spent_micros for one in planned), currency) - minor
    return [*row, minor_text(minor, currency, locale), minor_text(over, currency, locale, signed=True)]


def brought_card(report: BudgetMonth, locale: str) -> str:
    """Return what each item brought by the kept model, over the model's own dates."""
    if report.run is None:
        how = "Fit one with `wb budget fit --from-lake`; then this report says what each item brought."
        return blocks.card("What it brought", blocks.notes(report.no_view, how))
    stored = report.run.stored
    about = stored.about
    result, outcome = about["result"], about["result"]["outcome"]
    columns, rows = _brought(report, about, locale)
    first, last = (date.fromisoformat(result["dates"][end]) for end in ("first", "last"))
    dates, level = day_range(first, last, locale, year=_ALWAYS), percent(result["level"], locale, digits=2)
    rest = len(result["channels"]) - _MOST_ROWS
    return blocks.card(
        "What each one brought",
        table_html(columns, rows, caption="What each item brought", locale=locale, sortable=False),
        sub=f"{outcome.capitalize()}{_as_reported(stored)} by the model, over its "
        f"{number(result['n_periods'], locale)} {result['period']}s, {dates}, "
        f"not of this month alone; {level} intervals.",
        note=f"The {_MOST_ROWS} with the largest spend; {rest} more are in the run." if rest > 0 else "",
    )


def _as_reported(stored: StoredMix) -> str:
    """Say where a model explains what is reported of each item, and not what came because of it."""
    return ", as reported of each," if stored.plans_reported else ""


def _brought(
    report: BudgetMonth, about: dict[str, Any], locale: str
) -> tuple[list[Column], list[list[AnyCell]]]:
    """Return columns and rows; an outcome that is money has a value per unit of spend, not a cost."""
    result, currency = about["result"], about["result"]["currency"] or ""
    cost = Unit("money", currency) if currency else Unit()
    is_value = about.get("origin", {}).get("outcome") == "value"
    unit, key = (Unit(), "roas") if is_value else (cost, "cost_per_result")
    one_more = one_unit(report.view) if report.view else currency or "unit"
    per = f"Value per {one_more}" if is_value else "Cost of each"
    columns = [
        Column("Item", "text"),
        Column("Spent", phone=False),
        Column(result["outcome"].capitalize()),
        Column(per),
        Column("Its interval", "interval", phone=False, unit=unit),
        Column(f"Next {one_more} brings"),
    ]
    rows: list[list[AnyCell]] = [
        [
            Cell(one["name"], note="not identified" if one["not_identified"] else ""),
            value_text(one["spend"], cost, locale),
            Cell(
                value_text(one["contribution"]["mean"], cost if is_value else Unit(), locale),
                note=_ends(one["contribution"], locale),
            ),
            value_text(one[key]["mean"], unit, locale),
            Interval(one[key]["mean"], *one[key]["interval"]),
            Cell(number(one["marginal_roas"]["mean"], locale), note=_ends(one["marginal_roas"], locale)),
        ]
        for one in sorted(result["channels"], key=lambda each: -each["spend"])[:_MOST_ROWS]
    ]
    return columns, rows


def _ends(estimate: dict[str, Any], locale: str) -> str:
    low, high = estimate["interval"]
    return interval_text(low, high, lambda end: number(end, locale, digits=2), locale=locale)


def plan_card(report: BudgetMonth, locale: str) -> str:
    """Return the next plan: verdict, moves, and in a footnote what is proven."""
    view = report.view
    if view is None:
        return blocks.card("The next plan", blocks.notes(report.no_view)) if report.run else ""
    said, hedges = finding(view, locale)
    verdict = "".join(part if isinstance(part, str) else part.text for part in said)
    lines = "".join(f"<li>{clean(line)}</li>" for line in assumptions(view, locale))
    return (
        blocks.card("The next plan", _plan_table(view, locale), sub=f"{verdict} {hedges}")
        + figure_html(moves_chart(view, locale), 1100)
        + blocks.card(
            "What this assumes",
            f'<ol class="wb-assumes">{lines}</ol>{blocks.notes(*certificate(view, locale))}',
        )
    )


def _plan_table(view: BudgetView, locale: str) -> str:
    per = view.found.period
    columns = [
        Column("Item", "text"),
        Column(f"Now, a {per}", phone=False),
        Column("Proposed"),
        Column("Change", phone=False),
        Column(f"{view.found.outcome.capitalize()}, change"),
    ]
    spent = {item.name: item for item in view.plan.items}
    rows: list[list[AnyCell]] = [
        [
            Cell(row.name, note=", ".join(row.flags)),
            _plan_money(spent[row.name].current_minor, view, locale),
            _plan_money(spent[row.name].spend_minor, view, locale),
            _plan_money(
                spent[row.name].spend_minor - spent[row.name].current_minor, view, locale, signed=True
            ),
            Cell(number(row.gain.mean, locale, digits=2, signed=True), note=ends_text(row.gain, locale)),
        ]
        for row in by_move(view.rows)[:_MOST_ROWS]
    ]
    return table_html(columns, rows, caption="The next plan", locale=locale, sortable=False)


def _plan_money(minor: int, view: BudgetView, locale: str, *, signed: bool = False) -> str:
    if not view.currency:
        return number(minor / view.run.units, locale, digits=9, signed=signed)
    return minor_text(minor, view.currency, locale, signed=signed)


def kept_card(report: BudgetMonth, locale: str) -> str:
    """Return the plan that held, and those written since the month began."""
    if not report.kept:
        return ""
    columns = [Column("Plan", "text"), Column("A day"), Column("At risk", phone=False), Column("By", "text")]
    rows: list[list[AnyCell]] = []
    for one in report.kept[:_MOST_ROWS]:
        a_day = round(sum(one.budgets.values()) / one.n_days)
        when = day_text(one.created_at.date(), locale, year=_ALWAYS)
        rows.append(
            [
                Cell(f"{one.state.capitalize()} {one.number}", note=when),
                _kept_money(a_day, one, locale),
                _kept_money(one.money_at_risk_minor, one, locale),
                one.created_by,
            ]
        )
    return blocks.card(
        "Plans in the ledger",
        table_html(columns, rows, caption="Plans", locale=locale, sortable=False),
    )


def _kept_money(minor: int, plan: KeptPlan, locale: str) -> str:
    if plan.currency == NO_CURRENCY:
        return number(minor / 100, locale, digits=9)
    return minor_text(minor, plan.currency, locale)


def provenance(report: BudgetMonth, locale: str) -> str:
    """Say what the report rests on: freshness, grain, run, seed, versions."""
    shown = report.spend
    rows = [
        ("Data as of", f"{shown.believed_at:%-d %b %Y, %H:%M} UTC"),
        ("Accounts", ", ".join(f"{one.network} {one.account_label}" for one in shown.slices)),
        ("Grain", shown.slices[0].label),
        ("Spend", "sums of the loaded rows; no model enters"),
    ]
    if report.run is not None:
        about = report.run.stored.about
        rows.append(("Model run", f"{report.run.stored.run_id}, seed {about['result']['seed']}"))
        rows += [("Read", note) for note in about.get("origin", {}).get("notes", ())]
    rows.append(("Version", __version__))
    return blocks.card("What this report rests on", blocks.fact_rows(rows))


def facts_of(report: BudgetMonth, locale: str) -> dict[str, Any]:
    """Return what the run writes beside the report: subject, totals, versions."""
    said = "".join(part if isinstance(part, str) else part.text for part in lead(report, locale))
    return {
        "subject": f"{'Simulated: ' if report.is_simulated else ''}{said}",
        "account_id": report.spend.slices[0].account_id if len(report.spend.slices) == 1 else "",
        "simulated": report.is_simulated,
        "believed_at": report.spend.believed_at.isoformat(),
        "version": __version__,
        "month": report.spend.month.start.isoformat()[:7],
        "currency": report.spend.currency,
        "spent_minor": report.spent_minor,
        "planned_minor": report.planned_minor,
        "landing_minor": report.pace.landing_minor if report.pace else None,
        "model_run": report.run.stored.run_id if report.run else None,
        "verdict": report.view.plan.verdict if report.view else None,
    }
