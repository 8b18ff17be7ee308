"""Strips of days: one mark per day, told apart by more than colour, redrawn for a phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from workbench.core.dates import Period, last_days
from workbench.flows.coverage import cover
from workbench.flows.operations import Account
from workbench.ledger.load_history import DaysRead
from workbench.views.operations_strip import days_words, strip_figure

LAST = date(2026, 11, 20)
QUARTER = last_days(90, until=LAST)
AT = datetime(2026, 11, 21, 6, 2, tzinfo=UTC)
GAP = Period(date(2026, 10, 3), date(2026, 10, 4))


def account(name: str, *gaps: Period, first: date = QUARTER.start) -> Account:
    off = {day for gap in gaps for day in gap.days()}
    reads = [DaysRead("meta", name, Period(d, d), AT) for d in QUARTER.days() if d >= first and d not in off]
    days = cover(QUARTER, first_day=first, with_rows=(), reads=reads)
    return Account("meta", "1234567001", name, "EUR", "ok", LAST, 0, days)


def marks(svg: str, css_class: str) -> int:
    return sum(path.count("M") for path in re.findall(rf'<path class="{css_class}" d="([^"]*)"', svg))


def drawing(html: str, size: str) -> str:
    found = re.search(rf'<svg class="{size} .*?</svg>', html)
    assert found
    return found.group()


def test_every_day_has_a_mark_in_its_state():
    svg = drawing(strip_figure([account("Shop", GAP)]), "wb-w")
    assert (marks(svg, "bar"), marks(svg, "soon"), marks(svg, "worse")) == (60, 28, 2)


@pytest.mark.parametrize("size", ["wb-m", "wb-n"])
def test_where_days_are_narrow_runs_are_one_mark(size):
    svg = drawing(strip_figure([account("Shop", GAP)]), size)
    assert (marks(svg, "bar"), marks(svg, "soon"), marks(svg, "worse")) == (2, 1, 1)


def test_words_count_and_name_what_is_missing():
    html = strip_figure([account("Shop", GAP), account("North")])
    assert 'aria-label="Shop: 2 missing: 3 Oct – 4 Oct. North: all 90 days"' in html
    assert "last read 21 Nov" in html
    assert "3 Oct – 4 Oct 2026: missing" in html or "3 Oct – 4 Oct: missing" in html


def test_only_the_two_latest_gaps_are_named():
    gaps = [Period(day, day) for day in (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))]
    said = days_words(account("Shop", *gaps).coverage)
    assert said == "3 missing: 1 Nov, 1 Oct …"


def test_an_account_that_began_later_has_nothing_before():
    html = strip_figure([account("Old"), account("Young", first=LAST - timedelta(days=9))])
    assert "Young: all 10 days" in html
    assert "last 90 days" in html


def test_the_days_are_a_table_too_and_no_text_is_cut_from_the_words_beside():
    html = strip_figure([account("Shop", GAP)])
    assert "<summary>Show the days</summary>" in html
    assert "loaded, may still be restated" in html
    assert "2 missing: 3 Oct – 4 Oct</text>" in html


def test_nothing_loaded_draws_nothing_and_many_accounts_stop_at_twelve():
    assert strip_figure([]) == ""
    assert strip_figure([Account("meta", "1", "", "EUR", "new", None, None)]) == ""
    html = strip_figure([account(f"Shop {n}") for n in range(15)])
    assert "3 more accounts are in the XLSX." in html
    assert len(html) < 400_000


def test_names_are_escaped():
    assert "<b>" not in strip_figure([account("<b>Shop")])
