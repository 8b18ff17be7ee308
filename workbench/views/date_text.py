"""The words of days: short, in the reader's locale, the year only where it is needed."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


def day(when: date, locale: str = "en_GB", *, year: int | None = None) -> str:
    """Write a day; its year too when that is not ``year``.

    Examples
    --------
    >>> day(date(2026, 9, 27), year=2026), day(date(2025, 9, 27), year=2026), day(date(2026, 9, 27), "de_DE")
    ('27 Sep', '27 Sep 2025', '27. Sept.')
    """
    skeleton = "MMMd" if year is None or when.year == year else "yMMMd"
    return _skeleton(skeleton, when, locale)


def day_range(start: date, stop: date, locale: str = "en_GB", *, year: int | None = None) -> str:
    """Write a period, the year only where it is needed.

    Examples
    --------
    >>> day_range(date(2026, 9, 27), date(2026, 11, 20), year=2026)
    '27 Sep – 20 Nov'
    >>> day_range(date(2025, 12, 27), date(2026, 1, 2), year=2026)
    '27 Dec 2025 – 2 Jan'
    """
    if start == stop:
        return day(start, locale, year=year)
    # a start in the same, foreign year as the stop need not say it twice
    year_of_start = stop.year if start.year == stop.year else year
    return f"{day(start, locale, year=year_of_start)} – {day(stop, locale, year=year)}"


def month(when: date, locale: str = "en_GB", *, with_year: bool = False) -> str:
    """Write a month.

    Examples
    --------
    >>> month(date(2026, 1, 1)), month(date(2026, 1, 1), with_year=True)
    ('Jan', 'Jan 2026')
    """
    return _skeleton("yMMM" if with_year else "MMM", when, locale)


@lru_cache(maxsize=4096)  # every figure of a page writes the same days
def _skeleton(skeleton: str, when: date, locale: str) -> str:
    from babel.dates import format_skeleton

    text: str = format_skeleton(skeleton, when, locale=locale)
    # British English alone writes one month with four letters; equal widths read better on an axis
    return text.replace("Sept", "Sep") if locale.startswith("en") else text
