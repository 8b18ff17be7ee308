"""Refusals in the Graph API's own words: an HTTP status and an ``error`` object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Bodies as they were seen in the wild, by the name that faults use.
SEEN: dict[str, tuple[int, dict[str, Any]]] = {
    "user_limit": (
        400,
        {
            "message": "(#17) User request limit reached",
            "type": "OAuthException",
            "code": 17,
            "error_subcode": 2446079,
            "is_transient": True,
        },
    ),
    "reduce": (
        500,
        {"code": 1, "message": "Please reduce the amount of data you're asking for, then retry your request"},
    ),
    "reduce_100": (400, {"code": 100, "error_subcode": 1487534, "message": "CodeException"}),
    "buc": (
        400,
        {
            "code": 80004,
            "error_subcode": 2446079,
            "message": "There have been too many calls to this ad-account. Wait a bit and try again.",
        },
    ),
    "token": (
        401,
        {
            "code": 190,
            "error_subcode": 463,
            "type": "OAuthException",
            "message": "Error validating access token: Session has expired",
        },
    ),
    "old_range": (
        400,
        {
            "code": 3018,
            "message": "(#3018) The start date of the time range cannot be beyond 37 months"
            " from the current date",
        },
    ),
    "race": (400, {"error_subcode": 33}),
    "summary": (
        400,
        {
            "code": 100,
            "message": "(#100) Cannot include frequency in summary param because they weren't there while"
            " creating the report run. All available values are: ",
        },
    ),
    "dead_version": (
        400,
        {
            "code": 2635,
            "message": "(#2635) You are calling a deprecated version of the Ads API."
            " Please update to the latest version.",
        },
    ),
    "unknown": (
        500,
        {
            "code": 1,
            "type": "OAuthException",
            "is_transient": True,
            "message": "An unknown error occurred",
        },
    ),
    "service": (
        500,
        {
            "code": 2,
            "type": "OAuthException",
            "is_transient": True,
            "message": "Service temporarily unavailable",
        },
    ),
    "app_limit": (
        400,
        {
            "code": 4,
            "type": "OAuthException",
            "is_transient": True,
            "message": "(#4) Application request limit reached",
        },
    ),
    "insights_limit": (
        400,
        {
            "code": 80000,
            "error_subcode": 2446079,
            "type": "OAuthException",
            "message": "There have been too many calls from this ad-account. Wait a bit and try again.",
        },
    ),
}
#: What a failed report says of itself since v25.
FAILED_REPORT: dict[str, Any] = {
    "async_status": "Job Failed",
    "error_code": 2601,
    "error_message": "There was an error running your report.",
}


class GraphRefusal(Exception):
    """The server refuses a request.

    Parameters
    ----------
    status : int
        HTTP status.
    error : mapping
        The ``error`` object.
    """

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message") or error))
        self.status = status
        self.error = dict(error)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        return {"error": self.error}


def seen(name: str) -> GraphRefusal:
    """Return a refusal as it was seen in the wild.

    Examples
    --------
    >>> seen("dead_version").error["code"]
    2635
    """
    status, error = SEEN[name]
    return GraphRefusal(status, error)


def bad_param(
    message: str, *, subcode: int | None = None, status: int = 400, code: int = 100
) -> GraphRefusal:
    """Return the refusal of a parameter; ``message`` names it."""
    error: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return GraphRefusal(status, error)


def missing_object(object_id: str) -> GraphRefusal:
    """Return the refusal of an object that is not there, or that the token may not see."""
    return GraphRefusal(
        400,
        {
            "message": f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded"
            " due to missing permissions, or does not support this operation.",
            "type": "GraphMethodException",
            "code": 100,
            "error_subcode": 33,
        },
    )


def no_permission(scope: str) -> GraphRefusal:
    """Return the refusal of a token that lacks a permission."""
    return GraphRefusal(
        403,
        {
            "message": f"(#200) Requires {scope} permission to manage the object.",
            "type": "OAuthException",
            "code": 200,
        },
    )
