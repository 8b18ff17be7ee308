"""Who may call: tokens with permissions and an end, and the proof by the app's secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from workbench.sandbox.graph.refusals import GraphRefusal, bad_param, no_permission, seen

SCOPES = (
    "ads_read",
    "ads_management",
    "business_management",
    "instagram_basic",
    "instagram_manage_comments",
    "instagram_manage_insights",
    "leads_retrieval",
    "pages_manage_ads",
    "pages_manage_metadata",
    "pages_messaging",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_show_list",
    "read_insights",
)
#: What an edge needs beyond reading ads.
_SCOPE_OF_EDGE = {
    "leads": "leads_retrieval",
    "feed": "pages_read_engagement",
    "published_posts": "pages_read_engagement",
    "posts": "pages_read_engagement",
    "tagged": "pages_read_engagement",
    "comments": "pages_read_engagement",
    "conversations": "pages_messaging",
    "media": "instagram_basic",
}
_SCOPE_OF_KIND = {
    "Page": "pages_read_engagement",
    "PagePost": "pages_read_engagement",
    "IGUser": "instagram_basic",
    "IGMedia": "instagram_basic",
}
_AD_KINDS = frozenset({"AdAccount", "Campaign", "AdSet", "Ad", "AdCreative", "AdsPixel", "AdReportRun"})


@dataclass(frozen=True)
class TokenRules:
    """What a token may do.

    Attributes
    ----------
    scopes : tuple of str
        Permissions.
    expires_at : datetime.datetime or None
        Moment of the world's time from which on it is refused; None for never.
    account_ids : tuple of str or None
        Ad accounts it may see, digits; None for all.
    app_id, user_id : str
        App that it was made by, user that it acts for.
    page_id : str
        Page that it acts for; empty for a user's token.
    """

    scopes: tuple[str, ...] = SCOPES
    expires_at: datetime | None = None
    account_ids: tuple[str, ...] | None = None
    app_id: str = "200000000000001"
    user_id: str = "100000000000001"
    page_id: str = ""

    def needs(self, method: str, kind: str, edge: str) -> None:
        """Refuse a call that lacks a permission.

        Raises
        ------
        GraphRefusal
            With code 200, naming the permission.
        """
        wanted = _SCOPE_OF_EDGE.get(edge) or _SCOPE_OF_KIND.get(kind)
        if kind in _AD_KINDS and wanted is None:
            reads = method == "GET" or edge == "insights"
            if reads and "ads_management" in self.scopes:
                return
            wanted = "ads_read" if reads else "ads_management"
        if wanted is not None and wanted not in self.scopes:
            raise no_permission(wanted)

    def sees(self, account_id: str) -> bool:
        """Say whether an ad account is among those it may see."""
        return self.account_ids is None or account_id in self.account_ids


@dataclass
class Tokens:
    """The tokens that a server knows.

    Attributes
    ----------
    rules : dict of str to TokenRules
        By token.
    app_secret : str
        Secret of the app; empty if proofs are not checked.
    requires_proof : bool
        Whether every call has to carry a proof.
    """

    rules: dict[str, TokenRules] = field(default_factory=dict, repr=False)
    app_secret: str = field(default="", repr=False)
    requires_proof: bool = False

    def admit(self, params: Mapping[str, str], now: datetime) -> TokenRules:
        """Return the rules of a request's token.

        Raises
        ------
        GraphRefusal
            With code 190 if it is unknown or has expired (subcode 463), 100 if the proof is missing or wrong.
        """
        token = params.get("access_token", "")
        if not token:
            raise GraphRefusal(
                400,
                {
                    "message": "An active access token must be used to query information about the"
                    " current user.",
                    "type": "OAuthException",
                    "code": 2500,
                },
            )
        rules = self.rules.get(token)
        if rules is None:
            message = "Invalid OAuth access token - Cannot parse access token"
            raise GraphRefusal(401, {"message": message, "type": "OAuthException", "code": 190})
        if rules.expires_at is not None and now >= rules.expires_at:
            raise seen("token")
        self._check_proof(token, params.get("appsecret_proof", ""))
        return rules

    def expire_all(self, at: datetime | None) -> None:
        """Let every token end at a moment; None for never."""
        self.rules = {token: replace(rules, expires_at=at) for token, rules in self.rules.items()}

    def page_token(self, token: str, page_id: str) -> str:
        """Return the token of a page, which has the permissions of the user's."""
        made = "EAA" + "Page" + hashlib.sha256(f"{token}:{page_id}".encode()).hexdigest()[:32]
        self.rules.setdefault(made, replace(self.rules[token], page_id=page_id))
        return made

    def describe(self, token: str, now: datetime) -> dict[str, Any]:
        """Return what ``debug_token`` says of a token."""
        rules = self.rules.get(token)
        if rules is None:
            error = {"code": 190, "message": "Malformed access token"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        is_valid = rules.expires_at is None or now < rules.expires_at
        data: dict[str, Any] = {
            "app_id": rules.app_id,
            "type": "PAGE" if rules.page_id else "USER",
            "application": "Workbench sandbox",
            "data_access_expires_at": 0,
            "expires_at": int(rules.expires_at.timestamp()) if rules.expires_at else 0,
            "is_valid": is_valid,
            "scopes": list(rules.scopes),
            "granular_scopes": [{"scope": scope} for scope in rules.scopes],
            "user_id": rules.user_id,
        }
        if not is_valid:
            message = "Error validating access token: Session has expired"
            data["error"] = {"code": 190, "message": message, "subcode": 463}
        return {"data": data}

    def _check_proof(self, token: str, proof: str) -> None:
        if self.requires_proof and not proof:
            raise bad_param("API calls from the server require an appsecret_proof argument")
        if proof and self.app_secret:
            right = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            if not hmac.compare_digest(proof, right):
                raise bad_param("Invalid appsecret_proof provided in the API argument")
