"""What every error code of Meta's Graph API means, whether waiting helps, and what to do about it.

The table is the source of the messages; ``docs/meta-errors.md`` tells the same at more length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["auth", "permission", "rate", "busy", "reduce", "refused"]


@dataclass(frozen=True)
class Meaning:
    """What a code says.

    Attributes
    ----------
    kind : {"auth", "permission", "rate", "busy", "reduce", "refused"}
        ``rate`` and ``busy`` pass by waiting, ``reduce`` by asking for less, the others need a person.
    what : str
        What happened, as a clause without a full stop.
    next_step : str
        What the reader can do, as an imperative sentence.
    is_retryable : bool
        Whether the same call may be made again without anybody's help.
    """

    kind: Kind
    what: str
    next_step: str

    @property
    def is_retryable(self) -> bool:
        """Say whether the same call may be made again without anybody's help."""
        return self.kind in ("rate", "busy")


_NEW_TOKEN = "Make a new token and store it as META_TOKEN."  # noqa: S105 (a sentence)
_WAIT = "Wait; the load goes on by itself, or run it again later."
_LATER = "Run it again; if it stays, look at metastatus.com."
_ASK_LESS = "Ask for fewer days, fewer breakdowns or fewer fields."
_GRANT = "Grant the app ads_read (ads_management to change anything) on this account, and make a new token."


def _rate(what: str) -> Meaning:
    return Meaning("rate", what, _WAIT)


def _busy(what: str) -> Meaning:
    return Meaning("busy", what, _LATER)


#: Meanings by code.
CODES: dict[int, Meaning] = {
    -1: _busy("Meta had an unknown error"),
    1: _busy("Meta had an unknown error"),
    2: _busy("Meta's service is not available for the moment"),
    3: Meaning("permission", "the app may not use this part of the API", "Add the product to the app."),
    4: _rate("the app has used up its calls"),
    10: Meaning("permission", "the token lacks a permission", _GRANT),
    17: _rate("the user of the token has used up their calls"),
    32: _rate("the page has used up its calls"),
    33: Meaning("refused", "there is no such object", "Check the id and the account that the token may see."),
    99: _busy("Meta had an unknown error"),
    100: Meaning("refused", "a parameter is not allowed", "Correct the parameter that Meta names."),
    102: Meaning("auth", "the session is not valid any more", _NEW_TOKEN),
    104: Meaning(
        "auth",
        "the call's proof (appsecret_proof) is not right",
        "Store the app's own secret as META_APP_SECRET.",
    ),
    190: Meaning("auth", "the token is not accepted", _NEW_TOKEN),
    341: _rate("the app has used up its calls of this kind"),
    368: Meaning(
        "rate",
        "Meta has blocked this action for a while (posting too fast)",
        "Wait some hours, then go slower.",
    ),
    506: Meaning("refused", "the same post was published just before", "Change the text, or leave it."),
    613: _rate("this call was made too often"),
    803: Meaning("refused", "one of the ids does not exist", "Check the ids."),
    960: _busy("the request was cut off inside a batch"),
    2500: Meaning("auth", "the call carries no valid token", _NEW_TOKEN),
    2601: _busy("Meta could not run the report"),
    2635: Meaning(
        "refused",
        "this version of the API is switched off",
        "Set meta_api_version to a living version, such as v26.0.",
    ),
    2642: Meaning("refused", "the page marker is not valid any more", "Start the load again."),
    3018: Meaning(
        "refused",
        "the period begins more than 37 months ago, and Meta keeps no figures from then",
        "Begin later (reach with breakdowns: 13 months).",
    ),
    80000: _rate("the account has used up its insights calls"),
    80001: _rate("the page has used up its calls"),
    80002: _rate("the Instagram account has used up its calls"),
    80003: _rate("the account has used up its audience calls"),
    80004: _rate("the account has used up its ads-management calls"),
    80005: _rate("the page has used up its lead calls"),
    80006: _rate("the page has used up its messaging calls"),
    80008: _rate("the WhatsApp account has used up its calls"),
    80014: _rate("the account has used up its catalogue calls"),
}
CODES |= {code: Meaning("permission", "the token lacks a permission", _GRANT) for code in range(200, 300)}

#: What the subcodes of 190, 102 and 2500 say about the token.
TOKEN_SUBCODES: dict[int, tuple[str, str]] = {
    458: (
        "the app was removed by the token's user",
        "Let the user allow the app again, then make a new token.",
    ),
    459: ("the token's user has to confirm something at facebook.com", "Log in there once, then try again."),
    460: ("the token's user changed the password", _NEW_TOKEN),
    463: ("the token has expired", _NEW_TOKEN),
    464: ("the token's user is not confirmed", "Confirm the user at facebook.com, then try again."),
    467: ("the token is not valid (revoked, or the user logged out)", _NEW_TOKEN),
    492: ("the token's user has no role on the page any more", "Give the user the role again."),
}

#: Subcodes that say: too much data for one answer.
REDUCE_SUBCODES = frozenset({1487534, 1504018})
#: Subcode of an object that is not there, or not there yet.
MISSING_SUBCODE = 33
#: Code and subcode of "posting too fast".
POSTING_CODE = 368
REDUCE = Meaning("reduce", "the answer would be too large", _ASK_LESS)
MISSING = Meaning(
    "refused",
    "there is no such object, or this token may not see it",
    "Check the id and the token's accounts.",
)
UNKNOWN = Meaning("refused", "the call was refused", "Read what Meta says, and correct the call.")
NOT_READY = _busy("the object is not there yet")
