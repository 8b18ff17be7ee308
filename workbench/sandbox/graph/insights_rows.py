"""Write rows of a world as the Graph API writes them: texts for figures, asked columns only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from workbench.sandbox.graph.insights_request import InsightsAsk

_SIX = Decimal("0.000001")
_ALWAYS = ("date_start", "date_stop")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

#: Ratios that a world need not know: numerator, denominator, factor.
RATIOS: dict[str, tuple[str, str, int]] = {
    "cpm": ("spend", "impressions", 1000),
    "cpc": ("spend", "clicks", 1),
    "cpp": ("spend", "reach", 1000),
    "ctr": ("clicks", "impressions", 100),
    "frequency": ("impressions", "reach", 1),
    "inline_link_click_ctr": ("inline_link_clicks", "impressions", 100),
    "cost_per_inline_link_click": ("spend", "inline_link_clicks", 1),
    "cost_per_unique_click": ("spend", "unique_clicks", 1),
    "unique_ctr": ("unique_clicks", "reach", 100),
    "cost_per_inline_post_engagement": ("spend", "inline_post_engagement", 1),
}


def writer_of(ask: InsightsAsk) -> Callable[[Mapping[str, Any]], bytes]:
    """Return what writes one row of a question as JSON.

    A figure without a value is left out, as Meta does; dates and breakdowns are always there.
    """
    fields = tuple(dict.fromkeys((*ask.fields, *_ALWAYS, *ask.breakdowns)))
    kept = frozenset({"value", "id", *ask.windows})
    always = frozenset((*_ALWAYS, *ask.breakdowns))

    def write(row: Mapping[str, Any]) -> bytes:
        out: dict[str, Any] = {}
        for name in fields:
            value = row.get(name)
            if value is None:
                value = _derived(name, row, ask.windows)
                if value is None:
                    if name in always:
                        out[name] = "unknown"
                    continue
            if isinstance(value, str):
                out[name] = value
            elif isinstance(value, list):
                out[name] = [_action(one, kept) for one in value]
            else:
                out[name] = plain_text(value)
        return _ENCODER.encode(out).encode()

    return write


def plain_text(value: Any) -> str:
    """Write a figure: never an exponent, never a trailing ``.0`` that was not there.

    Examples
    --------
    >>> plain_text(Decimal("14.350000")), plain_text(185), plain_text(0.25), plain_text(True)
    ('14.350000', '185', '0.25', 'true')
    """
    if type(value) is int:  # most of them
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def _action(one: Any, kept: frozenset[str]) -> Any:
    """Keep the type of an action, its value, and the windows that were asked for."""
    if not isinstance(one, Mapping):
        return plain_text(one)
    return {
        name: value if isinstance(value, str) else plain_text(value)
        for name, value in one.items()
        if name in kept or name.startswith("action_")
    }


def _derived(name: str, row: Mapping[str, Any], windows: tuple[str, ...]) -> Any:
    if name in RATIOS:
        above, below, factor = RATIOS[name]
        return _ratio(row.get(above), row.get(below), factor)
    if name == "cost_per_action_type":
        priced = [_priced(one, row.get("spend"), windows) for one in row.get("actions") or ()]
        return [one for one in priced if len(one) > 1] or None
    return None


def _priced(action: Mapping[str, Any], spend: Any, windows: tuple[str, ...]) -> dict[str, Any]:
    out = {"action_type": action["action_type"]}
    for name in ("value", *windows):
        price = _ratio(spend, action.get(name), 1)
        if price is not None:
            out[name] = price
    return out


def _ratio(above: Any, below: Any, factor: int) -> str | None:
    try:
        top, bottom = Decimal(str(above)), Decimal(str(below))
    except InvalidOperation:
        return None
    if not bottom:
        return None
    return format((top * factor / bottom).quantize(_SIX, ROUND_HALF_EVEN), "f")
