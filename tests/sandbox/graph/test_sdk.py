"""The official client as a caller: what it reads, makes and asks for works."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.source import InsightsSlice
from workbench.sandbox.graph.table_source import TableSource

RANGE = {"since": "2026-11-01", "until": "2026-11-20"}
DAILY: dict[str, Any] = {"level": "ad", "time_range": RANGE, "time_increment": 1}
FIELDS = ["ad_id", "impressions", "spend", "actions", "inline_link_clicks"]


def client(server: GraphServer, secret: str = "") -> FacebookAdsApi:
    session = FacebookSession("200", secret or None, server.token, timeout=(30, 60))
    session.GRAPH = server.base_url
    return FacebookAdsApi(session, api_version="v26.0")


@pytest.fixture
def account(server: GraphServer) -> AdAccount:
    return AdAccount("act_1", api=client(server))


def test_reads_what_is_there(server: GraphServer, account: AdAccount):
    api = client(server)
    accounts = list(User("me", api=api).get_ad_accounts(fields=["name", "currency"]))
    assert [one["currency"] for one in accounts] == ["EUR", "USD"]
    campaigns = list(account.get_campaigns(fields=[Campaign.Field.name, Campaign.Field.daily_budget]))
    assert [one["name"] for one in campaigns] == ["Campaign 1", "Campaign 2"]
    ads = list(Campaign(campaigns[0]["id"], api=api).get_ads(fields=["name"], params={"limit": 3}))
    assert [one["name"] for one in ads] == ["Ad 1.1.1", "Ad 1.1.2", "Ad 1.2.1", "Ad 1.2.2"]
    one = Ad(ads[0]["id"], api=api).api_get(fields=["name", "adset_id", "creative"])
    assert one["adset_id"] == "121110"
    assert one["creative"]["id"] == "991111"


def test_sync_and_async_insights_are_the_same_rows(account: AdAccount, clock: Any):
    direct = [dict(row) for row in account.get_insights(fields=FIELDS, params={**DAILY, "limit": 7})]
    run = account.get_insights(fields=FIELDS, params=DAILY, is_async=True)
    assert isinstance(run, AdReportRun)
    states = []
    while not states or states[-1] not in ("Job Completed", "Job Failed"):
        states.append(run.api_get()["async_status"])
        clock.sleep(0.1)
    assert list(dict.fromkeys(states)) == [
        "Job Not Started",
        "Job Started",
        "Job Running",
        "Job Completed",
    ]
    report = [dict(row) for row in run.get_insights(params={"limit": 11})]
    assert len(report) == 7 * 20
    assert report == direct


def test_figures_are_texts_and_only_what_was_asked(account: AdAccount):
    row = dict(account.get_insights(fields=FIELDS, params={**DAILY, "limit": 1})[0])
    assert set(row) == {*FIELDS, "date_start", "date_stop"}
    assert row["impressions"] == "4060"
    assert row["spend"] == "4.42"
    assert row["actions"] == [{"action_type": "lead", "value": "8"}]


def test_shapes_of_the_samples(account: AdAccount, shared_data: Path):
    sample = json.loads((shared_data / "meta_samples" / "airbyte_ads_insights_product_id.json").read_text())
    seen = sample["data"][0]
    here = {
        "account_id",
        "account_name",
        "account_currency",
        "campaign_id",
        "adset_id",
        "ad_id",
        "ad_name",
    } | {
        "impressions",
        "clicks",
        "spend",
        "cpm",
        "cpc",
        "ctr",
        "inline_link_clicks",
        "inline_link_click_ctr",
        "cost_per_inline_link_click",
        "actions",
        "cost_per_action_type",
    }
    params = {**DAILY, "limit": 1, "action_attribution_windows": ["1d_click", "7d_click"]}
    cursor = account.get_insights(fields=sorted(here), params=params)
    row = dict(cursor[0])
    assert here <= seen.keys() & row.keys()
    for name in here - {"actions", "cost_per_action_type"}:
        assert type(row[name]) is type(seen[name]), name
    for name in ("actions", "cost_per_action_type"):
        assert {"action_type", "value", "1d_click", "7d_click"} == row[name][0].keys()
        assert row[name][0].keys() <= seen[name][0].keys()
        assert len(row["cost_per_action_type"][0]["value"].partition(".")[2]) == 6


def test_every_error_of_the_samples_comes_as_it_was_seen(server: GraphServer, shared_data: Path):
    samples = json.loads((shared_data / "meta_samples" / "errors.json").read_text())
    for kind, sample in samples.items():
        if kind in ("_note", "job_failed_v25", "summary", "race"):
            continue  # of reports: see test_reports.py
        server.fail_next(kind)
        with pytest.raises(FacebookRequestError) as caught:
            AdAccount("act_1", api=client(server)).get_insights(fields=FIELDS)
        assert caught.value.http_status() == sample["http"], kind
        assert caught.value.body()["error"] == sample["error"], kind


def test_makes_edits_and_deletes(server: GraphServer, source: TableSource):
    api = client(server)
    account = AdAccount("act_1", api=api)
    params = {
        "name": "New",
        "objective": "OUTCOME_SALES",
        "status": "PAUSED",
        "special_ad_categories": [],
        "daily_budget": 7000,
    }
    rehearsed = account.create_campaign(params={**params, "execution_options": ["validate_only"]})
    assert rehearsed.get("id") is None
    assert len(account.get_campaigns()) == 2
    campaign = account.create_campaign(params=params)
    assert source.node(campaign["id"]) is not None
    adset = account.create_ad_set(
        params={
            "name": "Set",
            "campaign_id": campaign["id"],
            "billing_event": "IMPRESSIONS",
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "targeting": {"geo_locations": {"countries": ["DE"]}, "age_min": 18},
        }
    )
    ad = account.create_ad(
        params={"name": "Ad", "adset_id": int(adset["id"]), "creative": {"creative_id": "991111"}}
    )
    AdSet(adset["id"], api=api).api_update(params={"daily_budget": 1234, "status": "PAUSED"})
    assert AdSet(adset["id"], api=api).api_get(fields=["daily_budget"])["daily_budget"] == "1234"
    Ad(ad["id"], api=api).api_delete()
    assert source.node(ad["id"])["effective_status"] == "DELETED"  # type: ignore[index]


def test_a_proof_is_checked_by_the_apps_secret(serve: Callable[..., GraphServer]):
    server = serve(app_secret="right", requires_proof=True)
    assert AdAccount("act_1", api=client(server, "right")).api_get(fields=["name"])["name"] == "First account"
    for secret in ("wrong", ""):
        with pytest.raises(FacebookRequestError, match="appsecret_proof"):
            AdAccount("act_1", api=client(server, secret)).api_get(fields=["name"])


def test_a_world_that_does_not_want_it_answers_with_its_words(serve: Callable[..., GraphServer]):
    from workbench.core.errors import DataError

    class Stubborn(TableSource):
        def change(self, object_id: str, params: Any) -> None:
            raise DataError("Budgets are frozen.", next_step="Wait.")

    server = serve(
        source=Stubborn(
            accounts=[{"id": "act_1", "account_id": "1"}],
            nodes=[
                {"id": "5", "account_id": "1", "metadata": {"type": "Campaign"}},
            ],
        )
    )
    with pytest.raises(FacebookRequestError) as caught:
        Campaign("5", api=client(server)).api_update(params={"name": "x"})
    assert caught.value.api_error_code() == 100
    assert "Budgets are frozen." in caught.value.api_error_message()


def test_a_defect_of_the_server_is_answered_and_not_hidden(
    serve: Callable[..., GraphServer], capsys: pytest.CaptureFixture[str]
):
    class Broken(TableSource):
        def insights(self, asked: InsightsSlice) -> Any:
            raise ZeroDivisionError

    server = serve(source=Broken(accounts=[{"id": "act_1", "account_id": "1"}]))
    with pytest.raises(FacebookRequestError) as caught:
        AdAccount("act_1", api=client(server)).get_insights()
    assert caught.value.http_status() == 500
    written = capsys.readouterr().err
    assert "ZeroDivisionError" in written
    assert server.token not in written


def test_dates_are_those_of_the_world(server: GraphServer):
    answer = client(server).call("GET", ("act_1",))
    stamp = datetime.strptime(answer.headers()["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert stamp.isoformat() == "2026-11-21T06:00:00"


def test_the_fields_of_the_insights_are_the_clients():
    from workbench.sandbox.graph.declarations import fields_of

    assert fields_of("AdsInsights") == frozenset(AdsInsights._field_types)
