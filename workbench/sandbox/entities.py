"""Daily snapshots of the sample company's campaigns, ad sets and ads, read back from its change history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.sandbox.account import account_columns
from workbench.sandbox.market.edits import effective_status
from workbench.sandbox.market.state import Node, State

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.world import World

#: Snapshots are daily for so many days before the end, and on the first of each month before that.
DAILY_SNAPSHOT_DAYS = 70
_FIELDS = {
    "run_status": "status",
    "budget": "daily_budget",
    "bid_strategy": "bid_strategy",
    "name": "name",
    "bidding": "bid_amount",
}

Row = dict[str, object]


def past_days(world: World) -> Iterator[tuple[int, State]]:
    """Yield every day's number with the objects as they were on it, the last day first.

    The state is the same object every time, undone by one more day.
    """
    past = replace(world.state, nodes={own: dict(node) for own, node in world.state.nodes.items()})
    entries = list(world.state.changes)
    for i in range(world.state.n_days - 1, -1, -1):
        while entries and entries[-1]["day"] > i:
            _undo(past, entries.pop())
        yield i, past


def _undo(past: State, entry: dict[str, object]) -> None:
    event, own = str(entry["event_type"]), str(entry["object_id"])
    if event.startswith("create_"):
        del past.nodes[own]
        return
    name = next((field for words, field in _FIELDS.items() if event.endswith(f"_{words}")), None)
    if name is not None:
        past.nodes[own][name] = json.loads(str(entry["extra_data"]))["old_value"]


def entity_table(world: World, *, load_id: str) -> pa.Table:
    """Write the snapshots of every campaign, ad set and ad as rows of ``ad_entities``."""
    import pyarrow as pa

    n_days = world.state.n_days
    rows: list[Row] = []
    for i, past in past_days(world):
        if i >= n_days - DAILY_SNAPSHOT_DAYS or past.day_of(i).day == 1:
            rows += [_row(past, node, i) for node in past.nodes.values() if node["kind"] != "creative"]
    rows.sort(key=lambda row: (row["day"], row["entity_id"]))
    texts = ("entity_type", "entity_id", "parent_id", "name", "status", "objective", "bid_strategy")
    account = account_columns([row["day"] for row in rows], load_id=load_id)  # type: ignore[misc]
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


def _row(past: State, node: Node, i: int) -> Row:
    top = node
    while top["parent"]:
        top = past.nodes[top["parent"]]
    is_campaign = node["kind"] == "campaign"
    return {
        "day": past.day_of(i),
        "entity_type": node["kind"],
        "entity_id": node["id"],
        "parent_id": node["parent"] or None,
        "name": node["name"],
        "status": effective_status(past, node),
        "objective": top["objective"],
        "bid_strategy": node["bid_strategy"] if is_campaign else None,
        "daily_budget_minor": node.get("daily_budget") or None,
        "details": json.dumps({"special_ad_categories": ["NONE"]}) if is_campaign else None,
    }


def change_events(world: World) -> list[dict[str, str]]:
    """List what was changed and when, in the words of a change history, oldest first."""
    words = {
        "run_status": "Status changed",
        "budget": "Daily budget changed",
        "bid_strategy": "Bid strategy changed",
    }
    out = []
    for entry in world.state.changes:
        event, node = str(entry["event_type"]), world.state.nodes[str(entry["object_id"])]
        is_first = entry["day"] == 0
        text = next((w for ending, w in words.items() if event.endswith(ending)), None)
        if event in ("create_campaign", "create_ad") and not is_first:
            text = "Started" if event == "create_campaign" else "New ad"
        if text is None:
            continue
        top = node
        while top["parent"]:
            top = world.state.nodes[top["parent"]]
        values = json.loads(str(entry["extra_data"]))
        change = f" from {values['old_value']} to {values['new_value']}" if "old_value" in values else ""
        out.append(
            {
                "date": world.state.day_of(int(entry["day"])).isoformat(),
                "campaign": top["name"],
                "words": f"{text}{change} ({entry['object_name']})",
            }
        )
    return out
