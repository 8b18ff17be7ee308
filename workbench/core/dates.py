"""Days as the ad account sees them, and periods to compare.

Reports of an ad account are cut at midnight of the account's own time zone, so every "today" here names one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.core.errors import ConfigError, DataError


def now_utc() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises
    ------
    ConfigError
        If there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"{name!r} is not a time zone.",
            next_step="Use an IANA name such as Europe/Berlin or America/New_York.",
            value=name,
        ) from None


def account_today(time_zone: str, at: datetime | None = None) -> date:
    """Return the calendar day that an ad account in ``time_zone`` calls today.

    Examples
    --------
    >>> account_today("Pacific/Auckland", datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    datetime.date(2026, 11, 21)
    """
    return (at or now_utc()).astimezone(zone(time_zone)).date()


def parse_day(text: str) -> date:
    """Read an ISO day such as ``2026-11-20``.

    Raises
    ------
    DataError
        If the text is anything else.
    """
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError):
        raise DataError(
            f"{text!r} is not a day.", next_step="Write it as YYYY-MM-DD, such as 2026-11-20.", value=text
        ) from None


@dataclass(frozen=True, order=True)
class Period:
    """A run of calendar days, both ends included.

    Attributes
    ----------
    start, stop : datetime.date
        First and last day.

    Examples
    --------
    >>> week = Period(date(2026, 11, 14), date(2026, 11, 20))
    >>> week.n_days, week.previous().start
    (7, datetime.date(2026, 11, 7))
    """

    start: date
    stop: date

    def __post_init__(self) -> None:
        if self.start > self.stop:
            raise DataError(
                f"The period ends ({self.stop}) before it starts ({self.start}).",
                next_step="Swap the two days.",
                start=self.start,
                stop=self.stop,
            )

    @property
    def n_days(self) -> int:
        """Number of days, both ends counted."""
        return (self.stop - self.start).days + 1

    def previous(self) -> Period:
        """Return the period of equal length that ends the day before this one starts."""
        return Period(self.start - timedelta(days=self.n_days), self.start - timedelta(days=1))

    def year_before(self) -> Period:
        """Return the same weekdays 52 weeks earlier."""
        return Period(self.start - timedelta(weeks=52), self.stop - timedelta(weeks=52))

    def overlaps(self, other: Period) -> bool:
        """Say whether the two share a day."""
        return self.start <= other.stop and other.start <= self.stop

    def days(self) -> Iterator[date]:
        """Yield every day in order."""
        for i in range(self.n_days):
            yield self.start + timedelta(days=i)

    def __str__(self) -> str:
        return f"{self.start.isoformat()} – {self.stop.isoformat()}"


def last_days(n_days: int, *, until: date) -> Period:
    """Return the ``n_days`` days that end with ``until``."""
    return Period(until - timedelta(days=n_days - 1), until)
