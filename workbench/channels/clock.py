"""The clock that channels wait by: the system's, or a simulated one that makes no test sleep."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from workbench.core.errors import DataError


class Clock(Protocol):
    """What a channel asks for the time, and whom it asks to wait."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Come back after ``seconds``."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Sleep for ``seconds``; a negative number is no time at all."""
        time.sleep(max(0.0, seconds))


class SimulatedClock:
    """A clock that stands still until somebody sleeps, and then jumps. Safe to share between threads.

    Parameters
    ----------
    start : datetime.datetime
        First moment; has to know its time zone.

    Raises
    ------
    DataError
        If ``start`` has no time zone.

    Examples
    --------
    >>> clock = SimulatedClock(datetime(2026, 11, 20, tzinfo=UTC))
    >>> clock.sleep(90)
    >>> clock.now().isoformat()
    '2026-11-20T00:01:30+00:00'
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise DataError(
                f"The moment {start.isoformat()} has no time zone.",
                next_step="Give it one, such as tzinfo=UTC.",
                value=start,
            )
        self._now = start.astimezone(UTC)
        self._slept_s = 0.0
        self._lock = threading.Lock()

    @property
    def slept_s(self) -> float:
        """Seconds slept in all."""
        return self._slept_s

    def now(self) -> datetime:
        """Return the simulated moment, aware and in UTC."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Advance the clock by ``seconds`` and come back at once."""
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))
            self._slept_s += max(0.0, seconds)
