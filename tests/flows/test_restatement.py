"""What was believed earlier against now, through a lake with a history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from lakes import GRAIN, days, insight, morning, write

from workbench.flows.available import available
from workbench.flows.filters import FilterState
from workbench.flows.overview import overview_of
from workbench.flows.restatement import earlier_moments, learned_maturity, restatement_of
from workbench.lake import Lake

LAST = date(2026, 11, 20)
#: Of 100 final leads, how many a day shows by its age.
KNOWN = (60, 80, 90, 95)


def leads(age: int) -> float:
    return float(KNOWN[age]) if age < len(KNOWN) else 100.0


def load(lake: Lake, day: date, *, n_days: int, at: datetime | None = None, spend: int = 100_000_000) -> None:
    """Load the last days as they look on the morning after ``day``."""
    rows = [
        insight(d, results=leads((day - d).days), spend_micros=spend)
        for d in days(day - timedelta(days=n_days - 1), n_days)
    ]
    write(lake, "ad_insights", rows, load_id=f"load-{day}-{spend}", believed_at=at or morning(day))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Give an account that was loaded every day for six weeks, each time its last 28 days."""
    lake = Lake(tmp_path_factory.mktemp("restated") / "lake")
    for day in days(LAST - timedelta(days=42), 43):
        load(lake, day, n_days=28)
    return lake


def view_of(lake, **filters):
    known = available(lake)
    return overview_of(lake, FilterState.from_fragment(filters, known), known=known)


def test_each_day_is_compared_with_the_first_belief_that_knew_all_of_it(lake):
    found = restatement_of(lake, view_of(lake))
    assert len(found.moments) == 4
    by_day = {d.day: d for d in found.days}
    assert LAST not in by_day  # nothing but the newest belief knows it
    yesterday = by_day[LAST - timedelta(days=1)]
    assert (yesterday.age_days, yesterday.results_then, yesterday.results_now) == (0, 60.0, 80.0)
    assert found.spend_moved_micros == 0
    moved = sum(d.results_now - leads(d.age_days) for d in found.days)
    assert found.results_moved == moved > 0
    assert found.results_moved_share == pytest.approx(moved / sum(d.results_then for d in found.days))
    assert found.history_days == 42
    assert len(found.table()) == len(found.days)
    assert found.to_dict()["results_moved"] == moved


def test_one_moment_may_be_asked_for(lake):
    since = morning(LAST - timedelta(days=7))
    found = restatement_of(lake, view_of(lake), since=since)
    assert found.moments == (since,)
    assert max(d.day for d in found.days) == LAST - timedelta(days=7)
    # of that belief's four newest days 40, 20, 10 and 5 leads were still to come
    assert found.results_moved == 75.0
    too_early = restatement_of(lake, view_of(lake), since=datetime(2020, 1, 1, tzinfo=UTC))
    assert (too_early.days, too_early.moments) == ((), ())


def test_the_lakes_own_history_teaches_how_results_fill_up(lake):
    found = learned_maturity(lake, view_of(lake))
    assert found.source == "history"
    assert found.share[:6] == pytest.approx([0.6, 0.8, 0.9, 0.95, 1, 1])
    assert found.delay_days == 4


def test_filters_apply_to_what_was_believed_too(lake):
    found = restatement_of(
        lake, replace(view_of(lake), state=replace(view_of(lake).state, campaigns=("c2",)))
    )
    assert found.days == ()


def test_delays_of_conversions_are_taken_where_they_are_known(tmp_path):
    lake = Lake(tmp_path / "lake")
    rows = []
    for day in days(LAST - timedelta(days=59), 60):
        for delay, n in enumerate((6, 3, 1)):
            on = day + timedelta(days=delay)
            if on <= LAST:
                rows.append(
                    {
                        "date_start": day,
                        "converted_on": on,
                        "conversion_type": "lead",
                        "campaign_id": "c1",
                        "currency": "EUR",
                        "conversions": float(n),
                    }
                )
    write(lake, "ad_insights", [insight(d) for d in days(LAST, 1)], load_id="i", believed_at=morning(LAST))
    write(lake, "conversions", rows, load_id="c", believed_at=morning(LAST))
    found = learned_maturity(lake, view_of(lake))
    assert found.source == "conversions"
    assert found.share[:3] == pytest.approx([0.6, 0.9, 1.0])


def test_a_lake_that_was_loaded_once_opens_no_old_snapshot(tmp_path, monkeypatch):
    lake = Lake(tmp_path / "lake")
    load(lake, LAST, n_days=28)
    view = view_of(lake)
    asked = []
    sql = Lake.sql
    monkeypatch.setattr(
        Lake, "sql", lambda self, q, **kw: asked.append(kw.get("as_of")) or sql(self, q, **kw)
    )
    assert learned_maturity(lake, view) is None
    found = restatement_of(lake, view)
    assert (found.days, found.results_moved, found.history_days) == ((), None, 0)
    assert set(asked) == {None}


def test_the_part_of_a_day_that_an_export_of_today_has_is_no_belief_of_the_day(tmp_path):
    lake = Lake(tmp_path / "lake")
    noon = datetime(2026, 11, 19, 12, tzinfo=UTC)
    load(lake, LAST - timedelta(days=1), n_days=10, at=noon, spend=50_000_000)
    load(lake, LAST, n_days=11)
    found = restatement_of(lake, view_of(lake))
    assert max(d.day for d in found.days) == date(2026, 11, 18)
    assert found.spend_moved_micros == 9 * 50_000_000


def test_windows_of_one_load_are_one_moment_and_the_past_has_its_own(lake, tmp_path):
    quick = Lake(tmp_path / "quick")
    at = morning(LAST)
    for i in range(3):
        load(quick, LAST, n_days=5 + i, at=at + timedelta(seconds=i), spend=1_000_000 + i)
    assert earlier_moments(quick) == (at + timedelta(seconds=1),)
    assert len(earlier_moments(lake)) == 42
    assert earlier_moments(lake, as_of=morning(LAST - timedelta(days=10)))[-1] == morning(
        LAST - timedelta(days=11)
    )


def test_rows_that_span_many_days_have_no_restatement_by_day(tmp_path):
    lake = Lake(tmp_path / "lake")
    row = insight(date(2026, 11, 1), grain=GRAIN.replace("day", "range")) | {"date_stop": LAST}
    write(lake, "ad_insights", [row], load_id="r", believed_at=morning(LAST))
    view = view_of(lake)
    assert learned_maturity(lake, view) is None
    assert restatement_of(lake, view).days == ()
