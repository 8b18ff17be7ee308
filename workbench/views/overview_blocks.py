"""The Overview as blocks: the same ones for the app, the weekly report and a saved file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.number_text import (
    ABSENT,
    Unit,
    interval_text,
    money,
    number,
    percent,
    percent_change,
    points,
    value_text,
)
from workbench.flows.available import attribution_words
from workbench.flows.differences import Differences
from workbench.performance.finding import finding as finding_of
from workbench.performance.overview import DAY_UNLOCK
from workbench.performance.why_words import leading_sentence
from workbench.performance.words import LEVELS, cost_word, result_word
from workbench.views import blocks
from workbench.views.date_text import day as day_text
from workbench.views.date_text import day_range
from workbench.views.figure import figure_html
from workbench.views.overview_figures import moved_chart, trend_chart
from workbench.views.table import Cell, Column, Interval, table_html
from workbench.views.why_blocks import why_card

if TYPE_CHECKING:
    from workbench.flows.overview import OverviewView
    from workbench.performance.overview import Measure, Overview
    from workbench.performance.ranking import EntityRow
    from workbench.performance.why_changed import WhyChanged

TITLE = "Overview"
QUESTION = "Are we on track, what changed, why?"
MAX_ROWS = 12
ALWAYS = 0  # no day lies in this year, so every day is written with its own

DEFINITIONS = {
    "spend": "Money charged for delivery in these days.",
    "results": "What the campaigns were bought for. Kinds of results are never added to one another.",
    "cost_per_result": "Spend divided by results, over the campaigns bought for this kind of result.",
    "click_rate": "Link clicks divided by impressions, over the campaigns bought for this kind of result.",
    "roas": "Value of conversions divided by spend, as the network attributes them.",
}


@dataclass(frozen=True)
class Parts:
    """The blocks of an overview, in the order of the page.

    Attributes
    ----------
    header, finding, tiles, figures, table, notes : str
        HTML.
    why : str
        Four checks of the change of cost per result; empty without a change.
    """

    header: str
    finding: str
    tiles: str
    figures: str
    table: str
    notes: str
    why: str = ""

    def main(self) -> str:
        """Return everything between the header and the notes."""
        return self.finding + self.tiles + self.figures + self.why + self.table

    def body(self, *more: str) -> str:
        """Return everything below the header; ``more`` blocks stand before the notes."""
        return self.main() + "".join(more) + self.notes


def overview_parts(
    view: OverviewView,
    differences: Differences | None = None,
    *,
    why: WhyChanged | None = None,
    locale: str = "en_GB",
    title: str = TITLE,
) -> Parts:
    """Turn an overview into blocks.

    Parameters
    ----------
    view : OverviewView
        What to show.
    differences : Differences, optional
        What may explain another figure in Ads Manager.
    why : WhyChanged, optional
        Checks of the change of cost per result.
    locale : str
        Locale in which numbers and days are written.
    title : str
        What the page is called.
    """
    overview = view.overview
    found = finding_of(overview, locale)
    said = [text if not tone else blocks.Toned(text, tone) for text, tone in found.segments]
    checked = _checked(why, overview, locale) or _coincidences(view, locale)
    hedges = [*found.hedges, *checked, *_other_ranges(view, locale)]
    return Parts(
        header=blocks.header(title, _question(view), _badges(view, locale)),
        finding=blocks.finding(said, " ".join(hedges)),
        tiles=blocks.tiles(*(_tile(m, view, differences, locale) for m in overview.measures)),
        figures=_figures(view, locale),
        table=_table_card(view, locale),
        notes=_notes(view, locale),
        why=why_card(why, overview, locale),
    )


def _question(view: OverviewView) -> str:
    return QUESTION if view.overview.comparison is not None else "Who earned their money?"


def _badges(view: OverviewView, locale: str) -> list[blocks.Badge]:
    badges = [blocks.Badge("simulated company", "simulated")] if view.is_simulated else []
    badges.append(
        blocks.Badge(
            f"data to {day_text(view.shown.period.stop, locale, year=ALWAYS)} · {view.shown.time_zone}"
        )
    )
    if view.state.as_of is not None:
        badges.append(blocks.Badge(f"as believed on {view.state.as_of:%-d %b %Y, %H:%M} UTC", "stale"))
    return badges


def _checked(why: WhyChanged | None, overview: Overview, locale: str) -> list[str]:
    """Say in the hedges what a check found beyond noise and edits, which have words of their own."""
    if why is None or why.leading not in ("immature", "tracking"):
        return []
    return [leading_sentence(why, overview, write_day=partial(day_text, locale=locale))]


def _coincidences(view: OverviewView, locale: str) -> list[str]:
    change = view.overview.measure("cost_per_result").change
    if not view.events or change is None or not change.is_clear:
        return []
    first, *others = view.events
    more = f" (and {len(others)} more edits)" if others else ""
    return [f"It coincides with an edit: {first.text}, {day_text(first.day, locale)}{more}."]


def _other_ranges(view: OverviewView, locale: str) -> list[str]:
    if not view.other_ranges:
        return []
    named = ", ".join(day_range(p.start, p.stop, locale, year=ALWAYS) for p in view.other_ranges[:3])
    return [f"Other exports overlap these days and are not added: {named}."]


def _tile(measure: Measure, view: OverviewView, differences: Differences | None, locale: str) -> str:
    label = measure_label(measure.name, view.overview)
    definition = DEFINITIONS[measure.name]
    if measure.unlock is not None:
        steps = [step.strip().capitalize() for step in measure.unlock.steps.split("→")]
        return blocks.missing_tile(
            label, columns=[measure.unlock.column], clicks=steps, definition=definition
        )
    return blocks.tile(
        label,
        measure_text(measure, view.overview, locale),
        change=_change(measure, locale),
        definition=definition,
        why_html=_why(measure, view, differences, locale) if differences else "",
    )


def measure_label(name: str, overview: Overview) -> str:
    """Return what a headline figure is called on this page."""
    return {
        "spend": "Spend",
        "results": result_word(overview.result_type, plural=True).capitalize(),
        "cost_per_result": cost_word(overview.result_type),
        "click_rate": "Click rate",
        "roas": f"Value per {currency_sign(overview.currency)}",
    }[name]


def currency_sign(currency: str, locale: str = "en_GB") -> str:
    """Return a currency's sign, such as €."""
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, locale))


