"""Quotas: they fill, refuse, say for how long, and fade."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from workbench.sandbox.graph.quotas import Quotas
from workbench.sandbox.graph.server import GraphServer

FEW = Quotas(insights_calls=20, management_calls=10, insights_per_ad=0, management_per_ad=0)


def uses(answer: Any, account: str = "1") -> dict[str, dict[str, Any]]:
    body = json.loads(answer.headers["x-business-use-case-usage"])
    return {use["type"]: use for use in body[account]}


def test_four_headers_on_every_answer(server: GraphServer, ask: Callable[..., Any]):
    answer = ask(server, "/act_1/insights", fields="spend")
    assert uses(answer).keys() == {"ads_insights", "ads_management"}
    assert {"call_count", "total_cputime", "total_time"} <= uses(answer)["ads_insights"].keys()
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 1
    assert json.loads(answer.headers["x-ad-account-usage"])["ads_api_access_tier"] == "standard_access"
    throttle = json.loads(answer.headers["x-fb-ads-insights-throttle"])
    assert throttle.keys() >= {"app_id_util_pct", "acc_id_util_pct"}


def test_insights_are_refused_until_regained(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=FEW)
    for i in range(20):
        answer = ask(server, "/act_1/insights", fields="spend")
        assert answer.status == 200
        assert uses(answer)["ads_insights"]["call_count"] == 5 * (i + 1)
    refused = ask(server, "/act_1/insights", fields="spend")
    assert (refused.error["code"], refused.error["error_subcode"]) == (17, 2446079)
    minutes = uses(refused)["ads_insights"]["estimated_time_to_regain_access"]
    assert minutes == math.ceil((21 / 20 - 0.5) * 60)
    server.clock.sleep((minutes - 2) * 60)
    assert ask(server, "/act_1/insights", fields="spend").error["code"] == 17
    server.clock.sleep(120)
    after = ask(server, "/act_1/insights", fields="spend")
    assert after.status == 200
    assert uses(after)["ads_insights"]["estimated_time_to_regain_access"] == 0
    assert uses(after)["ads_insights"]["call_count"] <= 56


def test_the_rest_is_refused_by_its_own_code(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=FEW)
    for _ in range(3):
        assert ask(server, "/121100", "POST", name="x").status == 200  # three points each
    assert ask(server, "/act_1/campaigns").status == 200
    refused = ask(server, "/act_1/campaigns")
    assert refused.error["code"] == 80004
    assert ask(server, "/act_1/insights", fields="spend").status == 200
    assert ask(server, "/act_2/campaigns").status == 200


def test_waiting_frees_a_quota(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=FEW)
    for _ in range(60):
        assert ask(server, "/act_1/insights", fields="spend").status == 200
        server.clock.sleep(3600 / 20)


def test_rows_count_as_work(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=Quotas(rows=100))
    asked = {"level": "ad", "time_increment": "1", "date_preset": "last_14d", "fields": "spend"}
    used = uses(ask(server, "/act_1/insights", **asked, limit="60"))["ads_insights"]
    assert (used["total_cputime"], used["call_count"]) == (60, 1)
    ask(server, "/act_1/insights", **asked, limit="61")
    assert ask(server, "/act_1/insights", **asked).error["code"] == 17


def test_active_ads_raise_a_quota(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=Quotas(insights_calls=0.0, insights_per_ad=1.0))
    assert uses(ask(server, "/act_1/insights", fields="spend"))["ads_insights"]["call_count"] == 15  # 1 of 7


def test_the_app_has_a_quota_too(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(quotas=Quotas(app_calls=2))
    codes = [ask(server, "/act_1").json.get("error", {}).get("code") for _ in range(3)]
    assert codes == [None, None, 4]
