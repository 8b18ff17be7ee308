"""Add delivered ad-days up to an object level, ranges of days and breakdown values, as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.market.breakdowns import Cells, Dimension, Splitter, whole
from workbench.sandbox.market.layout import RESULT_NAMES, Layout
from workbench.sandbox.market.noise import Floats, Ints
from workbench.sandbox.market.reach import reach, unique_clickers, united

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

LEVELS = ("account", "campaign", "adset", "ad")
#: Attribution windows, and what a plain value counts.
WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
CLICK_DAYS = {"1d_click": 1, "7d_click": 7, "28d_click": 28}
_PURCHASE, _FILM = RESULT_NAMES.index("purchase"), RESULT_NAMES.index("video_view")
_PER_IMPRESSION = [RESULT_NAMES.index(kind) for kind in ("post_engagement", "video_view")]


@dataclass(frozen=True)
class Measures:
    """One entry for every row of a report, in the report's order.

    Attributes
    ----------
    period : ndarray
        Number of the range of days.
    entity : ndarray
        Position of the object among those of its level.
    code : ndarray
        Breakdown values as one number.
    counts : dict of str to ndarray
        impressions, spend_minor, link_clicks, other_clicks, bulk_results, video_views, page_views, reach,
        unique_link_clicks.
    arrived, value_minor : dict of (str, str) to ndarray
        Conversions and their value by kind (lead, purchase) and window: ``default`` (7d_click and 1d_view)
        or an attribution window.
    """

    period: Ints
    entity: Ints
    code: Ints
    counts: dict[str, Ints]
    arrived: dict[tuple[str, str], Ints]
    value_minor: dict[tuple[str, str], Ints]


def measure(
    world: World,
    *,
    days: tuple[int, int],
    increment: int | None,
    level: str,
    ads: NDArray[np.bool_],
    dimensions: tuple[Dimension, ...] = (),
    known_until: int | None = None,
) -> Measures:
    """Add up what was delivered on days, for chosen ads.

    Parameters
    ----------
    world : World
        Where it happened.
    days : tuple of int
        First and last day's number.
    increment : int or None
        Days of each range; None for one range.
    level : {"account", "campaign", "adset", "ad"}
        What a row is about.
    ads : ndarray of bool (n_ads,)
        Ads that count.
    dimensions : tuple of Dimension
        Breakdowns, in the order of their splitting.
    known_until : int, optional
        Conversions up to this day's number have arrived; by default the last simulated one.
    """
    rows, conversions = world.history.between(*days)
    rows = _where(rows, ads[rows["ad"]])
    conversions = _where(conversions, ads[conversions["ad"]])
    layout = world.layout
    cells = _cells(world, rows, conversions, dimensions)
    step = increment or days[1] - days[0] + 1
    period = (rows["day"].astype(np.int64) - days[0]) // step
    ad = rows["ad"].astype(np.int64)
    n_codes = int(np.prod([len(d.values) for d in dimensions], dtype=np.int64)) if dimensions else 1
    key_of_cell = (period[cells.row] * len(layout.ad_ids) + ad[cells.row]) * n_codes + cells.code
    keys, group = np.unique(key_of_cell, return_inverse=True)
    counts = {k: _sum(group, v, len(keys)) for k, v in cells.pieces.items()}
    counts["impressions"] = _sum(group, cells.impressions, len(keys))
    is_film = layout.result_of_ad[ad][cells.row] == _FILM
    counts["video_views"] = _sum(group, np.where(is_film, cells.pieces["bulk_results"], 0), len(keys))
    share = np.zeros(len(keys))
    share[group] = cells.share
    last = world.state.n_days - 1 if known_until is None else known_until
    buys = layout.result_of_ad[conversions["ad"]] == _PURCHASE
    arrived, values = _arrived(conversions, group[cells.conversion_cell], len(keys), last=last, buys=buys)
    parts = _Parts(
        period=keys // (n_codes * len(layout.ad_ids)),
        entity=keys // n_codes % len(layout.ad_ids),
        code=keys % n_codes,
        counts=_with_people(layout, counts, keys // n_codes % len(layout.ad_ids), share),
        arrived=arrived,
        values=values,
        share=share,
    )
    for above in reversed(LEVELS[LEVELS.index(level) : -1]):
        parts = _roll_up(layout, parts, above, n_codes)
    return parts.measures()


@dataclass
class _Parts:
    period: Ints
    entity: Ints
    code: Ints
    counts: dict[str, Ints]
    arrived: dict[tuple[str, str], Ints]
    values: dict[tuple[str, str], Ints]
    share: Floats

    def measures(self) -> Measures:
        counts = dict(self.counts)
        counts["page_views"] = counts.pop("viewing_links") + counts["converting"]
        counts["link_clicks"] = counts["page_views"] + counts.pop("plain_links")
        return Measures(self.period, self.entity, self.code, counts, self.arrived, self.values)


def _where(table: dict[str, NDArray[Any]], keep: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    return {name: values[keep] for name, values in table.items()}


def _sum(group: Ints, values: Ints, n: int) -> Ints:
    return np.bincount(group, values, minlength=n).astype(np.int64)


def _cells(
    world: World,
    rows: dict[str, NDArray[Any]],
    conversions: dict[str, NDArray[Any]],
    dimensions: tuple[Dimension, ...],
) -> Cells:
    layout = world.layout
    place = rows["day"].astype(np.int64) * len(layout.ad_ids) + rows["ad"]
    order = np.argsort(place, kind="stable")
    wanted = conversions["day"].astype(np.int64) * len(layout.ad_ids) + conversions["ad"]
    of_row = order[np.searchsorted(place[order], wanted)] if len(wanted) else np.zeros(0, np.int64)
    kind = layout.result_of_ad[rows["ad"]]
    cells = whole(rows, of_row, np.isin(kind, _PER_IMPRESSION), layout.converts()[rows["ad"]])
    countries = tuple(str(a["country"]) for a in world.state.accounts)
    splitter = Splitter(world.noise, layout, rows, conversions, countries)
    before = ""
    for dimension in dimensions:
        given = np.zeros(0, np.int64)
        if dimension.given and dimension.given == before:
            n_given = len(next(d for d in dimensions if d.name == before).values)
            given = cells.code % n_given
        cells = splitter.split(cells, dimension, given)
        before = dimension.name
    return cells


def _arrived(
    conversions: dict[str, NDArray[Any]], group: Ints, n: int, *, last: int, buys: NDArray[np.bool_]
) -> tuple[dict[tuple[str, str], Ints], dict[tuple[str, str], Ints]]:
    here = conversions["day"].astype(np.int64) + conversions["delay"] <= last
    click = here & ~conversions["is_view"]
    windows = {name: click & (conversions["delay"] <= days) for name, days in CLICK_DAYS.items()}
    windows["1d_view"] = here & conversions["is_view"]
    windows["default"] = windows["7d_click"] | windows["1d_view"]
    value, counts, values = conversions["value_minor"], {}, {}
    for kind, of_kind in (("lead", ~buys), ("purchase", buys)):
        for name, in_window in windows.items():
            keep = in_window & of_kind
            counts[kind, name] = np.bincount(group[keep], minlength=n).astype(np.int64)
            values[kind, name] = _sum(group[keep], value[keep], n)
    return counts, values


def _with_people(layout: Layout, counts: dict[str, Ints], ad: Ints, share: Floats) -> dict[str, Ints]:
    audience = layout.adset["audience"][layout.ad["adset"][ad]] * share
    people = reach(counts["impressions"], audience)
    links = counts["viewing_links"] + counts["plain_links"] + counts["converting"]
    return counts | {"reach": people, "unique_link_clicks": unique_clickers(links, people)}


def _roll_up(layout: Layout, parts: _Parts, level: str, n_codes: int) -> _Parts:
    """Add parts up to the level above, counting people anew."""
    above, universe = _above(layout, level)
    n_above = len(universe)
    keys, group = np.unique(
        (parts.period * n_above + above[parts.entity]) * n_codes + parts.code, return_inverse=True
    )
    counts = {
        k: _sum(group, v, len(keys))
        for k, v in parts.counts.items()
        if k not in ("reach", "unique_link_clicks")
    }
    entity = keys // n_codes % n_above
    share = np.zeros(len(keys))
    np.maximum.at(share, group, parts.share)
    links = counts["viewing_links"] + counts["plain_links"] + counts["converting"]
    if level == "adset":  # the ads of a set share its audience
        people = reach(counts["impressions"], universe[entity] * share)
    else:
        people = united(parts.counts["reach"], group, universe[entity] * share)
    counts["reach"] = _between(people, parts.counts["reach"], group)
    clickers = unique_clickers(links, counts["reach"])
    counts["unique_link_clicks"] = _between(clickers, parts.counts["unique_link_clicks"], group)
    arrived = {k: _sum(group, v, len(keys)) for k, v in parts.arrived.items()}
    values = {k: _sum(group, v, len(keys)) for k, v in parts.values.items()}
    return _Parts(keys // n_codes // n_above, entity, keys % n_codes, counts, arrived, values, share)


def _above(layout: Layout, level: str) -> tuple[Ints, Floats]:
    campaign = layout.campaign
    if level == "adset":
        return np.asarray(layout.ad["adset"]), np.asarray(layout.adset["audience"])
    if level == "campaign":
        return np.asarray(layout.adset["campaign"]), np.asarray(1.2 * campaign["audience"])
    everybody = np.bincount(campaign["account"], campaign["audience"], minlength=layout.n_accounts)
    return np.asarray(campaign["account"]), np.asarray(1.2 * everybody)


def _between(parent: Ints, parts: Ints, group: Ints) -> Ints:
    most = np.zeros(len(parent), np.int64)
    np.maximum.at(most, group, parts)
    total = np.bincount(group, parts, minlength=len(parent)).astype(np.int64)
    return np.asarray(np.clip(parent, most, total))
