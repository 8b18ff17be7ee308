"""Rows of a report in the Graph API's field names, as they are known at the world's moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from workbench.core.errors import DataError
from workbench.core.money import minor_digits
from workbench.sandbox.market.breakdowns import Dimension, dimensions_of
from workbench.sandbox.market.filtering import chosen_ads, row_filters
from workbench.sandbox.market.measures import LEVELS, WINDOWS, Measures, measure

if TYPE_CHECKING:
    from workbench.sandbox.market.state import Node
    from workbench.sandbox.market.world import World

#: Names under which the network counts a conversion once more.
ALIASES: dict[str, tuple[str, ...]] = {
    "lead": ("lead", "onsite_conversion.lead_grouped"),
    "purchase": ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"),
}
ATTRIBUTION_SETTING = "7d_click_1d_view"
_WITHOUT_REACH = ("hourly_stats", "hour")
Row = dict[str, Any]


class Asked(Protocol):
    """What a report is asked for; the sandbox's server has the class."""

    @property
    def object_id(self) -> str:
        """``act_…`` or an object's id."""

    @property
    def level(self) -> str:
        """account, campaign, adset or ad."""

    @property
    def since(self) -> date:
        """First day."""

    @property
    def until(self) -> date:
        """Last day, included."""

    @property
    def increment_days(self) -> int | None:
        """Days of a row; None for the whole range."""

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """Breakdown columns."""

    @property
    def windows(self) -> tuple[str, ...]:
        """Attribution windows."""

    @property
    def filtering(self) -> tuple[Mapping[str, Any], ...]:
        """Filters as the Graph API takes them."""


def insight_rows(world: World, asked: Asked) -> Iterator[Row]:
    """Yield the rows of a report: by range of days, then object, then breakdown values.

    Objects that were archived or deleted are left out below the asked object, unless a filter asks for an
    effective status.

    Parameters
    ----------
    world : World
        Where it happened.
    asked : Asked
        The report.

    Raises
    ------
    DataError
        If the object, level, breakdown or filter does not exist.
    """
    if asked.level not in LEVELS:
        raise DataError(
            f"There is no level {asked.level!r}.",
            next_step=f"Use one of {', '.join(LEVELS)}.",
            value=asked.level,
        )
    dimensions = dimensions_of(tuple(asked.breakdowns))
    ads = chosen_ads(world, asked.object_id, asked.level, asked.filtering)
    first = max((asked.since - world.state.start).days, 0)
    last = min((asked.until - world.state.start).days, world.state.n_days - 1)
    if first > last:
        return
    increment = asked.increment_days
    step = increment or (asked.until - asked.since).days + 1
    shift = (world.state.start + timedelta(days=first) - asked.since).days % step
    found = measure(
        world,
        days=(first - shift, last),
        increment=step,
        level=asked.level,
        ads=ads,
        dimensions=dimensions,
    )
    since = world.state.start + timedelta(days=first - shift)
    keep = row_filters(asked.filtering)
    for row in _rows(world, found, asked, dimensions=dimensions, since=since, step=step):
        if keep(row):
            yield row


def _rows(
    world: World,
    found: Measures,
    asked: Asked,
    *,
    dimensions: tuple[Dimension, ...],
    since: date,
    step: int,
) -> Iterator[Row]:
    entities = [_names(world, asked.level, i) for i in range(_n_entities(world, asked.level))]
    digits = [minor_digits(a["currency"]) for a in world.state.accounts]
    ranges = [
        {
            "date_start": (since + timedelta(days=step * i)).isoformat(),
            "date_stop": min(since + timedelta(days=step * (i + 1) - 1), asked.until).isoformat(),
        }
        for i in range(int(found.period.max(initial=-1)) + 1)
    ]
    with_reach = not any(d.name.startswith(_WITHOUT_REACH) for d in dimensions)
    values = _broken_down(found, dimensions)
    counts = {name: column.tolist() for name, column in found.counts.items()}
    arrived = {name: column.tolist() for name, column in found.arrived.items()}
    value = {name: column.tolist() for name, column in found.value_minor.items()}
    windows = [w for w in asked.windows if w in WINDOWS]
    for i, (period, entity) in enumerate(zip(found.period.tolist(), found.entity.tolist(), strict=True)):
        names, account = entities[entity]
        got = {name: column[i] for name, column in counts.items()}
        row = {**names, **ranges[period], **_figures(got, digits[account], with_reach=with_reach)}
        actions = _actions(got, windows)
        paid: list[Row] = []
        for kind in ALIASES:
            counted = {w: arrived[kind, w][i] for w in ("default", *windows)}
            if any(counted.values()):
                actions += _by_window(kind, counted, windows)
                worth = {w: value[kind, w][i] for w in ("default", *windows)}
                text = {w: money_text(v, digits[account]) if v else 0 for w, v in worth.items()}
                paid += _by_window(kind, text, windows) if any(worth.values()) else []
        if actions:
            row["actions"] = actions
        if paid:
            row["action_values"] = paid
        for dimension, column in zip(dimensions, values, strict=True):
            row[dimension.name] = column[i]
        yield row


