"""The days that a question to insights is about: ranges, presets, and the end of what Meta keeps."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from workbench.sandbox.graph.parameters import read_json
from workbench.sandbox.graph.refusals import bad_param, seen

HISTORY_MONTHS = 37
_DAY = timedelta(days=1)
Range = tuple[date, date]


def ranges_of(params: Mapping[str, str], today: date) -> list[Range]:
    """Return the periods of a question, first and last day of each.

    Parameters
    ----------
    params : mapping of str to str
        With ``time_range``, ``time_ranges`` or ``date_preset``; the last 30 days by default.
    today : datetime.date
        The account's today.

    Raises
    ------
    GraphRefusal
        If a period is malformed, ends before it begins, or begins more than 37 months ago.
    """
    if params.get("time_ranges"):
        raw = read_json("time_ranges", params["time_ranges"])
        if not isinstance(raw, list) or not raw:
            raise bad_param("Param time_ranges must be an array of time ranges.")
        ranges = [_range(f"time_ranges[{i}]", one) for i, one in enumerate(raw)]
    elif params.get("time_range"):
        ranges = [_range("time_range", read_json("time_range", params["time_range"]))]
    else:
        ranges = [preset(params.get("date_preset", "last_30d"), today)]
    if min(since for since, _ in ranges) < oldest_day(today):
        raise seen("old_range")
    return ranges


def oldest_day(today: date) -> date:
    """Return the first day that may be asked for.

    Examples
    --------
    >>> oldest_day(date(2026, 11, 20))
    datetime.date(2023, 10, 20)
    """
    return _months_back(today, HISTORY_MONTHS)


def preset(name: str, today: date) -> Range:
    """Return the period of a preset such as ``last_7d``, which ends yesterday.

    Raises
    ------
    GraphRefusal
        If there is no such preset.

    Examples
    --------
    >>> preset("last_7d", date(2026, 11, 20))
    (datetime.date(2026, 11, 13), datetime.date(2026, 11, 19))
    """
    yesterday = today - _DAY
    if name.startswith("last_") and name.endswith("d") and name[5:-1].isdecimal():
        return yesterday - (int(name[5:-1]) - 1) * _DAY, yesterday
    if name not in _PRESETS:
        raise bad_param(f"Param date_preset must be one of the known presets - got {name!r}.")
    return _PRESETS[name](today)


def months_of(period: Range) -> Iterator[Range]:
    """Yield the calendar months of a period, cut at its ends."""
    since, until = period
    while since <= until:
        end = since.replace(day=monthrange(since.year, since.month)[1])
        yield since, min(end, until)
        since = end + _DAY


def _range(name: str, value: Any) -> Range:
    if not isinstance(value, dict) or set(value) != {"since", "until"}:
        raise bad_param(f"Param {name} must be an object with since and until.")
    try:
        since, until = (date.fromisoformat(str(value[end])) for end in ("since", "until"))
    except ValueError:
        raise bad_param(f"Param {name} must hold days such as 2026-11-20 - got {value!r}.") from None
    if since > until:
        raise bad_param(f"Param {name}: since ({since}) must not be later than until ({until}).")
    return since, until


def _months_back(day: date, n_months: int) -> date:
    month = day.year * 12 + day.month - 1 - n_months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


_PRESETS: dict[str, Callable[[date], Range]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - _DAY, today - _DAY),
    "this_month": lambda today: (today.replace(day=1), today),
    "last_month": lambda today: (_months_back(today.replace(day=1), 1), today.replace(day=1) - _DAY),
    "this_quarter": lambda today: (_quarter(today), today),
    "last_quarter": lambda today: (_months_back(_quarter(today), 3), _quarter(today) - _DAY),
    "this_year": lambda today: (today.replace(month=1, day=1), today),
    "last_year": lambda today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    "this_week_mon_today": lambda today: (today - today.weekday() * _DAY, today),
    "this_week_sun_today": lambda today: (today - (today.weekday() + 1) % 7 * _DAY, today),
    "last_week_mon_sun": lambda today: (
        today - (today.weekday() + 7) * _DAY,
        today - (today.weekday() + 1) * _DAY,
    ),
    "last_week_sun_sat": lambda today: (
        today - ((today.weekday() + 1) % 7 + 7) * _DAY,
        today - ((today.weekday() + 1) % 7 + 1) * _DAY,
    ),
    "maximum": lambda today: (oldest_day(today), today),
    "data_maximum": lambda today: (oldest_day(today), today),
}
