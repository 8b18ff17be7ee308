"""Levels of Meta's ad objects, and every status that one of them can have.

By default Meta leaves out what is archived or deleted, and differently on each edge. So every status is asked
for by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Level = Literal["account", "campaign", "adset", "ad"]

#: From the account down.
LEVELS: tuple[Level, ...] = ("account", "campaign", "adset", "ad")

#: Effective statuses by level, as the SDK names them.
STATUSES: Mapping[str, tuple[str, ...]] = {
    "campaign": ("ACTIVE", "ARCHIVED", "DELETED", "IN_PROCESS", "PAUSED", "WITH_ISSUES"),
    "adset": ("ACTIVE", "ARCHIVED", "CAMPAIGN_PAUSED", "DELETED", "IN_PROCESS", "PAUSED", "WITH_ISSUES"),
    "ad": (
        "ACTIVE",
        "ADSET_PAUSED",
        "ARCHIVED",
        "CAMPAIGN_PAUSED",
        "DELETED",
        "DISAPPROVED",
        "IN_PROCESS",
        "PAUSED",
        "PENDING_BILLING_INFO",
        "PENDING_REVIEW",
        "PREAPPROVED",
        "WITH_ISSUES",
    ),
}


def every_status(level: str) -> dict[str, Any]:
    """Return the filter that lets objects of a level through whatever their status.

    Examples
    --------
    >>> every_status("campaign")["field"]
    'campaign.effective_status'
    """
    return {"field": f"{level}.effective_status", "operator": "IN", "value": list(STATUSES[level])}
