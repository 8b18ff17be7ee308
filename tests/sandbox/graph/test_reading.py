"""What may be asked and what is refused, in plain HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from workbench.core.errors import ConfigError
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.table_source import TableSource
from workbench.sandbox.graph.tokens import TokenRules

RANGE = {"since": "2026-11-01", "until": "2026-11-20"}


def walked(server: GraphServer, ask: Callable[..., Any], path: str, **params: Any) -> list[dict[str, Any]]:
    """Read a list by its links."""
    rows, answer = [], ask(server, path, **params).json
    while True:
        rows += answer["data"]
        link = answer.get("paging", {}).get("next")
        if not link:
            return rows
        parts = urlsplit(link)
        answer = ask(server, parts.path, **dict(parse_qsl(parts.query))).json


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("act_1/campaigns", ({"fields": "id,nme"}, "nme is not valid for fields param")),
        ("act_1/insights", ({"fields": "impresions"}, "impresions is not valid for fields param")),
        (
            "act_1/insights",
            ({"level": "advert"}, "Param level must be one of {account, ad, adset, campaign}"),
        ),
        ("act_1/insights", ({"breakdowns": "age,colour"}, "Param breakdowns[1] must be one of")),
        ("act_1/insights", ({"breakdowns": ["dma"]}, "dma was removed on 2026-06-22")),
        ("act_1/insights", ({"breakdowns": "platform_position"}, "needs publisher_platform")),
        (
            "act_1/insights",
            (
                {"breakdowns": "hourly_stats_aggregated_by_advertiser_time_zone", "fields": "reach"},
                "reach is not valid for fields param",
            ),
        ),
        (
            "act_1/insights",
            (
                {"breakdowns": "age,hourly_stats_aggregated_by_advertiser_time_zone"},
                "Current combination of data breakdown columns",
            ),
        ),
        ("act_1/insights", ({"action_attribution_windows": ["7d_view"]}, "7d_view ended on 2026-01-12")),
        ("act_1/insights", ({"time_range": "yesterday"}, "Param time_range must be valid JSON")),
        ("act_1/insights", ({"time_range": {"since": "2026-11-01"}}, "an object with since and until")),
        ("act_1/insights", ({"time_range": {"since": "2026-11-3", "until": "2026-11-04"}}, "must hold days")),
        (
            "act_1/insights",
            ({"time_range": {"since": "2026-11-03", "until": "2026-11-01"}}, "must not be later"),
        ),
        ("act_1/insights", ({"time_increment": "91"}, "Param time_increment must be 1 to 90")),
        ("act_1/insights", ({"date_preset": "last_fortnight"}, "Param date_preset must be one of")),
        ("act_1/insights", ({"filtering": [{"field": "spend"}]}, "Param filtering[0] must be an object")),
        (
            "act_1/insights",
            (
                {"filtering": [{"field": "ad.id", "operator": "LIKE", "value": "1"}]},
                "operator must be one of",
            ),
        ),
        ("act_1/insights", ({"limit": "0"}, "Param limit must be a positive integer")),
        ("act_1/insights", ({"time_rnge": RANGE}, "The parameter time_rnge is not one of this call")),
        ("121111/insights", ({"level": "campaign"}, "is above the object")),
        ("act_1/campaigns", ({"after": "bm90aGluZw"}, "Invalid cursors values")),
        ("act_1/campaigns", ({"effective_status": ["GONE"]}, "Param effective_status[0] must be one of")),
        ("act_1/campains", ({}, "nonexisting field (campains) on node type (AdAccount)")),
        ("act_1/campaigns", ({"fields": "id,{name}"}, "Syntax error in fields")),
    ],
)
def test_what_is_wrong_is_named(
    server: GraphServer, ask: Callable[..., Any], path: str, asked: tuple[dict[str, Any], str]
):
    params, words = asked
    answer = ask(server, f"/v26.0/{path}", **params)
    assert answer.status == 400
    assert answer.error["code"] == 100
    assert words in answer.error["message"]


def test_versions(server: GraphServer, ask: Callable[..., Any]):
    assert [ask(server, f"/{v}/me").status for v in ("v26.0", "v25.0")] == [200, 200]
    assert ask(server, "/me").json["id"]
    assert ask(server, "/v24.0/act_1/campaigns").error["code"] == 2635
    assert ask(server, "/v27.0/me").error["code"] == 2500
    assert ask(server, "/act_1/campaigns/more").error["code"] == 2500


def test_history_ends_after_37_months(server: GraphServer, ask: Callable[..., Any]):
    def since(day: str) -> Any:
        return ask(server, "/act_1/insights", time_range={"since": day, "until": "2026-11-20"})

    assert since("2023-10-21").status == 200
    assert since("2023-10-20").error["code"] == 3018


def test_today_is_the_accounts(
    serve: Callable[..., GraphServer], source: TableSource, ask: Callable[..., Any]
):
    source.moment = source.moment.replace(hour=3)  # 22:00 on the day before in New York
    server = serve()
    days = {
        account: ask(server, f"/{account}/insights", date_preset="yesterday", fields="spend").json["data"]
        for account in ("act_1", "act_2")
    }
    assert [days[account][0]["date_start"] for account in ("act_1", "act_2")] == ["2026-11-20", "2026-11-19"]


def test_pages_give_every_row_once_in_a_stable_order(server: GraphServer, ask: Callable[..., Any]):
    asked = {"level": "ad", "time_increment": "1", "time_range": RANGE, "fields": "ad_id,spend"}
    asked["breakdowns"] = "age,gender"
    whole = walked(server, ask, "/act_1/insights", **asked, limit="1000")
    assert len(whole) == 7 * 20 * 4
    assert walked(server, ask, "/act_1/insights", **asked, limit="33") == whole
    keys = [(r["date_start"], r["ad_id"], r["age"], r["gender"]) for r in whole]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)


def test_a_page_can_be_turned_back(server: GraphServer, ask: Callable[..., Any]):
    first = ask(server, "/700/published_posts", limit="4").json
    second = ask(server, "/700/published_posts", limit="4", after=first["paging"]["cursors"]["after"]).json
    back = ask(server, "/700/published_posts", limit="4", before=second["paging"]["cursors"]["before"]).json
    assert back["data"] == first["data"] != second["data"]
    assert "previous" in second["paging"]
    assert "previous" not in first["paging"]


def test_cursors_belong_to_one_list(server: GraphServer, ask: Callable[..., Any]):
    after = ask(server, "/act_1/ads", limit="2").json["paging"]["cursors"]["after"]
    assert ask(server, "/act_1/ads", limit="5", after=after).status == 200
    assert ask(server, "/act_2/ads", limit="2", after=after).error["code"] == 100


def test_links_carry_the_token_as_metas_do(server: GraphServer, ask: Callable[..., Any]):
    link = ask(server, "/act_1/ads", limit="2").json["paging"]["next"]
    assert f"access_token={server.token}" in link
    assert server.token not in repr(list(server.requests))


def test_pages_have_a_default_size_and_a_largest(server: GraphServer, ask: Callable[..., Any]):
    asked = {"level": "ad", "time_increment": "1", "time_range": RANGE, "breakdowns": "age,gender,"}
    asked["breakdowns"] = "age,gender"
    assert len(ask(server, "/act_1/insights", **asked).json["data"]) == 25
    assert len(ask(server, "/act_1/insights", **asked, limit="100000").json["data"]) == 560


def test_objects_gone_are_listed_when_asked_for(server: GraphServer, ask: Callable[..., Any]):
    def names(path: str, **params: Any) -> list[str]:
        return [row["name"] for row in walked(server, ask, path, fields="name", **params)]

    assert len(names("/act_1/ads")) == 7
    assert names("/act_1/ads", effective_status=["DELETED"]) == ["Ad 2.2.2"]
    wanted = [{"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "DELETED"]}]
    assert len(names("/act_1/ads", filtering=wanted)) == 8
    asked = {"level": "ad", "time_range": RANGE, "fields": "ad_name"}
    assert len(walked(server, ask, "/act_1/insights", **asked)) == 7
    assert len(walked(server, ask, "/act_1/insights", **asked, filtering=wanted)) == 8


def test_edges_choose_by_time_and_count(server: GraphServer, ask: Callable[..., Any]):
    found = ask(server, "/act_1/activities", since="2026-11-03T00:00:00+0000", until="1793923200").json[
        "data"
    ]
    assert [row["event_time"][:10] for row in found] == ["2026-11-03", "2026-11-04", "2026-11-05"]
    counted = ask(server, "/700/published_posts", limit="1", summary="total_count").json
    assert counted["summary"] == {"total_count": 9}
    assert len(counted["data"]) == 1


def test_edges_inside_fields(server: GraphServer, ask: Callable[..., Any]):
    fields = "id,comments.limit(1).summary(true){id},insights.metric(post_clicks)"
    post = ask(server, "/700/published_posts", fields=fields, limit="1").json["data"][0]
    assert post["comments"] == {"data": [{"id": "c0"}], "summary": {"total_count": 3}}
    assert [one["name"] for one in post["insights"]["data"]] == ["post_clicks"]
    refused = ask(server, "/700_0", fields="insights.metric(post_unheard)")
    assert "must be a valid insights metric" in refused.error["message"]


def test_summaries_add_up_what_can_be_added(server: GraphServer, ask: Callable[..., Any]):
    asked = {"level": "ad", "time_range": RANGE, "fields": "spend,impressions,reach"}
    answer = ask(server, "/act_1/insights", **asked, summary=["spend", "impressions"]).json
    for name in ("spend", "impressions"):
        assert float(answer["summary"][name]) == pytest.approx(sum(float(r[name]) for r in answer["data"]))
    assert "not a sum" in ask(server, "/act_1/insights", **asked, summary=["reach"]).error["message"]
    missing = ask(server, "/act_1/insights", **asked, summary=["frequency"]).error["message"]
    assert missing.startswith("(#100) Cannot include frequency in summary param because they weren't there")


@pytest.mark.parametrize(
    ("increment", "spans"),
    [
        ("7", ["2026-11-01 2026-11-07", "2026-11-08 2026-11-14", "2026-11-15 2026-11-20"]),
        ("all_days", ["2026-11-01 2026-11-20"]),
        ("monthly", ["2026-11-01 2026-11-20"]),
    ],
)
def test_increments(server: GraphServer, ask: Callable[..., Any], increment: str, spans: list[str]):
    asked = {"time_range": RANGE, "time_increment": increment, "fields": "spend"}
    rows = ask(server, "/act_1/insights", **asked).json["data"]
    assert [f"{row['date_start']} {row['date_stop']}" for row in rows] == spans


def test_several_ranges_and_months(server: GraphServer, ask: Callable[..., Any]):
    ranges = [{"since": "2026-11-01", "until": "2026-11-02"}, {"since": "2026-11-05", "until": "2026-11-05"}]
    rows = ask(server, "/act_1/insights", time_ranges=ranges, fields="spend").json["data"]
    assert [row["date_start"] for row in rows] == ["2026-11-01", "2026-11-05"]


def test_too_much_is_refused_in_metas_two_forms(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    from workbench.sandbox.graph.insights_desk import Limits

    server = serve(limits=Limits(sync_cells=60))
    asked = {"level": "ad", "time_increment": "1", "time_range": RANGE}
    fields = ["spend", "impressions", "clicks", "ad_id", "adset_id", "reach"]
    answers = [ask(server, "/act_1/insights", **asked, fields=fields[: n + 1]).error for n in range(6)]
    assert {error["code"] for error in answers} == {1, 100}
    for error in answers:
        assert error.get("error_subcode") == 1487534 or error["message"].startswith(
            "Please reduce the amount"
        )
    day = {"since": "2026-11-01", "until": "2026-11-01"}
    assert ask(server, "/act_1/insights", **{**asked, "time_range": day}, fields="spend").status == 200


def refused_with(codes: Iterable[int], *answers: Any) -> bool:
    return [answer.error["code"] for answer in answers] == list(codes)


def test_tokens(serve: Callable[..., GraphServer], source: TableSource, ask: Callable[..., Any]):
    rules = {
        "all": TokenRules(),
        "reader": TokenRules(scopes=("ads_read",)),
        "old": TokenRules(expires_at=source.now()),
        "second": TokenRules(account_ids=("2",)),
    }
    server = serve(tokens=rules)
    old, wrong = ask(server, "/me", access_token="old"), ask(server, "/me", access_token="nobody")
    assert old.status == wrong.status == 401
    assert old.error["error_subcode"] == 463
    assert refused_with([190, 190], old, wrong)
    assert ask(server, "/me", access_token=None).error["code"] == 2500
    assert ask(server, "/act_1/campaigns", access_token="reader").status == 200
    assert ask(server, "/121100", "POST", access_token="reader", name="x").error["code"] == 200
    assert ask(server, "/700/published_posts", access_token="reader").error["code"] == 200
    seen = [row["account_id"] for row in ask(server, "/me/adaccounts", access_token="second").json["data"]]
    assert seen == ["2"]
    assert ask(server, "/act_1", access_token="second").error["error_subcode"] == 33
    assert ask(server, "/121100", access_token="second").error["error_subcode"] == 33


def test_what_a_token_says_of_itself(
    serve: Callable[..., GraphServer], source: TableSource, ask: Callable[..., Any]
):
    server = serve()
    asked = {"input_token": server.token}
    told = ask(server, "/debug_token", **asked).json["data"]
    assert told["is_valid"] is True
    assert told["expires_at"] == 0
    assert "ads_read" in told["scopes"]
    server.expire_tokens(source.now())
    told = ask(server, "/debug_token", access_token=None, **asked)
    assert told.error["code"] == 2500
    server.expire_tokens(source.now().replace(hour=23))
    told = ask(server, "/debug_token", **asked).json["data"]
    assert told["expires_at"] == int(source.now().replace(hour=23).timestamp())
    unknown = ask(server, "/debug_token", input_token="x").json["data"]
    assert unknown["is_valid"] is False


def test_a_page_has_a_token_of_its_own(server: GraphServer, ask: Callable[..., Any]):
    page = ask(server, "/me/accounts", fields="id,access_token").json["data"][0]
    assert page["access_token"] != server.token
    assert ask(server, "/700/published_posts", access_token=page["access_token"]).status == 200
    assert ask(server, "/me", access_token=page["access_token"]).json["id"] == "700"


def test_it_listens_on_this_machine_only(source: TableSource):
    for host in ("0.0.0.0", "192.0.2.1", "example.org", ""):  # noqa: S104 (refused)
        with pytest.raises(ConfigError, match="this machine only"):
            GraphServer(source, host=host)


def test_a_port_that_is_taken_is_named(server: GraphServer, source: TableSource):
    with pytest.raises(ConfigError, match=f"Port {server.port} of"):
        GraphServer(source, port=server.port)


def test_the_table_adds_up(source: TableSource):
    from datetime import date

    from workbench.sandbox.graph.source import InsightsSlice

    whole = InsightsSlice("act_1", "account", date(2026, 11, 1), date(2026, 11, 20), None)
    by_age = InsightsSlice(
        "act_1",
        "ad",
        date(2026, 11, 1),
        date(2026, 11, 20),
        1,
        ("age",),
        (),
        ({"field": "ad.effective_status", "operator": "NOT_EQUAL", "value": ""},),
    )
    rows = list(source.insights(by_age))
    total = next(source.insights(whole))
    for name in ("impressions", "spend", "clicks"):
        assert sum(row[name] for row in rows) == total[name]
