"""Simulated advertisers whose budgets are planned: six lead campaigns, a year of history, a year to come.

Each seed makes another advertiser: prices, rates and audiences are drawn, and the budgets of the first year
change every few weeks by a quarter or so, for no reason that has to do with results. New ads come throughout.
Nothing here supports any claim about real advertising.
"""

from __future__ import annotations

import copy
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.budget.data import MixData
from workbench.sandbox.market import plan
from workbench.sandbox.market.advertiser import AccountSpec, AdSetSpec, CampaignSpec
from workbench.sandbox.market.history import History
from workbench.sandbox.market.outcomes import DELAY_SHARES, VIEW_SHARE, default_share
from workbench.sandbox.market.state import Carry, State
from workbench.sandbox.market.world import World
from workbench.stats.counts import Floats

START = date(2024, 1, 1)
N_HISTORY_DAYS = 366
N_MONTHS = 12
N_DAYS = N_HISTORY_DAYS + 365
N_CAMPAIGNS = 6
DAILY_TOTAL = 900.0
CURRENCY = "EUR"
MINOR = 100
#: A day is mature from this share of its results on, as where figures are read from the lake.
MATURE_SHARE = 0.9
_CLICK_WINDOW_DAYS, _VIEW_WINDOW_DAYS = 7, 1
_SIGMA_BUDGET = 0.3
_NAMES = ("Lookalike", "Broad", "Retargeting", "Interests", "Video viewers", "Past customers")


def advertiser(seed: int) -> AccountSpec:
    """Draw an account: the same seed gives the same."""
    rng = np.random.default_rng([seed, 1])
    around = np.exp(rng.normal(size=(4, N_CAMPAIGNS)) * np.array([[0.25], [0.2], [0.3], [0.6]]))
    audience = 35_000 * around[3]
    budget = np.sqrt(audience) * np.exp(rng.normal(size=N_CAMPAIGNS) * _SIGMA_BUDGET)
    budget *= DAILY_TOTAL / budget.sum()
    campaigns = tuple(
        CampaignSpec(
            name,
            "OUTCOME_LEADS",
            daily_budget=float(budget[c]),
            price=float(9.0 * around[0, c]),
            link_click_rate=float(0.013 * around[1, c]),
            conversion_rate=float(0.05 * around[2, c]),
            audience=int(audience[c]),
            adsets=(AdSetSpec("First", 0.6, 6), AdSetSpec("Second", 0.4, 6, 1.05, 0.9)),
            fatigue_half_life=5.0,
        )
        for c, name in enumerate(_NAMES)
    )
    return AccountSpec("900000000000001", "Simulated", CURRENCY, "Europe/Berlin", "DE", "de_DE", campaigns)


def history(seed: int) -> World:
    """Return a world of the drawn advertiser after its first year."""
    account = advertiser(seed)
    known = {k: v for k, v in asdict(account).items() if k not in ("campaigns", "competition", "edits")}
    script = [a for a in plan.plan((account,), seed=seed, start=START, n_days=N_DAYS) if not _is_budget(a)]
    state = State(seed, START, 0, [known], script=script, carry=Carry.empty(1))
    state.script = sorted([*script, *_changes(seed, account)], key=lambda action: action["day"])
    world = World(state, History())
    world.step(N_HISTORY_DAYS)
    return world


def _is_budget(action: dict[str, Any]) -> bool:
    return "edge" not in action and "daily_budget" in action["params"]


def _changes(seed: int, account: AccountSpec) -> list[dict[str, Any]]:
    """Return the budgets of the first year: each campaign's holds for four to eight weeks."""
    rng = np.random.default_rng([seed, 2])
    out = []
    for c, campaign in enumerate(account.campaigns):
        day = 1
        while day < N_HISTORY_DAYS:
            budget = campaign.daily_budget * float(
                np.exp(_SIGMA_BUDGET * rng.normal() - _SIGMA_BUDGET**2 / 2)
            )
            params = {"daily_budget": round(budget * MINOR)}
            out.append({"day": day, "name": f"0.{c}", "params": params})
            day += int(rng.integers(28, 57))
    return out


