"""Four checks in their order, then parts that add up."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import numpy as np
import openpyxl
import pytest
from frames import BEFORE, NOW, daily
from lakes import days, insight, morning, write

from workbench.flows.overview import overview_of
from workbench.flows.why_changed import Evidence, why_changed
from workbench.lake import Lake
from workbench.performance.overview import summarise
from workbench.performance.why_changed import why_changed as check
from workbench.views.overview_blocks import overview_parts
from workbench.views.overview_sheet import overview_workbook
from workbench.views.why_blocks import parts_sentence, why_card

USUAL = {"spend": 200.0, "impressions": 20_000, "clicks": 400, "link_clicks": 300, "results": 20}


@pytest.fixture
def seen():
    now = daily(NOW, {"a": {**USUAL, "results": 8}, "b <i>": {**USUAL, "spend": 111.11}})
    options = {"period": NOW, "comparison": BEFORE, "currency": "EUR", "level": "campaign", "daily": True}
    return summarise(now, daily(BEFORE, {"a": USUAL, "b <i>": USUAL}), **options)


def test_the_checks_stand_in_their_order_before_the_arithmetic(seen):
    edits = ((NOW.start, "paused (<b>Spring</b>)"),)
    rng = np.random.default_rng(1)
    why = check(seen, maturity=None, data_to=NOW.stop, series=None, edits=edits, rng=rng)
    html = why_card(why, seen)
    assert re.findall(r"<li><b>([^<]+)</b>", html) == [
        "Noise",
        "Conversions still to come",
        "A break in counting",
        "Edits",
        "The arithmetic",
    ]
    assert "Why did cost per lead rise?" in html
    assert "<b>Spring" not in html
    assert "Cannot be checked." in html
    assert html in overview_parts(_view(seen), why=why).body()


def test_the_parts_add_up_as_they_are_written(seen):
    written = re.findall(r"([+−]?)€([\d.]+)", parts_sentence(seen))
    amounts = [Decimal(f"{'-' if sign == '−' else ''}{number.rstrip('.')}") for sign, number in written]
    *parts, total = amounts
    assert len(parts) == 4
    assert sum(parts) == total


def test_without_a_change_there_is_no_card(seen):
    assert why_card(None, seen) == ""


def test_the_spreadsheet_has_the_checks(tmp_path, settings):
    lake = Lake(tmp_path / "lake")
    rows = [insight(day, results=10.0 + i % 3) for i, day in enumerate(days(BEFORE.start, 28))]
    write(lake, "ad_insights", rows, load_id="l", believed_at=morning(NOW.stop))
    view = overview_of(lake)
    assert why_changed(view, Evidence(lake, settings)) is None  # nothing to compare the first days with
    seen = summarise(
        daily(NOW, {"a": {**USUAL, "results": 8}}),
        daily(BEFORE, {"a": USUAL}),
        period=NOW,
        comparison=BEFORE,
        currency="EUR",
        level="campaign",
        daily=True,
    )
    why = check(seen, maturity=None, data_to=NOW.stop, series=None, edits=(), rng=np.random.default_rng(1))
    book = openpyxl.load_workbook(io.BytesIO(overview_workbook(view, why=why)), data_only=True)
    assert [row[0] for row in book["Why"].iter_rows(min_row=2, values_only=True)][:2] == [
        "Noise",
        "Conversions still to come",
    ]


def _view(overview):
    from workbench.flows.available import Slice
    from workbench.flows.filters import FilterState
    from workbench.flows.overview import OverviewView

    shown = Slice("meta", "1", "campaign||day|", "EUR", NOW)
    state = FilterState("meta", "1", "campaign||day|", NOW.start, NOW.stop)
    return OverviewView(state, shown, overview, (), (), None, False, ())
