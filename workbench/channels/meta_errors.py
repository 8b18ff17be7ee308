"""Answers of the Graph API that are errors, as errors of our own tree.

Every error carries, as facts: ``code``, ``subcode``, ``http_status``, ``call`` (method and path, never the
parameters), ``trace`` (Meta's id of the call, for its support) and ``is_retryable``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.channels.meta_error_codes import (
    CODES,
    MISSING,
    MISSING_SUBCODE,
    NOT_READY,
    POSTING_CODE,
    REDUCE,
    REDUCE_SUBCODES,
    TOKEN_SUBCODES,
    UNKNOWN,
    Meaning,
)
from workbench.core.errors import AuthError, ChannelError, RateLimited, RemoteRejected, RemoteUnavailable
from workbench.core.redact import redact

#: Seconds to wait when Meta says that a quota is used up, and not for how long.
DEFAULT_RATE_WAIT_S = 60.0
#: Seconds to wait after "posting too fast".
POSTING_WAIT_S = 6 * 3600.0
#: Permissions that Meta's messages name.
PERMISSIONS = re.compile(
    r"\b(?:ads_read|ads_management|business_management|read_insights|leads_retrieval|instagram_\w+"
    r"|pages_\w+|publish_\w+|catalog_management|attribution_read|page_events|whatsapp_business_\w+)\b"
)
_LONGEST_QUOTE = 300
_SERVER_ERROR = 500
_UNAUTHORISED = 401
#: Refusals that no waiting changes, whatever ``is_transient`` says.
_FINAL = (CODES[2635], CODES[3018])
_TOO_MANY = 429


class TooMuchData(RemoteRejected):
    """The answer would be too large: the same question can be asked in smaller pieces."""


def is_retryable(error: BaseException) -> bool:
    """Say whether the same call may simply be made again after a while.

    Examples
    --------
    >>> is_retryable(graph_error({"code": 17}, status=400, call="GET me"))
    True
    >>> is_retryable(graph_error({"code": 190}, status=401, call="GET me"))
    False
    """
    return isinstance(error, ChannelError) and bool(error.facts.get("is_retryable"))


def graph_error(
    error: object, *, status: int, call: str, wait_s: float | None = None, quote: str | None = None
) -> ChannelError:
    """Turn the ``error`` object of an answer into an error of our tree.

    Parameters
    ----------
    error : object
        The value under ``error``; anything but a mapping is taken as a text.
    status : int
        HTTP status.
    call : str
        Method and path, such as ``GET act_1/insights``.
    wait_s : float, optional
        Seconds to wait as the headers say them.
    quote : str, optional
        What to quote instead of the error's own message, for callers who know secrets that have to go first.

    Returns
    -------
    AuthError, RateLimited, TooMuchData, RemoteRejected or RemoteUnavailable
        Not raised, so that the caller can raise it outside any ``except`` block.
    """
    body: Mapping[str, Any] = error if isinstance(error, Mapping) else {"message": str(error)}
    code, subcode = _int(body.get("code")), _int(body.get("error_subcode"))
    text = str(body.get("error_user_msg") or body.get("message") or "") if quote is None else quote
    meaning = _meaning(code, subcode, str(body.get("message") or text), status=status)
    if body.get("is_transient") is True and meaning.kind == "refused" and meaning not in _FINAL:
        meaning = Meaning("busy", meaning.what, CODES[2].next_step)
    facts: dict[str, object] = {
        "code": code,
        "subcode": subcode,
        "http_status": status,
        "call": call,
        "trace": redact(str(body.get("fbtrace_id") or "")),
        "is_retryable": meaning.is_retryable and code != POSTING_CODE,
    }
    message = f"{call} failed: {meaning.what}{_numbers(code, subcode)}.{_said(text)}"
    return _of_kind(meaning, message, facts, wait_s=wait_s, text=text)


def unavailable(call: str, what: str, *, status: int | None = None) -> RemoteUnavailable:
    """Return the error for an answer that never came, or that nobody can read.

    Examples
    --------
    >>> str(unavailable("GET me", "the connection was refused"))
    'GET me failed: the connection was refused. Run it again; if it stays, look at metastatus.com.'
    """
    return RemoteUnavailable(
        f"{call} failed: {what}.",
        next_step=CODES[2].next_step,
        code=None,
        subcode=None,
        http_status=status,
        call=call,
        trace="",
        is_retryable=True,
    )


def missing_permissions(text: str) -> tuple[str, ...]:
    """Return the permissions that a message of Meta's names, sorted.

    Examples
    --------
    >>> missing_permissions("(#200) Ad account owner has NOT granted ads_management or ads_read permission")
    ('ads_management', 'ads_read')
    """
    return tuple(sorted(set(PERMISSIONS.findall(text))))


def _meaning(code: int | None, subcode: int | None, message: str, *, status: int) -> Meaning:
    words = message.lower()
    if subcode in REDUCE_SUBCODES or "reduce the amount of data" in words:
        return REDUCE
    if "37 months" in words:
        return CODES[3018]
    if subcode == MISSING_SUBCODE:
        return NOT_READY if code is None else MISSING
    return _by_code(code, subcode, words) or _by_status(status)


def _by_code(code: int | None, subcode: int | None, words: str) -> Meaning | None:
    if code in (100, 104) and "appsecret_proof" in words:
        return CODES[104]
    if code == 104:  # the same number also stands for a connection that was reset
        return CODES[2]
    if code in (102, 190, 2500) and subcode in TOKEN_SUBCODES:
        return Meaning("auth", *TOKEN_SUBCODES[subcode])
    return None if code is None else CODES.get(code)


def _by_status(status: int) -> Meaning:
    if status == _TOO_MANY:
        return CODES[613]
    if status == _UNAUTHORISED:
        return CODES[190]
    return CODES[2] if status >= _SERVER_ERROR else UNKNOWN


def _of_kind(
    meaning: Meaning, message: str, facts: dict[str, object], *, wait_s: float | None, text: str
) -> ChannelError:
    if meaning.kind == "rate":
        posting = facts["code"] == POSTING_CODE
        wait = wait_s if wait_s is not None else POSTING_WAIT_S if posting else DEFAULT_RATE_WAIT_S
        return RateLimited(
            message,
            retry_after_s=wait,
            next_step=meaning.next_step,
            is_wait_known=wait_s is not None,
            **facts,
        )
    if meaning.kind == "permission":
        names = missing_permissions(text)
        step = f"Grant {' or '.join(names)}, and make a new token." if names else meaning.next_step
        return AuthError(message, next_step=step, permissions=names, **facts)
    kinds: dict[str, type[ChannelError]] = {
        "auth": AuthError,
        "busy": RemoteUnavailable,
        "reduce": TooMuchData,
        "refused": RemoteRejected,
    }
    return kinds[meaning.kind](message, next_step=meaning.next_step, **facts)


def _numbers(code: int | None, subcode: int | None) -> str:
    parts = [f"code {code}"] if code is not None else []
    parts += [f"subcode {subcode}"] if subcode is not None else []
    return f" ({', '.join(parts)})" if parts else ""


def _said(text: str) -> str:
    quote = " ".join(redact(text).split())
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE] + "…"
    return f" Meta says: “{quote}”." if quote else ""


def _int(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