def twin(world: World) -> World:
    """Return a copy that shares all noise to come and nothing that is changed."""
    return World(copy.deepcopy(world.state), History(world.history.rows, world.history.conversions))


def campaign_ids(world: World) -> tuple[str, ...]:
    return world.layout.campaign_ids


def budgets_of(world: World) -> Floats:
    """Return the daily budgets as they are set, in minor units."""
    return np.array([float(world.state.nodes[c]["daily_budget"]) for c in campaign_ids(world)])


def edits_of(world: World, daily_minor: Floats) -> dict[str, dict[str, int]]:
    """Return the edits that set each campaign's daily budget."""
    whole = np.rint(daily_minor).astype(int)
    return {c: {"daily_budget": int(b)} for c, b in zip(campaign_ids(world), whole, strict=True)}


def days_of_month(world: World) -> int:
    """Return the number of days from today to the end of the calendar month."""
    today = world.state.today
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (following - today).days


def live_month(world: World, daily_minor: Floats) -> tuple[float, float]:
    """Set the budgets, let a month pass, and return its expected results and what was spent, in minor units.

    Budgets in rows hold for a week each, the last row to the end of the month. The results are expectations
    given the month's real prices and rates, counted as the setting 7d_click, 1d_view counts them in the end:
    no sampling of results, and all noise shared with the world's twins.
    """
    first, stop = world.state.n_days, world.state.n_days + days_of_month(world)
    weeks = np.atleast_2d(daily_minor)
    for k, budgets in enumerate(weeks):
        for campaign, params in edits_of(world, budgets).items():
            world.change(campaign, params)
        world.step(7 if k < len(weeks) - 1 else stop - world.state.n_days)
    rows, _ = world.history.between(first, world.state.n_days - 1)
    return float(rows["expected_results"].sum()) * default_share("lead"), float(rows["spend_minor"].sum())


def mature_days() -> int:
    """Return how many last days have too few of their results yet to be used."""
    by_click = np.cumsum(DELAY_SHARES["lead"])[: _CLICK_WINDOW_DAYS + 1]
    arrived = (VIEW_SHARE + (1 - VIEW_SHARE) * by_click) / default_share("lead")
    return int((arrived < MATURE_SHARE).sum())


def arrived(world: World) -> tuple[Floats, Floats]:
    """Return spend in currency units and results so far, by day and campaign, as a report would."""
    layout, n_days = world.layout, world.state.n_days
    shape, rows, found = (n_days, len(layout.campaign_ids)), world.history.rows, world.history.conversions
    place = rows["day"] * shape[1] + layout.ad["campaign"][rows["ad"]]
    spend = np.bincount(place, rows["spend_minor"] / MINOR, shape[0] * shape[1]).reshape(shape)
    window = np.where(found["is_view"], _VIEW_WINDOW_DAYS, _CLICK_WINDOW_DAYS)
    known = (found["delay"] <= window) & (found["day"] + found["delay"] < n_days)
    place = found["day"] * shape[1] + layout.ad["campaign"][found["ad"]]
    return spend, np.bincount(place[known], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def weeks_of(world: World) -> tuple[MixData, Floats]:
    """Return the weeks that a model is fitted on, and what is reported of each campaign in them.

    The last week ends with the last mature day. What is reported has shape (n_weeks, n_campaigns).
    """
    spend, results = arrived(world)
    last = len(spend) - mature_days()
    n_weeks = last // 7
    used = slice(last - 7 * n_weeks, last)
    weekly, reported = (part[used].reshape(n_weeks, 7, -1).sum(axis=1) for part in (spend, results))
    first = START + timedelta(days=used.start)
    data = MixData(
        tuple(first + timedelta(days=7 * k) for k in range(n_weeks)),
        reported.sum(axis=1),
        weekly,
        tuple(world.state.nodes[c]["name"] for c in campaign_ids(world)),
        np.zeros((n_weeks, 0)),
        (),
        "leads",
        CURRENCY,
    )
    return data, reported
