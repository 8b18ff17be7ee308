"""What a figure says while a pointer is over a day: drawn beforehand, shown by CSS, no delay."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from workbench.core.number_text import is_absent, unit_interval, value_text
from workbench.views.chart import Band, Bars, Chart, Line, Points, X
from workbench.views.chart_words import x_text
from workbench.views.svg_text import cut, n, text_tag, text_width

_N_TIPS_MAX = 200
_AIR_PX = 6.0
_ROW_PX = 20


def tips(
    chart: Chart,
    xs: Sequence[X],
    middles: Sequence[float],
    *,
    box: tuple[float, float, float],
    size_px: float,
) -> str:
    """Return invisible columns, one for each x, that show their figures in the row of the axis.

    Parameters
    ----------
    xs, middles : sequence
        Every x in order, and where it is in pixels.
    box : tuple of float
        Top and bottom of the plot and width of the figure, in pixels.
    """
    if len(xs) > _N_TIPS_MAX:
        return ""
    top, bottom, width = box
    between = [(a + b) / 2 for a, b in pairwise(middles)]
    edges = [max(middles[0] - 20, 0), *between, middles[-1] + 20]
    columns = _texts_by_x(chart)
    parts = []
    for x, middle, (start, stop) in zip(xs, middles, pairwise(edges), strict=True):
        text = cut(
            " · ".join([x_text(x, chart), *columns.get(x, ["no data"])]), width - 12, size_px, bold=True
        )
        half = text_width(text, size_px, bold=True) / 2 + _AIR_PX
        centre = min(max(middle, half), width - half)
        left, right = n(centre - half), n(centre + half)
        parts.append(
            f'<g class="hit"><path d="M{n(start)},{n(top)}H{n(stop)}V{n(bottom + 26)}H{n(start)}z"/>'
            f'<g><path class="zero" d="M{n(middle)},{n(top)}V{n(bottom)}"/>'
            f'<path class="tip" d="M{left},{n(bottom + 5)}H{right}v{_ROW_PX}H{left}z"/>'
            f"{text_tag(centre, bottom + _ROW_PX, text, 's m')}</g></g>"
        )
    return "".join(parts)


def _texts_by_x(chart: Chart) -> dict[X, list[str]]:
    """Return what each mark says of each x, in the order of the marks, estimates before their intervals."""
    marks = [mark for mark in chart.marks if isinstance(mark, Line | Bars | Points | Band)]
    marks.sort(key=lambda mark: (isinstance(mark, Line) and mark.role != "current", isinstance(mark, Band)))
    several = sum(not isinstance(mark, Band) for mark in marks) > 1
    said: dict[X, list[str]] = {}
    for mark in marks:
        named = several and not (isinstance(mark, Line) and mark.role == "current")
        for i, x in enumerate(mark.x):
            if text := _text(mark, i, chart):
                name = f"{mark.name} " if named and not isinstance(mark, Band) else ""
                said.setdefault(x, []).append(name + text)
    return said


def _text(mark: Line | Bars | Points | Band, i: int, chart: Chart) -> str:
    if isinstance(mark, Band):
        return unit_interval(mark.lower[i], mark.upper[i], chart.value_unit, chart.locale)
    value = mark.y[i]
    return "" if value is None or is_absent(value) else value_text(value, chart.value_unit, chart.locale)
