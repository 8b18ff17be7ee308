"""Every day is loaded, provisional or missing, and says when it was read last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from lakes import insight, write

from workbench.core.dates import Period, last_days
from workbench.flows.company import own_lake
from workbench.flows.coverage import cover, loaded_days, recent_days
from workbench.ledger.load_history import DaysRead
from workbench.loaders.meta.windows import RESTATED_DAYS

LAST = date(2026, 11, 20)
QUARTER = last_days(90, until=LAST)
AT = datetime(2026, 11, 21, 6, tzinfo=UTC)


def read(start: int, stop: int, *, at: datetime = AT) -> DaysRead:
    """Make a load of the days so far before the last one."""
    return DaysRead("meta", "1", Period(LAST - timedelta(days=start), LAST - timedelta(days=stop)), at)


def test_a_day_that_was_read_and_had_no_rows_is_loaded():
    found = cover(QUARTER, first_day=QUARTER.start, with_rows=(), reads=[read(89, 0)])
    assert found.missing == ()
    assert (found.n_days("loaded"), found.n_days("provisional")) == (62, 28)
    assert found.read_at == AT


def test_days_before_the_account_began_are_not_missing():
    begin = LAST - timedelta(days=9)
    found = cover(QUARTER, first_day=begin, with_rows=[Period(begin, LAST)])
    assert found.period == Period(begin, LAST)
    assert found.missing == ()


def test_what_was_open_when_an_account_stopped_stays_provisional():
    stopped = LAST - timedelta(days=10)
    found = cover(QUARTER, first_day=QUARTER.start, with_rows=[Period(QUARTER.start, stopped)])
    assert found.n_days("provisional") == RESTATED_DAYS
    assert found.missing == (Period(stopped + timedelta(days=1), LAST),)


def test_a_day_says_when_it_was_read_last():
    later = AT + timedelta(days=1)
    found = cover(
        QUARTER, first_day=QUARTER.start, with_rows=(), reads=[read(89, 0), read(27, 0, at=later), read(5, 5)]
    )
    assert [run.read_at for run in found.runs] == [AT, later]


def test_without_any_recent_day_all_are_missing():
    found = cover(QUARTER, first_day=date(2020, 1, 1), with_rows=())
    assert found.missing == (QUARTER,)
    assert cover(QUARTER, first_day=LAST + timedelta(days=1), with_rows=()) is None


@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120), st.integers(0, 50)), max_size=12),
    st.integers(0, 120),
)
def test_every_day_stands_in_exactly_one_run(loads, began):
    reads = [read(max(a, b), min(a, b), at=AT + timedelta(days=c)) for a, b, c in loads]
    found = cover(QUARTER, first_day=LAST - timedelta(days=began), with_rows=(), reads=reads)
    assert [day for run in found.runs for day in run.period.days()] == list(found.period.days())
    held = {day for one in reads for day in one.period.days()}
    for run in found.runs:
        for day in run.period.days():
            assert (run.state == "missing") == (day not in held)
            assert (run.read_at is None) == (day not in held)


def test_rows_of_the_lake_are_found_by_account_and_ranges_cover_their_days(settings):
    lake = own_lake(settings)
    assert loaded_days(lake) == ()
    assert recent_days(lake, LAST) == {}
    rows = [insight(LAST), insight(LAST, campaign_id="c2"), insight(LAST - timedelta(days=200))]
    week = insight(
        LAST - timedelta(days=6), date_stop=LAST, account_id="2", grain="campaign||range|", currency="USD"
    )
    write(lake, "ad_insights", [*rows, week], load_id="l", believed_at=AT)
    one, two = loaded_days(lake)
    assert (one.account_id, one.first_day, one.last_day) == ("1", LAST - timedelta(days=200), LAST)
    assert (two.account_id, two.currency) == ("2", "USD")
    assert recent_days(lake, QUARTER.start) == {
        ("meta", "1"): (Period(LAST, LAST),),
        ("meta", "2"): (Period(LAST - timedelta(days=6), LAST),),
    }
