"""Edits of campaigns, read off their daily snapshots, to be marked on every trend.

An edit "coincides with" a change of a figure; that it caused the change is never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

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
    campaign_id : str
        That campaign.
    """

    day: date
    text: str
    campaign_id: str = ""


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
WHERE (
  (old_status IS NOT NULL AND status <> old_status)
  OR (old_bid IS NOT NULL AND bid_strategy <> old_bid)
  OR (old_budget IS NOT NULL AND daily_budget_minor <> old_budget))
ORDER BY date_start, name
"""


def edits(lake: Lake, network: str, account_id: str, *, as_of: datetime | None = None) -> tuple[Event, ...]:
    """Return every edit of an account's campaigns that its snapshots show, in the order of the days.

    Parameters
    ----------
    lake : Lake
        Store that has the snapshots in ``ad_entities``.
    network, account_id : str
        The account.
    as_of : datetime, optional
        As was believed at this moment.
    """
    rows = lake.sql(_QUERY, params=(network, account_id), as_of=as_of).to_pylist()
    return tuple(Event(r["date_start"], _words(r), r["entity_id"]) for r in rows)


def _words(row: dict[str, object]) -> str:
    name = str(row["name"] or row["entity_id"])
    if row["old_bid"] is not None and row["bid_strategy"] != row["old_bid"]:
        return f"bid strategy changed ({name})"
    if row["old_status"] is not None and row["status"] != row["old_status"]:
        return f"{'paused' if str(row['status']).upper() == 'PAUSED' else 'switched on'} ({name})"
    return f"daily budget changed ({name})"
