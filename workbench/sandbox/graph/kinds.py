"""What type of object a node is, by the official client's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Fields that only one type has, in the order in which they are looked for.
_SIGNS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"account_status"}), "AdAccount"),
    (frozenset({"adset_id", "creative"}), "Ad"),
    (frozenset({"optimization_goal", "campaign_id"}), "AdSet"),
    (frozenset({"objective"}), "Campaign"),
    (frozenset({"last_fired_time"}), "AdsPixel"),
    (frozenset({"object_story_spec"}), "AdCreative"),
    (frozenset({"object_type", "account_id"}), "AdCreative"),
)
#: Fields of an answer that asks for none.
_DEFAULT_FIELDS = {
    "AdAccount": ("account_id", "id"),
    "Page": ("name", "id"),
    "PagePost": ("created_time", "message", "id"),
    "Comment": ("created_time", "from", "message", "id"),
    "Lead": ("created_time", "id", "field_data"),
    "AdsPixelStatsResult": ("aggregation", "data", "start_time"),
    "InsightsResult": ("id", "name", "period", "values", "title", "description"),
    "AdActivity": (
        "event_time",
        "event_type",
        "translated_event_type",
        "actor_id",
        "object_id",
        "extra_data",
    ),
}


def kind_of(node: Mapping[str, Any]) -> str:
    """Return the type of an object; empty if nothing tells it.

    Examples
    --------
    >>> kind_of({"id": "1", "objective": "OUTCOME_LEADS"}), kind_of({"id": "1", "metadata": {"type": "Page"}})
    ('Campaign', 'Page')
    """
    named = node.get("metadata")
    if isinstance(named, Mapping) and named.get("type"):
        return str(named["type"])
    have = node.keys()
    return next((kind for signs, kind in _SIGNS if signs <= have), "")


def default_fields(kind: str, node: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of an answer that asks for none; all that there are where the type is not known."""
    if not kind:
        return tuple(name for name in node if name != "metadata")
    return _DEFAULT_FIELDS.get(kind, ("id",))
