"""Figures over days, numbers or categories: lines, bands, bars, points, events, rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from workbench.core.number_text import is_absent, tick_texts
from workbench.views.chart import (
    Band,
    Bars,
    Chart,
    Event,
    Line,
    Points,
    Rule,
    X,
    values_of,
    with_gaps,
    x_kind,
)
from workbench.views.chart_words import x_text
from workbench.views.scales import Scale, date_ticks, nice_ticks, value_domain
from workbench.views.svg_labels import ROW_PX, EventLabel, place_events, spread
from workbench.views.svg_rows import draw_bar_rows
from workbench.views.svg_text import clean, cut, longest_word_px, n, text_tag, text_width, wrap
from workbench.views.svg_tips import tips

_END_LABEL_SHARE = 0.36
_LINE_PX = 15.0
_KEY_PX, _KEY_GAP_PX, _BETWEEN_PX = 12.0, 6.0, 5.0
_MOST_TICKS, _FEWEST_TICKS = 5, 2


@dataclass(frozen=True)
class _Plot:
    """Where things are: the plot's edges in pixels and the two scales."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    size: float
    step: float  # distance of two neighbours along x, in data units
    xs: tuple[X, ...]
    along_x: Scale
    along_y: Scale

    def x(self, value: X) -> float:
        return self.along_x(_x_number(value, self.xs))

    def y(self, value: float) -> float:
        return self.along_y(value)

    @property
    def slot_px(self) -> float:
        """Room of one x."""
        return max(1.0, abs(self.along_x(self.step) - self.along_x(0)))


@dataclass(frozen=True)
class _EndLabel:
    """Words at the end of a line or a rule, behind a piece of that line where several could be meant."""

    mark: Line | Rule
    lines: list[str]
    key: str = ""

    @property
    def height_px(self) -> float:
        return _LINE_PX * len(self.lines) + (_BETWEEN_PX if self.key else 0.0)

    def y(self, plot: _Plot) -> float:
        if isinstance(self.mark, Rule):
            return plot.y(self.mark.y)
        return plot.y(values_of(self.mark)[-1])


def draw_xy(chart: Chart, width: float, *, narrow: bool) -> tuple[float, str]:
    """Return the height and the elements of a figure over days, numbers or categories."""
    size = 13.0 if narrow else 12.0
    xs = _ordered(chart)
    bars = [mark for mark in chart.marks if isinstance(mark, Bars)]
    if bars and isinstance(xs[0], str) and not _columns_fit(xs, width, size):
        return draw_bar_rows(chart, width, narrow=narrow)
    plot, ticks, ends = _lay_out(chart, xs, width, size=size, narrow=narrow)
    events = _event_labels(chart, plot, n_rows=2 if narrow else 3)
    if events:
        plot, ticks, ends = _lay_out(
            chart, xs, width, size=size, narrow=narrow, n_event_rows=1 + max(label.row for label in events)
        )
        events = _event_labels(chart, plot, n_rows=2 if narrow else 3)
    parts = [
        _grid(chart, plot, ticks),
        "".join(_band(mark, plot) for mark in chart.marks if isinstance(mark, Band)),
        _bars(bars, plot),
        "".join(_event_line(label, plot) for label in events),
        "".join(_rule(mark, plot) for mark in chart.marks if isinstance(mark, Rule)),
        _lines(chart, plot),
        "".join(_points(mark, plot) for mark in chart.marks if isinstance(mark, Points)),
        "".join(_event_words(label) for label in events),
        _end_labels(ends, plot),
        _x_axis(chart, plot),
        tips(
            chart,
            plot.xs,
            [plot.x(x) for x in plot.xs],
            box=(plot.top, plot.bottom, plot.width),
            size_px=plot.size,
        ),
    ]
    return plot.height, "".join(parts)


def _ordered(chart: Chart) -> tuple[X, ...]:
    """Return the x of all marks in order; events do not stretch the axis."""
    xs = [x for mark in chart.marks if not isinstance(mark, Event) for x in getattr(mark, "x", ())]
    if xs and isinstance(xs[0], str):
        return tuple(dict.fromkeys(xs))
    return tuple(sorted(set(xs)))


