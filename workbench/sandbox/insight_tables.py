"""Roll ads up to ad sets and campaigns, break campaigns down, and write the rows of ``ad_insights``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.sandbox.account import ATTRIBUTION, account_columns
from workbench.sandbox.campaigns import CAMPAIGNS, MISSING_DAYS_BEFORE_END
from workbench.sandbox.delivery import Delivery
from workbench.sandbox.entities import entity_name
from workbench.sandbox.rates import Ad, Floats, Ints, Market
from workbench.sandbox.reach import between_parts, reach, unique_clickers

if TYPE_CHECKING:
    import pyarrow as pa

BREAKDOWN_DAYS = 180

AGES: tuple[str, ...] = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
GENDERS: tuple[str, ...] = ("female", "male", "unknown")
_AGE_SHARES = (0.11, 0.27, 0.25, 0.18, 0.12, 0.07)
_GENDER_SHARES = (0.55, 0.435, 0.015)
_AGE_RESULTS = (0.7, 1.0, 1.15, 1.1, 0.95, 0.75)
_UNUSED_BREAKDOWNS: tuple[str, ...] = (
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
_SUMS = ("impressions", "link_clicks", "other_clicks", "results", "spend_micros", "value_micros")

Cells = dict[str, Ints]


@dataclass(frozen=True)
class Level:
    """Counts of one level: arrays of shape (n_days, n_entities), and each entity's index into the ads."""

    name: str
    first_ad: tuple[int, ...]
    cells: Cells


def ad_level(rng: np.random.Generator, market: Market, delivery: Delivery) -> tuple[Level, Floats]:
    """Return the ads' counts as they had arrived by the last day, and each campaign's daily audience."""
    results, value = delivery.arrived()
    audience = np.array([spec.audience for spec in CAMPAIGNS], dtype=np.float64)
    audience = audience[None, :] * np.exp(rng.normal(0, 0.05, (len(market.days), len(CAMPAIGNS))))
    cells = {
        "impressions": delivery.impressions,
        "link_clicks": delivery.link_clicks,
        "other_clicks": delivery.other_clicks,
        "results": results,
        "spend_micros": delivery.spend_micros,
        "value_micros": value,
    }
    cells["reach"] = reach(cells["impressions"], audience[:, market.campaign_of_ad])
    cells["unique_link_clicks"] = unique_clickers(cells["link_clicks"], cells["reach"])
    return Level("ad", tuple(range(len(market.ads))), cells), audience


def roll_up(market: Market, child: Level, name: str, audience: Floats) -> Level:
    """Add a level's counts up to ``adset`` or ``campaign``, counting people anew."""
    ids = [getattr(market.ads[a], f"{name}_id") for a in child.first_ad]
    order = list(dict.fromkeys(ids))
    members = [[i for i, key in enumerate(ids) if key == parent] for parent in order]
    first_ad = tuple(child.first_ad[m[0]] for m in members)
    cells = {k: _stack([child.cells[k][:, m].sum(axis=1) for m in members]) for k in _SUMS}
    campaigns = [market.ads[a].campaign for a in first_ad]
    people = reach(cells["impressions"], audience[:, campaigns])
    parts = [child.cells["reach"][:, m] for m in members]
    cells["reach"] = _stack([between_parts(people[:, i], part) for i, part in enumerate(parts)])
    clickers = unique_clickers(cells["link_clicks"], cells["reach"])
    parts = [child.cells["unique_link_clicks"][:, m] for m in members]
    cells["unique_link_clicks"] = _stack(
        [between_parts(clickers[:, i], part) for i, part in enumerate(parts)]
    )
    return Level(name, first_ad, cells)


def _stack(columns: list[Ints]) -> Ints:
    return np.stack(columns, axis=1)


def break_down(rng: np.random.Generator, level: Level, audience: Floats) -> Level:
    """Split each campaign-day by age and gender; the parts of every sum add up exactly.

    Returns a level whose arrays have a third axis of ``len(AGES) · len(GENDERS)`` cells.
    """
    days = slice(-min(BREAKDOWN_DAYS, len(audience)), None)
    cells = {k: v[days] for k, v in level.cells.items()}
    base = np.outer(_AGE_SHARES, _GENDER_SHARES).ravel()
    own = base * np.exp(rng.normal(0, 0.15, (len(level.first_ad), len(base))))
    share = own[None] * np.exp(rng.normal(0, 0.06, (*cells["impressions"].shape, len(base))))
    share /= share.sum(axis=2, keepdims=True)
    willing = share * np.repeat(_AGE_RESULTS, len(GENDERS))
    willing /= willing.sum(axis=2, keepdims=True)
    parts = _split_counts(rng, level, cells, shares=(share, willing))
    price = parts["impressions"].astype(np.float64) * np.exp(rng.normal(0, 0.05, share.shape))
    parts["spend_micros"] = _split_exactly(cells["spend_micros"], price)
    parts["value_micros"] = _split_exactly(cells["value_micros"], parts["results"].astype(np.float64))
    people = reach(parts["impressions"], audience[days][:, :, None] * share)
    parts["reach"] = people
    parts["unique_link_clicks"] = unique_clickers(parts["link_clicks"], people)
    return Level(level.name, level.first_ad, parts)


