"""Campaigns, ad sets, ads and creatives of an ad account, archived and deleted ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from workbench.channels.meta_graph import Graph
from workbench.channels.meta_statuses import STATUSES
from workbench.core.errors import DataError

EntityKind = Literal["campaign", "adset", "ad", "creative"]

#: Rows of a page. Entities are wide, so their pages are shorter than those of insights.
PAGE_SIZE = 500

EDGES: Mapping[str, str] = {
    "campaign": "campaigns",
    "adset": "adsets",
    "ad": "ads",
    "creative": "adcreatives",
}

_COMMON = ("id", "account_id", "name", "status")
_TIMES = ("configured_status", "effective_status", "created_time", "updated_time")
_BUDGETS = ("bid_strategy", "daily_budget", "lifetime_budget", "budget_remaining", "start_time")

#: Fields by kind, as the SDK names them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "campaign": (
        *_COMMON,
        *_TIMES,
        *_BUDGETS,
        "stop_time",
        "objective",
        "buying_type",
        "special_ad_categories",
        "spend_cap",
        "smart_promotion_type",
        "source_campaign_id",
    ),
    "adset": (
        *_COMMON,
        *_TIMES,
        *_BUDGETS,
        "end_time",
        "campaign_id",
        "optimization_goal",
        "optimization_sub_event",
        "billing_event",
        "bid_amount",
        "bid_constraints",
        "attribution_spec",
        "promoted_object",
        "destination_type",
        "daily_min_spend_target",
        "daily_spend_cap",
        "lifetime_min_spend_target",
        "lifetime_spend_cap",
        "learning_stage_info",
        "is_dynamic_creative",
        "targeting",
        "source_adset_id",
    ),
    "ad": (
        *_COMMON,
        *_TIMES,
        "campaign_id",
        "adset_id",
        "creative",
        "tracking_specs",
        "conversion_domain",
        "source_ad_id",
    ),
    "creative": (
        *_COMMON,
        "title",
        "body",
        "call_to_action_type",
        "object_type",
        "object_story_id",
        "effective_object_story_id",
        "object_story_spec",
        "asset_feed_spec",
        "image_hash",
        "video_id",
        "link_url",
        "url_tags",
    ),
}


def fetch_entities(
    graph: Graph, account_id: str, kind: EntityKind, *, fields: tuple[str, ...] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """Read all objects of one kind as raw JSON, a page at a time.

    Meta leaves archived and deleted objects out unless they are asked for by their status, so they are. The
    edge of creatives takes no status; it gives creatives whatever their status.

    Parameters
    ----------
    graph : Graph
        The connection.
    account_id : str
        Digits, with or without ``act_``.
    kind : {"campaign", "adset", "ad", "creative"}
        Which objects.
    fields : tuple of str, optional
        Fields instead of :data:`FIELDS`; ``id`` is always asked for.

    Yields
    ------
    list of dict
        Objects as Meta wrote them: budgets as texts in minor units, moments with their zone.

    Raises
    ------
    DataError
        If there is no such kind, or the id is none.
    AuthError, RateLimited, RemoteRejected or RemoteUnavailable
        As the connection says.
    """
    digits = account_id.removeprefix("act_")
    if kind not in EDGES or not (digits.isascii() and digits.isdigit()):
        raise DataError(
            f"{kind!r} of account {account_id!r} cannot be fetched.",
            next_step=f"Use one of {', '.join(EDGES)}, and the digits of an account.",
            kind=kind,
            account_id=account_id,
        )
    asked: dict[str, Any] = {
        "fields": ",".join(dict.fromkeys(("id", *(fields or FIELDS[kind])))),
        "limit": PAGE_SIZE,
    }
    if kind != "creative":
        asked["effective_status"] = list(STATUSES[kind])
    return graph.pages(f"act_{digits}/{EDGES[kind]}", asked)
