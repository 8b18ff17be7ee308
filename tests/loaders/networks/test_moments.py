"""Times as connectors write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.loaders.networks.moments import local_moment, read_month

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 20)),
        ("2021-09-15 5:00:00", datetime(2021, 9, 15, 5)),
        ("2022-05-23T04:00:00", datetime(2022, 5, 23, 4)),
        ("2021-03-31 11:00:00.000", datetime(2021, 3, 31, 11)),
        ("2021-03-31T23:30:00-07:00", datetime(2021, 3, 31, 23, 30)),  # the account's own clock
        ("2021-03-31T23:30:00Z", datetime(2021, 4, 1, 1, 30)),
        ("2021-03-31 23:30:00 UTC", datetime(2021, 4, 1, 1, 30)),
        ("2026-02-30", None),
        ("2026-11-20 25:00:00", None),
        ("2026-11-20 10:00:00+99:00", None),
        ("20.11.2026", None),
        ("", None),
    ],
)
def test_a_moment_is_the_accounts(text, expected):
    assert local_moment(text, BERLIN, is_utc=False) == expected


@settings(deadline=None)
@given(
    st.dates(date(2005, 1, 1), date(2037, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata"]),
)
def test_the_start_of_a_local_day_in_utc_gives_the_day_back(day, name):
    zone = ZoneInfo(name)
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    found = local_moment(start.strftime("%Y-%m-%d %H:%M:%S"), zone, is_utc=True)
    assert found is not None
    assert found.date() == day


def test_a_month_has_its_own_ends():
    assert read_month("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert read_month("2024-02-01") == (date(2024, 2, 1), date(2024, 2, 29))
    assert read_month("2024-13") is None
    assert read_month("2024-02-15") is None
