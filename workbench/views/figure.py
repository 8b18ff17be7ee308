"""A figure as a block of a page: drawn for each width it will be seen at, with its figures underneath."""

from __future__ import annotations

from workbench.core.errors import ConfigError
from workbench.views.chart import Chart
from workbench.views.chart_words import chart_table
from workbench.views.svg import render
from workbench.views.svg_text import clean
from workbench.views.tokens import FULL_PX, MAIN_PX, NARROW_PX, SIDE_PX

_WIDTHS = (SIDE_PX, MAIN_PX, FULL_PX)
_N_ROWS_MAX = 400


def figure_html(chart: Chart, wide_px: int = MAIN_PX, narrow_px: int = NARROW_PX, *, note: str = "") -> str:
    """Return a card with the figure, drawn for a screen and redrawn for a phone, and its figures as a table.

    The style sheet shows the drawing that keeps text at 11 px or more in the room the card really has.

    Parameters
    ----------
    chart : Chart
        What to draw.
    wide_px : int
        Width on a screen: 400 for the side column, 640 for the main one, 1100 across both.
    narrow_px : int
        Width on a phone.
    note : str
        One faint line below, such as where the data come from.

    Returns
    -------
    str
        A ``<figure>``.

    Raises
    ------
    ConfigError
        If ``wide_px`` is none of the page's columns.
    """
    if wide_px not in _WIDTHS:
        raise ConfigError(
            f"The page has no column of {wide_px} px.",
            next_step=f"Use {', '.join(map(str, _WIDTHS))}.",
            wide_px=wide_px,
        )
    drawings = [("wb-w", wide_px), ("wb-n", narrow_px)]
    if wide_px == FULL_PX:  # a tablet, or a sheet of paper, is neither
        drawings.insert(1, ("wb-m", MAIN_PX))
    drawn = "".join(_with_class(render(chart, width), css_class) for css_class, width in drawings)
    sub = f'<p class="wb-sub">{clean(chart.subtitle)}</p>' if chart.subtitle else ""
    below = f'<p class="wb-note">{clean(note)}</p>' if note else ""
    return (
        f'<figure class="wb-block wb-card wb-figure wb-w{wide_px}"><figcaption>'
        f'<h2 class="wb-head">{clean(chart.title)}</h2>{sub}</figcaption>'
        f'<div class="wb-draw">{drawn}</div>{data_table(chart)}{below}</figure>'
    )


def _with_class(svg: str, css_class: str) -> str:
    return svg.replace('<svg class="', f'<svg class="{css_class} ', 1)


def data_table(chart: Chart) -> str:
    """Return the figures of a chart as a table that opens on demand; nothing for an empty chart."""
    if chart.is_empty:
        return ""
    names, rows = chart_table(chart)
    head = "".join(f'<th scope="col"{_number(i)}>{clean(name)}</th>' for i, name in enumerate(names))
    body = "".join(
        "<tr>"
        + f'<th scope="row">{clean(row[0])}</th>'
        + "".join(f"<td{_number(1)}>{clean(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[:_N_ROWS_MAX]
    )
    rest = len(rows) - _N_ROWS_MAX
    more = f'<p class="wb-note">{rest} more rows are in the XLSX.</p>' if rest > 0 else ""
    return (
        '<details class="wb-more"><summary>Show the figures</summary>'
        f'<div class="wb-scroll" tabindex="0" role="region" aria-label="Figures: {clean(chart.title)}">'
        f'<table class="wb-table wb-small"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{more}</details>"
    )


def _number(i: int) -> str:
    return ' class="wb-num"' if i else ""
