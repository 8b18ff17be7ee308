"""What is asked of forms, and who an ad belongs to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_script import Reply

from workbench.channels.meta_leads import FIELDS, fetch_account_of_ad, fetch_forms, fetch_leads

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)


def test_leads_are_asked_for_from_the_first_moment_to_before_the_last(connect):
    graph, server = connect([Reply({"data": [{"id": "1"}]})])
    assert list(fetch_leads(graph, "70", since=SINCE, until=UNTIL)) == [[{"id": "1"}]]
    [asked] = server.asked
    assert [(f["field"], f["operator"], f["value"]) for f in asked.json("filtering")] == [
        ("time_created", "GREATER_THAN", 1793491199),
        ("time_created", "LESS_THAN", 1794096000),
    ]


def test_the_fields_are_the_sdks(connect):
    from facebook_business.adobjects.lead import Lead

    assert set(FIELDS) <= set(Lead._field_types)


def test_forms_of_every_status_are_listed(connect):
    graph, server = connect([Reply({"data": [{"id": "70"}, {"id": "71", "status": "ARCHIVED"}]})])
    assert [form["id"] for form in fetch_forms(graph, "500")] == ["70", "71"]
    assert "filtering" not in server.asked[0].params


@pytest.mark.parametrize(("said", "found"), [("123", "123"), ("act_123", "123"), (None, None)])
def test_the_account_of_an_ad_has_no_prefix(connect, said, found):
    graph, _ = connect([Reply({"id": "111", "account_id": said})])
    assert fetch_account_of_ad(graph, "111") == found
