"""Snapshots of campaigns, ad sets, ads, creatives: budgets in minor units, deleted ones too, no persons."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from graph_script import failure

from workbench.core.dates import Period
from workbench.core.errors import RemoteUnavailable, SchemaError
from workbench.loaders.meta.entities import entity_row, load_entities

PERIOD = Period(date(2026, 10, 24), date(2026, 11, 20))
TODAY = date(2026, 11, 21)
ACTOR = "10000042424242001"  # a few digits stand in a time or an id of some file by chance


@pytest.fixture
def desk(desk):
    desk.answers.update(
        {
            "act_123/campaigns": [
                {
                    "id": "1",
                    "account_id": "123",
                    "name": "Spring",
                    "status": "ACTIVE",
                    "effective_status": "ACTIVE",
                    "objective": "OUTCOME_LEADS",
                    "daily_budget": "5000",
                    "lifetime_budget": "0",
                    "budget_remaining": "1234",
                    "created_time": "2026-01-01T00:00:00+0100",
                },
                {"id": "2", "name": "Old", "effective_status": "DELETED"},
                {"id": "3", "name": "Third", "effective_status": "ARCHIVED"},
            ],
            "act_123/adsets": [
                {"id": "11", "campaign_id": "1", "name": "A", "bid_strategy": "COST_CAP", "bid_amount": 250}
            ],
            "act_123/ads": [{"id": "111", "adset_id": "11", "creative": {"id": "9"}}],
            "act_123/adcreatives": [{"id": "9", "effective_object_story_id": "77_1", "image_url": "x?sig=1"}],
        }
    )
    return desk


def test_every_kind_is_kept_with_its_parent_and_status(desk):
    part = desk.load(load_entities, PERIOD)
    rows = {row["entity_id"]: row for row in desk.rows("ad_entities")}
    assert (part.kind, part.n_rows, part.changed) == ("entities", 6, True)
    assert {i: (row["entity_type"], row["parent_id"]) for i, row in rows.items()} == {
        "1": ("campaign", "123"),
        "2": ("campaign", None),
        "3": ("campaign", None),
        "11": ("adset", "1"),
        "111": ("ad", "11"),
        "9": ("creative", None),
    }
    assert [rows[i]["status"] for i in "123"] == ["ACTIVE", "DELETED", "ARCHIVED"]
    assert {row["date_start"] for row in rows.values()} == {TODAY}


def test_budgets_are_minor_units_already_and_none_where_there_is_none(desk):
    desk.load(load_entities, PERIOD)
    rows = {row["entity_id"]: row for row in desk.rows("ad_entities")}
    budgets = (rows["1"]["daily_budget_minor"], rows["1"]["lifetime_budget_minor"], rows["1"]["currency"])
    assert budgets == (5000, None, "USD")
    assert (rows["11"]["daily_budget_minor"], rows["11"]["bid_strategy"]) == (None, "COST_CAP")
    assert json.loads(rows["11"]["details"]) == {"bid_amount": 250, "campaign_id": "1"}
    assert json.loads(rows["111"]["details"]) == {"adset_id": "11", "creative": {"id": "9"}}


def test_what_changes_by_itself_is_no_change(desk):
    desk.load(load_entities, PERIOD)
    version = desk.source.lake.version()
    desk.answers["act_123/adcreatives"][0]["image_url"] = "x?sig=2"
    desk.answers["act_123/campaigns"][0]["budget_remaining"] = "1"
    assert not desk.load(load_entities, PERIOD).changed
    assert desk.source.lake.version() == version


def test_a_later_look_replaces_the_days_own_snapshot_and_no_other(desk):
    desk.load(load_entities, PERIOD)
    desk.answers["act_123/campaigns"][0]["daily_budget"] = "7500"
    assert desk.load(load_entities, PERIOD).changed
    desk.network.now += timedelta(days=1)
    desk.source.graph.server_now = desk.network.now
    desk.answers["act_123/campaigns"] = desk.answers["act_123/campaigns"][:1]
    desk.load(load_entities, PERIOD)
    rows = desk.rows("ad_entities")
    found = [(row["date_start"], row["daily_budget_minor"]) for row in rows if row["entity_id"] == "1"]
    assert found == [(TODAY, 7500), (TODAY + timedelta(days=1), 7500)]
    assert len([row for row in rows if row["date_start"] == TODAY]) == 6


def test_an_answer_that_breaks_off_leaves_the_old_snapshot_whole(desk):
    desk.load(load_entities, PERIOD)
    before = desk.rows("ad_entities")
    desk.answers["act_123/campaigns"] = []
    desk.answers["act_123/adcreatives"] = failure(2, status=500)
    with pytest.raises(RemoteUnavailable):
        desk.load(load_entities, PERIOD)
    assert desk.rows("ad_entities") == before


def test_an_object_that_moves_while_it_is_paged_is_one_row(desk):
    desk.answers["act_123/ads"] *= 3
    assert desk.load(load_entities, PERIOD).n_rows == 6


def test_nothing_personal_is_among_the_details(desk):
    desk.answers["act_123/adcreatives"][0] |= {
        "actor_id": ACTOR,
        "body": "Write to person.one@example.org",
        "object_story_spec": {"link_data": {"link": "https://example.org", "owner": "Person One"}},
    }
    desk.load(load_entities, PERIOD)
    [row] = [row for row in desk.rows("ad_entities") if row["entity_type"] == "creative"]
    assert json.loads(row["details"]) == {
        "body": "Write to [email]",
        "effective_object_story_id": "77_1",
        "object_story_spec": {"link_data": {"link": "https://example.org"}},
    }
    desk.no_plain_bytes("person.one@example.org", "Person One", ACTOR)


@pytest.mark.parametrize(
    ("entity", "what"), [({"name": "x"}, "no id"), ({"id": "1", "daily_budget": "50.5"}, "daily_budget")]
)
def test_what_cannot_be_kept_is_refused(entity, what):
    with pytest.raises(SchemaError, match=what):
        entity_row(entity, "campaign", day=TODAY, currency="EUR")
