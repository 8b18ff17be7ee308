"""Figures in steps and in rows: waterfalls, bars by category, estimates with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from workbench.core.number_text import is_absent, unit_interval, value_text
from workbench.views.chart import Bars, Chart, Dot, Dots, Step, Waterfall, values_of, waterfall_ends
from workbench.views.chart_words import x_text
from workbench.views.scales import Scale, value_domain
from workbench.views.svg_text import clean, cut, n, text_tag, text_width, wrap

_BAR_SHARE = 0.7
_WIDEST_BAR_PX = 64.0
_LYING_BAR_PX = 16.0
_NOTE_LINE_PX = 16.0


def _step_text(step: Step, chart: Chart) -> str:
    return value_text(step.value, chart.value_unit, chart.locale, signed=not step.is_total)


def _cut_domain(values: list[float]) -> tuple[float, float]:
    """Return the axis of a waterfall: cut where the steps are, as its totals are marks and not bars."""
    low, high = min(values), max(values)
    air = (high / 2 - low / 2) * 0.1 or abs(high) * 0.1 or 1.0
    return low - air, high + air


def draw_steps(chart: Chart, width: float, *, narrow: bool) -> tuple[float, str]:
    """Return the height and the elements of a waterfall; rows where labels do not fit below columns."""
    mark = next(m for m in chart.marks if isinstance(m, Waterfall))
    size = 13.0 if narrow else 12.0
    slot = width / len(mark.steps)
    if not _step_columns_fit(mark, chart, slot, size=size):
        return _draw_step_rows(chart, mark, width, size)
    height, bottom = float(chart.height_px), chart.height_px - 12.0 - 18.0
    ends = waterfall_ends(mark)
    scale = Scale(_cut_domain([v for pair in ends for v in pair]), (bottom - 6, 24))
    bar = min(slot * _BAR_SHARE, _WIDEST_BAR_PX)
    parts = []
    for i, (step, (start, stop)) in enumerate(zip(mark.steps, ends, strict=True)):
        middle = slot * (i + 0.5)
        left, y_start, y_stop = middle - bar / 2, scale(start), scale(stop)
        if i + 1 < len(ends):
            parts.append(f'<path class="join" d="M{n(left)},{n(y_stop)}H{n(middle + slot + bar / 2)}"/>')
        parts.append(_titled(step, chart, _step_shape(step, left, bar, (y_start, y_stop))))
        parts.append(text_tag(middle, min(y_start, y_stop) - 7, _step_text(step, chart), "s m halo"))
        parts.append(text_tag(middle, chart.height_px - 8, step.label, "m"))
    return height, "".join(parts)


def _step_columns_fit(mark: Waterfall, chart: Chart, slot: float, *, size: float) -> bool:
    """Say whether neighbouring labels, and neighbouring values, leave each other a gap."""
    labels = [text_width(step.label, size) for step in mark.steps]
    values = [text_width(_step_text(step, chart), size, bold=True) for step in mark.steps]
    return all((a + b) / 2 + 4 <= slot for widths in (labels, values) for a, b in pairwise(widths)) and all(
        width <= slot for width in (labels[0], labels[-1], values[0], values[-1])
    )


def _step_shape(step: Step, left: float, bar: float, ys: tuple[float, float]) -> str:
    top, bottom = min(ys), max(ys)
    if step.is_total:
        return f'<path class="total" d="M{n(left + 2)},{n(top)}h{n(bar - 4)}"/>'
    tall = max(bottom - top, 2.0)
    return (
        f'<rect class="{step.tone}" x="{n(left)}" y="{n(top)}" width="{n(bar)}" height="{n(tall)}" rx="2"/>'
    )


def _titled(step: Step, chart: Chart, shape: str) -> str:
    return f"<g><title>{clean(f'{step.label}: {_step_text(step, chart)}')}</title>{shape}</g>"


def _draw_step_rows(chart: Chart, mark: Waterfall, width: float, size: float) -> tuple[float, str]:
    texts = [_step_text(step, chart) for step in mark.steps]
    text_room = max(text_width(text, size, bold=True) for text in texts) + 8
    label_room = min(max(text_width(s.label, size) for s in mark.steps) + 10, 0.42 * width)
    ends = waterfall_ends(mark)
    scale = Scale(_cut_domain([v for pair in ends for v in pair]), (label_room + 4, width - text_room))
    row, parts = 34.0, []
    for i, (step, (start, stop)) in enumerate(zip(mark.steps, ends, strict=True)):
        top = 6 + row * i
        left, right = sorted((scale(start), scale(stop)))
        if i + 1 < len(ends):
            parts.append(f'<path class="join" d="M{n(scale(stop))},{n(top)}V{n(top + row + 22)}"/>')
        if step.is_total:
            shape = f'<path class="total" d="M{n(left)},{n(top + 2)}v18"/>'
        else:
            wide = max(right - left, 2.0)
            shape = (
                f'<rect class="{step.tone}" x="{n(left)}" y="{n(top)}" width="{n(wide)}" height="22" rx="2"/>'
            )
        parts.append(_titled(step, chart, shape))
        parts.append(text_tag(0, top + 16, cut(step.label, label_room - 8, size)))
        parts.append(text_tag(right + 8, top + 16, texts[i], "s halo"))
    return 6 + row * len(ends), "".join(parts)


def draw_bar_rows(chart: Chart, width: float, *, narrow: bool) -> tuple[float, str]:
    """Return bars by category lying down: where their labels do not fit below standing ones."""
    size = 13.0 if narrow else 12.0
    bars = [mark for mark in chart.marks if isinstance(mark, Bars)]
    categories = list(dict.fromkeys(x for mark in bars for x in mark.x))
    texts = [value_text(v, chart.value_unit, chart.locale) for mark in bars for v in mark.y]
    text_room = max(text_width(text, size, bold=True) for text in texts) + 10
    values = [v for mark in bars for v in values_of(mark)]
    low, high = value_domain(values, zero=True)
    label_room = max(text_width(x_text(x, chart), size) for x in categories) + 12
    beside = label_room <= 0.36 * width
    left = label_room * beside + (text_room if low < 0 else 1.0)
    scale = Scale((low, high), (left, width - text_room))
    head = 2.0 if beside else 19.0
    row, parts = head + 7.0 + 20.0 * len(bars), []
    for i, x in enumerate(categories):
        top = row * i
        label_y = top + (5 + 10 * len(bars) if beside else 13)
        parts.append(text_tag(0, label_y, cut(x_text(x, chart), width, size)))
        for k, mark in enumerate(bars):
            if x not in mark.x:
                continue
            at = list(mark.x).index(x)
            css = (f" {mark.tones[at]}" if mark.tones else "") + (" prev" if mark.role != "current" else "")
            parts.append(_lying_bar(chart, scale, mark.y[at], (top + head + 20 * k, _LYING_BAR_PX), css=css))
    zero = f'<path class="zero" d="M{n(scale(0))},{n(head - 2)}V{n(row * len(categories))}"/>'
    return row * len(categories), zero + "".join(parts)


def _lying_bar(chart: Chart, scale: Scale, value: float | None, at: tuple[float, float], *, css: str) -> str:
    top, thick = at
    words = value_text(value, chart.value_unit, chart.locale)
    if value is None or is_absent(value):
        return text_tag(scale(0) + 6, top + 12.5, words)
    start, stop = sorted((scale(0), scale(float(value))))
    text = (
        text_tag(start - 6, top + 12.5, words, "s e")
        if value < 0
        else text_tag(stop + 6, top + 12.5, words, "s")
    )
    wide = max(stop - start, 0.5)
    box = f'x="{n(start)}" y="{n(top)}" width="{n(wide)}" height="{n(thick)}"'
    return f'<rect class="bar{css}" {box} rx="1.5"/>{text}'


@dataclass(frozen=True)
class _Rows:
    """Layout of a figure in rows."""

    width: float
    size: float
    label_room: float
    row_px: float
    top: float
    scale: Scale
    stacked: bool
    words_below: bool
    note_lines: int = 1


def draw_dots(chart: Chart, width: float, *, narrow: bool) -> tuple[float, str]:
    """Return estimates with their intervals, one row each, on one scale."""
    mark = next(m for m in chart.marks if isinstance(m, Dots))
    rows = _lay_out_rows(chart, mark, width, narrow=narrow)
    height = rows.top + rows.row_px * len(mark.rows)
    parts = [_reference(mark, rows, height)]
    for i, row in enumerate(mark.rows):
        parts.append(_dot_row(row, chart, rows, rows.top + rows.row_px * i))
    return height, "".join(parts)


def _row_words(row: Dot, chart: Chart) -> tuple[str, str]:
    """Return the strong and the soft words at the right of a row."""
    if row.text:
        return row.text, ""
    if row.before is not None and row.value is not None and not is_absent(row.before):
        change = value_text(float(row.value) - float(row.before), chart.value_unit, chart.locale, signed=True)
        return value_text(row.value, chart.value_unit, chart.locale), f"({change})"
    words = value_text(row.value, chart.value_unit, chart.locale)
    return words, unit_interval(row.lower, row.upper, chart.value_unit, chart.locale)


def _lay_out_rows(chart: Chart, mark: Dots, width: float, *, narrow: bool) -> _Rows:
    size = 13.0 if narrow else 12.0
    values = values_of(mark)
    domain = value_domain(values, zero=chart.from_zero)
    words = [_row_words(row, chart) for row in mark.rows]
    words_room = max(text_width(a, size, bold=True) + text_width(f" {b}", size) for a, b in words) + 16
    labels = max(max(text_width(r.label, size, bold=True), text_width(r.note, size)) for r in mark.rows) + 16
    stacked = narrow or labels + words_room > 0.62 * width
    words_below = stacked and labels + words_room > width + 8
    top = 24.0 if mark.reference is not None and mark.reference_words else 4.0
    has_notes = any(row.note for row in mark.rows)
    note_lines = max(len(wrap(row.note, width, size)) for row in mark.rows) if stacked else 1
    if stacked:
        row_px = 46.0 + 18 * has_notes + _NOTE_LINE_PX * (note_lines - 1)
        extent = (8.0, width - 8 - (words_room if words_below else 0))
    else:
        row_px, extent = 32.0 + 12 * has_notes, (labels + 8, width - words_room - 8)
    label_room = width if stacked else labels - 12
    scale = Scale(domain, extent)
    return _Rows(width, size, label_room, row_px, top, scale, stacked, words_below, note_lines)


def _reference(mark: Dots, rows: _Rows, height: float) -> str:
    if mark.reference is None or is_absent(mark.reference):
        return ""
    x = rows.scale(mark.reference)
    words = cut(mark.reference_words, rows.width, rows.size)
    half = text_width(words, rows.size) / 2
    centre = min(max(x, half), rows.width - half)
    line = f'<path class="ev" d="M{n(x)},{n(rows.top - 6)}V{n(height)}"/>'
    return line + (text_tag(centre, 13, words, "m") if words else "")


def _dot_row(row: Dot, chart: Chart, rows: _Rows, top: float) -> str:
    strong, soft = _row_words(row, chart)
    soft_room = text_width(f" {soft}", rows.size)
    words_room = text_width(strong, rows.size, bold=True) + soft_room
    label_room = rows.label_room - (words_room + 12 if rows.stacked and not rows.words_below else 0)
    label = cut(row.label, label_room, rows.size, bold=True)
    note_y = top + (32 if rows.stacked else 31)
    lines = wrap(row.note, rows.width if rows.stacked else label_room, rows.size) if row.note else []
    below = rows.row_px - 14 - _NOTE_LINE_PX * (rows.note_lines - max(len(lines), 1))
    y = top + (below if rows.stacked else 16)
    tail = f'<tspan class="soft"> {clean(soft)}</tspan>' if soft else ""
    css = "s halo" if rows.stacked else "s"
    words_y = y + 4 if rows.words_below or not rows.stacked else top + 15
    at = f'x="{n(rows.width)}" y="{n(words_y)}"'
    words = f'<text class="{css} e" {at}>{clean(strong)}{tail}</text>'
    note = "".join(text_tag(0, note_y + _NOTE_LINE_PX * i, line, "halo") for i, line in enumerate(lines))
    return (
        text_tag(0, top + (15 if rows.stacked or row.note else 20), label, css)
        + note
        + words
        + _dot_marks(row, rows, y)
    )


def _dot_marks(row: Dot, rows: _Rows, y: float) -> str:
    low, high = rows.scale.extent
    parts = [f'<path class="grid" d="M{n(low)},{n(y)}H{n(high)}"/>']
    if (
        row.lower is not None
        and row.upper is not None
        and not is_absent(row.lower)
        and not is_absent(row.upper)
    ):
        parts.append(f'<path class="iv" d="M{n(rows.scale(row.lower))},{n(y)}H{n(rows.scale(row.upper))}"/>')
    if (
        row.before is not None
        and row.value is not None
        and not is_absent(row.before)
        and not is_absent(row.value)
    ):
        start, stop = rows.scale(row.before), rows.scale(row.value)
        parts.append(f'<path class="move {row.tone}" d="M{n(start)},{n(y)}H{n(stop)}"/>')
    if row.before is not None and not is_absent(row.before):
        parts.append(f'<circle class="hollow" cx="{n(rows.scale(row.before))}" cy="{n(y)}" r="5"/>')
    if row.value is not None and not is_absent(row.value):
        parts.append(f'<circle class="pt" cx="{n(rows.scale(row.value))}" cy="{n(y)}" r="5.5"/>')
    return "".join(parts)