def measure_text(measure: Measure, overview: Overview, locale: str) -> str:
    """Write a headline figure with its unit."""
    if measure.value is None:
        return ABSENT
    totals = overview.totals
    if measure.name == "spend":
        return money(totals.spend_micros, overview.currency, locale)
    if measure.name in ("cost_per_result", "roas"):
        return money(round(measure.value * 1_000_000), overview.currency, locale)
    if measure.name == "click_rate":
        return percent(measure.value, locale)
    return number(measure.value, locale, digits=4)


def _change(measure: Measure, locale: str) -> blocks.Sentence:
    change = measure.change
    if change is None:
        return ""
    write = points if change.kind == "points" else percent_change
    interval = interval_text(change.low, change.high, lambda x: write(x, locale), locale=locale)
    text = write(change.value, locale)
    tone: blocks.Tone = "plain"
    if measure.better != "neither" and change.value and change.is_clear is not False:
        tone = "better" if (change.value > 0) == (measure.better == "higher") else "worse"
    return [blocks.Toned(text, tone), f" {interval}"] if interval else [blocks.Toned(text, tone)]


def _why(measure: Measure, view: OverviewView, differences: Differences, locale: str) -> str:
    currency = view.overview.currency
    is_money = measure.name == "spend"
    rows = [
        (cause.name, _amount(cause.spend_micros, currency, locale) if is_money else "", cause.text)
        for cause in differences.causes
    ]
    if is_money:
        unexplained = differences.unexplained_micros
        text = "" if unexplained is not None else "A source has no total of its own to compare with."
        rows.append(("Unexplained", _amount(unexplained, currency, locale), text))
    return blocks.why_rows(rows, rest=_sources_line(view, differences, locale))


def _amount(micros: int | None, currency: str, locale: str) -> str:
    if micros is None:
        return "not known"
    return money(micros, currency, locale, signed=True, whole=False)


def _sources_line(view: OverviewView, differences: Differences, locale: str) -> str:
    parts, currency = [], view.overview.currency
    for source in differences.sources[:5]:
        name = source.file or ("the simulated company" if view.is_simulated else source.load_id)
        said = f"{name}: {number(source.rows, locale, digits=9)} rows"
        if source.file_total_micros is not None:
            said += f", its total {money(source.file_total_micros, currency, locale, whole=False)}"
        parts.append(said)
    more = len(differences.sources) - len(parts)
    return (
        "Source rows: " + "; ".join(parts) + (f"; and {more} more loads." if more > 0 else ".")
        if parts
        else ""
    )


