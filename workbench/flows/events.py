"""Edits of campaigns, read off their daily snapshots, to be marked on every trend.

An edit "coincides with" a change of a figure; that it caused the change is never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from workbench.flows.filters import FilterState
    from workbench.lake import Lake


@dataclass(frozen=True, order=True)
class Event:
    """Something that was changed on a day.

    Attributes
    ----------
    day : datetime.date
        First day on which the snapshot differs, in the account's time zone.
    text : str
        What was changed, and of which campaign.
    """

    day: date
    text: str


_QUERY = """
WITH snapshots AS (
  SELECT date_start, entity_id, name, status, bid_strategy, daily_budget_minor,
         lag(status) OVER w AS old_status, lag(bid_strategy) OVER w AS old_bid,
         lag(daily_budget_minor) OVER w AS old_budget
  FROM ad_entities
  WHERE network = ? AND account_id = ? AND entity_type = 'campaign'
  WINDOW w AS (PARTITION BY entity_id ORDER BY date_start)
)
SELECT * FROM snapshots
WHERE date_start BETWEEN ? AND ? AND (
  (old_status IS NOT NULL AND status <> old_status)
  OR (old_bid IS NOT NULL AND bid_strategy <> old_bid)
  OR (old_budget IS NOT NULL AND daily_budget_minor <> old_budget))
ORDER BY date_start, name
"""


def edits(lake: Lake, state: FilterState) -> tuple[Event, ...]:
    """Return what was edited in the period shown.

    Parameters
    ----------
    lake : Lake
        Store that has the snapshots in ``ad_entities``.
    state : FilterState
        Account, dates and campaigns that are shown.
    """
    values = (state.network, state.account_id, state.start, state.stop)
    rows = lake.sql(_QUERY, params=values, as_of=state.as_of).to_pylist()
    shown = [r for r in rows if not state.campaigns or r["entity_id"] in state.campaigns]
    return tuple(Event(r["date_start"], _words(r)) for r in shown)


def _words(row: dict[str, object]) -> str:
    name = str(row["name"] or row["entity_id"])
    if row["old_bid"] is not None and row["bid_strategy"] != row["old_bid"]:
        return f"bid strategy changed ({name})"
    if row["old_status"] is not None and row["status"] != row["old_status"]:
        return f"{'paused' if str(row['status']).upper() == 'PAUSED' else 'switched on'} ({name})"
    return f"daily budget changed ({name})"
