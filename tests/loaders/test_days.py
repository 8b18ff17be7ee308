"""Days in many notations; two readings of one date are refused."""

from __future__ import annotations

import pyarrow as pa
import pytest

from workbench.loaders.days import parse_days, split_ranges
from workbench.loaders.result import Unreadable


def days(*cells: str, comma_locale=False, serial_days=False):
    found = parse_days({"Day": pa.array(cells)}, comma_locale=comma_locale, serial_days=serial_days)
    return [None if b else str(d) for d, b in zip(found["Day"].days, found["Day"].is_blank, strict=True)]


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-20",
        "2026/11/20",
        "20.11.2026",
        "20/11/2026",
        "11/20/2026",
        "20-11-2026",
        "2026-11-20 00:00:00",
        "2026-11-20T10:00:00+0100",
        "Nov 20, 2026",
        "20 November 2026",
    ],
)
def test_one_day_in_many_notations(cell):
    assert days(cell) == ["2026-11-20"]


def test_one_date_settles_all_of_the_file():
    assert days("11/12/2026", "13/12/2026") == ["2026-12-11", "2026-12-13"]
    assert days("11/12/2026", "11/13/2026") == ["2026-11-12", "2026-11-13"]


def test_headers_of_a_day_first_language_settle_it_too():
    assert days("11/12/2026", comma_locale=True) == ["2026-12-11"]


def test_undecidable_dates_are_refused_with_their_place():
    with pytest.raises(Unreadable, match="day/month or month/day") as caught:
        days("05/05/2026", "11/12/2026")
    assert (caught.value.record, caught.value.column) == (1, "Day")


def test_contradicting_dates_are_refused():
    with pytest.raises(Unreadable, match="others month/day"):
        days("13/12/2026", "12/13/2026")


@pytest.mark.parametrize("cell", ["yesterday", "2026-13-01", "2026-02-30", "20.11.26", "46346", "1999-01-01"])
def test_no_day_is_refused(cell):
    with pytest.raises(Unreadable, match="is not a day"):
        days(cell)


def test_serial_days_only_from_spreadsheets():
    assert days("46346", serial_days=True) == ["2026-11-20"]


def test_blank_days_are_blank():
    assert days("2026-11-20", "", "—") == ["2026-11-20", None, None]


def test_ranges_split():
    first, last = split_ranges(pa.array(["2026-11-01 - 2026-11-07", "2026-11-08"]))
    assert (first.to_pylist(), last.to_pylist()) == (
        ["2026-11-01", "2026-11-08"],
        ["2026-11-07", "2026-11-08"],
    )
