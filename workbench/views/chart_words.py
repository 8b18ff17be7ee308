"""A chart in words and as a table, for those who hear it, search it or copy its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from workbench.core.number_text import is_absent, unit_interval, value_text
from workbench.views.chart import (
    Band,
    Bars,
    Chart,
    Dots,
    Event,
    Line,
    Mark,
    Points,
    Rule,
    Value,
    Waterfall,
    X,
)
from workbench.views.date_text import day


def x_text(x: X, chart: Chart, *, with_year: bool = False) -> str:
    """Write a position along x: a day, a number with its unit, or a category."""
    if isinstance(x, date):
        return day(x, chart.locale, year=-1 if with_year else None)
    return x if isinstance(x, str) else value_text(x, chart.x_unit, chart.locale)


def describe(chart: Chart) -> str:
    """Return one or two sentences on what a chart shows, unless it brings its own."""
    if chart.aria:
        return chart.aria
    if chart.is_empty:
        return f"{chart.title}. {chart.empty_words}"
    return ". ".join([chart.title, *(said for mark in chart.marks if (said := _describe(mark, chart)))]) + "."


def _describe(mark: Mark, chart: Chart) -> str:
    if isinstance(mark, Waterfall):
        return "; ".join(_step_texts(mark, chart))
    if isinstance(mark, Dots):
        said = [
            f"{row.label} {value_text(row.value, chart.value_unit, chart.locale)}" for row in mark.rows[:12]
        ]
        return "; ".join(said) + ("; and more" if len(mark.rows) > 12 else "")
    if isinstance(mark, Event):
        return f"{x_text(mark.x, chart)}: {mark.words}"
    if isinstance(mark, Rule):
        return f"{mark.words}: {value_text(mark.y, chart.value_unit, chart.locale)}"
    if isinstance(mark, Band):
        return ""
    return _describe_run(mark, chart)


def _describe_run(mark: Line | Bars | Points, chart: Chart) -> str:
    seen = [(x, y) for x, y in zip(mark.x, mark.y, strict=True) if y is not None and not is_absent(y)]
    if not seen:
        return f"{mark.name}: no data"
    if len(seen) <= 8 and not isinstance(mark, Line):
        pairs = (f"{x_text(x, chart)} {value_text(y, chart.value_unit, chart.locale)}" for x, y in seen)
        return f"{mark.name}: {'; '.join(pairs)}"
    (first_x, first_y), (last_x, last_y) = seen[0], seen[-1]
    low, high = min(y for _, y in seen), max(y for _, y in seen)
    first, last, least, most = (
        value_text(y, chart.value_unit, chart.locale) for y in (first_y, last_y, low, high)
    )
    return (
        f"{mark.name} from {first} ({x_text(first_x, chart)}) to {last} ({x_text(last_x, chart)}), "
        f"between {least} and {most}"
    )


def _step_texts(mark: Waterfall, chart: Chart) -> list[str]:
    return [
        f"{step.label} {value_text(step.value, chart.value_unit, chart.locale, signed=not step.is_total)}"
        for step in mark.steps
    ]


def chart_table(chart: Chart) -> tuple[list[str], list[list[str]]]:
    """Return a chart's figures as column names and rows of text.

    Returns
    -------
    tuple
        Names, and rows as long as the names. The first column is text, all others are numbers.
    """
    for mark in chart.marks:
        if isinstance(mark, Waterfall):
            names = ["Step", "Value"]
            values = [
                value_text(s.value, chart.value_unit, chart.locale, signed=not s.is_total) for s in mark.steps
            ]
            return names, [[s.label, v] for s, v in zip(mark.steps, values, strict=True)]
        if isinstance(mark, Dots):
            return _dots_table(mark, chart)
    return _xy_table(chart)


def _dots_table(mark: Dots, chart: Chart) -> tuple[list[str], list[list[str]]]:
    names = [chart.x_name if chart.x_name != "Day" else "Name", "Value", "Interval"]
    rows = [
        [
            row.label,
            value_text(row.value, chart.value_unit, chart.locale),
            unit_interval(row.lower, row.upper, chart.value_unit, chart.locale),
        ]
        for row in mark.rows
    ]
    if any(row.before is not None for row in mark.rows):
        names.insert(1, "Today")
        for texts, row in zip(rows, mark.rows, strict=True):
            texts.insert(1, value_text(row.before, chart.value_unit, chart.locale))
    return names, rows


def _xy_table(chart: Chart) -> tuple[list[str], list[list[str]]]:
    marks = [mark for mark in chart.marks if isinstance(mark, Line | Bars | Points | Band)]
    columns = [_by_x(mark, chart) for mark in marks]
    xs: Sequence[X] = chart.x_values
    if not any(isinstance(x, str) for x in xs):
        xs = sorted(xs)
    words = {mark.x: mark.words for mark in chart.marks if isinstance(mark, Event)}
    names = [chart.x_name, *(mark.name for mark in marks)] + (["Event"] if words else [])
    rows = [
        [x_text(x, chart, with_year=True), *(column.get(x, "") for column in columns)]
        + ([words.get(x, "")] if words else [])
        for x in xs
    ]
    return names, rows


def _by_x(mark: Line | Bars | Points | Band, chart: Chart) -> dict[X, str]:
    if isinstance(mark, Band):
        ends: list[tuple[X, Value, Value]] = list(zip(mark.x, mark.lower, mark.upper, strict=True))
        return {x: unit_interval(low, high, chart.value_unit, chart.locale) for x, low, high in ends}
    return {x: value_text(y, chart.value_unit, chart.locale) for x, y in zip(mark.x, mark.y, strict=True)}
