"""The daily budgets that are set now, as the newest load of an account's campaigns and ad sets has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.flows.available import Slice
    from workbench.lake import Lake

_LOOKED_BACK_DAYS = 28
_ENTITIES = """
SELECT date_start, entity_type, entity_id, parent_id, coalesce(status, 'ACTIVE') = 'ACTIVE' AS is_active,
       daily_budget_minor, coalesce(lifetime_budget_minor, 0) > 0 AS has_lifetime
FROM ad_entities WHERE network = ? AND account_id = ? AND entity_type IN ('campaign', 'adset')
  AND date_start <= ?
QUALIFY date_start >= max(date_start) OVER () - ?
"""


@dataclass(frozen=True)
class BudgetSnapshot:
    """What was set when an account's campaigns and ad sets were last looked at.

    Attributes
    ----------
    day : datetime.date
        In the account's time zone.
    daily_minor : mapping of str to int
        Daily budgets of what runs, in minor units, by id.
    stopped : frozenset of str
        Ids of what does not run.
    partly_known : frozenset of str
        Ids of what runs and has, itself or in one of its ad sets, a budget for its lifetime.
    held_since : mapping of str to date
        First day looked at since when each daily budget has been what it is; at most four weeks back.
    """

    day: date
    daily_minor: Mapping[str, int]
    stopped: frozenset[str]
    partly_known: frozenset[str]
    held_since: Mapping[str, date]


def budget_snapshot(
    lake: Lake, shown: Slice, level: str, *, until: date | None = None
) -> BudgetSnapshot | None:
    """Return what is set in an account.

    Parameters
    ----------
    lake : Lake
    shown : Slice
        Of the account.
    level : {"campaign", "adset"}
        A campaign without a budget of its own has the sum of its ad sets'.
    until : datetime.date, optional
        Last day that may have been looked at.

    Returns
    -------
    BudgetSnapshot or None
        ``None`` where no campaigns and ad sets are loaded.
    """
    where = (shown.network, shown.account_id, until or date.max, _LOOKED_BACK_DAYS)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for thing in lake.sql(_ENTITIES, params=where).to_pylist():
        by_day.setdefault(thing["date_start"], []).append(thing)
    if not by_day:
        return None
    days = sorted(by_day, reverse=True)
    now = _daily(by_day[days[0]], level)
    held = dict.fromkeys(now, days[0])
    for before, day in pairwise(days):
        then = _daily(by_day[day], level)
        held |= {k: day for k, minor in now.items() if held[k] == before and then.get(k) == minor}
    return BudgetSnapshot(days[0], now, *_without(by_day[days[0]], level), held)


def set_budgets(lake: Lake, shown: Slice, level: str) -> dict[str, int] | None:
    """Return the daily budgets of what runs, in minor units, by id.

    Parameters
    ----------
    lake, shown, level
        As for `budget_snapshot`.

    Returns
    -------
    dict of str to int or None
        ``None`` where no campaigns and ad sets are loaded.
    """
    found = budget_snapshot(lake, shown, level)
    return None if found is None else dict(found.daily_minor)


def _daily(things: list[dict[str, Any]], level: str) -> dict[str, int]:
    """Return the daily budgets of one day's snapshot."""
    set_ones = [one for one in things if one["is_active"] and one["daily_budget_minor"] is not None]
    out: dict[str, int] = {}
    for one in set_ones if level == "campaign" else ():
        if one["entity_type"] == "adset" and one["parent_id"]:
            out[one["parent_id"]] = out.get(one["parent_id"], 0) + one["daily_budget_minor"]
    return out | {
        one["entity_id"]: one["daily_budget_minor"] for one in set_ones if one["entity_type"] == level
    }


def _without(things: list[dict[str, Any]], level: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what does not run, and what has a budget for its lifetime."""
    own = [one for one in things if one["entity_type"] == level]
    stopped = {one["entity_id"] for one in own if not one["is_active"]}
    partly = {one["entity_id"] for one in own if one["has_lifetime"]}
    if level == "campaign":
        adsets = [one for one in things if one["entity_type"] == "adset"]
        running = [one for one in adsets if one["is_active"]]
        stopped |= {one["parent_id"] for one in adsets} - {one["parent_id"] for one in running}
        partly |= {one["parent_id"] for one in running if one["has_lifetime"]}
    return frozenset(stopped), frozenset(partly - stopped)