def _figures(view: OverviewView, locale: str) -> str:
    trend, moved = trend_chart(view, locale), moved_chart(view.overview, locale)
    if not view.shown.is_daily:
        return _needs_days()
    if trend is not None and moved is not None:
        return blocks.grid(figure_html(trend, 640), figure_html(moved, 400))
    if trend is not None:
        return figure_html(trend, 1100)
    return figure_html(moved, 640) if moved is not None else ""


def _needs_days() -> str:
    steps = [step.strip().capitalize() for step in DAY_UNLOCK.steps.split("→")]
    items = "".join(f"<li>{step}</li>" for step in steps)
    return blocks.card(
        "What changed, and why?",
        f"<ol>{items}</ol>",
        sub=f"One row here spans many days. With the column “{DAY_UNLOCK.column}” the page compares periods.",
    )


def _table_card(view: OverviewView, locale: str) -> str:
    overview = view.overview
    if not overview.entities:
        return ""
    title = "Who earned their money"
    many = LEVELS[overview.level][1]
    pooled = any(e.weight is not None for e in overview.entities) and len(overview.entities) > 1
    sub = (
        f"Pooled estimates: {many} with few {result_word(overview.result_type, plural=True)} are drawn "
        "towards the others and keep a wide interval."
        if pooled
        else f"{many.capitalize()}, the largest spend first."
    )
    shown = overview.entities[:MAX_ROWS]
    hidden = len(overview.entities) - len(shown)
    said = [f"{hidden} more {many} are in the XLSX."] if hidden > 0 else []
    if overview.others:
        kinds = result_word(overview.result_type, plural=True)
        said.append(f"{len(overview.others)} {many} that were not bought for {kinds} are in the XLSX too.")
    note = " ".join(said)
    return blocks.card(title, _table(overview, shown, locale), sub=sub, note=note)


def _table(overview: Overview, shown: tuple[EntityRow, ...], locale: str) -> str:
    unit = Unit("money", overview.currency)
    cost = overview.measure("cost_per_result").value
    columns = [
        Column(LEVELS[overview.level][0].capitalize(), "text"),
        Column("Spend", phone=False),
        Column(result_word(overview.result_type, plural=True).capitalize()),
        Column(cost_word(overview.result_type)),
        Column("90 % interval, mean dashed", "interval", phone=False, reference=cost, unit=unit),
    ]
    has_change = overview.comparison is not None
    if has_change:
        columns.append(Column("Change"))
    rows = []
    for entity in shown:
        estimate = entity.pooled_cost if entity.pooled_cost is not None else entity.cost
        row: list[str | Cell | Interval] = [
            Cell(entity.name, note=entity.parent),
            Cell(money(entity.spend_micros, overview.currency, locale), sort=entity.spend_micros),
            Cell(number(entity.results, locale, digits=4), sort=entity.results or 0),
            Cell(value_text(estimate, unit, locale), sort=estimate if estimate is not None else float("inf")),
            Interval(estimate, entity.low, entity.high),
        ]
        if has_change:
            row.append(_change_cell(entity, locale))
        rows.append(row)
    return table_html(columns, rows, caption="Spend, results and cost per result", locale=locale)


def _change_cell(entity: EntityRow, locale: str) -> Cell:
    if entity.is_new:
        return Cell("new", sort=float("inf"))
    return Cell(
        percent_change(entity.change, locale),
        sort=entity.change if entity.change is not None else float("inf"),
    )


def _notes(view: OverviewView, locale: str) -> str:
    overview = view.overview
    window = attribution_words(overview.attribution)
    shown = day_range(overview.period.start, overview.period.stop, locale, year=ALWAYS)
    if overview.comparison is not None:
        old = overview.comparison
        shown += f" against {day_range(old.start, old.stop, locale, year=ALWAYS)}"
    spread = (
        f"counts {number(overview.dispersion, locale, digits=2)} × as variable as Poisson"
        if overview.trend is not None
        else "counts taken as Poisson: without days their spread cannot be told"
    )
    lines = [
        shown,
        f"grain: {view.shown.label}" + ("" if window else " · attribution not stated by the source"),
        "ratios from sums; reach is never added",
        f"90 % intervals, {spread}",
    ]
    if view.believed_at is not None:
        lines.append(f"believed at {view.believed_at:%Y-%m-%d %H:%M} UTC")
    return blocks.notes(*lines)
