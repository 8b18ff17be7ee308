"""Posts that ads show, as the lake's last snapshots know them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.core.dates import Period
    from workbench.lake import Lake

_LAST = """
SELECT entity_type, entity_id, status, details FROM ad_entities AS e
WHERE network = 'meta' AND entity_type IN ('ad', 'creative') AND date_start = (
    SELECT max(date_start) FROM ad_entities WHERE network = 'meta' AND account_id = e.account_id
)
"""
_SHOWN = """
SELECT DISTINCT ad_id FROM ad_insights
WHERE network = 'meta' AND account_id = ? AND level = 'ad' AND date_start BETWEEN ? AND ? AND impressions > 0
"""


def promoted_posts(lake: Lake) -> frozenset[str] | None:
    """Return the ids of all posts that an ad shows, of every account; None if nothing is known of ads."""
    rows = lake.sql(_LAST).to_pylist()
    stories = {_story(row) for row in rows if row["entity_type"] == "creative"}
    return frozenset(story for story in stories if story) if rows else None


def posts_of_ads(lake: Lake, account_id: str, period: Period) -> list[str]:
    """Return the posts shown by an account's ads that were on screen in a period, in order.

    Where nothing is known of what was on screen, those of ads that are active.

    Parameters
    ----------
    lake : Lake
        With snapshots of ads and creatives.
    account_id : str
        The account.
    period : Period
        Days in the account's own time zone.
    """
    rows = lake.sql(f"{_LAST} AND account_id = ?", params=(account_id,)).to_pylist()
    shown = {
        row["ad_id"] for row in lake.sql(_SHOWN, params=(account_id, period.start, period.stop)).to_pylist()
    }
    story_of = {row["entity_id"]: _story(row) for row in rows if row["entity_type"] == "creative"}
    found = set()
    for row in rows:
        if row["entity_type"] == "ad" and (row["entity_id"] in shown or (not shown and _is_active(row))):
            creative = _details(row).get("creative")
            found.add(story_of.get(str(creative.get("id")) if isinstance(creative, dict) else ""))
    return sorted(story for story in found if story)


def _is_active(row: dict[str, Any]) -> bool:
    return bool(row["status"] == "ACTIVE")


def _story(row: dict[str, Any]) -> str | None:
    found = _details(row)
    story = found.get("effective_object_story_id") or found.get("object_story_id")
    return str(story) if story else None


def _details(row: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(row["details"] or "{}")
    return found if isinstance(found, dict) else {}
