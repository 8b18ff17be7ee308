"""Days that are read again, and in which pieces."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.dates import Period
from workbench.loaders.meta.windows import (
    FIRST_DAYS,
    RESTATED_DAYS,
    TARGET_ROWS,
    Pace,
    gaps,
    since_when,
    windows,
)

TODAY = date(2026, 11, 21)
YESTERDAY = date(2026, 11, 20)
DAYS = st.integers(0, 400).map(lambda n: date(2025, 10, 1) + timedelta(days=n))


@st.composite
def periods(draw):
    start, length = draw(DAYS), draw(st.integers(0, 90))
    return Period(start, start + timedelta(days=length))


def test_a_nightly_run_reads_what_may_still_be_restated():
    start = since_when(last_good_day=YESTERDAY - timedelta(days=1), yesterday=YESTERDAY)
    assert Period(start, YESTERDAY).n_days == RESTATED_DAYS + 1


def test_a_gap_fills_itself_with_what_was_still_open_before_it():
    assert since_when(last_good_day=date(2026, 9, 1), yesterday=YESTERDAY) == date(2026, 8, 5)


def test_a_first_run_reads_the_window_and_a_wish_wins():
    assert Period(since_when(last_good_day=None, yesterday=YESTERDAY), YESTERDAY).n_days == RESTATED_DAYS
    assert since_when(last_good_day=YESTERDAY, yesterday=YESTERDAY, since=date(2024, 1, 1)) == date(
        2024, 1, 1
    )


@given(periods(), st.lists(periods(), max_size=5), st.one_of(st.none(), st.floats(0, 1e6)))
def test_windows_cover_every_missing_day_once_and_no_other(period, done, rows_per_day):
    read = [day for window in windows(period, done, Pace(rows_per_day)) for day in window.days()]
    covered = {day for window in done for day in window.days()}
    assert sorted(read) == [day for day in period.days() if day not in covered]
    assert len(set(read)) == len(read)


def test_the_newest_days_come_first_and_windows_grow_with_what_is_learned():
    pace = Pace(None)
    asked = windows(Period(date(2026, 8, 1), YESTERDAY), [], pace)
    first = next(asked)
    assert first == Period(YESTERDAY - timedelta(days=FIRST_DAYS - 1), YESTERDAY)
    pace.learn(first, n_rows=70)
    second = next(asked)
    assert second.stop == first.start - timedelta(days=1)
    assert second.n_days == RESTATED_DAYS


def test_many_rows_make_short_windows():
    assert Pace(TARGET_ROWS / 3).n_days == 3
    assert Pace(10.0 * TARGET_ROWS).n_days == 1
    assert Pace(0.0).n_days == RESTATED_DAYS


def test_one_quiet_window_does_not_make_the_next_one_too_long():
    pace = Pace(TARGET_ROWS / 2)
    pace.learn(Period(TODAY, TODAY), n_rows=0)
    assert pace.n_days == 4


def test_gaps_are_runs_of_days():
    week = Period(date(2026, 11, 1), date(2026, 11, 7))
    assert gaps(week, []) == [week]
    assert gaps(week, [week]) == []
