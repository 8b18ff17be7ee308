"""Units by day: weeks, lists, visitors who come back."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.traffic import Traffic


def test_a_week_has_its_shape():
    traffic = Traffic(100, weekday_shape=[2, 1, 1, 1, 1, 0.5, 0.5])
    assert traffic.units_by_day(7)[-1] == pytest.approx(700)
    assert traffic.units_by_day(8)[-1] == pytest.approx(900)
    assert traffic.days_for(150) == 1


def test_the_last_week_of_a_list_repeats():
    given = [10, 0, *range(1, 8)]
    assert np.diff(Traffic(given).units_by_day(16), prepend=0).tolist() == [*given, *range(1, 8)]
    assert Traffic([5, 15]).days_for(41) == 5


def test_visitors_who_come_back():
    traffic = Traffic(1_000, weekly_units=4_000)
    units = traffic.units_by_day(28)
    assert units[0] == pytest.approx(1_000)
    assert units[6] == pytest.approx(4_000)
    assert (np.diff(np.diff(units)) < 0).all()
    assert traffic.days_for(1e9) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"daily_units": 0}, "daily_units"),
        ({"daily_units": [5, -1]}, "daily_units"),
        ({"daily_units": [5] + [0] * 7}, "daily_units"),
        ({"daily_units": 5, "weekday_shape": [1, 2]}, "weekday_shape"),
        ({"daily_units": [5, 5], "weekday_shape": [1] * 7}, "weekday_shape"),
        ({"daily_units": 5, "weekly_units": 36}, "weekly_units"),
        ({"daily_units": 5, "weekly_units": 4}, "weekly_units"),
    ],
)
def test_bad_traffic(given, field):
    with pytest.raises(DataError, match=field):
        Traffic(**given)
