"""Times as connectors write them -> days of the ad account."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import numpy as np

    from workbench.loaders.networks.cells import Cells

_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?$"
)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})(?:-01)?$")


def local_moment(text: str, zone: tzinfo, *, is_utc: bool) -> datetime | None:
    """Read a moment as the account's clock shows it; None if the text is none.

    Parameters
    ----------
    text : str
        Such as ``2022-05-05 07:00:00`` or ``2022-05-05T07:00:00Z``.
    zone : tzinfo
        The account's time zone.
    is_utc : bool
        Whether a moment without an offset is UTC and not the account's clock. A bare day is the account's.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> local_moment("2022-05-04 22:00:00", ZoneInfo("Europe/Berlin"), is_utc=True)
    datetime.datetime(2022, 5, 5, 0, 0)
    >>> local_moment("2021-09-15 5:00:00", ZoneInfo("America/New_York"), is_utc=False)
    datetime.datetime(2021, 9, 15, 5, 0)
    """
    match = _MOMENT.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    if hour is None or (offset is None and not is_utc):
        return moment
    known = _offset(offset)
    if known is None:  # no such offset
        return None
    if known.utcoffset(None):  # the account's own clock, with its distance from UTC beside it
        return moment
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _offset(text: str | None) -> timezone | None:
    if text in (None, "Z", "UTC"):
        return UTC
    digits = re.sub(r"\D", "", text or "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if (text or "").startswith("-") else distance)


def read_month(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a month such as ``2024-02``; None if the text is none.

    Examples
    --------
    >>> read_month("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    match = _MONTH.match(text)
    if match is None or not 1 <= int(match.group(2)) <= 12:
        return None
    year, month = int(match.group(1)), int(match.group(2))
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def read_days(
    cells: Cells, column: str, zones: list[tzinfo], *, is_utc: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Read a column of moments as the account's days.

    Parameters
    ----------
    cells : Cells
        The file.
    column : str
        Plain header of the moments.
    zones : list of tzinfo
        Time zone of each row's account.
    is_utc : bool
        As in :func:`local_moment`.

    Returns
    -------
    (ndarray of datetime64[D], ndarray of int64)
        The days, and the minutes since midnight.

    Raises
    ------
    Unreadable
        At the first cell that is no moment.
    """
    import numpy as np

    known: dict[tuple[str, tzinfo], tuple[date, int]] = {}
    days: list[date] = []
    minutes: list[int] = []
    for record, (text, zone) in enumerate(zip(cells.texts(column).to_pylist(), zones, strict=True)):
        key = (text or "", zone)
        if key not in known:
            moment = local_moment(key[0], zone, is_utc=is_utc)
            if moment is None:
                raise _no_time(
                    cells, column, record, "a day or hour, such as 2026-11-20 or 2026-11-20 13:00:00"
                )
            known[key] = moment.date(), moment.hour * 60 + moment.minute
        days.append(known[key][0])
        minutes.append(known[key][1])
    return np.array(days, dtype="datetime64[D]"), np.array(minutes, dtype=np.int64)


def read_months(cells: Cells, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a column of months as their first and last days.

    Raises
    ------
    Unreadable
        At the first cell that is no month.
    """
    import numpy as np

    ends: list[tuple[date, date]] = []
    for record, text in enumerate(cells.texts(column).to_pylist()):
        found = read_month(text or "")
        if found is None:
            raise _no_time(cells, column, record, "a month, such as 2026-11")
        ends.append(found)
    start = np.array([first for first, _ in ends], dtype="datetime64[D]")
    return start, np.array([last for _, last in ends], dtype="datetime64[D]")


def _no_time(cells: Cells, column: str, record: int, wanted: str) -> Unreadable:
    raw = cells.raw(column)
    cell = raw[record].as_py() if raw is not None else ""
    return Unreadable(
        f"{cell!r} is not {wanted}.",
        record=record,
        column=cells.header(column),
        next_step="Correct the cell, or export the table again.",
    )
