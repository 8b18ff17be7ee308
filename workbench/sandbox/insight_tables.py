"""Reports of the sample company's world as rows of ``ad_insights``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.account import ATTRIBUTION, MICROS_PER_MINOR, MISSING_DAYS_BEFORE_END, account_columns
from workbench.sandbox.market.breakdowns import Dimension, dimensions_of
from workbench.sandbox.market.layout import RESULT_NAMES
from workbench.sandbox.market.measures import Measures, measure
from workbench.sandbox.market.noise import Ints

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.world import World

BREAKDOWN_DAYS = 180
_KINDS = ("campaign", "adset", "ad")
_BREAKDOWNS = (
    "age",
    "gender",
    "country",
    "region",
    "publisher_platform",
    "platform_position",
    "impression_device",
    "hour",
    "asset_text",
    "asset_media",
    "breakdown_other",
)


def insight_table(world: World, *, load_id: str) -> pa.Table:
    """Write campaigns, ad sets and ads by day, and campaigns by age and gender for the last 180 days.

    Parameters
    ----------
    world : World
        The sample company's world, one account.
    load_id : str
        Provenance of the rows.
    """
    import pyarrow as pa

    last = world.state.n_days - 1
    grains = [
        *((level, (), (0, last)) for level in _KINDS),
        ("campaign", dimensions_of(("age", "gender")), (max(last - BREAKDOWN_DAYS + 1, 0), last)),
    ]
    return pa.concat_tables(
        [_grain(world, level, dimensions, days=days, load_id=load_id) for level, dimensions, days in grains]
    )


def _grain(
    world: World, level: str, dimensions: tuple[Dimension, ...], *, days: tuple[int, int], load_id: str
) -> pa.Table:
    import pyarrow as pa

    every = np.ones(len(world.layout.ad_ids), bool)
    found = measure(world, days=days, increment=1, level=level, ads=every, dimensions=dimensions)
    missing = [world.state.n_days - 1 - d for d in MISSING_DAYS_BEFORE_END]
    keep = ~np.isin(found.period + days[0], missing)
    entity = found.entity[keep]
    account = account_columns(
        [world.state.day_of(int(d)) for d in found.period[keep] + days[0]], load_id=load_id
    )
    n = len(entity)
    grain = f"{level}|{','.join(d.name for d in dimensions)}|day|{ATTRIBUTION}"
    texts = {"grain": grain, "level": level, "attribution": ATTRIBUTION}
    constant = {k: pa.array([v] * n, pa.string()) for k, v in texts.items()}
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month")},
            "grain": constant["grain"],
            "date_start": account["date_start"],
            "date_stop": account["date_start"],
            "level": constant["level"],
            **_entities(world, level, entity),
            **_broken_down(found.code[keep], dimensions),
            "attribution": constant["attribution"],
            "currency": account["currency"],
            **_measures(world, level, found, keep),
            "actions": pa.nulls(n, pa.string()),
            "action_values": pa.nulls(n, pa.string()),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def _entities(world: World, level: str, entity: Ints) -> dict[str, pa.Array]:
    import pyarrow as pa

    nodes = world.state.nodes
    at = [_ids(world, level)[i] for i in entity]
    out: dict[str, pa.Array] = {}
    for kind in reversed(_KINDS):
        shown = _KINDS.index(kind) <= _KINDS.index(level)
        out[f"{kind}_name"] = pa.array([nodes[i]["name"] if shown else None for i in at], pa.string())
        out[f"{kind}_id"] = pa.array([i if shown else None for i in at], pa.string())
        at = [nodes[i]["parent"] for i in at] if shown else at
    return dict(reversed(out.items()))


def _ids(world: World, level: str) -> tuple[str, ...]:
    layout = world.layout
    return {"campaign": layout.campaign_ids, "adset": layout.adset_ids, "ad": layout.ad_ids}[level]


def _campaign_of(world: World, level: str, entity: Ints) -> Ints:
    layout = world.layout
    if level == "campaign":
        return entity
    return np.asarray((layout.adset if level == "adset" else layout.ad)["campaign"][entity])


def _broken_down(code: Ints, dimensions: tuple[Dimension, ...]) -> dict[str, pa.Array]:
    import pyarrow as pa

    out = {name: pa.nulls(len(code), pa.string()) for name in _BREAKDOWNS}
    for dimension in reversed(dimensions):
        n = len(dimension.values)
        out[dimension.name] = pa.array(np.array(dimension.values)[code % n].tolist(), pa.string())
        code = code // n
    return out


def _measures(world: World, level: str, found: Measures, keep: NDArray[np.bool_]) -> dict[str, pa.Array]:
    import pyarrow as pa

    campaign = _campaign_of(world, level, found.entity[keep])
    kind = world.layout.campaign["result"][campaign]
    got = {name: values[keep] for name, values in found.counts.items()}
    arrived = {name: found.arrived[name, "default"][keep] for name in ("lead", "purchase")}
    purchase = kind == RESULT_NAMES.index("purchase")
    by_kind = {**arrived, "landing_page_view": got["page_views"]}
    results = np.choose(kind, [by_kind.get(name, got["bulk_results"]) for name in RESULT_NAMES])
    value = found.value_minor["purchase", "default"][keep] * MICROS_PER_MINOR
    objectives = [world.state.nodes[world.layout.campaign_ids[c]]["objective"] for c in campaign]
    conversions = np.where(kind <= RESULT_NAMES.index("purchase"), results, 0)
    return {
        "objective": pa.array(objectives, pa.string()),
        "impressions": pa.array(got["impressions"]),
        "reach": pa.array(got["reach"]),
        "clicks": pa.array(got["link_clicks"] + got["other_clicks"] + got["bulk_results"]),
        "link_clicks": pa.array(got["link_clicks"]),
        "unique_link_clicks": pa.array(got["unique_link_clicks"]),
        "spend_micros": pa.array(got["spend_minor"] * MICROS_PER_MINOR),
        "results": pa.array(results.astype(np.float64)),
        "result_type": pa.array([RESULT_NAMES[k] for k in kind], pa.string()),
        "conversions": pa.array(conversions.astype(np.float64)),
        "value_micros": pa.array(value, mask=~purchase),
    }
