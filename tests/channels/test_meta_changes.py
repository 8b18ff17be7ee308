"""What is asked of an account's history."""

from __future__ import annotations

from datetime import UTC, datetime

from graph_script import TOKEN, Reply

from workbench.channels.meta_changes import FIELDS, fetch_changes

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)


def test_both_moments_are_asked_for_on_every_page_and_no_person(connect):
    link = f"https://graph.invalid/v26.0/act_1/activities?access_token={TOKEN}&after=x"
    graph, server = connect(
        [
            Reply({"data": [{"event_type": "a"}], "paging": {"next": link}}),
            Reply({"data": [{"event_type": "b"}]}),
        ]
    )
    pages = list(fetch_changes(graph, "1", since=SINCE, until=UNTIL))
    assert [row["event_type"] for page in pages for row in page] == ["a", "b"]
    for asked in server.asked:
        assert asked.path == "act_1/activities"
        assert (asked.params["since"], asked.params["until"]) == ("1793491200", "1794096000")
        assert asked.params["fields"].split(",") == list(FIELDS)
    assert not [name for name in FIELDS if "actor" in name]