def _columns_fit(xs: Sequence[X], width: float, size: float) -> bool:
    slot = (width - 50) / len(xs)
    return all(text_width(str(x), size) <= slot - 2 for x in xs)


def _x_number(x: X, xs: Sequence[X]) -> float:
    if isinstance(x, date):
        return float(x.toordinal())
    return float(xs.index(x)) if isinstance(x, str) else float(x)


def _lay_out(
    chart: Chart, xs: tuple[X, ...], width: float, *, size: float, narrow: bool, n_event_rows: int = 0
) -> tuple[_Plot, list[float], list[_EndLabel]]:
    has_bars = any(isinstance(mark, Bars) for mark in chart.marks)
    values = [v for mark in chart.marks for v in values_of(mark)]
    domain = value_domain(values, zero=chart.from_zero or has_bars)
    ticks = nice_ticks(*domain, n_max=5)
    tick_room = max(text_width(text, size) for text in tick_texts(ticks, chart.unit, chart.locale)) + 8
    left = min(tick_room, 0.3 * width)
    ends, end_room = _end_texts(chart, width, size)
    numbers = [_x_number(x, xs) for x in xs]
    step = min((b - a for a, b in pairwise(numbers)), default=1.0)
    margin = step / 2 if has_bars or isinstance(xs[0], str) else 0.0
    right = width - max(end_room, 10.0)
    top, height = 12.0 + n_event_rows * ROW_PX, float(chart.height_px)
    bottom = height - 26.0
    if isinstance(xs[0], float | int) and step and (numbers[-1] - numbers[0]) / step > 5000:
        step = 0.0
    plot = _Plot(
        width,
        height,
        left,
        right,
        top,
        bottom,
        size,
        step,
        xs,
        Scale((numbers[0] - margin, numbers[-1] + margin), (left, right)),
        Scale(domain, (bottom, top)),
    )
    return plot, ticks, ends


def _end_texts(chart: Chart, width: float, size: float) -> tuple[list[_EndLabel], float]:
    """Return the words at the ends of lines and rules, broken into lines that fit, and their room."""
    lines = [m for m in chart.marks if isinstance(m, Line) and m.end_label and values_of(m)]
    rules = [m for m in chart.marks if isinstance(m, Rule) and m.words]
    said: list[tuple[Line | Rule, str]] = [(m, m.end_label) for m in lines] + [(m, m.words) for m in rules]
    keys = _end_keys(chart, [mark for mark, _ in said])
    key_room = _KEY_PX + _KEY_GAP_PX if any(keys) else 0.0
    longest_word = max((longest_word_px(text, size, bold=True) for _, text in said), default=0)
    room = min(max(longest_word, (0.34 if width >= 390 else 0.26) * width), _END_LABEL_SHARE * width)
    texts = [
        _EndLabel(mark, wrap(text, room, size, bold=True), key)
        for (mark, text), key in zip(said, keys, strict=True)
    ]
    widest = max((text_width(t, size, bold=True) for label in texts for t in label.lines), default=-10.0)
    return texts, widest + 12 + key_room


def _end_keys(chart: Chart, said: Sequence[Line | Rule]) -> list[str]:
    """Return the style of each labelled line; empty where the labels' height tells them apart."""
    categories = [mark for mark in chart.marks if isinstance(mark, Line) and mark.role == "category"]
    if len(categories) < 2:
        return [""] * len(said)
    return ["rule" if isinstance(mark, Rule) else f"ln{_line_css(mark, categories)}" for mark in said]


def _line_css(mark: Line, categories: Sequence[Line]) -> str:
    if mark.role == "category":
        return f" c{categories.index(mark) % 6 + 1}"
    return {"previous": " prev", "beyond": " beyond"}.get(mark.role, "")


def _grid(chart: Chart, plot: _Plot, ticks: Sequence[float]) -> str:
    parts = []
    for tick, text in zip(ticks, tick_texts(ticks, chart.unit, chart.locale), strict=True):
        y = plot.y(tick)
        css = "zero" if tick == 0 else "grid"
        parts.append(f'<path class="{css}" d="M{n(plot.left)},{n(y)}H{n(plot.right)}"/>')
        parts.append(text_tag(plot.left - 8, y + 4, cut(text, plot.left - 8, plot.size), "e"))
    return "".join(parts)


