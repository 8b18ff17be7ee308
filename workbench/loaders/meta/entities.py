"""Campaigns, ad sets, ads and creatives as they stand today -> the lake's ``ad_entities``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from workbench.core.dates import Period
from workbench.core.errors import SchemaError
from workbench.core.redact import redact
from workbench.loaders.meta.days import replace_days
from workbench.loaders.meta.moments import day_of, graph_now
from workbench.loaders.meta.part import LoadedPart

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.loaders.meta.source import Source

_PARENTS = {"adset": "campaign_id", "ad": "adset_id"}
#: Fields that have a column of their own.
_COLUMNS = frozenset(
    {
        "id",
        "name",
        "status",
        "effective_status",
        "objective",
        "bid_strategy",
        "daily_budget",
        "lifetime_budget",
        "account_id",
    }
)
#: What changes although nobody changed the entity: addresses of pictures are signed anew for every answer.
_FLEETING = frozenset({"thumbnail_url", "image_url", "preview_shareable_link", "budget_remaining"})
#: Fields about whoever works on the ads.
_PERSONAL = frozenset({"actor_id", "actor_name", "created_by", "creator", "owner", "email", "user_id"})


def load_entities(source: Source, *, account: AdAccount, period: Period | None = None) -> LoadedPart:
    """Keep how all campaigns, ad sets, ads and creatives of an account stand today, deleted ones included.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account : AdAccount
        The account.
    period : Period, optional
        Of no effect, since Meta tells the present only: a snapshot is of the day it is made on.

    Raises
    ------
    SchemaError
        If an entity has no id, or a budget that is no whole number of minor units; nothing is stored then.
    ChannelError
        If Meta refuses or does not answer.
    """
    from workbench.channels.meta_entities import EntityKind, fetch_entities

    today = day_of(graph_now(source.graph), account.time_zone)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for kind in get_args(EntityKind):
        source.progress(f"Meta {account.account_id}, {kind}s as they are on {today} …")
        for page in fetch_entities(source.graph, account.account_id, kind):
            for entity in page:  # an object that moves while it is being paged may come twice
                row = entity_row(entity, kind, day=today, currency=account.currency)
                rows[kind, row["entity_id"]] = row
    changed = replace_days(
        source,
        "ad_entities",
        list(rows.values()),
        network="meta",
        account_id=account.account_id,
        period=Period(today, today),
    )
    return LoadedPart("entities", len(rows), changed)


def entity_row(entity: Mapping[str, Any], kind: str, *, day: date, currency: str) -> dict[str, Any]:
    """Return an entity in the lake's columns.

    Parameters
    ----------
    entity : mapping
        As the API gives it.
    kind : {"campaign", "adset", "ad", "creative"}
        What it is.
    day : datetime.date
        Day of the snapshot.
    currency : str
        Currency of the account, whose minor units budgets are in.

    Raises
    ------
    SchemaError
        If it has no id, or a budget is no whole number.
    """
    if not entity.get("id"):
        raise SchemaError(
            f"A {kind} of the account has no id.",
            next_step="Load it again; nothing of this answer was stored.",
            field="id",
        )
    return {
        "date_start": day,
        "entity_type": kind,
        "entity_id": str(entity["id"]),
        "parent_id": _parent(entity, kind),
        "name": _optional(entity.get("name")),
        "status": _optional(entity.get("effective_status") or entity.get("status")),
        "objective": _optional(entity.get("objective")),
        "bid_strategy": _optional(entity.get("bid_strategy")),
        "daily_budget_minor": _minor(entity, "daily_budget"),
        "lifetime_budget_minor": _minor(entity, "lifetime_budget"),
        "currency": currency,
        "details": _details(entity),
    }


def _parent(entity: Mapping[str, Any], kind: str) -> str | None:
    name = _PARENTS.get(kind)
    if name is None:
        return None if kind == "creative" else _optional(entity.get("account_id"))
    return _optional(entity.get(name))


def _minor(entity: Mapping[str, Any], field: str) -> int | None:
    """Return a budget in minor units as the API gives it; it writes 0 where there is none of this kind."""
    text = entity.get(field)
    if text is None or text == "":
        return None
    try:
        return int(str(text)) or None
    except ValueError:
        raise SchemaError(
            f"{field} of {entity['id']} is {text!r}, which is no whole number of minor units.",
            next_step="Load it again; nothing of this answer was stored.",
            field=field,
            value=text,
        ) from None


def _details(entity: Mapping[str, Any]) -> str | None:
    kept = {n: v for n, v in entity.items() if n not in _COLUMNS and n not in _FLEETING}
    clean = _without_people(kept)
    return json.dumps(clean, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if clean else None


def _without_people(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_people(v) for name, v in value.items() if name not in _PERSONAL}
    if isinstance(value, list):
        return [_without_people(item) for item in value]
    return _redacted(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)  # most texts are words such as ACTIVE, over and over
def _redacted(text: str) -> str:
    return redact(text)


def _optional(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
