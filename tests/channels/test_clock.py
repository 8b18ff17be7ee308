"""Clocks give UTC, and a simulated one moves by sleeping only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from workbench.channels.clock import Clock, SimulatedClock, SystemClock
from workbench.core.errors import DataError

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_the_system_clock_knows_its_zone_and_takes_no_time_for_nothing():
    clock: Clock = SystemClock()
    clock.sleep(-5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_sleeping_moves_a_simulated_clock_and_nothing_else_does():
    clock = SimulatedClock(START)
    clock.sleep(3600)
    clock.sleep(-10)
    assert clock.now() == START + timedelta(hours=1)
    assert clock.slept_s == 3600


def test_a_simulated_clock_gives_utc_whatever_zone_it_was_started_in():
    clock = SimulatedClock(datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == START
    assert clock.now().utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(DataError, match="no time zone"):
        SimulatedClock(datetime(2026, 11, 20))


def test_no_sleep_is_lost_between_threads():
    clock = SimulatedClock(START)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clock.sleep, [1.0] * 2000))
    assert clock.now() == START + timedelta(seconds=2000)
