"""Make objects and change them as in the ads manager, and write it into the change history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.core.errors import DataError
from workbench.core.money import minor_digits
from workbench.sandbox.market.advertiser import GOALS, RESULT_TYPES
from workbench.sandbox.market.noise import Noise, Stream, around_one
from workbench.sandbox.market.state import Kind, Node, State

EDGES: dict[str, Kind] = {"campaigns": "campaign", "adsets": "adset", "ads": "ad", "adcreatives": "creative"}
STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
_WHOLE_NUMBERS = ("daily_budget", "lifetime_budget", "bid_amount", "spend_cap")
#: What a campaign made by a stranger to the plan is like, by objective: clicks, results, half-life, order.
_USUAL: dict[str, tuple[float, float, float, float]] = {
    "OUTCOME_LEADS": (0.0115, 0.036, 3.0, 0.0),
    "OUTCOME_SALES": (0.0130, 0.025, 3.0, 1.0),
    "OUTCOME_TRAFFIC": (0.0160, 0.76, 3.0, 0.0),
    "OUTCOME_ENGAGEMENT": (0.0022, 0.021, 1.5, 0.0),
    "OUTCOME_AWARENESS": (0.0015, 0.16, 1.5, 0.0),
}
_EVENTS = {
    "status": "update_{}_run_status",
    "daily_budget": "update_{}_budget",
    "lifetime_budget": "update_{}_budget",
    "name": "update_{}_name",
    "bid_amount": "update_{}_bidding",
    "bid_strategy": "update_{}_bid_strategy",
    "targeting": "update_{}_target_spec",
    "creative": "update_{}_creative",
}
_WORDS = {"campaign": "campaign", "adset": "ad_set", "ad": "ad", "creative": "ad_creative"}


def create(
    state: State, parent_id: str, edge: str, params: Mapping[str, Any], *, truth: dict[str, Any] | None = None
) -> str:
    """Make an object and return its id.

    Parameters
    ----------
    state : State
        The world.
    parent_id : str
        ``act_…``; for ad sets and ads also the id of their campaign or ad set.
    edge : {"campaigns", "adsets", "ads", "adcreatives"}
        What to make.
    params : mapping
        As the Graph API takes them.
    truth : dict, optional
        What is true about it; drawn from the seed by default.

    Raises
    ------
    DataError
        If there is no such edge or parent, or a value cannot be used.
    """
    if edge not in EDGES:
        raise DataError(
            f"Nothing can be made at {edge!r}.", next_step=f"Use one of {', '.join(EDGES)}.", edge=edge
        )
    kind = EDGES[edge]
    parent = _parent(state, parent_id, kind, params)
    account = _account_index(state, parent_id) if parent is None else parent["account"]
    given = checked(params)
    object_id, slot = state.next_id(account, kind)
    node: Node = {
        **{k: v for k, v in given.items() if k not in ("execution_options", "campaign_id", "adset_id")},
        "id": object_id,
        "kind": kind,
        "account": account,
        "slot": slot,
        "parent": parent["id"] if parent is not None else "",
        "name": str(given.get("name", f"New {kind}")),
        "status": given.get("status", "PAUSED" if kind == "campaign" else "ACTIVE"),
        "created": state.n_days,
        "updated": state.n_days,
    }
    _complete(state, node)
    node["truth"] = truth if truth is not None else _drawn(state, node)
    state.nodes[object_id] = node
    _log(state, node, f"create_{_WORDS[kind]}", {"new_value": node["name"]})
    return object_id


def _complete(state: State, node: Node) -> None:
    """Add what the network fills in itself; an ad without a creative brings its own."""
    if node["kind"] == "campaign":
        node.setdefault("objective", "OUTCOME_TRAFFIC")
        if node["objective"] not in RESULT_TYPES:
            raise DataError(
                f"This market knows no objective {node['objective']!r}.",
                next_step=f"Use one of {', '.join(RESULT_TYPES)}.",
                field="objective",
                value=node["objective"],
            )
        node.setdefault("bid_strategy", "LOWEST_COST_WITHOUT_CAP")
        node.setdefault("special_ad_categories", ["NONE"])
    elif node["kind"] == "adset":
        campaign = state.nodes[node["parent"]]
        node.setdefault("optimization_goal", GOALS[campaign["objective"]])
        node.setdefault("billing_event", "IMPRESSIONS")
    elif node["kind"] == "ad":
        creative = node.pop("creative", None) or {}
        creative_id = creative.get("creative_id") or creative.get("id")
        if creative_id is None:
            made = {"name": f"{node['name']} creative", **creative}
            creative_id = create(
                state, f"act_{state.accounts[node['account']]['account_id']}", "adcreatives", made
            )
        node["creative_id"] = state.node(str(creative_id), "creative")["id"]


def change(state: State, object_id: str, params: Mapping[str, Any]) -> None:
    """Change an object; each field that really changes stands in the change history.

    Parameters
    ----------
    state : State
        The world.
    object_id : str
        Campaign, ad set, ad or creative.
    params : mapping
        As the Graph API takes them: ``daily_budget`` in minor units, ``status``, ``bid_amount``, ``name``,
        ``creative`` …

    Raises
    ------
    DataError
        If there is no such object or a value cannot be used; nothing is changed then.
    """
    node = state.node(object_id)
    given = checked(params)
    if "creative" in given and node["kind"] == "ad":
        creative = given.pop("creative") or {}
        given["creative_id"] = state.node(str(creative.get("creative_id", "")), "creative")["id"]
    for name, value in given.items():
        old = node.get(name)
        if name == "execution_options" or old == value:
            continue
        node[name] = value
        node["updated"] = state.n_days
        if name == "creative_id":
            state.carry.seen[[ad["id"] for ad in state.of_kind("ad")].index(object_id)] = 0.0
        event = _EVENTS.get("creative" if name == "creative_id" else name, "update_{}").format(
            _WORDS[node["kind"]]
        )
        _log(state, node, event, _values(name, old, value, state.accounts[node["account"]]["currency"]))


def checked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with whole numbers as such, and refuse what no network would take.

    Raises
    ------
    DataError
        If a budget or bid is no whole number of minor units, or a status does not exist.
    """
    given = dict(params)
    for name in _WHOLE_NUMBERS:
        if name in given:
            text = str(given[name])
            if not text.isdigit():
                raise DataError(
                    f"{name} is {given[name]!r}.",
                    next_step="Give a whole number of the currency's minor unit, such as 5000 for 50.00.",
                    field=name,
                    value=given[name],
                )
            given[name] = int(text)
    if given.get("status", "ACTIVE") not in STATUSES:
        raise DataError(
            f"status is {given['status']!r}.",
            next_step=f"Use one of {', '.join(STATUSES)}.",
            field="status",
            value=given["status"],
        )
    return given