def _x_axis(chart: Chart, plot: _Plot) -> str:
    parts, free_from = [], 0.0
    for x, text in _x_ticks(chart, plot):
        shown, centre, half = _tick_place(plot, x, text)
        if centre - half < free_from:
            continue
        free_from = centre + half + 6
        parts.append(text_tag(centre, plot.height - 6, shown, "m"))
    return "".join(parts)


def _tick_place(plot: _Plot, x: X, text: str) -> tuple[str, float, float]:
    """Return a tick's words as they are shown, their centre and half their width."""
    shown = cut(text, plot.width / 2, plot.size)
    half = text_width(shown, plot.size) / 2
    return shown, min(max(plot.x(x), half), plot.width - half), half


def _x_ticks(chart: Chart, plot: _Plot) -> list[tuple[X, str]]:
    first, last = plot.xs[0], plot.xs[-1]
    if isinstance(first, str):
        return [(x, str(x)) for x in plot.xs]
    if isinstance(first, date) and isinstance(last, date):
        room = max(text_width(x_text(x, chart), plot.size) for x in (first, last)) + 26
        n_max = int((plot.right - plot.left) / room) + 1
        return [(t.when, t.text) for t in date_ticks(first, last, n_max=min(n_max, 8), locale=chart.locale)]
    return _number_ticks(chart, plot, float(first), float(last))  # type: ignore[arg-type]


def _number_ticks(chart: Chart, plot: _Plot, first: float, last: float) -> list[tuple[X, str]]:
    """Return the most round numbers that find room, evenly apart: one left out would mislead the eye."""
    best: list[tuple[X, str]] = []
    for n_max in range(_MOST_TICKS, _FEWEST_TICKS - 1, -1):
        ticks = nice_ticks(first, last, n_max=n_max)
        texts = tick_texts(ticks, chart.x_unit, chart.locale)
        said: list[tuple[X, str]] = list(zip(ticks, texts, strict=True))
        for stride in (1, 2):
            some = said[::stride]
            if len(some) > len(best) and (len(some) < 2 or _have_room(plot, some)):
                best = some
    return best


def _have_room(plot: _Plot, ticks: Sequence[tuple[X, str]]) -> bool:
    places = [_tick_place(plot, x, text) for x, text in ticks]
    return all(b - half_b >= a + half_a + 6 for (_, a, half_a), (_, b, half_b) in pairwise(places))


