"""Moments as the Graph API writes them, and the days of an account as moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import account_today, now_utc, zone
from workbench.core.errors import SchemaError

if TYPE_CHECKING:
    from workbench.channels.meta_graph import Graph
    from workbench.core.dates import Period


def moment_of(row: Mapping[str, Any], field: str) -> datetime:
    """Return a moment that an object must have, in UTC.

    Parameters
    ----------
    row : mapping
        As the API gives it.
    field : str
        Field with ``2026-11-20T08:00:00+0100`` or seconds since 1970.

    Raises
    ------
    SchemaError
        If there is none, or it is no moment; the message does not repeat the row.

    Examples
    --------
    >>> moment_of({"event_time": "2026-11-20T08:00:00+0100"}, "event_time").isoformat()
    '2026-11-20T07:00:00+00:00'
    """
    value = row.get(field)
    try:
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SchemaError(
            f"{field} of an object is missing or no moment with a time zone.",
            next_step="Load it again; nothing of this answer was stored.",
            field=field,
        )
    return moment.astimezone(UTC)


def day_of(moment: datetime, time_zone: str) -> date:
    """Return the day that a moment falls on in a time zone."""
    return account_today(time_zone, moment)


def bounds(period: Period, time_zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of a period and the first one after it, in UTC.

    Examples
    --------
    >>> from workbench.core.dates import Period
    >>> day = Period(date(2026, 11, 20), date(2026, 11, 20))
    >>> [moment.isoformat() for moment in bounds(day, "Europe/Berlin")]
    ['2026-11-19T23:00:00+00:00', '2026-11-20T23:00:00+00:00']
    """
    place = zone(time_zone)
    first = datetime.combine(period.start, time.min, place)
    after = datetime.combine(period.stop + timedelta(days=1), time.min, place)
    return first.astimezone(UTC), after.astimezone(UTC)


def graph_now(graph: Graph) -> datetime:
    """Return the present moment by the network's clock, else by our own."""
    return graph.server_now or now_utc()
