"""The daily budgets that are set now, as the newest load of an account's campaigns and ad sets has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.flows.rows import to_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

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
    things = to_frame(lake.sql(_ENTITIES, params=where))
    if not len(things):
        return None
    days = sorted(things["date_start"].unique(), reverse=True)
    latest = things[things["date_start"] == days[0]]
    now = _daily(latest, level)
    held = dict.fromkeys(now, days[0])
    for before, day in pairwise(days):
        then = _daily(things[things["date_start"] == day], level)
        held |= {k: day for k, minor in now.items() if held[k] == before and then.get(k) == minor}
    return BudgetSnapshot(days[0], now, *_without(latest, level), held)


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


def _daily(things: pd.DataFrame, level: str) -> dict[str, int]:
    """Return the daily budgets of one day's snapshot."""
    active = things[things["is_active"] & things["daily_budget_minor"].notna()]
    own = active[active["entity_type"] == level]
    out = {str(k): int(v) for k, v in zip(own["entity_id"], own["daily_budget_minor"], strict=True)}
    if level == "campaign":
        parts = active[active["entity_type"] == "adset"].groupby("parent_id")["daily_budget_minor"].sum()
        out = {str(k): int(v) for k, v in parts.items()} | out
    return out


def _without(things: pd.DataFrame, level: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what does not run, and what has a budget for its lifetime."""
    own = things[things["entity_type"] == level]
    stopped = set(own["entity_id"][~own["is_active"]])
    partly = set(own["entity_id"][own["is_active"] & own["has_lifetime"]])
    if level == "campaign":
        adsets = things[things["entity_type"] == "adset"]
        running = adsets[adsets["is_active"]]
        stopped |= set(adsets["parent_id"]) - set(running["parent_id"])
        partly |= set(running["parent_id"][running["has_lifetime"]])
    return frozenset(map(str, stopped)), frozenset(map(str, partly - stopped))
