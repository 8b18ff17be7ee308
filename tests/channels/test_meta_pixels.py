"""What is asked of pixels, against what the SDK declares."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_script import Reply

from workbench.channels.meta_pixels import (
    EVENT_SOURCES,
    fetch_match_quality,
    fetch_pixel_events,
    fetch_pixels,
)

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)


def test_pixels_are_read_to_the_last_page(connect):
    more = {"next": "https://graph.invalid/x?after=1"}
    graph, server = connect([Reply({"data": [{"id": "5"}], "paging": more}), Reply({"data": [{"id": "6"}]})])
    assert [pixel["id"] for pixel in fetch_pixels(graph, "1")] == ["5", "6"]
    assert server.asked[1].params["after"] == "1"


@pytest.mark.parametrize("event_source", EVENT_SOURCES)
def test_events_are_asked_for_as_the_sdk_declares_them(connect, event_source):
    from facebook_business.adobjects.adspixel import AdsPixel

    graph, server = connect([Reply({"data": []})])
    assert list(fetch_pixel_events(graph, "5", event_source=event_source, since=SINCE, until=UNTIL)) == []
    declared = AdsPixel("5").get_stats(pending=True)._param_checker
    for name, value in server.asked[0].params.items():
        if name != "access_token":
            assert declared.is_valid_pair(name, value), (name, value)


def test_only_scores_that_are_numbers_are_taken(connect):
    web = [
        {"event_name": "Lead", "event_match_quality": {"composite_score": 7}},
        {"event_name": "Purchase", "event_match_quality": {"composite_score": "high"}},
        {"event_name": "ViewContent"},
    ]
    graph, server = connect([Reply({"web": web})])
    assert fetch_match_quality(graph, "5") == {"Lead": 7.0}
    assert server.asked[0].params["dataset_id"] == "5"