def _split_counts(
    rng: np.random.Generator, level: Level, cells: Cells, *, shares: tuple[Floats, Floats]
) -> Cells:
    """Split nested counts through their disjoint pieces, so that every cell stays coherent."""
    share, willing = shares
    # Results are part of the link clicks, except for engagements, which are clicks of their own.
    within = ~_is_engagement(level)[None, :]
    nested_results = np.where(within, cells["results"], 0)
    all_clicks = cells["link_clicks"] + cells["other_clicks"] + cells["results"] - nested_results
    results = rng.multinomial(cells["results"], willing)
    plain_links = rng.multinomial(cells["link_clicks"] - nested_results, share)
    other = rng.multinomial(cells["other_clicks"], share)
    unclicked = rng.multinomial(cells["impressions"] - all_clicks, share)
    links = plain_links + np.where(within[:, :, None], results, 0)
    return {
        "results": results,
        "link_clicks": links,
        "other_clicks": other,
        "impressions": unclicked + other + plain_links + results,
    }


def _split_exactly(total: Ints, weight: Floats) -> Ints:
    """Split integers by weights along the last axis; what rounding leaves goes to the heaviest cell."""
    weight_sum = weight.sum(axis=-1, keepdims=True)
    share = weight / np.where(weight_sum > 0, weight_sum, 1.0)
    parts = np.floor(total[..., None] * share).astype(np.int64)
    rest = total - parts.sum(axis=-1)
    np.put_along_axis(
        parts,
        share.argmax(axis=-1)[..., None],
        np.take_along_axis(parts, share.argmax(axis=-1)[..., None], -1) + rest[..., None],
        -1,
    )
    return parts


def _is_engagement(level: Level) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([CAMPAIGNS[c].result_type == "post_engagement" for c in range(len(level.first_ad))])


def insight_rows(market: Market, level: Level, *, load_id: str) -> pa.Table:
    """Write one level's counts as rows of ``ad_insights``; days without delivery have no row.

    Parameters
    ----------
    market : Market
        Names, ids and days.
    level : Level
        Counts with two axes (days, entities), or three (… , age and gender).
    load_id : str
        Provenance of the rows.
    """
    import pyarrow as pa

    where = _present(level)
    offset = len(market.days) - len(level.cells["impressions"])
    ads = [market.ads[level.first_ad[i]] for i in where[1]]
    days = [market.days[offset + i] for i in where[0]]
    got = {name: values[where] for name, values in level.cells.items()}
    cell = where[2] if len(where) > 2 else None
    account = account_columns(days, load_id=load_id)
    grain = f"{level.name}|{'' if cell is None else 'age,gender'}|day|{ATTRIBUTION}"
    texts = {"grain": grain, "level": level.name, "attribution": ATTRIBUTION}
    constant = {k: pa.array([v] * len(ads), pa.string()) for k, v in texts.items()}
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month")},
            "grain": constant["grain"],
            "date_start": account["date_start"],
            "date_stop": account["date_start"],
            "level": constant["level"],
            **_entities(level.name, ads),
            **_breakdown_columns(cell, len(ads)),
            "attribution": constant["attribution"],
            "currency": account["currency"],
            **_measures(got, ads),
            "actions": pa.nulls(len(ads), pa.string()),
            "action_values": pa.nulls(len(ads), pa.string()),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def _present(level: Level) -> tuple[Ints, ...]:
    """Return the indices of the cells that were delivered on days a report could be had."""
    present = level.cells["impressions"] > 0
    n_days = len(present)
    present[[n_days - 1 - d for d in MISSING_DAYS_BEFORE_END if d < n_days]] = False
    return np.nonzero(present)


def _measures(got: Cells, ads: list[Ad]) -> dict[str, pa.Array]:
    import pyarrow as pa

    specs = [CAMPAIGNS[ad.campaign] for ad in ads]
    engagement = np.array([spec.result_type == "post_engagement" for spec in specs], dtype=bool)
    converts = np.array([spec.converts for spec in specs], dtype=bool)
    worthless = np.array([spec.order_value_eur == 0 for spec in specs], dtype=bool)
    clicks = got["link_clicks"] + got["other_clicks"] + np.where(engagement, got["results"], 0)
    return {
        "objective": pa.array([spec.objective for spec in specs], pa.string()),
        "impressions": pa.array(got["impressions"]),
        "reach": pa.array(got["reach"]),
        "clicks": pa.array(clicks),
        "link_clicks": pa.array(got["link_clicks"]),
        "unique_link_clicks": pa.array(got["unique_link_clicks"]),
        "spend_micros": pa.array(got["spend_micros"]),
        "results": pa.array(got["results"].astype(np.float64)),
        "result_type": pa.array([spec.result_type for spec in specs], pa.string()),
        "conversions": pa.array(np.where(converts, got["results"], 0).astype(np.float64)),
        "value_micros": pa.array(got["value_micros"], mask=worthless),
    }


def _entities(level: str, ads: list[Ad]) -> dict[str, pa.Array]:
    import pyarrow as pa

    kinds = ("campaign", "adset", "ad")
    out: dict[str, pa.Array] = {}
    for i, kind in enumerate(kinds):
        shown = i <= kinds.index(level)
        ids = [getattr(ad, f"{kind}_id") if shown else None for ad in ads]
        out[f"{kind}_id"] = pa.array(ids, pa.string())
        out[f"{kind}_name"] = pa.array([entity_name(ad, kind) if shown else None for ad in ads], pa.string())
    return out


def _breakdown_columns(cell: Ints | None, n_rows: int) -> dict[str, pa.Array]:
    import pyarrow as pa

    out = {name: pa.nulls(n_rows, pa.string()) for name in ("age", "gender", *_UNUSED_BREAKDOWNS)}
    if cell is not None:
        out["age"] = pa.array([AGES[i // len(GENDERS)] for i in cell], pa.string())
        out["gender"] = pa.array([GENDERS[i % len(GENDERS)] for i in cell], pa.string())
    return out
