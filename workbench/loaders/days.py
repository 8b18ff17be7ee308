"""Dates as exports write them -> days. A date that can be read in two ways is refused, not guessed."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench.loaders.numbers import blank_mask
from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
)
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})$")
_WORDED = re.compile(r"(?:(\d{1,2})\s+)?([A-Za-z]{3,9})\.?\s+(?:(\d{1,2}),?\s+)?(\d{4})$")
_RANGE = re.compile(r"(.+?)\s+(?:-|–|—|to|bis|au|al|a|tot)\s+(.+)$")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_YEARS = range(2004, 2101)
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Days:
    """One column of days.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_rows,)
        The days; 1970-01-01 where blank.
    is_blank : ndarray of bool, shape (n_rows,)
        Where the cell holds no day.
    """

    days: np.ndarray
    is_blank: np.ndarray


def parse_days(
    columns: Mapping[str, pa.Array], *, comma_locale: bool, serial_days: bool = False
) -> dict[str, Days]:
    """Read all day columns of a file with one reading of ``11/12/2026``.

    Parameters
    ----------
    columns : mapping of header to texts
        The day columns.
    comma_locale : bool
        Whether the headers are in a language that writes the day first.
    serial_days : bool
        Whether five-digit numbers are spreadsheet dates.

    Raises
    ------
    Unreadable
        At a cell that is no day, or if ``11/12/2026`` cannot be told from ``12/11/2026``.
    """
    import numpy as np

    encoded = {header: texts.dictionary_encode() for header, texts in columns.items()}
    words = {header: [t.strip() for t in e.dictionary.to_pylist()] for header, e in encoded.items()}
    day_first = _day_first(words, comma_locale=comma_locale)
    found: dict[str, Days] = {}
    for header, column in encoded.items():
        is_blank = blank_mask(columns[header])
        blank_words = set(column.indices.to_numpy()[is_blank].tolist())
        days = []
        for code, text in enumerate(words[header]):
            day = None
            if code not in blank_words:
                day = read_day(text, day_first=day_first, serial_days=serial_days)
                if day is None:
                    record = int(np.flatnonzero(column.indices.to_numpy() == code)[0])
                    raise Unreadable(_why(text, day_first), record=record, column=header)
            days.append(day or date(1970, 1, 1))
        lookup = np.array(days, dtype="datetime64[D]")
        indices = column.indices.to_numpy()
        found[header] = Days(lookup[indices] if len(lookup) else lookup, is_blank)
    return found


def _why(text: str, day_first: bool | None) -> str:
    if day_first is None and _SLASHED.match(text):
        return f"{text!r} may be day/month or month/day, and no other date in the file settles it."
    return f"{text!r} is not a day; days are written like 2026-11-20."


def _day_first(words: Mapping[str, Sequence[str]], *, comma_locale: bool) -> bool | None:
    firsts, seconds = set(), set()
    for texts in words.values():
        for text in texts:
            match = _SLASHED.match(text)
            if match:
                firsts.add(int(match.group(1)))
                seconds.add(int(match.group(2)))
    day_is_first = any(n > 12 for n in firsts)
    month_is_first = any(n > 12 for n in seconds)
    if day_is_first and month_is_first:
        raise Unreadable(
            "Some dates are written day/month and others month/day.",
            next_step="Export again; Ads Manager writes 2026-11-20.",
        )
    if day_is_first or month_is_first:
        return day_is_first
    return True if comma_locale else None


def read_day(text: str, *, day_first: bool | None, serial_days: bool = False) -> date | None:
    """Read one day, or return None if the text is none or can be read in two ways.

    Examples
    --------
    >>> read_day("20.11.2026", day_first=None), read_day("11/12/2026", day_first=None)
    (datetime.date(2026, 11, 20), None)
    """
    for pattern, order in ((_ISO, (1, 2, 3)), (_DOTTED, (3, 2, 1))):
        match = pattern.match(text)
        if match:
            return _day(*(int(match.group(i)) for i in order))
    match = _SLASHED.match(text)
    if match:
        first, second, year = (int(g) for g in match.groups())
        if day_first is None:
            return _day(year, first, second) if first == second else None
        return _day(year, second, first) if day_first else _day(year, first, second)
    match = _WORDED.match(text)
    if match:
        day, month = match.group(1) or match.group(3), _MONTHS.get(match.group(2)[:3].lower())
        return _day(int(match.group(4)), month, int(day)) if day and month else None
    if serial_days and re.match(r"\d{5}$", text):
        return _EXCEL_EPOCH + timedelta(days=int(text))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def split_ranges(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Split a column of ``2026-11-01 - 2026-11-07`` into its first and last days; a single day is both."""
    import pyarrow as pa

    encoded = texts.dictionary_encode()
    halves = [_halves(text) for text in encoded.dictionary.to_pylist()]
    firsts, lasts = (pa.array([half[i] for half in halves], pa.string()) for i in (0, 1))
    return firsts.take(encoded.indices), lasts.take(encoded.indices)


def _halves(text: str) -> tuple[str, str]:
    match = _RANGE.match(text.strip())
    return (match.group(1), match.group(2)) if match else (text, text)
