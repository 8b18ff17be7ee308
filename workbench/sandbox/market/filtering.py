"""Filters of a report: which objects count, and which rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError
from workbench.sandbox.market.edits import effective_status

if TYPE_CHECKING:
    from workbench.sandbox.market.state import Node
    from workbench.sandbox.market.world import World

_GONE = ("ARCHIVED", "DELETED")
_KINDS = ("campaign", "adset", "ad")
_METRICS = ("impressions", "spend", "clicks", "reach", "inline_link_clicks")
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda have, want: str(have) == str(want),
    "NOT_EQUAL": lambda have, want: str(have) != str(want),
    "IN": lambda have, want: str(have) in {str(w) for w in want},
    "NOT_IN": lambda have, want: str(have) not in {str(w) for w in want},
    "CONTAIN": lambda have, want: str(want).lower() in str(have).lower(),
    "NOT_CONTAIN": lambda have, want: str(want).lower() not in str(have).lower(),
    "GREATER_THAN": lambda have, want: float(have) > float(want),
    "GREATER_THAN_OR_EQUAL": lambda have, want: float(have) >= float(want),
    "LESS_THAN": lambda have, want: float(have) < float(want),
    "LESS_THAN_OR_EQUAL": lambda have, want: float(have) <= float(want),
}


def comparison_of(one: Mapping[str, Any]) -> Callable[[Any, Any], bool]:
    """Return the comparison that a filter asks for.

    Raises
    ------
    DataError
        If there is no such operator.
    """
    operator = str(one.get("operator", "")).upper()
    if operator not in _TESTS:
        raise DataError(
            f"There is no filter operator {one.get('operator')!r}.",
            next_step=f"Use one of {', '.join(_TESTS)}.",
            value=one.get("operator"),
        )
    return _TESTS[operator]


def chosen_ads(
    world: World, object_id: str, level: str, filtering: Iterable[Mapping[str, Any]]
) -> NDArray[np.bool_]:
    """Return which ads count in a report, shape (n_ads,).

    Parameters
    ----------
    world : World
        Where the objects are.
    object_id : str
        ``act_…`` or the id of a campaign, ad set or ad.
    level : str
        What a row is about.
    filtering : iterable of mapping
        Filters with ``field``, ``operator`` and ``value``.

    Raises
    ------
    DataError
        If the object or a filter does not exist.
    """
    filters = [one for one in filtering if str(one.get("field", "")) not in _METRICS]
    asks_status = any(str(one["field"]).endswith(("effective_status", "delivery_info")) for one in filters)
    tests = [(_split_field(one), comparison_of(one), one.get("value")) for one in filters]
    top = _top(world, object_id)
    out = []
    for ad_id in world.layout.ad_ids:
        line = _line(world, world.state.nodes[ad_id])
        inside = top in (
            f"act_{world.state.accounts[line['ad']['account']]['account_id']}",
            *(node["id"] for node in line.values()),
        )
        shown = inside and all(
            test(_value(world, line[kind], name), want) for (kind, name), test, want in tests
        )
        if shown and not asks_status and level in line and line[level]["id"] != object_id:
            shown = effective_status(world.state, line[level]) not in _GONE
        out.append(shown)
    return np.array(out, bool)


def row_filters(filtering: Iterable[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], bool]:
    """Return what says whether a row is shown, by the filters on its figures."""
    tests = [
        (str(o["field"]), comparison_of(o), o.get("value"))
        for o in filtering
        if str(o.get("field", "")) in _METRICS
    ]

    def keep(row: Mapping[str, Any]) -> bool:
        return all(test(row.get(name, 0), want) for name, test, want in tests)

    return keep


def _top(world: World, object_id: str) -> str:
    accounts = [f"act_{account['account_id']}" for account in world.state.accounts]
    if object_id not in accounts:
        world.state.node(object_id, *_KINDS)
    return object_id


def _line(world: World, ad: Node) -> dict[str, Node]:
    adset = world.state.nodes[ad["parent"]]
    return {"ad": ad, "adset": adset, "campaign": world.state.nodes[adset["parent"]]}


def _split_field(one: Mapping[str, Any]) -> tuple[str, str]:
    kind, _, name = str(one.get("field", "")).partition(".")
    if kind not in _KINDS or name not in ("id", "name", "effective_status", "delivery_info", "objective"):
        raise DataError(
            f"There is no filter on {one.get('field')!r}.",
            next_step="Filter by .id, .name, .effective_status or .objective of campaign, adset or ad, or by "
            + ", ".join(_METRICS)
            + ".",
            value=one.get("field"),
        )
    return kind, name


def _value(world: World, node: Node, name: str) -> Any:
    if name in ("effective_status", "delivery_info"):
        status = effective_status(world.state, node)
        return status if name == "effective_status" else status.lower()
    return node.get(name, "")
