"""Names of the sample company's entities, their daily snapshots, and its change history."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench.sandbox.account import account_columns
from workbench.sandbox.campaigns import CAMPAIGNS, SHOCK
from workbench.sandbox.rates import Ad, Market

if TYPE_CHECKING:
    import pyarrow as pa

#: Snapshots are daily for so many days before the end, and on the first of each month before that.
DAILY_SNAPSHOT_DAYS = 70

Row = dict[str, object]


def entity_name(ad: Ad, kind: str) -> str:
    """Return the name of an ad, or of its ad set or campaign.

    Parameters
    ----------
    ad : Ad
        Any ad of the entity.
    kind : {"campaign", "adset", "ad"}
        Which of the three to name.
    """
    spec = CAMPAIGNS[ad.campaign]
    if kind == "campaign":
        return spec.name
    return spec.adsets[ad.adset].name if kind == "adset" else ad.name


def entity_table(market: Market, *, load_id: str) -> pa.Table:
    """Write the snapshots of every campaign, ad set and ad as rows of ``ad_entities``."""
    import pyarrow as pa

    rows: list[Row] = []
    for i, day in enumerate(market.days):
        if day.day == 1 or i >= len(market.days) - DAILY_SNAPSHOT_DAYS:
            rows += _snapshot(market, i)
    texts = ("entity_type", "entity_id", "parent_id", "name", "status", "objective", "bid_strategy")
    days = [row["day"] for row in rows]
    account = account_columns(days, load_id=load_id)  # type: ignore[arg-type]
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            **{k: pa.array([row[k] for row in rows], pa.string()) for k in texts},
            "daily_budget_minor": pa.array([row["daily_budget_minor"] for row in rows], pa.int64()),
            "lifetime_budget_minor": pa.nulls(len(rows), pa.int64()),
            "currency": account["currency"],
            "details": pa.array([row["details"] for row in rows], pa.string()),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def _snapshot(market: Market, i: int) -> list[Row]:
    rows: dict[str, Row] = {}
    started = (market.budget_eur[: i + 1] > 0).any(axis=0)
    for ad in market.ads:
        if not started[ad.campaign] or ad.first > i:
            continue
        running = bool(market.budget_eur[i, ad.campaign] > 0)
        rows.setdefault(ad.campaign_id, _campaign_row(market, i, ad, running=running))
        for kind, parent in (("adset", ad.campaign_id), ("ad", ad.adset_id)):
            entity_id = getattr(ad, f"{kind}_id")
            retired = kind == "ad" and i > ad.last
            status = "PAUSED" if retired else "ACTIVE" if running else "CAMPAIGN_PAUSED"
            rows.setdefault(entity_id, _child_row(market.days[i], ad, kind, (entity_id, parent, status)))
    return list(rows.values())


def _campaign_row(market: Market, i: int, ad: Ad, *, running: bool) -> Row:
    spec = CAMPAIGNS[ad.campaign]
    shocked = spec.name == SHOCK.campaign and len(market.days) - 1 - i <= SHOCK.days_before_end
    budget = market.budget_eur[: i + 1, ad.campaign]
    last_set = float(budget[budget > 0][-1])
    return {
        "day": market.days[i],
        "entity_type": "campaign",
        "entity_id": ad.campaign_id,
        "parent_id": None,
        "name": spec.name,
        "status": "ACTIVE" if running else "PAUSED",
        "objective": spec.objective,
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP" if shocked else spec.bid_strategy,
        "daily_budget_minor": round(last_set * 100),
        "details": json.dumps({"special_ad_categories": ["NONE"]}),
    }


def _child_row(day: date, ad: Ad, kind: str, place: tuple[str, str, str]) -> Row:
    entity_id, parent, status = place
    return {
        "day": day,
        "entity_type": kind,
        "entity_id": entity_id,
        "parent_id": parent,
        "name": entity_name(ad, kind),
        "status": status,
        "objective": CAMPAIGNS[ad.campaign].objective,
        "bid_strategy": None,
        "daily_budget_minor": None,
        "details": None,
    }


def change_events(market: Market) -> list[dict[str, str]]:
    """List what was changed and when, in the words of a change history, oldest first."""
    until = market.days[-1]
    events = [((until - timedelta(days=SHOCK.days_before_end)), SHOCK.campaign, SHOCK.words)]
    for c, spec in enumerate(CAMPAIGNS):
        running = market.budget_eur[:, c] > 0
        for i in range(1, len(market.days)):
            if running[i] and not running[i - 1]:
                events.append((market.days[i], spec.name, f"Started: {spec.name}"))
            elif running[i - 1] and not running[i]:
                events.append((market.days[i], spec.name, f"Paused: {spec.name}"))
    for ad in market.ads:
        spec, first = CAMPAIGNS[ad.campaign], market.days[min(ad.first, len(market.days) - 1)]
        if ad.first > 0 and market.budget_eur[: ad.first, ad.campaign].any():
            words = f"New ad in {spec.name}: {ad.name} ({spec.adsets[ad.adset].name})"
            events.append((first, spec.name, words))
    return [
        {"date": day.isoformat(), "campaign": campaign, "words": words}
        for day, campaign, words in sorted(events)
    ]
