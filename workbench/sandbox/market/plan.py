"""What the advertiser does in the planned days: launches, pauses, new ads, budgets raised, bids changed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.money import minor_digits
from workbench.sandbox.market import edits
from workbench.sandbox.market.advertiser import AD_NAMES, GOALS, AccountSpec, AdSetSpec, CampaignSpec
from workbench.sandbox.market.noise import Noise, Stream
from workbench.sandbox.market.season import holiday_peak
from workbench.sandbox.market.state import State

#: Seasonal campaigns go on starting and stopping for so many days after the planned ones.
_DAYS_BEYOND = 400
_BUDGET_GROWTH_PER_QUARTER = 0.035
_OVERLAP_DAYS = 40
_ARCHIVED_AFTER_DAYS = 40
Action = dict[str, Any]
Flags = NDArray[np.bool_]


def plan(accounts: tuple[AccountSpec, ...], *, seed: int, start: date, n_days: int) -> list[Action]:
    """Return everything the advertiser will do, in the order of the days.

    Parameters
    ----------
    accounts : tuple of AccountSpec
        The advertiser.
    seed : int
        Seed of launch days and creative qualities.
    start : date
        First simulated day.
    n_days : int
        Planned days; the stories of the accounts are told backwards from the last one.
    """
    noise = Noise(seed)
    actions: list[Action] = []
    for a, account in enumerate(accounts):
        for c, spec in enumerate(account.campaigns):
            runs = _runs(spec, start, n_days)
            if runs[:n_days].any():
                actions += _campaign(noise, (account, a, c), runs, start=start, n_days=n_days)
    return sorted(actions, key=lambda action: action["day"])


def act(state: State) -> None:
    """Do what is planned for the day that comes next."""
    while state.script and state.script[0]["day"] <= state.n_days:
        action = state.script.pop(0)
        if "edge" in action:
            parent = action["parent"]
            params = dict(action["params"])
            if "creative" in params:
                params["creative"] = {"creative_id": state.names[params["creative"]]}
            parent_id = parent if parent.startswith("act_") else state.names[parent]
            made = edits.create(state, parent_id, action["edge"], params, truth=action["truth"])
            state.names[action["name"]] = made
        else:
            edits.change(state, state.names[action["name"]], action["params"])


def _runs(spec: CampaignSpec, start: date, n_days: int) -> Flags:
    out = np.zeros(n_days + (_DAYS_BEYOND if spec.season_days else 0), bool)
    for i in range(len(out)):
        before_end, day = n_days - 1 - i, start + timedelta(days=i)
        begun = spec.first_day is None or before_end <= spec.first_day
        paused = any(first >= before_end >= last for first, last in spec.pauses)
        season = (
            spec.season_days is None or spec.season_days[0] <= (day.month, day.day) <= spec.season_days[1]
        )
        out[i] = begun and not paused and season
    return out


def _campaign(
    noise: Noise,
    place: tuple[AccountSpec, int, int],
    runs: Flags,
    *,
    start: date,
    n_days: int,
) -> list[Action]:
    account, a, c = place
    spec = account.campaigns[c]
    name, unit = f"{a}.{c}", 10 ** minor_digits(account.currency)
    first = int(np.flatnonzero(runs)[0])
    budgets = _budgets(spec, account, start=start, n_days=n_days)
    own = {"daily_budget": round(budgets[first] * unit)} if not spec.budget_on_adsets else {}
    out: list[Action] = [
        {
            "day": first,
            "edge": "campaigns",
            "parent": f"act_{account.account_id}",
            "name": name,
            "params": {
                "name": spec.name,
                "objective": spec.objective,
                "status": "ACTIVE",
                "bid_strategy": spec.bid_strategy,
                "special_ad_categories": ["NONE"],
                **own,
            },
            "truth": _campaign_truth(spec, account, n_days),
        }
    ]
    for s, adset in enumerate(spec.adsets):
        out += _adset(noise, (account, spec, name), (s, adset), runs, budgets=budgets, unit=unit)
    if not spec.budget_on_adsets:
        out += _budget_changes(name, budgets, (first, n_days), unit)
    out += _switches(spec, name, runs, n_days)
    for edit in account.edits:
        if edit.campaign == spec.name and edit.bid_strategy and n_days - 1 - edit.days_before_end > first:
            day = n_days - 1 - edit.days_before_end
            out.append({"day": day, "name": name, "params": {"bid_strategy": edit.bid_strategy}})
    return out


def _campaign_truth(spec: CampaignSpec, account: AccountSpec, n_days: int) -> dict[str, Any]:
    return {
        "price": spec.price,
        "link_click_rate": spec.link_click_rate,
        "conversion_rate": spec.conversion_rate,
        "audience": float(spec.audience),
        "order_value": spec.order_value,
        "fatigue_half_life": spec.fatigue_half_life,
        "customer_rate": spec.customer_rate,
        "customer_value": spec.customer_value,
        "competition": [
            [n_days - 1 - shock.days_before_end, shock.price_factor]
            for shock in account.competition
            if shock.campaign == spec.name
        ],
    }


def _budgets(spec: CampaignSpec, account: AccountSpec, *, start: date, n_days: int) -> list[float]:
    lift = 0.45 if spec.result_type == "purchase" else 0.12
    digits = -2 if minor_digits(account.currency) == 0 else 0
    out = []
    for i in range(n_days):
        before_end = n_days - 1 - i
        budget = spec.daily_budget / (1 + _BUDGET_GROWTH_PER_QUARTER) ** (before_end // 91)
        budget *= 1 + lift if holiday_peak(start + timedelta(days=i)) > 0.5 else 1.0
        for edit in account.edits:
            if edit.campaign == spec.name and before_end <= edit.days_before_end:
                budget *= edit.budget_factor
        out.append(round(budget, digits))
    return out


def _budget_changes(
    name: str, budgets: list[float], days: tuple[int, int], unit: int, *, share: float = 1.0
) -> list[Action]:
    first, n_days = days
    return [
        {"day": i, "name": name, "params": {"daily_budget": round(budgets[i] * share * unit)}}
        for i in range(first + 1, n_days)
        if budgets[i] != budgets[i - 1]
    ]


def _switches(spec: CampaignSpec, name: str, runs: Flags, n_days: int) -> list[Action]:
    first = int(np.flatnonzero(runs)[0])
    out: list[Action] = [
        {"day": i + 1, "name": name, "params": {"status": "ACTIVE" if after else "PAUSED"}}
        for i, (before, after) in enumerate(pairwise(runs.tolist()))
        if i >= first and before != after
    ]
    if spec.ending and out:
        day = min(out[-1]["day"] + _ARCHIVED_AFTER_DAYS, n_days - 1)
        out.append({"day": day, "name": name, "params": {"status": spec.ending}})
    return out


def _adset(
    noise: Noise,
    place: tuple[AccountSpec, CampaignSpec, str],
    numbered: tuple[int, AdSetSpec],
    runs: Flags,
    *,
    budgets: list[float],
    unit: int,
) -> list[Action]:
    account, spec, campaign = place
    s, adset = numbered
    name, n_days = f"{campaign}.{s}", len(budgets)
    first = int(np.flatnonzero(runs)[0])
    params: dict[str, Any] = {
        "name": adset.name,
        "status": "ACTIVE",
        "optimization_goal": GOALS[spec.objective],
        "billing_event": "IMPRESSIONS",
        "targeting": {"geo_locations": {"countries": [account.country]}, "age_min": 18, "age_max": 65},
    }
    if spec.bid_amount:
        params["bid_amount"] = round(spec.bid_amount * unit)
    out: list[Action] = []
    if spec.budget_on_adsets:
        params["daily_budget"] = round(budgets[first] * adset.budget_share * unit)
        out = _budget_changes(name, budgets, (first, n_days), unit, share=adset.budget_share)
    truth = {
        "share": adset.budget_share,
        "click_factor": adset.click_factor,
        "conversion_factor": adset.conversion_factor,
    }
    made = {
        "day": first,
        "edge": "adsets",
        "parent": campaign,
        "name": name,
        "params": params,
        "truth": truth,
    }
    out.append(made)
    numbers = [int(part) for part in name.split(".")]
    slot = (numbers[0] * 100 + numbers[1]) * 100 + numbers[2]
    for i, (launch, retire) in enumerate(_lives(noise, slot, runs[:n_days], n_ads=adset.n_ads, spec=spec)):
        out += _ad((account, name, slot), i, (launch, retire), noise=noise, retired=spec.retired_as)
    return out


def _lives(
    noise: Noise, slot: int, runs: Flags, *, n_ads: int, spec: CampaignSpec
) -> list[tuple[int, int | None]]:
    """Spread the launches over the campaign's life; an ad retires some weeks after its successor's launch."""
    active = np.flatnonzero(runs)
    start, stop = int(active[0]), int(active[-1])
    if stop - start < 120 or spec.season_days is not None:
        return [(start, None)] * n_ads
    jitter = 0.12 * (noise.uniform(Stream.LAUNCH, 0, slot, np.arange(n_ads)) - 0.5)
    fractions = np.maximum(np.arange(n_ads) / n_ads + jitter, 0)
    fractions[0] = 0.0
    launches = [start + int(f * (stop - start)) for f in fractions]
    return [
        (launch, launches[i + 1] + _OVERLAP_DAYS if i + 1 < n_ads else None)
        for i, launch in enumerate(launches)
    ]


def _ad(
    place: tuple[AccountSpec, str, int],
    i: int,
    life: tuple[int, int | None],
    *,
    noise: Noise,
    retired: str,
) -> list[Action]:
    account, adset, slot = place
    name, z = f"{adset}.{i}", noise.normal(Stream.QUALITY, 1, slot, [2 * i, 2 * i + 1])
    truth = {
        "click_quality": float(np.exp(0.12 * z[0]) * (1 + 0.04 * i)),
        "conversion_quality": float(np.exp(0.08 * z[1])),
    }
    words = AD_NAMES[i % len(AD_NAMES)]
    out: list[Action] = [
        {
            "day": life[0],
            "edge": "adcreatives",
            "parent": f"act_{account.account_id}",
            "name": f"{name}.creative",
            "params": {"name": f"{words} · {i + 1}", "title": words, "body": "Simulated advertisement."},
            "truth": truth,
        },
        {
            "day": life[0],
            "edge": "ads",
            "parent": adset,
            "name": name,
            "params": {"name": words, "status": "ACTIVE", "creative": f"{name}.creative"},
            "truth": {},
        },
    ]
    if life[1] is not None:
        out.append({"day": life[1], "name": name, "params": {"status": retired}})
    return out
