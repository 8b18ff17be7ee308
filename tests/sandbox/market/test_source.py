"""The world answers in the network's shapes, with fields that its client declares."""

from __future__ import annotations

import importlib
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow.compute as pc
import pytest

from workbench.sandbox.graph.source import InsightsSlice
from workbench.sandbox.market.accounts import LOOKALIKE, RETARGETING
from workbench.sandbox.market.leads import crm_table
from workbench.sandbox.market.shapes import Lazily
from workbench.sandbox.market.source import MarketSource
from workbench.sandbox.market.voices import emails

ACCOUNTS = ("act_100000000000001", "act_100000000000002", "act_100000000000003")
#: Fields of a page's and a post's readers that the client's classes leave out.
LOOSE = {"metadata", "event", "platform"}


@pytest.fixture(scope="module")
def source(two_years):
    return MarketSource(two_years)


def declared(name: str) -> set[str]:
    module = importlib.import_module(f"facebook_business.adobjects.{name.lower()}")
    return set(getattr(module, name)._field_types)


def when(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def test_every_field_is_one_that_the_client_declares(source):
    page = source.edge("me", "accounts")[0]
    profile = page["instagram_business_account"]["id"]
    shapes = [
        *source.accounts(),
        page,
        source.node(profile),
        *(
            source.edge(ACCOUNTS[0], edge)[0]
            for edge in ("campaigns", "adsets", "ads", "adcreatives", "adspixels")
        ),
        *(source.edge(page["id"], edge)[0] for edge in ("leadgen_forms", "feed", "conversations")),
        source.edge(profile, "media")[0],
    ]
    for shape in shapes:
        unknown = set(shape) - declared(shape["metadata"]["type"]) - LOOSE
        assert not unknown, shape["metadata"]
    assert set(source.edge(ACCOUNTS[0], "activities")[0]) <= declared("AdActivity")
    form = source.edge(page["id"], "leadgen_forms")[0]["id"]
    assert set(source.edge(form, "leads")[0]) - LOOSE <= declared("Lead")


def test_insights_rows_are_declared_too(source):
    asked = InsightsSlice(
        ACCOUNTS[0], "ad", source.world.state.day_of(700), source.world.state.day_of(701), 1, ("age",)
    )
    rows = list(source.insights(asked))
    assert rows
    assert set(rows[0]) - {"age"} <= declared("AdsInsights")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_objects_hang_together_and_tell_nothing_of_their_truth(source, account):
    campaigns, adsets, ads = (source.edge(account, edge) for edge in ("campaigns", "adsets", "ads"))
    ids = {c["id"] for c in campaigns}
    assert {s["campaign_id"] for s in adsets} == ids
    assert {a["adset_id"] for a in ads} <= {s["id"] for s in adsets}
    for one in (*campaigns, *adsets, *ads, *source.edge(account, "adcreatives")):
        assert one["id"].isdigit()
        assert source.node(one["id"]) == one
        assert "truth" not in json.dumps(one)
    assert [s["id"] for c in campaigns for s in source.edge(c["id"], "adsets")].sort() == [
        s["id"] for s in adsets
    ].sort()
    assert source.node(source.edge(ads[0]["id"], "adcreatives")[0]["id"])


def test_times_carry_the_accounts_offset(source):
    for account, offsets in zip(ACCOUNTS, ({"+0100", "+0200"}, {"-0500", "-0400"}, {"+0900"}), strict=True):
        assert {ad["created_time"][-5:] for ad in source.edge(account, "ads")} <= offsets


def test_the_history_shows_the_shock(source):
    entries = [e for e in source.edge(ACCOUNTS[0], "activities") if e["event_time"].startswith("2026-10-28")]
    seen = {(e["object_name"], e["event_type"]) for e in entries}
    assert (LOOKALIKE, "update_campaign_budget") in seen
    assert (LOOKALIKE, "update_campaign_bid_strategy") in seen
    assert (RETARGETING, "update_campaign_budget") in seen
    cut = next(e for e in entries if e["object_name"] == RETARGETING)
    extra = json.loads(cut["extra_data"])
    assert extra["new_value"] == pytest.approx(0.7 * extra["old_value"], rel=0.01)
    times = [when(e["event_time"]) for e in source.edge(ACCOUNTS[0], "activities")]
    assert times == sorted(times, reverse=True)


def test_leads_are_those_the_reports_count(source):
    page = source.edge("me", "accounts")[0]["id"]
    for form in source.edge(page, "leadgen_forms"):
        leads = source.edge(form["id"], "leads")
        assert len(leads) == form["leads_count"] > 0
        assert len({lead["id"] for lead in leads[:2000]}) == min(len(leads), 2000)
        assert all(re.fullmatch(r"\d{15,17}", lead["id"]) for lead in leads[:50])
        times = [when(lead["created_time"]) for lead in leads[:300]]
        assert times == sorted(times, reverse=True)
        assert times[0] <= source.now()


def test_people_are_made_up(source):
    page = source.edge("me", "accounts")[0]["id"]
    form = source.edge(page, "leadgen_forms")[0]["id"]
    for lead in source.edge(form, "leads")[:200]:
        fields = {f["name"]: f["values"][0] for f in lead["field_data"]}
        assert re.fullmatch(r"[a-z.]+\d+@example\.(com|org|net)", fields["email"])
        assert re.fullmatch(r"\+1\d{3}55501\d\d", fields["phone_number"])
    for mail in emails(source.world, 0)[:50]:
        assert re.search(r"@example\.(com|org|net)$", mail["sender"])
        assert mail["sent_at"] < source.now()


def test_the_crm_knows_the_true_quality_and_not_the_future(source):
    world = source.world
    known, truth = crm_table(world), crm_table(world, with_future=True)
    names = {n["id"]: n for n in world.state.of_kind("campaign")}
    late = pc.greater(truth["customer_on"], world.state.day_of(729))
    assert pc.any(late).as_py()
    assert pc.max(known["customer_on"]).as_py() <= world.state.day_of(729)
    for campaign_id in set(truth["campaign_id"].to_pylist()):
        mine = truth.filter(pc.equal(truth["campaign_id"], campaign_id))
        share = pc.mean(pc.equal(mine["stage"], "customer")).as_py()
        true = names[campaign_id]["truth"]["customer_rate"]
        if mine.num_rows > 500:
            assert share == pytest.approx(true, rel=0.25)
    bought = truth.filter(pc.equal(truth["stage"], "customer"))
    assert pc.all(pc.greater(bought["customer_on"], bought["created_on"])).as_py()
    assert pc.min(bought["value_micros"]).as_py() > 0


def test_the_pixel_counts_conversions_on_the_day_they_happen(source):
    stats = source.edge("900000000000001", "stats")
    assert {row["event"] for row in stats} == {"PageView", "ViewContent", "Lead", "Purchase"}
    assert {d["value"] for row in stats for d in row["data"]} == {"browser", "server"}
    silent = [r["start_time"][:10] for r in stats if r["event"] == "PageView" and r["data"][1]["count"] == 0]
    assert len(silent) == 4 * 3  # the server is down for three days, four times


def test_what_was_written_stays_as_it_was(world):
    source = MarketSource(world)
    page = source.edge("me", "accounts")[0]["id"]
    creative = source.edge(ACCOUNTS[0], "adcreatives")[0]["effective_object_story_id"]
    post = source.edge(page, "feed")[0]["id"]

    def written() -> list[dict[str, object]]:
        talks = [m for c in source.edge(page, "conversations") for m in source.edge(c["id"], "messages")]
        return [
            *source.edge(creative, "comments"),
            *source.edge(post, "comments"),
            *source.edge(page, "tagged"),
            *talks,
        ]

    before = {one["id"]: one for one in written()}
    world.step(10)
    after = {one["id"]: one for one in written()}
    assert before.items() <= after.items()
    assert len(after) > len(before) > 500


def test_posts_are_taken_up_for_some_days(world):
    source = MarketSource(world)
    page = source.edge("me", "accounts")[0]["id"]
    newest = source.edge(page, "feed")[0]["id"]

    def seen() -> int:
        figures = {f["name"]: f["values"][0]["value"] for f in source.edge(newest, "insights")}
        assert figures["post_impressions_unique"] <= figures["post_impressions"]
        return figures["post_impressions"]

    first = seen()
    world.step(5)
    assert seen() > first
    assert when(source.edge(page, "feed")[0]["created_time"]) <= source.now()


def test_edits_go_through_to_the_world(world):
    source = MarketSource(world)
    campaign = source.edge(ACCOUNTS[0], "campaigns")[0]
    source.change(campaign["id"], {"daily_budget": "40000"})
    assert source.node(campaign["id"])["daily_budget"] == "40000"
    made = source.create(ACCOUNTS[0], "campaigns", {"name": "New", "objective": "OUTCOME_LEADS"})
    assert source.node(made)["effective_status"] == "PAUSED"
    assert source.now() == datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "place",
    [
        ("nowhere", "ads"),
        (ACCOUNTS[0], "rooms"),
        ("t_100000999", "messages"),
        ("200000000000001_000001x", "comments"),
    ],
)
def test_edges_that_do_not_exist_are_none(source, place):
    assert source.edge(*place) is None


def test_objects_that_do_not_exist_are_none(source):
    for object_id in ("", "act_1", "t_999999999", "200000000000001_999999", "200000000000001_999999999"):
        assert source.node(object_id) is None


def test_a_lazy_list_is_a_list():
    many = Lazily(5, lambda i: {"id": i})
    assert list(many) == [{"id": i} for i in range(5)]
    assert many[-1] == {"id": 4}
    with pytest.raises(IndexError):
        many[5]


def test_mails_come_every_few_days(source):
    times = [mail["sent_at"] for mail in emails(source.world, 1)]
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) < timedelta(days=20)