def _runs(
    plot: _Plot, xs: Sequence[X], *columns: Sequence[float | None]
) -> Iterable[list[tuple[float, ...]]]:
    """Yield runs of neighbouring points whose values are all there, in pixels."""
    run: list[tuple[float, ...]] = []
    filled_xs, filled = with_gaps(xs, *columns)
    for x, *values in zip(filled_xs, *filled, strict=True):
        known = [v for v in values if v is not None]
        if len(known) == len(values):
            run.append((plot.x(x), *(plot.y(v) for v in known)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _lines(chart: Chart, plot: _Plot) -> str:
    lines = [mark for mark in chart.marks if isinstance(mark, Line)]
    categories = [mark for mark in lines if mark.role == "category"]
    parts = []
    # what matters most is drawn last, on top
    for mark in sorted(lines, key=lambda m: m.role in ("current", "category")):
        css = _line_css(mark, categories)
        for run in _runs(plot, mark.x, mark.y):
            if len(run) == 1:
                parts.append(f'<circle class="pt{css}" cx="{n(run[0][0])}" cy="{n(run[0][1])}" r="3"/>')
            else:
                path = "L".join(f"{n(x)},{n(y)}" for x, y in run)
                parts.append(f'<path class="ln{css}" d="M{path}"/>')
    return "".join(parts)


def _band(mark: Band, plot: _Plot) -> str:
    parts = []
    for run in _runs(plot, mark.x, mark.lower, mark.upper):
        if len(run) == 1:
            x, low, high = run[0]
            parts.append(f'<path class="iv" d="M{n(x)},{n(low)}V{n(high)}"/>')
            continue
        forth = "L".join(f"{n(x)},{n(high)}" for x, _, high in run)
        back = "L".join(f"{n(x)},{n(low)}" for x, low, _ in reversed(run))
        parts.append(f'<path class="band" d="M{forth}L{back}Z"/>')
    return "".join(parts)


def _bars(bars: Sequence[Bars], plot: _Plot) -> str:
    parts = []
    wide = min(plot.slot_px * (0.78 if plot.slot_px > 12 else 0.86), 64.0 * len(bars)) / max(len(bars), 1)
    for i, mark in enumerate(bars):
        for k, (x, y) in enumerate(zip(mark.x, mark.y, strict=True)):
            if y is None or is_absent(y):
                continue
            css = (f" {mark.tones[k]}" if mark.tones else "") + (" prev" if mark.role != "current" else "")
            left = plot.x(x) + (i - len(bars) / 2) * wide
            top, bottom = sorted((plot.y(float(y)), plot.y(0.0)))
            radius = ' rx="1.5"' if wide > 6 else ""
            parts.append(
                f'<rect class="bar{css}" x="{n(left)}" y="{n(top)}" width="{n(max(wide - 1, 0.6))}" '
                f'height="{n(max(bottom - top, 0.1))}"{radius}/>'
            )
    return "".join(parts)


def _points(mark: Points, plot: _Plot) -> str:
    css, radius = ("hollow", 5) if mark.hollow else ("pt", 6)
    return "".join(
        f'<circle class="{css}" cx="{n(x)}" cy="{n(y)}" r="{radius}"/>'
        for run in _runs(plot, mark.x, mark.y)
        for x, y in run
    )


def _rule(mark: Rule, plot: _Plot) -> str:
    return f'<path class="rule" d="M{n(plot.left)},{n(plot.y(mark.y))}H{n(plot.right)}"/>'


def _event_labels(chart: Chart, plot: _Plot, *, n_rows: int) -> list[EventLabel]:
    first, last = (_x_number(plot.xs[i], plot.xs) for i in (0, -1))
    events = []
    for mark in chart.marks:
        if isinstance(mark, Event) and (not isinstance(mark.x, str) or mark.x in plot.xs):
            number = _x_number(mark.x, plot.xs)
            if first <= number <= last:
                when = f"{x_text(mark.x, chart)}: " if x_kind(mark.x) == "days" else ""
                events.append((plot.x(mark.x), when + mark.words))
    return place_events(events, left=0, right=plot.width, size_px=plot.size, n_rows=n_rows)


def _event_line(label: EventLabel, plot: _Plot) -> str:
    # below the words it has, and below everybody's where its own found no room
    top = 2 + (label.row + (label.anchor == "middle" or not label.text)) * ROW_PX
    line = f"M{n(label.x)},{n(top)}V{n(plot.bottom)}"
    return f'<path class="ev" d="{line}"><title>{clean(label.words)}</title></path>'


def _event_words(label: EventLabel) -> str:
    css = {"start": "halo", "end": "e halo", "middle": "m halo"}[label.anchor]
    return text_tag(label.text_x, 12 + label.row * ROW_PX, label.text, css) if label.text else ""


def _end_labels(ends: Sequence[_EndLabel], plot: _Plot) -> str:
    last_ys = [label.y(plot) for label in ends]
    heights = [label.height_px for label in ends]
    centres = spread(last_ys, heights, 0, plot.bottom + 6)
    parts = []
    for label, centre, height in zip(ends, centres, heights, strict=True):
        is_soft = isinstance(label.mark, Line) and label.mark.role in ("previous", "beyond")
        left, top = plot.right + 8, centre - height / 2
        if label.key:
            parts.append(f'<path class="{label.key}" d="M{n(left)},{n(top + 7)}h{n(_KEY_PX)}"/>')
            left += _KEY_PX + _KEY_GAP_PX
        for i, text in enumerate(label.lines):
            parts.append(text_tag(left, top + _LINE_PX * i + 11, text, "" if is_soft else "s"))
    return "".join(parts)
