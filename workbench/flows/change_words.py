"""What was edited, in the words a person would use, from a network's own names of changes.

Networks write a change as a type (``update_ad_set_budget``) with the value before and after; budgets come in
minor units. Changes that no reader would call an edit (billing, reviews, names, images) have no words.
"""

from __future__ import annotations

import json
from typing import Any

from workbench.core.money import minor_digits
from workbench.core.number_text import money

#: Part of a type's name, its kind, and its words; the first that fits counts.
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("run_status", "status", "status changed"),
    ("update_status", "status", "status changed"),
    ("stop_delivery", "status", "status changed"),
    ("spend_cap", "limit", "spending limit changed"),
    ("spend_limit", "limit", "spending limit changed"),
    ("spend_target", "limit", "spending limit changed"),
    ("spending_limit_reached", "plain", "spending limit reached"),
    ("lifetime_budget_spent", "plain", "lifetime budget spent"),
    ("budget_optimization", "plain", "budget moved between campaign and ad sets"),
    ("budget_split", "plain", "budget split changed"),
    ("budget_schedul", "plain", "budget schedule changed"),
    ("budget_scaling", "plain", "budget scaling changed"),
    ("budget", "budget", "budget changed"),
    ("bid_adjust", "plain", "bid adjustments changed"),
    ("bid_info", "bid", "bid changed"),
    ("bid", "strategy", "bid strategy changed"),
    ("create_ad_set", "plain", "new ad set"),
    ("create_campaign", "plain", "new campaign"),
    ("create_ad", "plain", "new ad"),
    ("target", "plain", "audience changed"),
    ("creative", "plain", "creative changed"),
    ("optimization_goal", "plain", "optimisation goal changed"),
    ("conversion", "plain", "conversion event changed"),
    ("schedul", "plain", "schedule changed"),
    ("duration", "plain", "schedule changed"),
    ("campaign_ended", "plain", "ended"),
)

_PAUSED = ("paused", "inactive", "off", "2", "15", "adset_paused", "campaign_paused")
_ACTIVE = ("active", "on", "1")
_GONE = {"archived": "archived", "deleted": "deleted", "4": "archived", "3": "deleted"}


def change_kind(change_type: str) -> str | None:
    """Return which kind of edit a change is, ``None`` for what is no edit of delivery.

    Examples
    --------
    >>> change_kind("update_ad_set_budget"), change_kind("ad_account_billing_charge")
    ('budget', None)
    """
    found = _find(change_type)
    return found[0] if found else None


def change_words(
    change_type: str, old: str | None, new: str | None, *, currency: str, budget: str = "budget"
) -> str | None:
    """Say a change in a few words, ``None`` for what is no edit of delivery.

    Parameters
    ----------
    change_type : str
        The network's name of the change.
    old, new : str or None
        Values before and after as the network gave them: texts, minor units, or JSON around one of these.
    currency : str
        ISO 4217 code of the account; amounts are left out where it is empty.
    budget : str
        What the budget is called: ``daily budget``, ``lifetime budget`` or just ``budget``.

    Examples
    --------
    >>> change_words("update_campaign_budget", "5000", "6000", currency="EUR", budget="daily budget")
    'daily budget €50 → €60'
    >>> change_words("update_ad_run_status", "Active", "Inactive", currency="EUR")
    'paused'
    """
    found = _find(change_type)
    if found is None:
        return None
    kind, words = found
    before, after = plain_value(old), plain_value(new)
    if kind == "status":
        return _status_words(after) or words
    if kind == "strategy" and before.isdecimal() and after.isdecimal():
        kind = "bid"
    if kind == "strategy":
        return f"{words}: {_said(before)} → {_said(after)}" if before and after else words
    noun = {"budget": budget, "limit": "spending limit", "bid": "bid"}.get(kind)
    if noun is None:
        return words
    amounts = [_amount(value, currency) for value in (before, after)]
    return f"{noun} {amounts[0]} → {amounts[1]}" if all(amounts) else f"{noun} changed"


def plain_value(value: str | None) -> str:
    """Take a value out of the JSON that a network may have put around it; empty if there is none.

    Examples
    --------
    >>> plain_value('{"type": "payment_amount", "currency": "EUR", "new_value": 6000}'), plain_value(None)
    ('6000', '')
    """
    text = (value or "").strip()
    if not text.startswith(("{", "[", '"')):
        return text
    try:
        inner: Any = json.loads(text)
    except ValueError:
        return text
    while isinstance(inner, dict):
        inner = next((inner[k] for k in ("new_value", "old_value", "amount", "value") if k in inner), "")
    return "" if isinstance(inner, list) or inner is None else str(inner)


def _find(change_type: str) -> tuple[str, str] | None:
    name = change_type.lower()
    if "agency_fee" in name:
        return None
    for part, kind, words in _KINDS:
        if part in name:
            return kind, words
    return None


def _status_words(after: str) -> str:
    value = after.lower()
    if value in _PAUSED:
        return "paused"
    return "switched on" if value in _ACTIVE else _GONE.get(value, "")


def _said(value: str) -> str:
    return value.replace("_", " ").lower()


def _amount(value: str, currency: str) -> str:
    """Write minor units as money; empty if the value is no whole number or the currency is not known."""
    if not value.isdecimal() or not currency:
        return ""
    micros = int(value) * 10 ** (6 - minor_digits(currency))
    return money(micros, currency, whole=micros % 1_000_000 == 0)
