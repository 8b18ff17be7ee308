"""Changes: checked before the world hears of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.table_source import TableSource

CAMPAIGN: dict[str, Any] = {
    "name": "New",
    "objective": "OUTCOME_LEADS",
    "special_ad_categories": ["NONE"],
}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("act_1/campaigns", ({"objective": "LEADS"}, "Param objective must be one of")),
        ("act_1/campaigns", ({"daily_budget": "12.50"}, "Param daily_budget must be a non-negative integer")),
        ("act_1/campaigns", ({"daily_budget": "-5"}, "Param daily_budget must be a non-negative integer")),
        ("act_1/campaigns", ({"daily_budget": 5, "lifetime_budget": 5}, "Only one of daily_budget and")),
        ("act_1/campaigns", ({"special_ad_categories": ["FUN"]}, "Param special_ad_categories[0] must be")),
        (
            "act_1/campaigns",
            ({"special_ad_categories": "{"}, "Param special_ad_categories[0] must be one of"),
        ),
        ("act_1/campaigns", ({"dayly_budget": 5}, "The parameter dayly_budget is not one of this call")),
        ("act_1/campaigns", ({"status": "RUNNING"}, "Param status must be one of")),
        ("act_1/campaigns", ({"start_time": "soon"}, "Param start_time must be a moment")),
        ("act_1/campaigns", ({"name": None}, "The parameter name is required")),
        ("act_1/insight", ({}, "nothing can be made at insight of AdAccount")),
        ("121110", ({"bid_amount": 0}, "Param bid_amount must be positive")),
        ("121110", ({"targeting": {"age_mni": 3}}, "Param targeting is no Targeting: it has no age_mni")),
        ("121110", ({"targeting": [1]}, "Param targeting must be an object")),
        ("121110", ({"is_sac_cfca_terms_certified": "maybe"}, "Param is_sac_cfca_terms_certified must be")),
        ("700", ({"colour": "red"}, "The parameter colour is not one of this call")),
    ],
)
def test_what_is_wrong_is_named(
    server: GraphServer, ask: Callable[..., Any], path: str, asked: tuple[dict[str, Any], str]
):
    given, words = asked
    base = CAMPAIGN if path.endswith("campaigns") else {}
    answer = ask(server, f"/{path}", "POST", **{**base, **given})
    assert answer.error["code"] == 100
    assert words in answer.error["message"]
    assert len(ask(server, "/act_1/campaigns").json["data"]) == 2


def test_an_ad_sets_budget_changes_four_times_an_hour(server: GraphServer, ask: Callable[..., Any]):
    def change(budget: int, object_id: str = "121110", **more: Any) -> Any:
        return ask(server, f"/{object_id}", "POST", daily_budget=budget, **more)

    for i in range(4):
        assert change(2000 + i).json == {"success": True}
        server.clock.sleep(600)
        assert change(2000 + i).status == 200  # the same again is no change
    refused = change(3000)
    assert (refused.error["code"], refused.error["error_subcode"]) == (613, 1487632)
    assert change(3000, execution_options=["validate_only"]).error["code"] == 613
    assert change(3000, "121120").status == 200
    assert ask(server, "/121110", "POST", name="A name may change").status == 200
    assert ask(server, "/121110", fields="daily_budget").json["daily_budget"] == "2003"
    server.clock.sleep(1200)
    assert change(3000).status == 200


def test_a_rehearsal_changes_nothing(server: GraphServer, source: TableSource, ask: Callable[..., Any]):
    before = dict(source.node("121100") or {})
    options = {"execution_options": ["validate_only"]}
    assert ask(server, "/121100", "POST", status="PAUSED", **options).json == {"success": True}
    assert ask(server, "/act_1/campaigns", "POST", **CAMPAIGN, **options).json == {"success": True}
    assert ask(server, "/121100", "POST", status="GONE", **options).error["code"] == 100
    assert source.node("121100") == before


def test_deleted_objects_stay_under_their_status(server: GraphServer, ask: Callable[..., Any]):
    assert ask(server, "/121100", "DELETE").json == {"success": True}
    assert [row["id"] for row in ask(server, "/act_1/campaigns").json["data"]] == ["121200"]
    assert ask(server, "/121100", fields="effective_status").json["effective_status"] == "DELETED"


def test_a_change_is_seen_in_the_next_answer(server: GraphServer, ask: Callable[..., Any]):
    asked = {"level": "campaign", "fields": "campaign_name", "date_preset": "last_7d"}
    assert ask(server, "/act_1/insights", **asked).json["data"][0]["campaign_name"] == "Campaign 1"
    ask(server, "/121100", "POST", name="Renamed")
    assert ask(server, "/act_1/insights", **asked).json["data"][0]["campaign_name"] == "Renamed"


def test_bodies_may_be_json_and_tokens_may_be_bearers(server: GraphServer):
    import json
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
    for body, status in ((json.dumps({"name": "J", "daily_budget": 700}), 200), ("[", 400)):
        connection.request("POST", "/v26.0/121100", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()
