"""Days of an account, and periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.dates import Period, account_today, last_days, now_utc, parse_day, zone
from workbench.core.errors import ConfigError, DataError

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1))
PERIODS = st.builds(lambda start, n: Period(start, start + timedelta(days=n)), DAYS, st.integers(0, 800))


@given(PERIODS)
def test_the_previous_period_touches_and_is_as_long(period: Period) -> None:
    before = period.previous()
    assert before.n_days == period.n_days
    assert before.stop + timedelta(days=1) == period.start
    assert not before.overlaps(period)


@given(PERIODS)
def test_a_year_before_keeps_the_weekdays(period: Period) -> None:
    before = period.year_before()
    assert (before.start.weekday(), before.n_days) == (period.start.weekday(), period.n_days)


@given(PERIODS)
def test_days_are_all_of_them_once(period: Period) -> None:
    days = list(period.days())
    assert len(days) == len(set(days)) == period.n_days
    assert (days[0], days[-1]) == (period.start, period.stop)


@given(PERIODS, PERIODS)
def test_overlap_means_a_shared_day(one: Period, other: Period) -> None:
    assert one.overlaps(other) == other.overlaps(one) == bool(set(one.days()) & set(other.days()))


@given(st.integers(1, 400), DAYS)
def test_last_days(n_days: int, until: date) -> None:
    period = last_days(n_days, until=until)
    assert (period.n_days, period.stop) == (n_days, until)


def test_a_period_that_ends_before_it_starts() -> None:
    with pytest.raises(DataError, match=r"ends \(2026-11-01\) before it starts \(2026-11-02\)"):
        Period(date(2026, 11, 2), date(2026, 11, 1))


def test_how_a_period_reads() -> None:
    assert str(Period(date(2026, 11, 14), date(2026, 11, 20))) == "2026-11-14 – 2026-11-20"


@pytest.mark.parametrize(
    ("name", "day"), [("Pacific/Auckland", 21), ("UTC", 20), ("America/Los_Angeles", 20), ("Asia/Tokyo", 21)]
)
def test_today_is_the_accounts_own(name: str, day: int) -> None:
    assert account_today(name, datetime(2026, 11, 20, 20, 0, tzinfo=UTC)) == date(2026, 11, day)


def test_now_is_aware() -> None:
    assert now_utc().utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_no_such_zone(name: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a time zone.*Europe/Berlin"):
        zone(name)


@pytest.mark.parametrize("text", ["20.11.2026", "2026-02-30", "", "yesterday"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(DataError, match=r"is not a day.*YYYY-MM-DD"):
        parse_day(text)


def test_a_day() -> None:
    assert parse_day("2026-11-20") == date(2026, 11, 20)
