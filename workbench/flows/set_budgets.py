"""The daily budgets that are set now, as the newest load of an account's campaigns and ad sets has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.flows.rows import to_frame

if TYPE_CHECKING:
    from workbench.flows.available import Slice
    from workbench.lake import Lake

_ENTITIES = """
SELECT entity_type, entity_id, parent_id, status, daily_budget_minor
FROM ad_entities WHERE network = ? AND account_id = ? AND entity_type IN ('campaign', 'adset')
QUALIFY date_start = max(date_start) OVER ()
"""


def set_budgets(lake: Lake, shown: Slice, level: str) -> dict[str, int] | None:
    """Return the daily budgets of what runs, in minor units, by id.

    Parameters
    ----------
    lake : Lake
    shown : Slice
        Of the account.
    level : {"campaign", "adset"}
        A campaign without a budget of its own has the sum of its ad sets'.

    Returns
    -------
    dict of str to int or None
        ``None`` where no campaigns and ad sets are loaded.
    """
    things = to_frame(lake.sql(_ENTITIES, params=(shown.network, shown.account_id)))
    if not len(things):
        return None
    active = things[(things["status"].fillna("ACTIVE") == "ACTIVE") & things["daily_budget_minor"].notna()]
    own = active[active["entity_type"] == level]
    out = {str(k): int(v) for k, v in zip(own["entity_id"], own["daily_budget_minor"], strict=True)}
    if level == "campaign":
        parts = active[active["entity_type"] == "adset"].groupby("parent_id")["daily_budget_minor"].sum()
        out = {str(k): int(v) for k, v in parts.items()} | out
    return out
