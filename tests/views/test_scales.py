"""Ticks at round numbers and at days."""

from __future__ import annotations

import math
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbench.views.scales import Scale, date_ticks, nice_ticks, value_domain

value = st.floats(-1e300, 1e300, allow_subnormal=False)


@given(value, value)
def test_ticks_lie_inside_rise_and_are_few(a, b):
    low, high = sorted((a, b))
    ticks = nice_ticks(low, high)
    slack = 1e-8 * (high / 2 - low / 2)
    assert 1 <= len(ticks) <= 5
    assert ticks == sorted(set(ticks))
    assert low - slack <= ticks[0]
    assert ticks[-1] <= high + slack


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_the_step_between_ticks_is_1_2_or_5_times_a_power_of_ten(low, span):
    ticks = nice_ticks(low, low + span)
    if len(ticks) < 2:
        return
    step = ticks[1] - ticks[0]
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - k) for k in (1, 2, 5, 10)) < 1e-4


@given(st.lists(value, max_size=8), st.booleans())
def test_the_domain_holds_every_value_and_zero_where_bars_stand(values, zero):
    low, high = value_domain(values, zero=zero)
    assert low < high
    assert all(low <= v <= high for v in values)
    if zero and values:
        assert low <= 0 <= high


def test_bars_that_are_all_positive_start_exactly_at_zero():
    assert value_domain([880, 18_240], zero=True)[0] == 0
    assert value_domain([-3, -1], zero=True)[1] == 0


@given(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308), st.floats(0, 1))
def test_a_scale_never_leaves_its_extent(a, b, share):
    low, high = sorted((a, b))
    at = Scale((low, high), (10, 110))(low * (1 - share) + high * share)
    assert 9.999 <= at <= 110.001


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 7000), st.integers(2, 8))
def test_days_under_an_axis_are_few_inside_and_unlike(start, n_days, n_max):
    stop = start + timedelta(days=n_days)
    ticks = date_ticks(start, stop, n_max=n_max)
    assert 1 <= len(ticks) <= n_max
    assert all(start <= tick.when <= stop for tick in ticks)
    assert len({tick.when for tick in ticks}) == len(ticks)


def test_the_year_is_written_where_a_range_has_two():
    texts = [t.text for t in date_ticks(date(2025, 12, 20), date(2026, 1, 9), n_max=4)]
    assert texts == ["20 Dec 2025", "27 Dec", "3 Jan 2026", "9 Jan"]
    assert date_ticks(date(2025, 3, 1), date(2026, 9, 1), n_max=4)[0].text.endswith("2025")
