"""The weekly report states how much was restated since the one before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lakes import days, insight, morning, write

from workbench.flows.company import own_lake
from workbench.flows.weekly import weekly
from workbench.views.weekly_blocks import facts_of, platforms_block, restated_block, weekly_parts

ASOF = date(2026, 11, 20)


def load(lake, day: date, *, n_days: int, results: float, spend: int = 100_000_000) -> None:
    rows = [
        insight(d, results=results, spend_micros=spend)
        for d in days(day - timedelta(days=n_days - 1), n_days)
    ]
    write(lake, "ad_insights", rows, load_id=f"load-{day}", believed_at=morning(day))


@pytest.fixture
def lake(settings):
    """Give eight weeks; the fortnight before the report came in with fewer results at first."""
    lake = own_lake(settings)
    load(lake, ASOF - timedelta(days=14), n_days=42, results=10.0)
    load(lake, ASOF - timedelta(days=7), n_days=7, results=8.0)
    return lake


def test_what_moved_since_the_last_report_is_said(lake, settings):
    load(lake, ASOF, n_days=14, results=10.0, spend=100_010_000)
    report = weekly(settings, asof=ASOF)
    assert report.restated.results_moved == 7 * 2.0
    assert report.restated.spend_moved_micros == 7 * 10_000
    assert "leads by +14" in restated_block(report, settings)
    assert "+€0.07" in restated_block(report, settings)
    assert facts_of(report, settings)["restated"]["results"] == 14.0
    assert platforms_block(report, settings) == ""
    assert "Why did cost per lead" in weekly_parts(report, settings).why


def test_a_history_that_begins_with_this_report_is_said_to_be_too_short(settings):
    load(own_lake(settings), ASOF, n_days=56, results=10.0)
    report = weekly(settings, asof=ASOF)
    assert report.restated.days == ()
    assert "not known" in restated_block(report, settings)
