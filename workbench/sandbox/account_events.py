"""The sample company's change history and pixel as rows of ``account_changes`` and ``pixel_events``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.dates import zone
from workbench.core.ids import content_id
from workbench.sandbox.account import TIME_ZONE, account_columns
from workbench.sandbox.market.activities import EVENT_NAMES, SOURCES, activities, pixel_counts
from workbench.sandbox.market.shapes import pixel_id

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.world import World


def change_table(world: World, *, load_id: str) -> pa.Table:
    """Write the change history as rows of ``account_changes``."""
    import pyarrow as pa

    entries = list(activities(world, 0))[::-1]
    moments = [datetime.strptime(e["event_time"], "%Y-%m-%dT%H:%M:%S%z") for e in entries]
    account = account_columns([m.astimezone(zone(TIME_ZONE)).date() for m in moments], load_id=load_id)
    extra = [json.loads(e["extra_data"]) for e in entries]

    def texts(values: list[object]) -> pa.Array:
        return pa.array([None if v is None else str(v) for v in values], pa.string())

    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "change_id": texts([content_id("change", [json.dumps(e, sort_keys=True)]) for e in entries]),
            "changed_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "entity_type": texts([e["object_type"].lower() for e in entries]),
            "entity_id": texts([e["object_id"] for e in entries]),
            "entity_name": texts([e["object_name"] for e in entries]),
            "change_type": texts([e["event_type"] for e in entries]),
            "old_value": texts([e.get("old_value") for e in extra]),
            "new_value": texts([e.get("new_value") for e in extra]),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def pixel_table(world: World, *, load_id: str) -> pa.Table:
    """Write the pixel's events by day and source as rows of ``pixel_events``."""
    import pyarrow as pa

    counts = pixel_counts(world, 0)
    day, event, source = (index.ravel() for index in np.indices(counts.shape))
    account = account_columns([world.state.day_of(int(d)) for d in day], load_id=load_id)
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "pixel_id": pa.array([pixel_id(0)] * len(day), pa.string()),
            "event_name": pa.array([EVENT_NAMES[e] for e in event], pa.string()),
            "event_source": pa.array([SOURCES[s] for s in source], pa.string()),
            "events": pa.array(counts.ravel()),
            "match_quality": pa.nulls(len(day), pa.float64()),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )
