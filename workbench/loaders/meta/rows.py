"""Rows of Meta's insights -> the lake's ``ad_insights``.

Metrics arrive as texts, a metric that is zero does not arrive at all, and what Meta counts depends on the
attribution window: all windows are kept beside the result that the ad set is paid for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workbench.core.errors import SchemaError
from workbench.core.money import to_micros
from workbench.lake.schema import BREAKDOWNS, arrow_schema
from workbench.lake.window import Grain, month_of
from workbench.loaders.meta.results import (
    CONVERSIONS,
    COUNTED_WINDOWS,
    conversion_type_of,
    count_of,
    result_type_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: Attribution of our results, as a grain names it.
ATTRIBUTION = ",".join(COUNTED_WINDOWS)

#: Our breakdown column -> Meta's name of it, where the two differ.
_META_BREAKDOWNS = {"hour": "hourly_stats_aggregated_by_advertiser_time_zone"}
_LEVEL_FIELDS: dict[str, tuple[str, ...]] = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name", "objective"),
    "adset": ("campaign_id", "campaign_name", "objective", "adset_id", "adset_name", "optimization_goal"),
    "ad": (
        "campaign_id",
        "campaign_name",
        "objective",
        "adset_id",
        "adset_name",
        "optimization_goal",
        "ad_id",
        "ad_name",
    ),
}
_METRICS = ("impressions", "clicks", "inline_link_clicks", "spend", "actions", "action_values")
_UNIQUE_METRICS = ("reach", "unique_inline_link_clicks")


@dataclass(frozen=True)
class Asked:
    """What all rows of an answer have in common.

    Attributes
    ----------
    account_id : str
        Without ``act_``.
    currency : str
        Currency that the account says it has; a row that says otherwise is refused.
    grain : Grain
        Level, breakdowns, increment and attribution of the rows.
    source : str
        ``meta_api``, or ``sandbox`` for a rehearsal.
    """

    account_id: str
    currency: str
    grain: Grain
    source: str = "meta_api"


def fields_of(grain: Grain) -> tuple[str, ...]:
    """Return the fields to ask for; people are not asked for by hour, where Meta does not count them."""
    unique = () if "hour" in grain.breakdowns else _UNIQUE_METRICS
    return ("account_id", "account_currency", *_LEVEL_FIELDS[grain.level], *_METRICS, *unique)


def meta_breakdowns(grain: Grain) -> tuple[str, ...]:
    """Return a grain's breakdowns as Meta calls them."""
    return tuple(_META_BREAKDOWNS.get(name, name) for name in grain.breakdowns)


def digest_of(row: Mapping[str, Any]) -> int:
    """Return a number that depends on a row's content alone, and not on the order of its fields."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def to_batch(rows: Sequence[Mapping[str, Any]], asked: Asked, *, load_id: str = "") -> pa.RecordBatch:
    """Write rows in the lake's columns.

    Parameters
    ----------
    rows : sequence of mapping
        As Meta's JSON gives them.
    asked : Asked
        What was asked for.
    load_id : str
        Load that the rows belong to; may be put in later with :func:`with_load_id`.

    Returns
    -------
    pyarrow.RecordBatch
        With the schema of :func:`workbench.lake.schema.arrow_schema`.

    Raises
    ------
    SchemaError
        If a row is another account's or another currency's, misses a field it must have, or has a metric that
        is no number; the message names field and value.
    """
    import pyarrow as pa

    schema = arrow_schema("ad_insights")
    made = [_lake_row(row, asked, load_id) for row in rows]
    arrays = [pa.array([row.get(f.name) for row in made], f.type) for f in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def with_load_id(batch: pa.RecordBatch, load_id: str) -> pa.RecordBatch:
    """Return the batch as rows of a load."""
    import pyarrow as pa

    at = batch.schema.get_field_index("load_id")
    return batch.set_column(at, batch.schema.field(at), pa.array([load_id] * batch.num_rows, pa.string()))


def _lake_row(row: Mapping[str, Any], asked: Asked, load_id: str) -> dict[str, Any]:
    _check_owner(row, asked)
    start, stop = _day(row, "date_start"), _day(row, "date_stop")
    level = asked.grain.level
    return {
        "network": "meta",
        "account_id": asked.account_id,
        "month": month_of(start),
        "grain": str(asked.grain),
        "date_start": start,
        "date_stop": stop,
        "level": level,
        **_entities(row, level),
        **_breakdowns(row, asked.grain),
        "attribution": asked.grain.attribution,
        "currency": asked.currency,
        "objective": row.get("objective"),
        "impressions": _count(row, "impressions"),
        "reach": _count(row, "reach", absent=None),
        "clicks": _count(row, "clicks"),
        "link_clicks": _count(row, "inline_link_clicks"),
        "unique_link_clicks": _count(row, "unique_inline_link_clicks", absent=None),
        "spend_micros": to_micros(str(row.get("spend", "0"))),
        **_results(row),
        "actions": _kept(row.get("actions")),
        "action_values": _kept(row.get("action_values")),
        "source": asked.source,
        "load_id": load_id,
    }


def _check_owner(row: Mapping[str, Any], asked: Asked) -> None:
    for field, expected in (("account_id", asked.account_id), ("account_currency", asked.currency)):
        received = str(row.get(field, expected)).removeprefix("act_")
        if received != expected:
            raise SchemaError(
                f"A row has {field} {received!r}, but {expected!r} was asked for.",
                next_step="Load each account by itself; nothing of this answer was stored.",
                field=field,
                value=received,
            )


def _entities(row: Mapping[str, Any], level: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ("campaign", "adset", "ad")[: ("account", "campaign", "adset", "ad").index(level)]:
        found[f"{kind}_id"] = _required(row, f"{kind}_id")
        found[f"{kind}_name"] = row.get(f"{kind}_name")
    return found


def _breakdowns(row: Mapping[str, Any], grain: Grain) -> dict[str, Any]:
    """Take every breakdown into the key; rows that lack one would fall into one another."""
    return {
        ours: str(_required(row, _META_BREAKDOWNS.get(ours, ours)))
        for ours in BREAKDOWNS
        if ours in grain.breakdowns
    }


def _results(row: Mapping[str, Any]) -> dict[str, Any]:
    actions, values = row.get("actions"), row.get("action_values")
    kind = result_type_of(row.get("objective"), row.get("optimization_goal"))
    conversion = conversion_type_of(kind, actions)
    n_results = _zero_if_none(count_of(actions, kind)) if kind else None
    value = count_of(values, conversion) if conversion else None
    return {
        "result_type": kind,
        "results": n_results,
        "conversions": _zero_if_none(count_of(actions, conversion)) if conversion else _no_conversion(kind),
        "value_micros": to_micros(value) if value is not None else None,
    }


def _zero_if_none(count: Decimal | None) -> float:
    return 0.0 if count is None else float(count)


def _no_conversion(kind: str | None) -> float | None:
    return 0.0 if kind in CONVERSIONS else None


def _kept(actions: Sequence[Mapping[str, Any]] | None) -> str | None:
    """Write actions by type and window, sorted, so that the same counts are the same text."""
    if not actions:
        return None
    by_type = {str(a["action_type"]): {k: v for k, v in a.items() if k != "action_type"} for a in actions}
    return json.dumps(by_type, sort_keys=True, separators=(",", ":"))


def _required(row: Mapping[str, Any], field: str) -> Any:
    value = row.get(field)
    if value is None or value == "":
        raise SchemaError(
            f"A row has no {field}, without which it cannot be told from others.",
            next_step="Load the window again; nothing of this answer was stored.",
            field=field,
        )
    return value


def _day(row: Mapping[str, Any], field: str) -> date:
    text = _required(row, field)
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        raise SchemaError(f"{field} is {text!r}, which is no day.", field=field, value=text) from None


def _count(row: Mapping[str, Any], field: str, *, absent: int | None = 0) -> int | None:
    text = row.get(field)
    if text is None:
        return absent
    try:
        return int(str(text))
    except ValueError:
        raise SchemaError(
            f"{field} is {text!r}, which is no whole number.",
            next_step="Load the window again; nothing of this answer was stored.",
            field=field,
            value=text,
        ) from None
