"""What a figure says, once, in data units: no pixels, no colours, no renderer.

Two renderers draw a :class:`Chart`: :mod:`workbench.views.svg` for pages, saved files and reports, and
:mod:`workbench.views.plotly_figure` for notebooks. The reasons are in
``docs/decisions/0004-one-chart-two-renderers.md``.

There are three kinds of figure, told by their marks:

=========  ==============================================  =============================================
kind       marks                                           answers
=========  ==============================================  =============================================
``xy``     Line, Band, Bars, Points, Event, Rule           how did it go? (days, numbers or categories)
``steps``  Waterfall                                       which parts add up to the change?
``rows``   Dots                                            who does better, and how sure is it?
=========  ==============================================  =============================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Literal

from workbench.core.errors import SchemaError
from workbench.core.number_text import Unit, is_absent

X = date | float | str
Value = float | None
Role = Literal["current", "previous", "beyond", "category"]
Tone = Literal["worse", "better", "plain"]


@dataclass(frozen=True)
class Line:
    """A line over days or numbers. Days that are missing, and values that are absent, leave gaps.

    Attributes
    ----------
    x : sequence of date or float
        In rising order.
    y : sequence of float or None
        As long as ``x``.
    name : str
        What is drawn, for the reader of the tip and of the table.
    role : {"current", "previous", "beyond", "category"}
        ``current`` is solid in the accent, ``previous`` dashed grey, ``beyond`` (observed data) dotted grey,
        ``category`` takes the next colour of the colour-blind-safe set.
    end_label : str
        Words at its end, instead of a legend.
    """

    x: Sequence[X]
    y: Sequence[Value]
    name: str
    role: Role = "current"
    end_label: str = ""


@dataclass(frozen=True)
class Band:
    """The interval around a line; ``name`` such as ``90 % interval``."""

    x: Sequence[X]
    lower: Sequence[Value]
    upper: Sequence[Value]
    name: str


@dataclass(frozen=True)
class Bars:
    """Bars from zero, over categories or days. ``tones`` colours single bars as worse or better."""

    x: Sequence[X]
    y: Sequence[Value]
    name: str
    role: Role = "current"
    tones: Sequence[Tone] = ()


@dataclass(frozen=True)
class Points:
    """Single points, such as today (``hollow``) and proposed on a curve."""

    x: Sequence[X]
    y: Sequence[Value]
    name: str
    hollow: bool = False


@dataclass(frozen=True)
class Event:
    """A dashed vertical with its words: ``Event(date(2026, 10, 28), "bid cap removed")``."""

    x: X
    words: str


@dataclass(frozen=True)
class Rule:
    """A dotted horizontal with its words, such as a target."""

    y: float
    words: str


@dataclass(frozen=True)
class Step:
    """One step of a waterfall: a total, or a part that leads from the total before to the one after.

    Attributes
    ----------
    label : str
        A word or two.
    value : float
        The total itself, or the part's signed contribution.
    is_total : bool
        Totals are drawn as marks and never as bars: the axis is cut.
    tone : {"worse", "better", "plain"}
        What the part means for the advertiser.
    """

    label: str
    value: float
    is_total: bool = False
    tone: Tone = "plain"


@dataclass(frozen=True)
class Waterfall:
    """Parts that add up to a change exactly.

    Raises
    ------
    SchemaError
        If a total is not what the steps before it add up to (to a billionth), or a value is no number.
    """

    steps: Sequence[Step]

    def __post_init__(self) -> None:
        running: float | None = None
        for step in self.steps:
            if is_absent(step.value):
                raise SchemaError(f"Step {step.label!r} has no value.", next_step="Leave the step out.")
            if step.is_total and running is not None:
                slack = 1e-9 * max(abs(running), abs(step.value), 1e-300)
                if abs(running - step.value) > max(slack, 1e-9):
                    raise SchemaError(
                        f"The steps before {step.label!r} add up to {running!r}, not to {step.value!r}.",
                        next_step="Name what is missing as a step of its own.",
                        difference=step.value - running,
                    )
            running = step.value if step.is_total else (running or 0.0) + step.value


@dataclass(frozen=True)
class Dot:
    """One row of an interval figure.

    Attributes
    ----------
    label, note : str
        Who it is; a faint second line.
    value : float or None
        The estimate.
    lower, upper : float or None
        Ends of its interval.
    before : float or None
        Where it is today: drawn hollow and joined.
    tone : {"worse", "better", "plain"}
        Meaning of the way from ``before`` to ``value``.
    text : str
        Words at the right instead of the value.
    """

    label: str
    value: Value
    lower: Value = None
    upper: Value = None
    before: Value = None
    tone: Tone = "plain"
    note: str = ""
    text: str = ""


@dataclass(frozen=True)
class Dots:
    """Estimates in rows on one common scale, with an optional dashed reference."""

    rows: Sequence[Dot]
    reference: Value = None
    reference_words: str = ""


Mark = Line | Band | Bars | Points | Event | Rule | Waterfall | Dots
Kind = Literal["xy", "steps", "rows"]


@dataclass(frozen=True)
class Chart:
    """A figure.

    Attributes
    ----------
    title, subtitle : str
        What is drawn; how to read it.
    marks : sequence of Mark
        Drawn in this order, bands first.
    unit, x_unit : Unit
        Of the values, and of a numeric x axis.
    x_name : str
        What x is, for the table: ``Day``, ``Campaign``.
    locale : str
        Locale of every number and day in it.
    from_zero : bool
        Whether the value axis must start at zero; bars always do.
    height_px : int
        Height of an ``xy`` or ``steps`` figure; rows take what they need.
    aria : str
        What a screen reader says; made from the data when empty.
    empty_words : str
        What to say when there is nothing to draw.

    Raises
    ------
    SchemaError
        If marks of two kinds are mixed, kinds of x are mixed, or a mark's sequences differ in length.
    """

    title: str
    subtitle: str = ""
    marks: Sequence[Mark] = ()
    unit: Unit = field(default_factory=Unit)
    x_unit: Unit = field(default_factory=Unit)
    x_name: str = "Day"
    locale: str = "en_GB"
    from_zero: bool = False
    height_px: int = 244
    aria: str = ""
    empty_words: str = "No data in this period."

    def __post_init__(self) -> None:
        for mark in self.marks:
            _check_lengths(mark)
        if len({_kind_of(mark) for mark in self.marks}) > 1:
            raise SchemaError(
                f"Figure {self.title!r} mixes marks of different kinds.",
                next_step="Draw a waterfall, and dots in rows, as figures of their own.",
            )
        kinds = {x_kind(x) for x in self.x_values}
        if len(kinds) > 1:
            raise SchemaError(
                f"Figure {self.title!r} mixes {' and '.join(sorted(kinds))} along x.",
                next_step="Give every mark days, or numbers, or categories.",
            )

    @property
    def kind(self) -> Kind:
        """Which of the three kinds of figure this is."""
        return _kind_of(self.marks[0]) if self.marks else "xy"

    @cached_property
    def value_unit(self) -> Unit:
        """The unit to write values with: from a thousand on, all of a figure drops the cents."""
        if self.unit.kind != "money" or self.unit.whole is not None:
            return self.unit
        largest = max((abs(v) for mark in self.marks for v in values_of(mark)), default=0.0)
        return replace(self.unit, whole=largest >= 1000)

    @property
    def x_values(self) -> list[X]:
        """Every x of every mark, in the order of the marks, once each."""
        seen: dict[X, None] = {}
        for mark in self.marks:
            if isinstance(mark, Line | Band | Bars | Points):
                seen.update(dict.fromkeys(mark.x))
            elif isinstance(mark, Event):
                seen[mark.x] = None
        return list(seen)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(_has_value(mark) for mark in self.marks)


def x_kind(x: X) -> str:
    """Return ``days``, ``numbers`` or ``categories``."""
    if isinstance(x, date):
        return "days"
    return "categories" if isinstance(x, str) else "numbers"


def values_of(mark: Mark) -> list[float]:
    """Return every finite value that a mark puts on the value axis."""
    if isinstance(mark, Line | Bars | Points):
        values: list[Value] = list(mark.y)
    elif isinstance(mark, Band):
        values = [*mark.lower, *mark.upper]
    elif isinstance(mark, Rule):
        values = [mark.y]
    elif isinstance(mark, Dots):
        values = [v for row in mark.rows for v in (row.value, row.lower, row.upper, row.before)]
        values.append(mark.reference)
    elif isinstance(mark, Waterfall):
        values = [v for ends in waterfall_ends(mark) for v in ends]
    else:
        values = []
    return [float(v) for v in values if v is not None and not is_absent(v)]


def with_gaps(xs: Sequence[X], *columns: Sequence[Value]) -> tuple[list[X], list[list[Value]]]:
    """Put an absent day wherever days are missing, so that no renderer draws a line across them.

    The usual distance of two days is the smallest one: a week for weekly values. Numbers are left alone.

    Examples
    --------
    >>> days = [date(2026, 11, d) for d in (1, 2, 5)]
    >>> with_gaps(days, [3, 4, 5])[1]
    [[3, 4, None, 5]]
    """
    usual = min((b - a for a, b in pairwise(xs) if isinstance(a, date) and isinstance(b, date)), default=None)
    new_xs: list[X] = []
    new_columns: list[list[Value]] = [[] for _ in columns]
    for i, x in enumerate(xs):
        before = xs[i - 1] if i else None
        if usual and isinstance(before, date) and isinstance(x, date) and x - before > 1.5 * usual:
            new_xs.append(before + usual)
            for new in new_columns:
                new.append(None)
        new_xs.append(x)
        for new, column in zip(new_columns, columns, strict=True):
            new.append(None if is_absent(column[i]) else column[i])
    return new_xs, new_columns


def waterfall_ends(waterfall: Waterfall) -> list[tuple[float, float]]:
    """Return where each step starts and stops on the value axis; totals start where they stop.

    Examples
    --------
    >>> steps = [Step("Before", 20, is_total=True), Step("CPM", 2), Step("Now", 22, is_total=True)]
    >>> waterfall_ends(Waterfall(steps))
    [(20.0, 20.0), (20.0, 22.0), (22.0, 22.0)]
    """
    ends: list[tuple[float, float]] = []
    level = 0.0
    for step in waterfall.steps:
        start = float(step.value) if step.is_total else level
        level = float(step.value) if step.is_total else level + step.value
        ends.append((start, level))
    return ends


def _kind_of(mark: Mark) -> Kind:
    if isinstance(mark, Waterfall):
        return "steps"
    return "rows" if isinstance(mark, Dots) else "xy"


def _has_value(mark: Mark) -> bool:
    if isinstance(mark, Event | Rule):
        return False
    if isinstance(mark, Dots):
        return any(not is_absent(row.value) for row in mark.rows)
    return bool(values_of(mark))


def _check_lengths(mark: Mark) -> None:
    if isinstance(mark, Line | Bars | Points):
        lengths = [len(mark.x), len(mark.y)]
    elif isinstance(mark, Band):
        lengths = [len(mark.x), len(mark.lower), len(mark.upper)]
    else:
        return
    if isinstance(mark, Bars) and mark.tones:
        lengths.append(len(mark.tones))
    if len(set(lengths)) > 1:
        raise SchemaError(
            f"{type(mark).__name__} {mark.name!r} has sequences of {', '.join(map(str, lengths))} values.",
            next_step="Give x and every value sequence the same length.",
            lengths=lengths,
        )
