"""Filters survive the way through a link, and nothing in a link can break a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.dates import Period
from workbench.core.errors import DataError, NotEnoughData, WorkbenchError
from workbench.flows.available import Available, Slice
from workbench.flows.filters import COMPARES, FilterState

DAILY = Slice(
    "meta",
    "7",
    "campaign|age|day|7d_click,1d_view",
    "EUR",
    Period(date(2025, 1, 1), date(2026, 11, 20)),
    campaigns=(("c1", "Prospecting"), ("name:Spring, 50% off", "Spring, 50% off")),
    breakdowns=(("age", ("18-24", "25-34")),),
    result_types=("lead", "purchase"),
)
RANGES = Slice(
    "meta",
    "7",
    "ad||range|",
    "EUR",
    Period(date(2026, 10, 1), date(2026, 10, 31)),
    ranges=(Period(date(2026, 10, 1), date(2026, 10, 31)),),
)
OTHER = Slice("google", "9", "campaign||day|", "USD", Period(date(2024, 1, 1), date(2024, 3, 31)))
AVAILABLE = Available((OTHER, RANGES, DAILY))

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
moments = st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1), timezones=st.just(UTC))
subsets = st.lists(st.sampled_from([key for key, _ in DAILY.campaigns]), unique=True).map(tuple)


@st.composite
def states(draw):
    start, stop = sorted((draw(days), draw(days)))
    ages = draw(st.sampled_from([(), ("18-24",)]))
    return FilterState(
        "meta",
        "7",
        DAILY.grain,
        start,
        stop,
        compare=draw(st.sampled_from(COMPARES)),
        campaigns=draw(subsets),
        breakdowns=(("age", ages),) if ages else (),
        as_of=draw(st.none() | moments),
        result_type=draw(st.sampled_from(("", "lead", "purchase"))),
    )


@given(states())
def test_a_link_gives_back_the_filters_it_was_made_from(state):
    assert FilterState.from_fragment(state.to_fragment(), AVAILABLE) == state


keys = st.sampled_from(
    ["account", "network", "grain", "from", "to", "compare", "campaign", "age", "as_of", "result", "x"]
)
texts = st.text(max_size=20) | st.sampled_from(["2026-11-31", "9999-12-31", "0001-01-01", "-1", "%", "7"])


@given(st.dictionaries(keys, texts))
def test_nothing_in_a_link_raises_anything_but_a_readable_error(fragment):
    try:
        state = FilterState.from_fragment(fragment, AVAILABLE)
    except WorkbenchError as refusal:
        error = refusal
    else:
        assert state.comparison is None or state.comparison.n_days == state.period.n_days
        return
    assert error.next_step


def test_an_untouched_page_shows_the_last_four_weeks_of_the_newest_account():
    state = FilterState.default(AVAILABLE)
    assert (state.network, state.account_id, state.grain) == ("meta", "7", DAILY.grain)
    assert state.period == Period(date(2026, 10, 24), date(2026, 11, 20))


def test_one_end_of_the_dates_is_enough():
    assert FilterState.from_fragment({"to": "2026-03-28"}, AVAILABLE).start == date(2026, 3, 1)
    assert FilterState.from_fragment({"from": "2026-11-01"}, AVAILABLE).stop == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("fragment", "key", "value"),
    [
        ({"account": "8"}, "account", "8"),
        ({"network": "x"}, "network", "x"),
        ({"grain": "ad||day|"}, "grain", "ad||day|"),
        ({"campaign": "c1,c9"}, "campaign", "c9"),
        ({"age": "65+"}, "age", "65+"),
        ({"gender": "female"}, "gender", "female"),
        ({"compare": "last"}, "compare", "last"),
        ({"as_of": "2026-11-20T08:15:00"}, "as_of", "2026-11-20T08:15:00"),
        ({"from": "1999-12-31"}, "from", "1999-12-31"),
    ],
)
def test_a_refusal_names_key_value_and_what_is_allowed(fragment, key, value):
    with pytest.raises(DataError) as caught:
        FilterState.from_fragment(fragment, AVAILABLE)
    assert (caught.value.key, caught.value.value) == (key, value)
    assert repr(value) in str(caught.value) or repr(key) in str(caught.value)
    assert caught.value.next_step


def test_an_empty_lake_says_what_to_load():
    with pytest.raises(NotEnoughData, match="Drop an Ads Manager export"):
        FilterState.default(Available(()))


def test_a_pinned_view_stays_pinned():
    first, second = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    state = FilterState.default(AVAILABLE)
    assert state.pinned(first).pinned(second).as_of == first


def test_another_account_lets_go_of_what_belonged_to_the_old_one():
    state = FilterState.from_fragment({"campaign": "c1", "age": "18-24", "compare": "year"}, AVAILABLE)
    moved = state.changed({"account": "9"}, AVAILABLE)
    assert (moved.network, moved.campaigns, moved.breakdowns, moved.compare) == ("google", (), (), "year")
    assert moved.stop == OTHER.period.stop


def test_another_grain_keeps_the_dates_only_where_rows_can_be_cut():
    state = FilterState.from_fragment({"age": "18-24", "from": "2026-10-20"}, AVAILABLE)
    ranged = state.changed({"grain": RANGES.grain}, AVAILABLE)
    assert (ranged.period, ranged.breakdowns) == (RANGES.period, ())
    back = ranged.changed({"grain": DAILY.grain}, AVAILABLE)
    assert back.period == RANGES.period


def test_an_empty_value_puts_a_filter_at_its_default():
    at = datetime(2026, 11, 1, tzinfo=UTC)
    state = FilterState.from_fragment({"campaign": "c1"}, AVAILABLE).pinned(at)
    assert state.changed({"campaign": "", "as_of": ""}, AVAILABLE) == FilterState.default(AVAILABLE)


def test_comparisons_have_equal_length_and_weekdays():
    state = FilterState.from_fragment({"compare": "year"}, AVAILABLE)
    assert state.start - state.comparison.start == timedelta(weeks=52)
    assert FilterState.from_fragment({"compare": "none"}, AVAILABLE).comparison is None
