"""The same chart as a Plotly figure, for notebooks: to zoom into, to hover over, to take apart.

Pages, saved files and reports never load Plotly; see ``docs/decisions/0004-one-chart-two-renderers.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.core.number_text import is_absent, value_text
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
    waterfall_ends,
    with_gaps,
)
from workbench.views.chart_words import x_text
from workbench.views.tokens import TOL_BRIGHT, Palette, palette, plotly_template

if TYPE_CHECKING:
    from plotly import graph_objects as go

_ROW_PX = 44
_MANY_DAYS = 200
_EVENT_CHARS = 34


def to_plotly(chart: Chart, *, dark: bool = False) -> go.Figure:
    """Draw a chart with Plotly.

    Parameters
    ----------
    chart : Chart
        What to draw.
    dark : bool
        Whether it stands on a dark page.

    Returns
    -------
    plotly.graph_objects.Figure
        With the workbench's template, no legend, labels at the ends of lines.

    Examples
    --------
    >>> figure = to_plotly(Chart("Leads", marks=[Bars(["a", "b"], [3, 5], "Leads")]))
    >>> figure.layout.title.text
    '<b>Leads</b>'
    """
    from plotly import graph_objects as go

    figure = go.Figure(layout={"template": plotly_template(dark=dark), "height": 340})
    colours = palette(dark=dark)
    sub = f"<br><sup>{escape(chart.subtitle)}</sup>" if chart.subtitle else ""
    figure.update_layout(title_text=f"<b>{escape(chart.title)}</b>{sub}", **_value_axis(chart))
    if chart.is_empty:
        figure.add_annotation(text=escape(chart.empty_words), showarrow=False, xref="paper", yref="paper")
        figure.update_layout(xaxis_visible=False, yaxis_visible=False)
        return figure
    days = [x for x in chart.x_values if isinstance(x, date)]
    if days and (max(days) - min(days)).days < _MANY_DAYS:
        figure.update_xaxes(tickformat="%-d %b")
    # bands lie under everything
    for mark in sorted(chart.marks, key=lambda m: not isinstance(m, Band)):
        _add(figure, mark, chart, colours)
    return figure


def _value_axis(chart: Chart) -> dict[str, Any]:
    axis = "xaxis" if chart.kind == "rows" else "yaxis"
    starts_at_zero = chart.from_zero or any(isinstance(mark, Bars) for mark in chart.marks)
    layout: dict[str, Any] = {f"{axis}_rangemode": "tozero" if starts_at_zero else "normal"}
    if chart.unit.kind == "percent":
        layout[f"{axis}_tickformat"] = ".3~%"
    elif chart.unit.currency:
        # the same symbol, before or after the number, as in the reader's locale
        before, _, after = value_text(0, chart.unit, chart.locale).partition("0")
        layout |= {f"{axis}_tickprefix": before, f"{axis}_ticksuffix": after.lstrip("0.,")}
    return layout


def _add(figure: go.Figure, mark: Mark, chart: Chart, colours: Palette) -> None:
    if isinstance(mark, Band):
        _add_band(figure, mark, chart, colours)
    elif isinstance(mark, Line):
        _add_line(figure, mark, chart, colours)
    elif isinstance(mark, Bars):
        tones = [getattr(colours, tone) if tone != "plain" else colours.accent for tone in mark.tones]
        colour = tones or (colours.accent if mark.role == "current" else colours.previous)
        figure.add_bar(
            x=_xs(mark.x), y=_ys(mark.y), name=escape(mark.name), marker_color=colour, **_hover(mark.y, chart)
        )
    elif isinstance(mark, Points):
        look = {"size": 11, "color": colours.card if mark.hollow else colours.accent}
        look["line"] = {"width": 2, "color": colours.previous if mark.hollow else colours.accent}
        figure.add_scatter(x=_xs(mark.x), y=_ys(mark.y), name=escape(mark.name), mode="markers", marker=look)
    elif isinstance(mark, Event):
        n_before = len(figure.layout.shapes) % 3  # neighbours do not write over each other
        figure.add_vline(x=_x(mark.x), line={"dash": "dash", "width": 1, "color": colours.previous})
        words = f"{x_text(mark.x, chart)}: {mark.words}" if isinstance(mark.x, date) else mark.words
        shown = escape(words if len(words) <= _EVENT_CHARS else f"{words[: _EVENT_CHARS - 1]}…")
        figure.add_annotation(
            x=_x(mark.x),
            y=1,
            yref="paper",
            text=shown,
            hovertext=escape(words),
            showarrow=False,
            yanchor="bottom",
        )
        figure.layout.annotations[-1].update(xanchor="left", yshift=-14 * n_before)
    elif isinstance(mark, Rule):
        figure.add_hline(y=mark.y, line={"dash": "dot", "width": 1, "color": colours.ink})
        where = {"xref": "paper", "xanchor": "right", "yanchor": "bottom"}
        figure.add_annotation(x=1, y=mark.y, text=escape(mark.words), showarrow=False, **where)
    elif isinstance(mark, Waterfall):
        _add_waterfall(figure, mark, chart, colours)
    else:
        _add_dots(figure, mark, chart, colours)


def _x(x: object) -> object:
    return x.isoformat() if isinstance(x, date) else escape(x) if isinstance(x, str) else x


def _xs(xs: Sequence[object]) -> list[object]:
    return [_x(x) for x in xs]


def _ys(ys: Sequence[Value]) -> list[Value]:
    """Return the values with every absent one as a gap."""
    return [None if is_absent(y) else y for y in ys]


def _hover(ys: Sequence[Value], chart: Chart) -> dict[str, Any]:
    texts = [value_text(y, chart.value_unit, chart.locale) for y in ys]
    return {"customdata": texts, "hovertemplate": "%{customdata}"}


def _add_line(figure: go.Figure, mark: Line, chart: Chart, colours: Palette) -> None:
    looks = {
        "current": {"color": colours.accent, "width": 2.2},
        "previous": {"color": colours.previous, "width": 1.4, "dash": "dash"},
        "beyond": {"color": colours.previous, "width": 1.6, "dash": "dot"},
    }
    n_before = sum(trace.meta == "category" for trace in figure.data)
    look = looks.get(mark.role, {"color": TOL_BRIGHT[n_before % len(TOL_BRIGHT)], "width": 2})
    known = [i for i, y in enumerate(mark.y) if not is_absent(y)]
    xs, (ys,) = with_gaps(mark.x, mark.y)
    figure.add_scatter(
        x=_xs(xs),
        y=ys,
        name=escape(mark.name),
        mode="lines" if len(known) > 1 else "markers",
        line=look,
        marker={"color": look["color"], "size": 8},
        connectgaps=False,
        meta=mark.role,
        **_hover(ys, chart),
    )
    if known and mark.end_label:
        x, y = _x(mark.x[known[-1]]), mark.y[known[-1]]
        figure.add_annotation(x=x, y=y, text=f" {escape(mark.end_label)}", showarrow=False, xanchor="left")


def _add_band(figure: go.Figure, mark: Band, chart: Chart, colours: Palette) -> None:
    edge = {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "connectgaps": False}
    xs, (lower, upper) = with_gaps(mark.x, mark.lower, mark.upper)
    # Plotly fills across gaps, so each run of days is a band of its own
    for start, stop in _runs(lower, upper):
        run = slice(start, stop)
        figure.add_scatter(x=_xs(xs[run]), y=lower[run], name=escape(mark.name), **edge)
        fill = {"fill": "tonexty", "fillcolor": _see_through(colours.band)}
        figure.add_scatter(x=_xs(xs[run]), y=upper[run], name=escape(mark.name), **fill, **edge)


def _runs(*columns: Sequence[Value]) -> list[tuple[int, int]]:
    """Return where runs of known values start and stop."""
    known = [not any(map(is_absent, values)) for values in zip(*columns, strict=True)]
    edges = [i for i in range(len(known) + 1) if (i < len(known) and known[i]) != (i > 0 and known[i - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _see_through(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.6)"


def _add_waterfall(figure: go.Figure, mark: Waterfall, chart: Chart, colours: Palette) -> None:
    ends = waterfall_ends(mark)
    labels = [escape(step.label) for step in mark.steps]
    parts = [i for i, step in enumerate(mark.steps) if not step.is_total]
    totals = [i for i, step in enumerate(mark.steps) if step.is_total]
    texts = [value_text(s.value, chart.value_unit, chart.locale, signed=not s.is_total) for s in mark.steps]
    tones = {"worse": colours.worse, "better": colours.better, "plain": colours.accent}
    figure.add_bar(
        x=[labels[i] for i in parts],
        base=[min(ends[i]) for i in parts],
        y=[abs(ends[i][1] - ends[i][0]) for i in parts],
        text=[texts[i] for i in parts],
        textposition="outside",
        marker_color=[tones[mark.steps[i].tone] for i in parts],
        hoverinfo="x+text",
    )
    look = {"symbol": "line-ew", "size": 40, "line": {"width": 4, "color": colours.accent}}
    xs, ys = [labels[i] for i in totals], [ends[i][1] for i in totals]
    figure.add_scatter(
        x=xs, y=ys, mode="markers", marker=look, text=[texts[i] for i in totals], hoverinfo="x+text"
    )
    for x, y, i in zip(xs, ys, totals, strict=True):
        figure.add_annotation(x=x, y=y, text=texts[i], showarrow=False, yshift=12)
    values = [v for pair in ends for v in pair]
    air = (max(values) - min(values)) * 0.15 or abs(max(values)) * 0.1 or 1.0
    figure.update_layout(yaxis_range=[min(values) - air, max(values) + air], yaxis_showticklabels=False)
    figure.update_xaxes(categoryorder="array", categoryarray=labels)


def _add_dots(figure: go.Figure, mark: Dots, chart: Chart, colours: Palette) -> None:
    rows = [row for row in mark.rows if not is_absent(row.value)]
    labels = [escape(row.label) for row in rows]
    values = [float(row.value or 0) for row in rows]
    up = [
        max(0.0, float(row.upper) - v) if row.upper is not None else 0
        for row, v in zip(rows, values, strict=True)
    ]
    down = [
        max(0.0, v - float(row.lower)) if row.lower is not None else 0
        for row, v in zip(rows, values, strict=True)
    ]
    bars = {
        "type": "data",
        "array": up,
        "arrayminus": down,
        "thickness": 4,
        "width": 0,
        "color": _see_through(colours.accent),
    }
    figure.add_scatter(
        x=values,
        y=labels,
        mode="markers",
        error_x=bars,
        marker={"size": 11, "color": colours.accent},
        **_hover(values, chart),
    )
    for row in rows:
        if row.before is not None and not is_absent(row.before):
            tone = {"worse": colours.worse, "better": colours.better}.get(row.tone, colours.previous)
            x, y = [row.before, row.value], [escape(row.label)] * 2
            figure.add_scatter(x=x, y=y, mode="lines", line={"width": 4, "color": tone}, hoverinfo="skip")
    before = [(row.before, escape(row.label)) for row in rows if not is_absent(row.before)]
    if before:
        look = {"size": 10, "color": colours.card, "line": {"width": 2, "color": colours.previous}}
        figure.add_scatter(
            x=[x for x, _ in before], y=[y for _, y in before], mode="markers", name="today", marker=look
        )
    if mark.reference is not None:
        figure.add_vline(x=mark.reference, line={"dash": "dash", "width": 1, "color": colours.previous})
        figure.add_annotation(
            x=mark.reference,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=escape(mark.reference_words),
            showarrow=False,
        )
    figure.update_layout(height=120 + _ROW_PX * len(rows), yaxis_autorange="reversed", hovermode="closest")
