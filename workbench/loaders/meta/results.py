"""What counts as a result of a campaign, read off the actions that Meta counts.

Meta lists one conversion under several action types that contain one another (``omni_purchase`` contains
``purchase``, which contains ``offsite_conversion.fb_pixel_purchase``). They are never added: the first one of
a list that occurs is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from workbench.core.errors import SchemaError

#: Result type -> Meta's action types for it, the widest first.
ACTION_TYPES: dict[str, tuple[str, ...]] = {
    "purchase": ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase", "onsite_web_purchase"),
    "lead": (
        "lead",
        "onsite_conversion.lead_grouped",
        "leadgen_grouped",
        "offsite_conversion.fb_pixel_lead",
    ),
    "complete_registration": (
        "omni_complete_registration",
        "complete_registration",
        "offsite_conversion.fb_pixel_complete_registration",
    ),
    "add_to_cart": ("omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"),
    "app_install": ("omni_app_install", "mobile_app_install"),
    "landing_page_view": ("omni_landing_page_view", "landing_page_view"),
    "link_click": ("link_click",),
    "post_engagement": ("post_engagement",),
    "video_view": ("video_view",),
    "messaging_conversation": ("onsite_conversion.messaging_conversation_started_7d",),
    "page_like": ("like",),
}

#: Results that are conversions: something was won, not only looked at.
CONVERSIONS = ("purchase", "lead", "complete_registration", "add_to_cart", "app_install")

_BY_GOAL: dict[str, str] = {
    "LEAD_GENERATION": "lead",
    "QUALITY_LEAD": "lead",
    "LINK_CLICKS": "link_click",
    "LANDING_PAGE_VIEWS": "landing_page_view",
    "POST_ENGAGEMENT": "post_engagement",
    "PAGE_LIKES": "page_like",
    "THRUPLAY": "video_view",
    "CONVERSATIONS": "messaging_conversation",
    "APP_INSTALLS": "app_install",
    "VALUE": "purchase",
}
_BY_OBJECTIVE: dict[str, str] = {
    "OUTCOME_LEADS": "lead",
    "LEAD_GENERATION": "lead",
    "OUTCOME_SALES": "purchase",
    "CONVERSIONS": "purchase",
    "PRODUCT_CATALOG_SALES": "purchase",
    "OUTCOME_TRAFFIC": "link_click",
    "LINK_CLICKS": "link_click",
    "OUTCOME_ENGAGEMENT": "post_engagement",
    "POST_ENGAGEMENT": "post_engagement",
    "PAGE_LIKES": "page_like",
    "VIDEO_VIEWS": "video_view",
    "MESSAGES": "messaging_conversation",
    "OUTCOME_APP_PROMOTION": "app_install",
    "APP_INSTALLS": "app_install",
}

Action = Mapping[str, Any]

#: Windows that a result is counted in: what Ads Manager calls 7-day click or 1-day view.
COUNTED_WINDOWS = ("7d_click", "1d_view")
_WINDOW = re.compile(r"\d+d_[a-z_]+")


def result_type_of(objective: str | None, goal: str | None) -> str | None:
    """Return what a campaign is paid to bring, or ``None`` where that is people reached.

    Parameters
    ----------
    objective, goal : str or None
        Campaign objective and optimisation goal as Meta writes them. The goal is missing from rows of whole
        campaigns and accounts.

    Examples
    --------
    >>> result_type_of("OUTCOME_LEADS", None), result_type_of("OUTCOME_TRAFFIC", "LANDING_PAGE_VIEWS")
    ('lead', 'landing_page_view')
    >>> result_type_of("OUTCOME_AWARENESS", "REACH") is None
    True
    """
    return _BY_GOAL.get(goal or "") or _BY_OBJECTIVE.get(objective or "")


def count_of(actions: Sequence[Action] | None, kind: str) -> Decimal | None:
    """Return how often a kind of result occurred; ``None`` if the actions do not list it.

    Raises
    ------
    SchemaError
        If the value is no number.

    Examples
    --------
    >>> actions = [{"action_type": "purchase", "value": "3"}, {"action_type": "omni_purchase", "value": "4"}]
    >>> count_of(actions, "purchase"), count_of(actions, "lead")
    (Decimal('4'), None)
    """
    if not actions:
        return None
    listed = {action.get("action_type"): action for action in actions}
    for name in ACTION_TYPES[kind]:
        if name in listed:
            return _number(listed[name])
    return None


def conversion_type_of(result_type: str | None, actions: Sequence[Action] | None) -> str | None:
    """Return which conversion a row counts: its result if it is one, else what occurred."""
    if result_type in CONVERSIONS:
        return result_type
    return next((kind for kind in CONVERSIONS if count_of(actions, kind) is not None), None)


def _number(action: Action) -> Decimal:
    """Add the windows that our attribution is made of; where Meta lists none, ``value`` is all there is.

    What ``value`` stands for beside windows has changed with the API's versions; the windows' names say it.
    """
    if any(_WINDOW.fullmatch(name) for name in action):
        return sum((_decimal(action, name) for name in COUNTED_WINDOWS), Decimal(0))
    return _decimal(action, "value")


def _decimal(action: Action, name: str) -> Decimal:
    value = action.get(name, "0")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SchemaError(
            f"The action {action.get('action_type')!r} has {name} {value!r}, which is no number.",
            next_step="Load the window again; if it stays, report it with the API's version.",
            value=value,
        )
    return number
