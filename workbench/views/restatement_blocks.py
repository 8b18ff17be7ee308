"""How much do these figures still move: first belief against now, and how results fill up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, money, number, percent, percent_change
from workbench.performance.maturity import FINAL_AFTER_DAYS, Maturity
from workbench.performance.words import result_word
from workbench.views import blocks
from workbench.views.chart import Chart, Line
from workbench.views.date_text import day as day_text
from workbench.views.figure import figure_html
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.performance.restatement import Restatement

TITLE = "How much do these figures still move?"
_NEWEST_DAYS = 7
_SHOWN_AGES = 14


def restatement_html(found: Restatement, locale: str = "en_GB") -> str:
    """Return the inside of the block: what moved, how results fill up, both drawn."""
    lines = [moved_sentence(found, locale), *maturity_sentences(found.maturity, found, locale)]
    said = f'<p class="wb-sub">{clean(" ".join(lines))}</p>'
    results, curve = _results_chart(found, locale), _curve_chart(found, locale)
    if results is not None and curve is not None:
        return said + blocks.grid(figure_html(results, 640), figure_html(curve, 400))
    if results is not None:
        return said + figure_html(results, 640)
    return said + (figure_html(curve, 400) if curve is not None else "")


def restatement_card(found: Restatement, locale: str = "en_GB") -> str:
    """Return the block as a card, for a report or a saved file."""
    return blocks.card(TITLE, restatement_html(found, locale)).replace(
        "wb-block wb-card", "wb-block wb-card wb-unfold", 1
    )


def moved_sentence(found: Restatement, locale: str = "en_GB") -> str:
    """Say by how much spend and results moved since they were first believed."""
    if not found.days:
        return "There is no earlier belief of these days to compare with: they were loaded once."
    return f"Since they were first seen, {_moved(found, locale)}."


def restated_sentence(found: Restatement, locale: str = "en_GB") -> str:
    """Say in one sentence how much was restated since a moment; for a report."""
    if not found.moments:
        return "How much was restated since the report before is not known: nothing was loaded by then."
    since = day_text(found.moments[0].date(), locale)
    if not found.days:
        return f"How much was restated since {since} is not known: these days were not loaded by then."
    first, last = found.days[0].day, found.days[-1].day
    days = f"{day_text(first, locale)} to {day_text(last, locale)}"
    return f"Restated since {since}, for the days {days}: {_moved(found, locale)}."


def maturity_sentences(maturity: Maturity | None, found: Restatement, locale: str = "en_GB") -> list[str]:
    """Say how complete the newest days are when they are first seen, or why that is not known."""
    many = result_word(found.result_type, plural=True)
    may_change = f"Figures of the last {FINAL_AFTER_DAYS} days may still change."
    if maturity is None:
        return [
            may_change,
            f"By how much is not known yet: that takes loads over {FINAL_AFTER_DAYS + 1} days and enough "
            f"{many}; this history has {found.history_days} {'day' if found.history_days == 1 else 'days'}.",
        ]
    stood = percent(maturity.newest(_NEWEST_DAYS), locale, digits=2)
    source = (
        "learned from the days between contact and conversion"
        if maturity.source == "conversions"
        else "learned from what was believed earlier"
    )
    return [
        may_change,
        f"The newest {_NEWEST_DAYS} days stand at {stood} of their final {many} when first loaded, "
        f"and a day is complete after {maturity.delay_days} days "
        f"({source}; {number(maturity.n_results, locale, digits=3)} {many}).",
    ]


def restatement_sheet(found: Restatement, about: dict[str, str]) -> list[tuple[str, SheetSpec]]:
    """Return the sheet of first beliefs against now; none where there is no earlier belief."""
    if not found.days:
        return []
    rows = [
        {
            "day": d.day,
            "age": d.age_days,
            "spend_then": d.spend_then_micros,
            "spend_now": d.spend_now_micros,
            "results_then": d.results_then,
            "results_now": d.results_now,
        }
        for d in found.days
    ]
    return [("Restated", SheetSpec(_SHEET, rows, found.currency, about))]


_SHEET = (
    SheetColumn("day", "Day", "date", definition="Day in the account's time zone."),
    SheetColumn(
        "age",
        "Age when first seen",
        "count",
        is_additive=False,
        definition="Whole days between the day and the newest day of the earlier belief.",
        unit="days",
    ),
    SheetColumn("spend_then", "Spend, first seen", "money", definition="Spend as first believed."),
    SheetColumn("spend_now", "Spend, now", "money", definition="Spend as believed now."),
    SheetColumn("results_then", "Results, first seen", "number", definition="Results as first believed."),
    SheetColumn("results_now", "Results, now", "number", definition="Results as believed now."),
)


def _moved(found: Restatement, locale: str) -> str:
    moved = found.spend_moved_micros
    if moved:
        spend = f"spend moved by {money(moved, found.currency, locale, signed=True, whole=False)}"
        spend += f" ({percent_change(found.spend_moved_share, locale)})" if found.spend_moved_share else ""
    else:
        spend = "spend did not move"
    if found.results_moved is None:
        return spend
    many = result_word(found.result_type, plural=True)
    if not found.results_moved:
        return f"{spend}, nor did {many}" if not moved else f"{spend}; {many} did not"
    share = f" ({percent_change(found.results_moved_share, locale)})" if found.results_moved_share else ""
    return f"{spend}; {many} by {number(found.results_moved, locale, digits=4, signed=True)}{share}"


def _results_chart(found: Restatement, locale: str) -> Chart | None:
    days = [d for d in found.days if d.results_now is not None]
    if len(days) < 2:
        return None
    many = result_word(found.result_type, plural=True)
    x = [d.day for d in days]
    return Chart(
        title=f"{many.capitalize()} by day",
        subtitle="Solid: as believed now. Dashed: as first seen, soon after the day.",
        marks=[
            Line(x, [d.results_then for d in days], "first seen", role="previous", end_label="first seen"),
            Line(x, [d.results_now for d in days], "now", end_label="now"),
        ],
        from_zero=True,
        locale=locale,
    )


def _curve_chart(found: Restatement, locale: str) -> Chart | None:
    maturity = found.maturity
    if maturity is None:
        return None
    ages: Sequence[float] = [float(a) for a in range(min(_SHOWN_AGES, len(maturity.share) - 1) + 1)]
    many = result_word(found.result_type, plural=True)
    return Chart(
        title=f"How {many} fill up",
        subtitle=f"Share of a day's final {many} that is known, by the days since.",
        marks=[Line(ages, [float(s) for s in maturity.share[: len(ages)]], "known")],
        unit=Unit("percent"),
        x_unit=Unit(suffix="days"),
        x_name="Days since",
        from_zero=True,
        locale=locale,
    )
