"""What is asked of pages: with their own tokens, and with metrics that the version knows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_script import Reply, failure

from workbench.channels import meta_pages
from workbench.channels.meta_pages import (
    fetch_comments,
    fetch_media_comments,
    fetch_posts,
    fetch_promoted_pages,
    list_pages,
)
from workbench.core.errors import RemoteRejected

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
PAGE_TOKEN = "EAApageNotARealToken0123456789"  # noqa: S105 (it opens nothing)


def test_pages_without_a_token_are_left_out_and_no_token_is_shown(connect):
    rows = [
        {"id": "700", "name": "B", "access_token": PAGE_TOKEN},
        {"id": "600", "name": "C"},
        {"id": "500", "access_token": PAGE_TOKEN, "instagram_business_account": {"id": "5"}},
    ]
    graph, _ = connect([Reply({"data": rows})])
    pages = list_pages(graph)
    assert [(page.page_id, page.name, page.instagram_id) for page in pages] == [
        ("500", "500", "5"),
        ("700", "B", None),
    ]
    assert pages[0].token == PAGE_TOKEN
    assert PAGE_TOKEN not in repr(pages)


def test_a_page_acts_with_its_own_token_on_the_same_clock(connect):
    graph, server = connect([Reply({"data": [{"id": "c1"}]})])
    with graph.acting_as(PAGE_TOKEN) as page:
        assert list(fetch_comments(page, "500_1")) == [[{"id": "c1"}]]
    [asked] = server.asked
    assert asked.params["access_token"] == PAGE_TOKEN
    assert (asked.path, asked.params["filter"]) == ("500_1/comments", "stream")


def test_a_metric_that_is_gone_does_not_take_the_posts_with_it(connect):
    retired = failure(100, message="(#100) The value must be a valid insights metric")
    rows = [{"id": "500_1", "insights": {"data": [{"name": "post_impressions"}]}}]
    graph, server = connect([retired, Reply({"data": rows})])
    assert list(fetch_posts(graph, "500", since=SINCE, until=UNTIL)) == [rows]
    assert "post_media_view" in server.asked[0].params["fields"]
    assert "post_impressions," in server.asked[1].params["fields"]


def test_a_refusal_that_is_no_metrics_fault_is_raised_in_the_end(connect):
    graph, server = connect([failure(100, message="(#100) no such page")] * 3)
    with pytest.raises(RemoteRejected, match="no such page"):
        list(fetch_posts(graph, "500", since=SINCE, until=UNTIL))
    assert "insights" not in server.asked[-1].params["fields"]


def test_no_posts_are_asked_for_once(connect):
    graph, server = connect([Reply({"data": []})])
    assert list(fetch_posts(graph, "500", since=SINCE, until=UNTIL)) == []
    assert len(server.asked) == 1


def test_answers_on_instagram_come_with_their_comments(connect):
    graph, server = connect([Reply({"data": [{"id": "i1"}]})])
    assert list(fetch_media_comments(graph, "17")) == [[{"id": "i1"}]]
    assert server.asked[0].params["fields"].endswith("replies{id,text,timestamp,username,from}")


def test_promoted_pages_are_ids(connect):
    graph, _ = connect([Reply({"data": [{"id": 500}, {"id": "700"}]})])
    assert fetch_promoted_pages(graph, "123") == {"500", "700"}


@pytest.mark.parametrize(
    ("fields", "adobject"),
    [("_POST_FIELDS", "PagePost"), ("_MEDIA_FIELDS", "IGMedia"), ("_COMMENT_FIELDS", "Comment")],
)
def test_fields_are_those_that_the_sdk_declares_or_its_edges(fields, adobject):
    import importlib

    module = importlib.import_module(f"facebook_business.adobjects.{adobject.lower()}")
    declared = set(getattr(module, adobject)._field_types)
    asked = getattr(meta_pages, fields)
    names = {name.split(".")[0] for name in (asked.split(",") if isinstance(asked, str) else asked)}
    assert names - declared <= {"reactions", "comments"}
