"""Lead forms, the leads they brought, and what became of them: the truth about quality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.market.layout import RESULT_NAMES
from workbench.sandbox.market.noise import Ints
from workbench.sandbox.market.people import person
from workbench.sandbox.market.shapes import Lazily, Shape, graph_time, moment_of, page_id

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.state import Node
    from workbench.sandbox.market.world import World

_LEAD = RESULT_NAMES.index("lead")


def form_id(campaign: Node) -> str:
    """Return the id of a lead campaign's form."""
    return f"3{campaign['slot']:014d}"


def forms(world: World, account: int) -> list[Shape]:
    """Return the lead forms of an account's page, one for each lead campaign."""
    return [
        {
            "id": form_id(node),
            "name": f"{node['name']} · form",
            "status": "ACTIVE",
            "locale": world.state.accounts[account]["locale"],
            "page_id": page_id(account),
            "leads_count": int(arrived_leads(world, node["id"]).sum()),
            "created_time": graph_time(moment_of(world.state.day_of(node["created"]), minute=300)),
            "questions": [
                {"key": "full_name", "type": "FULL_NAME"},
                {"key": "email", "type": "EMAIL"},
                {"key": "phone_number", "type": "PHONE"},
            ],
        }
        for node in world.state.of_kind("campaign")
        if node["account"] == account and node["objective"] == "OUTCOME_LEADS"
    ]


def arrived_leads(world: World, object_id: str | None = None) -> NDArray[np.bool_]:
    """Return which conversions are leads that came in by now, of everything or of a campaign or ad."""
    conversions, layout = world.history.conversions, world.layout
    ad = conversions["ad"]
    keep = (layout.result_of_ad[ad] == _LEAD) & (_day(conversions) < world.state.n_days)
    if object_id in layout.campaign_ids:
        keep &= layout.ad["campaign"][ad] == layout.campaign_ids.index(object_id)
    elif object_id is not None:
        keep &= ad == layout.ad_ids.index(object_id)
    return np.asarray(keep)


def leads(world: World, object_id: str) -> Sequence[Shape]:
    """Return the leads of a campaign's form or of an ad, the newest first as the network does."""
    conversions = world.history.conversions
    at = np.flatnonzero(arrived_leads(world, object_id))
    order = at[np.lexsort((at, conversions["minute"][at], _day(conversions)[at]))[::-1]]
    return Lazily(len(order), lambda i: lead_shape(world, int(order[i])))


def lead_shape(world: World, at: int) -> Shape:
    """Return a lead by the number of its conversion."""
    state, conversions = world.state, world.history.conversions
    ad = state.nodes[world.layout.ad_ids[int(conversions["ad"][at])]]
    adset = state.nodes[ad["parent"]]
    campaign = state.nodes[adset["parent"]]
    lead_id = lead_ids(world, np.array([at]))[0]
    who = person(world.noise, int(lead_id) % 2**31)
    return {
        "id": lead_id,
        "created_time": graph_time(lead_moment(world, at)),
        "ad_id": ad["id"],
        "ad_name": ad["name"],
        "adset_id": adset["id"],
        "adset_name": adset["name"],
        "campaign_id": campaign["id"],
        "campaign_name": campaign["name"],
        "form_id": form_id(campaign),
        "is_organic": False,
        "platform": "fb" if int(conversions["minute"][at]) % 5 < 3 else "ig",
        "field_data": [
            {"name": "full_name", "values": [who.name]},
            {"name": "email", "values": [who.email]},
            {"name": "phone_number", "values": [who.phone]},
        ],
    }


def lead_moment(world: World, at: int) -> Any:
    """Return when a lead came in, in UTC."""
    conversions = world.history.conversions
    day = world.state.day_of(int(conversions["day"][at]) + int(conversions["delay"][at]))
    account = world.state.accounts[int(world.layout.account_of_ad[int(conversions["ad"][at])])]
    return moment_of(day, minute=int(conversions["minute"][at]), time_zone=account["time_zone"])


def lead_ids(world: World, at: Ints) -> list[str]:
    """Return ids of 16 digits for conversions by their numbers."""
    conversions, layout = world.history.conversions, world.layout
    slot = layout.ad["slot"][conversions["ad"][at]] - 3_000_000
    parts = zip(
        slot.tolist(), conversions["day"][at].tolist(), conversions["index"][at].tolist(), strict=True
    )
    return [f"5{s:06d}{d:05d}{i:04d}" for s, d, i in parts]


def _day(conversions: dict[str, NDArray[Any]]) -> Ints:
    return np.asarray(conversions["day"].astype(np.int64) + conversions["delay"])


def crm_table(world: World, *, with_future: bool = False) -> pa.Table:
    """Return what the company's own books say of every lead: who became a customer, when, for how much.

    Parameters
    ----------
    world : World
        Where it happened.
    with_future : bool
        Whether sales that lie ahead of the world's moment are told too: the truth, and nobody's knowledge.

    Returns
    -------
    pyarrow.Table
        ``lead_id``, ``account_id``, ``campaign_id``, ``adset_id``, ``ad_id``, ``created_on``, ``stage``
        (``lead`` or ``customer``), ``customer_on``, ``value_micros``, ``currency``.
    """
    import pyarrow as pa

    state, layout, conversions = world.state, world.layout, world.history.conversions
    at = np.flatnonzero(arrived_leads(world))
    at = at[np.argsort(_day(conversions)[at], kind="stable")]
    came, ad = _day(conversions)[at], conversions["ad"][at]
    sold = came + conversions["customer_after"][at]
    bought = (conversions["customer_after"][at] >= 0) & (with_future | (sold < state.n_days))
    accounts = layout.account_of_ad[ad]
    per_unit = (1_000_000 / layout.unit[accounts]).astype(np.int64)
    days = [state.start + timedelta(days=int(d)) for d in sold]
    return pa.table(
        {
            "lead_id": lead_ids(world, at),
            "account_id": [state.accounts[a]["account_id"] for a in accounts],
            "campaign_id": [layout.campaign_ids[c] for c in layout.ad["campaign"][ad]],
            "adset_id": [layout.adset_ids[s] for s in layout.ad["adset"][ad]],
            "ad_id": [layout.ad_ids[a] for a in ad],
            "created_on": pa.array([state.start + timedelta(days=int(d)) for d in came], pa.date32()),
            "stage": ["customer" if b else "lead" for b in bought],
            "customer_on": pa.array(
                [d if b else None for d, b in zip(days, bought, strict=True)], pa.date32()
            ),
            "value_micros": pa.array(np.where(bought, conversions["customer_minor"][at] * per_unit, 0)),
            "currency": [state.accounts[a]["currency"] for a in accounts],
        }
    )
