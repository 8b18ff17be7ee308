"""Edits on the trend."""

from __future__ import annotations

from datetime import date, timedelta

from lakes import days, insight, morning, write

from workbench.flows.available import available
from workbench.flows.filters import FilterState
from workbench.flows.overview import overview_of
from workbench.lake import Lake
from workbench.views.chart import Event
from workbench.views.overview_figures import trend_chart

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 11)


def marked(folder, *edited: date, results: float) -> list[Event]:
    lake = Lake(folder)
    rows = [insight(day, results=results) for day in days(FIRST, 42)]
    write(lake, "ad_insights", rows, load_id="l", believed_at=morning(LAST))
    changes = [
        {
            "date_start": day,
            "change_id": f"x{i}",
            "changed_at": morning(day) - timedelta(days=1),
            "entity_type": "ad",
            "entity_id": "a",
            "entity_name": f"Ad {i}",
            "change_type": "create_ad",
        }
        for i, day in enumerate(edited)
    ]
    write(lake, "account_changes", changes, load_id="c", believed_at=morning(LAST))
    known = available(lake)
    state = FilterState.from_fragment({"from": "2026-10-01", "to": "2026-11-11"}, known)
    chart = trend_chart(overview_of(lake, state, known=known), "en_GB")
    return [mark for mark in chart.marks if isinstance(mark, Event)]


def test_edits_are_marked_on_their_day(tmp_path):
    found = marked(tmp_path, date(2026, 10, 7), LAST, results=30)
    assert [(e.x, e.words) for e in found] == [(date(2026, 10, 7), "new ad (Ad 0)"), (LAST, "new ad (Ad 1)")]


def test_by_week_no_edit_is_lost_and_one_after_the_last_step_says_its_day(tmp_path):
    found = marked(tmp_path, date(2026, 10, 7), LAST, results=2)
    assert [(e.x, e.words) for e in found] == [
        (date(2026, 10, 7), "new ad (Ad 0)"),
        (date(2026, 11, 5), "new ad (Ad 1) on 11 Nov"),
    ]
