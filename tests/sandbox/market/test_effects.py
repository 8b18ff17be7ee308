"""Edits do what they should, nobody else notices, and the true effect is exactly what then happens."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.sandbox.market.accounts import LOOKALIKE
from workbench.sandbox.market.outcomes import default_share
from workbench.sandbox.market.world import World


def named(world: World, name: str, kind: str = "campaign") -> str:
    return next(n["id"] for n in world.state.nodes.values() if n["kind"] == kind and n["name"] == name)


def running_ad(world: World, campaign: str) -> str:
    at = world.layout.campaign_ids.index(campaign)
    return next(
        i
        for i, c, active in zip(
            world.layout.ad_ids, world.layout.ad["campaign"], world.layout.ad["active"], strict=True
        )
        if c == at and active
    )


def test_the_true_effect_is_what_two_stepped_worlds_differ_by(world):
    campaign = named(world, LOOKALIKE)
    edits = {campaign: {"daily_budget": 60_000}}
    effect = world.true_effect(edits, 21)
    other = World(copy.deepcopy(world.state), copy.deepcopy(world.history))
    other.change(campaign, edits[campaign])
    for one in (world, other):
        one.step(21)
    found = {}
    for name, one in (("without", world), ("with", other)):
        rows, _ = one.history.between(730, 750)
        mine = one.layout.ad["campaign"][rows["ad"]] == one.layout.campaign_ids.index(campaign)
        found[name] = (
            rows["expected_results"][mine].sum() * default_share("lead"),
            rows["spend_minor"][mine].sum(),
        )
    assert effect.total("results", campaign) == pytest.approx(
        found["with"][0] - found["without"][0], rel=1e-9
    )
    assert effect.total("spend_minor", campaign) == found["with"][1] - found["without"][1]
    assert effect.by_day("results").sum() == pytest.approx(effect.total("results"))


def test_an_edit_leaves_every_other_campaign_untouched(world):
    campaign = named(world, LOOKALIKE)
    other = World(copy.deepcopy(world.state), copy.deepcopy(world.history))
    other.change(campaign, {"daily_budget": 90_000})
    for one in (world, other):
        one.step(14)
    apart = []
    for one in (world, other):
        rows, conversions = one.history.between(730, 743)
        theirs = one.layout.ad["campaign"][rows["ad"]] != one.layout.campaign_ids.index(campaign)
        of = one.layout.ad["campaign"][conversions["ad"]] != one.layout.campaign_ids.index(campaign)
        apart.append(
            {k: v[theirs] for k, v in rows.items()} | {f"c {k}": v[of] for k, v in conversions.items()}
        )
    for name, values in apart[0].items():
        assert np.array_equal(values, apart[1][name]), name


def test_returns_diminish_and_never_fall(two_years):
    campaign = named(two_years, "Catalogue · all products")
    budgets = [2_000, 5_000, 15_000, 45_000, 150_000, 500_000, 5_000_000]
    curve = [two_years.expected({campaign: {"daily_budget": b}}, 7) for b in budgets]
    spend = np.array([c.total("spend_minor", campaign) for c in curve])
    results = np.array([c.total("results", campaign) for c in curve])
    assert (np.diff(spend) > 0).all()
    assert (np.diff(results) > 0).all()
    per_unit = np.diff(results) / np.diff(spend)
    assert (np.diff(per_unit) < 0).all()
    assert spend[-1] < 7 * budgets[-1] * 0.5  # a small audience cannot take all that


@pytest.mark.parametrize("budget", [3_000, 20_000])
def test_without_noise_a_budget_is_spent(two_years, budget):
    campaign = named(two_years, "Prospecting · broad")
    spent = two_years.expected({campaign: {"daily_budget": budget}}, 28).total("spend_minor", campaign)
    assert spent == pytest.approx(28 * budget, rel=0.01)


def test_a_pause_stops_delivery_from_the_next_day(world):
    ad = running_ad(world, named(world, LOOKALIKE))
    at = world.layout.ad_ids.index(ad)
    world.change(ad, {"status": "PAUSED"})
    world.step(3)
    rows, _ = world.history.between(729, 732)
    assert set(rows["day"][rows["ad"] == at]) == {729}
    world.change(ad, {"status": "ACTIVE"})
    world.step()
    rows, _ = world.history.between(733, 733)
    assert at in rows["ad"]


def test_a_tight_bid_delivers_less_at_a_lower_cost(two_years):
    adset = named(two_years, "US · owners", "adset")
    curve = [two_years.expected({adset: {"bid_amount": bid}}, 7) for bid in (1_500, 4_000, 50_000)]
    spend = [c.total("spend_minor", adset) for c in curve]
    price = [c.total("spend_minor", adset) / c.total("impressions", adset) for c in curve]
    assert spend[0] < 0.3 * spend[2]
    assert spend == sorted(spend)
    assert price == sorted(price)


def test_a_new_creative_is_clicked_more_than_a_tired_one(world):
    campaign = named(world, LOOKALIKE)
    ad = running_ad(world, campaign)
    tired = world.state.nodes[ad]["creative_id"]
    same = {"name": "Again", "click_quality": 1}
    fresh = world.create_object("act_100000000000001", "adcreatives", same)
    world.state.nodes[fresh]["truth"] = dict(world.state.nodes[tired]["truth"])  # as good, only not seen yet
    effect = world.true_effect({ad: {"creative": {"creative_id": fresh}}}, 14)
    clicks = effect.by_day("link_clicks", campaign)
    assert clicks.sum() > 0
    assert world.state.nodes[ad]["creative_id"] == tired


def test_carry_over_outlasts_the_money(two_years):
    campaign = named(two_years, "Catalogue · all products")
    paid = two_years.expected({campaign: {"daily_budget": 60_000}}, 14)
    world = World(copy.deepcopy(two_years.state), copy.deepcopy(two_years.history))
    world.change(campaign, {"daily_budget": 60_000})
    for _ in range(14):
        world.deliver(noisy=False)
    after = [w.expected({campaign: {"daily_budget": 15_000}}, 1) for w in (world, two_years)]
    rates = [a.total("results", campaign) / a.total("link_clicks", campaign) for a in after]
    assert rates[0] > rates[1]
    assert paid.total("results", campaign) > 0


def test_awareness_helps_the_other_campaigns_of_its_account_only(two_years):
    film, shop, abroad = (named(two_years, n) for n in ("US · awareness film", "US · shop", "JP · shop"))
    effect = two_years.true_effect({film: {"status": "PAUSED"}}, 28)
    assert effect.total("results", shop) < 0
    assert effect.total("spend_minor", shop) == 0
    assert effect.total("results", abroad) == 0


def test_an_effect_leaves_the_world_as_it_was(two_years):
    before = copy.deepcopy(two_years.state)
    two_years.true_effect({named(two_years, LOOKALIKE): {"status": "PAUSED"}}, 3)
    assert two_years.state.nodes == before.nodes
    assert two_years.state.carry.to_dict() == before.carry.to_dict()
    assert (two_years.state.n_days, two_years.state.changes) == (before.n_days, before.changes)


@pytest.mark.parametrize("n_days", [0, 731])
def test_a_range_that_is_no_range_is_refused(two_years, n_days):
    with pytest.raises(DataError, match="Use 1 to 730 days"):
        two_years.true_effect({}, n_days)


def test_an_id_that_is_nowhere_is_refused(two_years):
    with pytest.raises(DataError, match="no ad set, campaign or account '7'"):
        two_years.expected(n_days=1).total("results", "7")
