"""Every object of an account is read, whatever its status, with fields that the SDK knows."""

from __future__ import annotations

import json

import pytest
from graph_script import Reply, failure

from workbench.channels.meta_entities import EDGES, FIELDS, fetch_entities
from workbench.channels.meta_statuses import STATUSES
from workbench.core.errors import DataError


@pytest.mark.parametrize("kind", ["campaign", "adset", "ad", "creative"])
def test_all_pages_come_back_archived_and_deleted_objects_included(connect, kind):
    link = "https://graph.facebook.com/v26.0/act_42/x?limit=500&after="
    graph, server = connect([
        Reply({"data": [{"id": "1"}], "paging": {"next": link + "A"}}),
        failure(17),
        Reply({"data": [], "paging": {"next": link + "B"}}),
        Reply({"data": [{"id": "2", "effective_status": "DELETED"}]}),
    ])  # fmt: skip
    rows = [row for rows in fetch_entities(graph, "act_42", kind) for row in rows]
    assert [row["id"] for row in rows] == ["1", "2"]
    assert {asked.path for asked in server.asked} == {f"act_42/{EDGES[kind]}"}
    asked = server.asked[0]
    assert asked.params["fields"].split(",") == list(FIELDS[kind])
    assert asked.params["limit"] == "500"
    if kind == "creative":
        assert "effective_status" not in asked.params
    else:
        assert {"ARCHIVED", "DELETED", "ACTIVE"} <= set(asked.json("effective_status"))


def test_statuses_and_fields_are_those_that_the_sdk_declares():
    from facebook_business.adobjects.ad import Ad
    from facebook_business.adobjects.adcreative import AdCreative
    from facebook_business.adobjects.adset import AdSet
    from facebook_business.adobjects.campaign import Campaign

    kinds = {"campaign": Campaign, "adset": AdSet, "ad": Ad, "creative": AdCreative}
    for kind, declared in kinds.items():
        assert [name for name in FIELDS[kind] if name not in declared._field_types] == [], kind
        assert len(set(FIELDS[kind])) == len(FIELDS[kind])
    for kind, statuses in STATUSES.items():
        known = {
            value for name, value in vars(kinds[kind].EffectiveStatus).items() if not name.startswith("_")
        }
        assert set(statuses) == known, kind


def test_fewer_fields_may_be_asked_for(connect):
    graph, server = connect([Reply({"data": []})])
    assert list(fetch_entities(graph, "42", "ad", fields=("name", "id"))) == []
    assert server.asked[0].params["fields"] == "id,name"
    assert json.loads(server.asked[0].params["effective_status"])


@pytest.mark.parametrize(("account_id", "kind"), [("42", "leads"), ("shop", "ad"), ("", "ad")])
def test_what_cannot_be_fetched_is_refused(connect, account_id, kind):
    graph, _ = connect([])
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch_entities(graph, account_id, kind)
