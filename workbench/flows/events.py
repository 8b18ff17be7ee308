"""Edits of an account, to be marked on every trend: from its history of changes, else from daily snapshots.

An edit "coincides with" a change of a figure; that it caused the change is never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from workbench.flows.change_words import change_kind, change_words, plain_value

if TYPE_CHECKING:
    from datetime import date, datetime

    from workbench.lake import Lake


@dataclass(frozen=True, order=True)
class Event:
    """Something that was changed on a day.

    Attributes
    ----------
    day : datetime.date
        Day of the change, or first day on which the snapshot differs, in the account's time zone.
    text : str
        What was changed, and of which campaign, ad set or ad.
    campaign_id : str
        Its campaign; empty where that is not known or the change is the whole account's.
    """

    day: date
    text: str
    campaign_id: str = ""


# The newest snapshot of an entity knows its parent; where there is none, the insights know the campaign.
_CHANGES = """
WITH mine AS (
  SELECT date_start, changed_at, change_id, entity_type, entity_id, entity_name, change_type,
         old_value, new_value
  FROM account_changes WHERE network = ? AND account_id = ?
), entities AS (
  SELECT entity_id, max_by(parent_id, date_start) AS parent_id,
         max_by(daily_budget_minor, date_start) AS daily,
         max_by(lifetime_budget_minor, date_start) AS lifetime
  FROM ad_entities WHERE network = ? AND account_id = ? GROUP BY entity_id
)
SELECT mine.*, e.daily, e.lifetime, e.parent_id, parent.parent_id AS grandparent_id
FROM mine LEFT JOIN entities e USING (entity_id) LEFT JOIN entities parent ON parent.entity_id = e.parent_id
ORDER BY date_start, entity_id, changed_at, change_id
"""

_CURRENCY = "SELECT min(currency) AS currency FROM ad_insights WHERE network = ? AND account_id = ?"

_CAMPAIGNS = """
SELECT DISTINCT adset_id, ad_id, campaign_id FROM ad_insights
WHERE network = ? AND account_id = ? AND campaign_id IS NOT NULL
  AND (list_contains(?::VARCHAR[], adset_id) OR list_contains(?::VARCHAR[], ad_id))
"""

_SNAPSHOTS = """
WITH snapshots AS (
  SELECT date_start, entity_id, name, status, bid_strategy, daily_budget_minor, currency,
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

_KNOWN = """
SELECT (SELECT count(*) FROM account_changes WHERE network = $1 AND account_id = $2) AS n_changes,
       (SELECT count(DISTINCT date_start) FROM ad_entities
        WHERE network = $1 AND account_id = $2) AS n_snapshots
"""


def edits(lake: Lake, network: str, account_id: str, *, as_of: datetime | None = None) -> tuple[Event, ...]:
    """Return every edit of an account in the order of the days.

    The account's own history of changes counts where there is any, else what its daily snapshots show.

    Parameters
    ----------
    lake : Lake
        Store that has ``account_changes`` and ``ad_entities``.
    network, account_id : str
        The account.
    as_of : datetime, optional
        As was believed at this moment.
    """
    account = (network, account_id)
    changes = lake.sql(_CHANGES, params=account * 2, as_of=as_of).to_pylist()
    if not changes:
        rows = lake.sql(_SNAPSHOTS, params=account, as_of=as_of).to_pylist()
        return tuple(Event(r["date_start"], _snapshot_words(r), r["entity_id"]) for r in rows)
    currency = lake.sql(_CURRENCY, params=account, as_of=as_of).to_pylist()[0]["currency"] or ""
    campaigns = _campaigns_of(lake, account, changes, as_of=as_of)
    return tuple(sorted(_events(changes, currency, campaigns)))


def knows_edits(lake: Lake, network: str, account_id: str, *, as_of: datetime | None = None) -> bool:
    """Say whether edits of an account would be known: from a history of changes, or two days of snapshots."""
    found = lake.sql(_KNOWN, params=(network, account_id), as_of=as_of).to_pylist()[0]
    return bool(found["n_changes"] or found["n_snapshots"] > 1)


def _events(changes: list[dict[str, Any]], currency: str, campaigns: dict[str, str]) -> list[Event]:
    """Make one event of all changes of one kind that one entity saw on one day: first value to last value."""
    known = [(row, change_kind(row["change_type"])) for row in changes]
    edited = [(row, kind) for row, kind in known if kind is not None]
    events = []
    for _, group in groupby(sorted(edited, key=_same_edit), key=_same_edit):
        rows = [row for row, _ in group]
        first, last = rows[0], rows[-1]
        old, new = first["old_value"], last["new_value"]
        if len(rows) > 1 and plain_value(old) and plain_value(old) == plain_value(new):
            continue  # changed and changed back on the same day
        words = change_words(last["change_type"], old, new, currency=currency, budget=_budget_word(last))
        if words:
            name = last["entity_name"] or last["entity_id"]
            text = f"{words} ({name})" if name and last["entity_type"] != "account" else words
            events.append(Event(last["date_start"], text, _campaign_id(last, campaigns)))
    return events


def _same_edit(edit: tuple[dict[str, Any], str]) -> tuple[Any, ...]:
    row, kind = edit
    return row["date_start"], row["entity_id"] or "", kind, row["change_type"]


def _budget_word(row: dict[str, Any]) -> str:
    if row["daily"]:
        return "daily budget"
    return "lifetime budget" if row["lifetime"] else "budget"


def _campaign_id(row: dict[str, Any], campaigns: dict[str, str]) -> str:
    kind, entity = row["entity_type"], row["entity_id"] or ""
    parents = {"campaign": entity, "adset": row["parent_id"], "ad": row["grandparent_id"]}
    return str(parents.get(kind) or campaigns.get(entity) or "")


def _campaigns_of(
    lake: Lake, account: tuple[str, str], changes: list[dict[str, Any]], *, as_of: datetime | None
) -> dict[str, str]:
    """Look up the campaigns of ad sets and ads that no snapshot knows."""
    asked = sorted(
        {
            str(row["entity_id"])
            for row in changes
            if row["entity_id"] and row["entity_type"] in ("adset", "ad") and not _campaign_id(row, {})
        }
    )
    if not asked:
        return {}
    rows = lake.sql(_CAMPAIGNS, params=(*account, asked, asked), as_of=as_of).to_pylist()
    return {row[name]: row["campaign_id"] for row in rows for name in ("adset_id", "ad_id") if row[name]}


def _snapshot_words(row: dict[str, object]) -> str:
    name = str(row["name"] or row["entity_id"])
    if row["old_bid"] is not None and row["bid_strategy"] != row["old_bid"]:
        return f"bid strategy changed ({name})"
    if row["old_status"] is not None and row["status"] != row["old_status"]:
        return f"{'paused' if str(row['status']).upper() == 'PAUSED' else 'switched on'} ({name})"
    old, new = str(row["old_budget"]), str(row["daily_budget_minor"])
    currency = str(row["currency"] or "")
    return f"{change_words('budget', old, new, currency=currency, budget='daily budget')} ({name})"
