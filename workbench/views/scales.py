"""From data units to pixels: ticks at round numbers, ticks at days, positions along an axis."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workbench.views.date_text import day, month

_DAY_STEPS = (1, 2, 7, 14, 28)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_LONGEST_RANGE_IN_DAY_STEPS = 120
_NO_YEAR = -1
_LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Scale:
    """A straight line from ``domain`` (data units) to ``extent`` (pixels)."""

    domain: tuple[float, float]
    extent: tuple[float, float]

    def __call__(self, value: float) -> float:
        """Return the position of a value in pixels; everything is in the middle of an empty domain."""
        low, high = self.domain
        start, stop = self.extent
        # divided first: the span of two huge numbers may be infinite
        span = high / 2 - low / 2
        share = (value / 2 - low / 2) / span if span else 0.5
        return start + share * (stop - start)


def nice_ticks(low: float, high: float, *, n_max: int = 5) -> list[float]:
    """Return at most ``n_max`` ticks at 1, 2 or 5 times a power of ten inside ``[low, high]``.

    Examples
    --------
    >>> nice_ticks(19.4, 26.3), nice_ticks(-0.03, 0.11), nice_ticks(7, 7)
    ([20.0, 22.0, 24.0, 26.0], [0.0, 0.05, 0.1], [7.0])
    """
    span = high - low
    if not math.isfinite(span) or span <= max(abs(low), abs(high)) * 1e-12:
        return [float(low)]
    exponent = math.floor(math.log10(span / n_max))
    for power in range(exponent, exponent + 3):
        for factor in (1, 2, 5):
            ticks = _multiples(low, high, factor, power)
            if len(ticks) <= n_max:
                return ticks
    return [float(low)]  # pragma: no cover - a step of the whole span always fits


def _multiples(low: float, high: float, factor: int, power: int) -> list[float]:
    step = factor * 10.0**power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # through text, so that 3 × 0.1 is 0.3
    return (
        [float(f"{k * factor}e{power}") for k in range(first, last + 1)]
        if last - first < 1000
        else [0.0] * 1000
    )


def value_domain(values: Sequence[float], *, zero: bool = False) -> tuple[float, float]:
    """Return the range of an axis that holds all values with a little air, and zero where it belongs.

    Parameters
    ----------
    values : sequence of float
        Finite values.
    zero : bool
        Whether the axis has to start at zero, as for bars. Without it, zero is shown when it is near.
    """
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if zero or 0 <= low < 0.3 * high or (high * 0.3 < high <= 0 and high > 0.3 * low):
        low, high = min(low, 0.0), max(high, 0.0)
    air = (abs(low) * 0.1 or 1.0) if low == high else (high / 2 - low / 2) * 0.12
    # the largest float has no room beyond it
    low = low if low == 0 < high else max(low - air, -_LARGEST)
    return low, high if high == 0 > low else min(high + air, _LARGEST)


@dataclass(frozen=True)
class DateTick:
    """A day to write under an axis."""

    when: date
    text: str


def date_ticks(start: date, stop: date, *, n_max: int, locale: str = "en_GB") -> list[DateTick]:
    """Return at most ``n_max`` days to write under an axis, the first one always.

    Up to four months they are days, whole weeks apart where that fits; beyond that the first days of months.
    The year is written where the range has more than one.

    Examples
    --------
    >>> [tick.text for tick in date_ticks(date(2026, 9, 27), date(2026, 11, 20), n_max=5)]
    ['27 Sep', '11 Oct', '25 Oct', '8 Nov', '20 Nov']
    """
    n_max = max(2, n_max)
    n_days = (stop - start).days
    if n_days == 0:
        return [DateTick(start, day(start, locale))]
    if n_days <= _LONGEST_RANGE_IN_DAY_STEPS:
        return _day_ticks(start, stop, n_max, _day_writer(start, stop, locale))
    return _month_ticks(start, stop, n_max, locale)


def _day_writer(start: date, stop: date, locale: str) -> Callable[[date], str]:
    seen = start.year if start.year == stop.year else _NO_YEAR

    def write(when: date) -> str:
        nonlocal seen
        text = day(when, locale, year=seen)
        seen = when.year
        return text

    return write


def _day_ticks(start: date, stop: date, n_max: int, write: Callable[[date], str]) -> list[DateTick]:
    n_days = (stop - start).days
    step = next((s for s in _DAY_STEPS if n_days / s <= n_max - 1), math.ceil(n_days / (n_max - 1)))
    offsets = list(range(0, n_days + 1, step))
    if n_days - offsets[-1] > 0.6 * step and len(offsets) < n_max:
        offsets.append(n_days)  # the last day is worth a word when there is room for it
    return [DateTick(when, write(when)) for when in (start + timedelta(days=k) for k in offsets)]


def _month_ticks(start: date, stop: date, n_max: int, locale: str) -> list[DateTick]:
    first = start.year * 12 + start.month - 1 + (start.day > 1)
    last = stop.year * 12 + stop.month - 1
    step = next(s for s in _MONTH_STEPS if len(_aligned(first, last, s)) <= n_max)
    several_years = start.year != stop.year
    ticks: list[DateTick] = []
    for number in _aligned(first, last, step):
        when = date(number // 12, number % 12 + 1, 1)
        with_year = several_years and (not ticks or ticks[-1].when.year != when.year)
        ticks.append(DateTick(when, month(when, locale, with_year=with_year)))
    return ticks


def _aligned(first: int, last: int, step: int) -> list[int]:
    """Return the months from first to last that the step divides, such as January and April."""
    return list(range(-(-first // step) * step, last + 1, step))