def effective_status(state: State, node: Node) -> str:
    """Return what an object does under its parents: its own status, or theirs if they do not run."""
    own = str(node["status"])
    if node["kind"] == "creative" or not node["parent"]:
        return own
    above = effective_status(state, state.nodes[node["parent"]])
    if own in ("DELETED", "ARCHIVED") or above == "ACTIVE":
        return own
    if above in ("DELETED", "ARCHIVED"):
        return above
    if own == "PAUSED":
        return own
    return "ADSET_PAUSED" if node["kind"] == "ad" and above == "PAUSED" else "CAMPAIGN_PAUSED"


def _parent(state: State, parent_id: str, kind: Kind, params: Mapping[str, Any]) -> Node | None:
    above: dict[str, tuple[str, str]] = {"adset": ("campaign", "campaign_id"), "ad": ("adset", "adset_id")}
    if kind not in above:
        return None
    parent_kind, field = above[kind]
    return state.node(str(params.get(field, parent_id)), parent_kind)


def _account_index(state: State, parent_id: str) -> int:
    ids = [f"act_{account['account_id']}" for account in state.accounts]
    if parent_id not in ids:
        raise DataError(
            f"There is no account {parent_id!r} in this world.",
            next_step=f"Use one of {', '.join(ids)}.",
            object_id=parent_id,
        )
    return ids.index(parent_id)


def _drawn(state: State, node: Node) -> dict[str, Any]:
    noise = Noise(state.seed)
    z = noise.normal(Stream.QUALITY, 0, node["slot"], np.arange(4))
    if node["kind"] == "campaign":
        clicks, results, half_life, order = _USUAL[node["objective"]]
        unit = _price_level(state, node["account"])
        return {
            "price": float(8.0 * unit * around_one(z[0], 0.15)),
            "link_click_rate": float(clicks * around_one(z[1], 0.15)),
            "conversion_rate": float(results * around_one(z[2], 0.15)),
            "audience": 200_000.0,
            "order_value": 70.0 * unit * order,
            "fatigue_half_life": half_life,
            "customer_rate": 0.1 if node["objective"] == "OUTCOME_LEADS" else 0.0,
            "customer_value": 250.0 * unit if node["objective"] == "OUTCOME_LEADS" else 0.0,
            "competition": [],
        }
    if node["kind"] == "adset":
        return {"share": 1.0, "click_factor": 1.0, "conversion_factor": float(around_one(z[0], 0.1))}
    if node["kind"] == "creative":
        return {"click_quality": float(np.exp(0.12 * z[0])), "conversion_quality": float(np.exp(0.08 * z[1]))}
    return {}


def _price_level(state: State, account: int) -> float:
    """Return how many currency units stand for one euro's worth, roughly."""
    return 100.0 if minor_digits(state.accounts[account]["currency"]) == 0 else 1.0


def _values(name: str, old: Any, new: Any, currency: str) -> dict[str, Any]:
    if name in _WHOLE_NUMBERS:
        return {
            "old_value": old if old is not None else 0,
            "new_value": new,
            "currency": currency,
            "type": "payment_amount",
        }
    return {"old_value": old if old is not None else "", "new_value": new, "type": "text"}


def _log(state: State, node: Node, event: str, values: dict[str, Any]) -> None:
    n_today = sum(1 for entry in reversed(state.changes[-500:]) if entry["day"] == state.n_days)
    state.changes.append(
        {
            "day": state.n_days,
            "second": n_today,
            "account": node["account"],
            "event_type": event,
            "object_id": node["id"],
            "object_type": {"campaign": "CAMPAIGN", "adset": "ADSET", "ad": "AD", "creative": "CREATIVE"}[
                node["kind"]
            ],
            "object_name": node["name"],
            "extra_data": json.dumps(values, ensure_ascii=False, default=str),
        }
    )