def _by_window(kind: str, values: Mapping[str, Any], windows: list[str]) -> list[Row]:
    counted = {w: values[w] for w in windows if values[w]}
    return [{"action_type": name, "value": values["default"], **counted} for name in ALIASES[kind]]


def _actions(got: dict[str, int], windows: list[str]) -> list[Row]:
    engaged = got["link_clicks"] + got["other_clicks"] + got["bulk_results"]
    counts = {
        "link_click": got["link_clicks"],
        "landing_page_view": got["page_views"],
        "post_engagement": engaged,
        "page_engagement": engaged,
        "video_view": got["video_views"],
    }
    clicked = [w for w in windows if w != "1d_view"]
    return [{"action_type": name, "value": n, **dict.fromkeys(clicked, n)} for name, n in counts.items() if n]


def _figures(got: dict[str, int], digits: int, *, with_reach: bool) -> Row:
    shown, links, spent = got["impressions"], got["link_clicks"], got["spend_minor"]
    clicks = links + got["other_clicks"] + got["bulk_results"]
    money = spent / 10**digits
    row: Row = {
        "impressions": shown,
        "clicks": clicks,
        "inline_link_clicks": links,
        "unique_inline_link_clicks": got["unique_link_clicks"],
        "inline_post_engagement": links + got["other_clicks"] + got["bulk_results"],
        "spend": money_text(spent, digits),
        "cpm": f"{1000 * money / shown:.6f}",
        "ctr": f"{100 * clicks / shown:.6f}",
    }
    if clicks:
        row["cpc"] = f"{money / clicks:.6f}"
    if with_reach:
        row["reach"] = got["reach"]
        row["frequency"] = f"{shown / got['reach']:.6f}"
    return row


def money_text(minor: int, digits: int) -> str:
    """Write minor units as the network does.

    Examples
    --------
    >>> money_text(1435, 2), money_text(1435, 0), money_text(5, 2)
    ('14.35', '1435', '0.05')
    """
    return str(Decimal(minor).scaleb(-digits)) if digits else str(minor)


def _broken_down(found: Measures, dimensions: tuple[Dimension, ...]) -> list[list[str]]:
    out: list[list[str]] = []
    code = found.code
    for dimension in reversed(dimensions):
        names = np.array(dimension.values)
        out.append(names[code % len(names)].tolist())
        code = code // len(names)
    return out[::-1]


def _n_entities(world: World, level: str) -> int:
    layout = world.layout
    sizes = (layout.n_accounts, len(layout.campaign_ids), len(layout.adset_ids), len(layout.ad_ids))
    return sizes[LEVELS.index(level)]


def _names(world: World, level: str, i: int) -> tuple[Row, int]:
    """Return the naming columns of an object, and its account's number."""
    state, layout = world.state, world.layout
    if level == "account":
        return _account_names(state.accounts[i]), i
    ids = {"campaign": layout.campaign_ids, "adset": layout.adset_ids, "ad": layout.ad_ids}[level]
    node: Node = state.nodes[ids[i]]
    row: Row = {}
    while True:
        row[f"{node['kind']}_id"], row[f"{node['kind']}_name"] = node["id"], node["name"]
        if node["kind"] == "adset":
            row["optimization_goal"] = node["optimization_goal"]
        if not node["parent"]:
            break
        node = state.nodes[node["parent"]]
    row |= {
        "objective": node["objective"],
        "buying_type": "AUCTION",
        "attribution_setting": ATTRIBUTION_SETTING,
    }
    return {**_account_names(state.accounts[node["account"]]), **row}, node["account"]


def _account_names(account: dict[str, Any]) -> Row:
    return {
        "account_id": account["account_id"],
        "account_name": account["name"],
        "account_currency": account["currency"],
    }
