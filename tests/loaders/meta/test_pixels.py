"""Events of pixels: by the account's day and by source, and never less than what was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from graph_script import failure

from workbench.core.dates import Period
from workbench.core.errors import AuthError, SchemaError
from workbench.loaders.meta.pixels import load_pixels

PERIOD = Period(date(2026, 10, 24), date(2026, 11, 20))  # as a nightly run asks for
FIRST = date(2026, 11, 15)  # what Meta still answers for on the 21st


def hour(at, **counts):
    data = [{"value": name, "count": n} for name, n in counts.items()]
    return {"start_time": at, "aggregation": "event", "data": data}


def stats(browser=(), server=()):
    def answer(asked):
        assert asked.params["aggregation"] == "event"
        return list(browser if asked.params["event_source"] == "WEB_ONLY" else server)

    return answer


@pytest.fixture
def desk(desk):
    desk.answers.update(
        {
            "act_123/adspixels": [{"id": "5", "name": "Shop"}],
            "5/stats": stats(
                browser=[
                    hour("2026-11-18T04:00:00+0000", Lead=2, PageView=30),  # the 17th in New York
                    hour("2026-11-18T05:00:00+0000", Lead=1),
                    hour("2026-11-18T23:00:00+0000", Lead=3, Nothing=0),
                ],
                server=[hour("2026-11-18T12:00:00+0000", Lead=4)],
            ),
        }
    )
    return desk


def events(desk):
    return {
        (row["date_start"].day, row["event_name"], row["event_source"]): row["events"]
        for row in desk.rows("pixel_events")
    }


def test_hours_add_up_to_the_accounts_days_by_source(desk):
    part = desk.load(load_pixels, PERIOD)
    assert (part.kind, part.n_rows, part.changed, part.warnings) == ("pixels", 4, True, ())
    assert events(desk) == {
        (17, "Lead", "browser"): 2,
        (17, "PageView", "browser"): 30,
        (18, "Lead", "browser"): 4,
        (18, "Lead", "server"): 4,
    }


def test_it_asks_for_the_days_that_the_network_still_answers_for(desk):
    desk.load(load_pixels, PERIOD)
    params = desk.network.params("5/stats")
    assert datetime.fromtimestamp(int(params["start_time"]), UTC) == datetime(2026, 11, 15, 5, tzinfo=UTC)
    assert datetime.fromtimestamp(int(params["end_time"]), UTC) == datetime(2026, 11, 21, 5, tzinfo=UTC)


def test_older_days_stay_when_the_network_forgets_them(desk):
    desk.load(load_pixels, PERIOD)
    before = events(desk)
    desk.network.now += timedelta(days=10)
    desk.answers["5/stats"] = stats(browser=[hour("2026-11-29T12:00:00+0000", Lead=1)])
    period = Period(date(2026, 11, 1), date(2026, 11, 30))
    part = desk.load(load_pixels, period)
    assert events(desk) == {**before, (29, "Lead", "browser"): 1}
    assert "2026-11-19 – 2026-11-24" in part.warnings[0]


def test_a_period_that_the_network_has_forgotten_is_not_asked_for(desk):
    part = desk.load(load_pixels, Period(date(2026, 9, 1), date(2026, 9, 30)))
    assert "5/stats" not in desk.network.paths()
    assert (part.n_rows, desk.rows("pixel_events")) == (0, [])
    assert f"since {FIRST}" in part.warnings[0]


def test_reading_twice_changes_nothing(desk):
    desk.load(load_pixels, PERIOD)
    version = desk.source.lake.version()
    assert not desk.load(load_pixels, PERIOD).changed
    assert desk.source.lake.version() == version


def test_the_match_quality_stands_beside_the_last_day_and_stays_there(desk):
    scores = {"web": [{"event_name": "Lead", "event_match_quality": {"composite_score": 6.5}}]}
    desk.answers["dataset_quality"] = scores
    desk.load(load_pixels, Period(FIRST, date(2026, 11, 18)))
    scores["web"][0]["event_match_quality"]["composite_score"] = 9.0
    assert not desk.load(load_pixels, PERIOD).changed  # the 20th had no event
    found = {
        (row["date_start"].day, row["event_source"]): row["match_quality"]
        for row in desk.rows("pixel_events")
    }
    assert found == {(17, "browser"): None, (18, "browser"): None, (18, "server"): 6.5}


@pytest.mark.parametrize("answer", [failure(200), failure(100), {"web": None}, {"web": [{}, "x"]}])
def test_a_match_quality_that_is_not_told_is_none(desk, answer):
    desk.answers["dataset_quality"] = answer
    assert desk.load(load_pixels, PERIOD).n_rows == 4
    assert {row["match_quality"] for row in desk.rows("pixel_events")} == {None}


def test_a_pixel_that_is_refused_keeps_its_rows_and_does_not_stop_the_others(desk):
    desk.load(load_pixels, PERIOD)
    before = events(desk)
    desk.answers["act_123/adspixels"] += [{"id": "6"}]
    desk.answers["6/stats"] = stats(server=[hour("2026-11-19T12:00:00+0000", Purchase=1)])
    desk.answers["5/stats"] = failure(200, message="(#200) needs ads_management")
    part = desk.load(load_pixels, PERIOD)
    assert events(desk) == {**before, (19, "Purchase", "server"): 1}
    assert part.warnings[0].startswith("Could not read events of pixel 5:")


def test_a_dead_token_stops_the_load(desk):
    desk.answers["5/stats"] = failure(190, status=401)
    with pytest.raises(AuthError):
        desk.load(load_pixels, PERIOD)


@pytest.mark.parametrize("count", [None, "many", 1.5])
def test_a_count_that_is_no_number_is_refused(desk, count):
    desk.answers["5/stats"] = stats(browser=[hour("2026-11-18T12:00:00+0000", Lead=count)])
    with pytest.raises(SchemaError, match="no whole number"):
        desk.load(load_pixels, PERIOD)
    assert desk.rows("pixel_events") == []


def test_an_account_without_pixels_says_nothing(desk):
    desk.answers["act_123/adspixels"] = []
    assert desk.load(load_pixels, PERIOD).to_dict() == {
        "kind": "pixels",
        "rows": 0,
        "changed": False,
        "warnings": [],
    }
