"""Objects are made and changed as the network would, and every edit stands in the change history."""

from __future__ import annotations

import json

import pytest

from workbench.core.errors import DataError
from workbench.sandbox.market.edits import effective_status

EUR = "act_100000000000001"


def last(world):
    entry = world.state.changes[-1]
    return entry["event_type"], entry["object_id"], json.loads(entry["extra_data"])


def test_a_new_campaign_runs_from_the_next_day(world):
    campaign = world.create_object(
        EUR,
        "campaigns",
        {"name": "New", "objective": "OUTCOME_SALES", "daily_budget": "5000", "status": "ACTIVE"},
    )
    adset = world.create_object(EUR, "adsets", {"name": "Set", "campaign_id": campaign, "bid_amount": 4_000})
    ad = world.create_object(EUR, "ads", {"name": "Ad", "adset_id": adset})
    assert campaign.isdigit()
    assert world.state.nodes[ad]["creative_id"] in world.state.nodes
    world.step(7)
    rows, _ = world.history.between(730, 736)
    mine = rows["ad"] == world.layout.ad_ids.index(ad)
    assert mine.sum() == 7
    assert 0 < rows["spend_minor"][mine].sum() <= 7 * 5_000
    assert last(world)[0] != "update_campaign_budget"


def test_a_campaign_is_paused_unless_told_otherwise(world):
    made = world.create_object(EUR, "campaigns", {"name": "Quiet", "objective": "OUTCOME_LEADS"})
    assert world.state.nodes[made]["status"] == "PAUSED"
    assert last(world)[:2] == ("create_campaign", made)


@pytest.mark.parametrize(
    ("kind", "params", "event", "values"),
    [
        ("campaign", {"daily_budget": "31300"}, "update_campaign_budget", (31_200, 31_300)),
        ("campaign", {"status": "PAUSED"}, "update_campaign_run_status", ("ACTIVE", "PAUSED")),
        ("adset", {"bid_amount": 1_000}, "update_ad_set_bidding", (3_600, 1_000)),
        ("adset", {"daily_budget": 700}, "update_ad_set_budget", (0, 700)),
        ("ad", {"name": "Renamed"}, "update_ad_name", ("Video · 15 seconds", "Renamed")),
    ],
)
def test_every_edit_stands_in_the_history(  # noqa: PLR0917 - fixtures and parameters
    world, kind, params, event, values
):
    node = world.state.of_kind(kind)[0]
    before = len(world.state.changes)
    world.change(node["id"], params)
    assert len(world.state.changes) == before + 1
    name, object_id, extra = last(world)
    assert (name, object_id, (extra["old_value"], extra["new_value"])) == (event, node["id"], values)
    world.change(node["id"], params)
    assert len(world.state.changes) == before + 1, "an edit that changes nothing is none"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"daily_budget": "12.50"}, "whole number of the currency's minor unit"),
        ({"bid_amount": -3}, "bid_amount is -3"),
        ({"status": "SLEEPING"}, "ACTIVE, PAUSED, ARCHIVED, DELETED"),
    ],
)
def test_values_no_network_takes_are_refused_and_change_nothing(world, params, words):
    campaign = world.layout.campaign_ids[0]
    before = dict(world.state.nodes[campaign])
    with pytest.raises(DataError, match=words):
        world.change(campaign, {"name": "Other", **params})
    assert world.state.nodes[campaign] == before


@pytest.mark.parametrize(
    ("parent", "edge", "params", "words"),
    [
        ("act_7", "campaigns", {"objective": "OUTCOME_LEADS"}, "no account 'act_7'"),
        (EUR, "adsets", {"campaign_id": "7"}, "no campaign '7'"),
        (EUR, "posters", {}, "Use one of campaigns"),
        (
            EUR,
            "campaigns",
            {"objective": "OUTCOME_APP_PROMOTION"},
            "knows no objective 'OUTCOME_APP_PROMOTION'",
        ),
        (EUR, "ads", {"adset_id": "120210110000010001"}, "no adset"),
    ],
)
def test_what_does_not_exist_is_named(  # noqa: PLR0917 - fixtures and parameters
    world, parent, edge, params, words
):
    n_nodes = len(world.state.nodes)
    with pytest.raises(DataError, match=words):
        world.create_object(parent, edge, params)
    assert len(world.state.nodes) == n_nodes


def test_children_do_not_run_under_parents_that_do_not(world):
    adset = world.state.of_kind("adset")[0]
    ad = next(a for a in world.state.of_kind("ad") if a["parent"] == adset["id"] and a["status"] == "ACTIVE")
    assert effective_status(world.state, ad) == "ACTIVE"
    world.change(adset["id"], {"status": "PAUSED"})
    assert effective_status(world.state, ad) == "ADSET_PAUSED"
    world.change(adset["parent"], {"status": "PAUSED"})
    assert effective_status(world.state, adset) == "PAUSED"
    world.change(adset["id"], {"status": "ACTIVE"})
    assert effective_status(world.state, adset) == "CAMPAIGN_PAUSED"
    assert effective_status(world.state, ad) == "CAMPAIGN_PAUSED"
    world.change(adset["parent"], {"status": "DELETED"})
    assert effective_status(world.state, ad) == "DELETED"
