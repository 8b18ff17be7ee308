"""Errors of Google Ads -> ours: which may be tried again, after how long, and what to do about the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.core.errors import AuthError, ChannelError, RateLimited, RemoteRejected, RemoteUnavailable

#: Kinds of errors that concern the credentials, or what they may see.
_AUTH = ("authentication_error", "authorization_error", "header_error")
#: Words of the quota errors that waiting helps against.
_WAIT = (
    "RESOURCE_EXHAUSTED",
    "RESOURCE_TEMPORARILY_EXHAUSTED",
    "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
    "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
)
_PASSING = ("INTERNAL_ERROR", "TRANSIENT_ERROR", "DEADLINE_EXCEEDED")
_AUTH_STATUSES = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_PASSING_STATUSES = ("UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "ABORTED", "UNKNOWN", "CANCELLED")
#: Seconds to wait where the quota's answer names none.
UNKNOWN_WAIT_S = 60.0
_NEXT = {
    "DEVELOPER_TOKEN_NOT_APPROVED": "Apply for basic access in the API centre, or read a test account.",
    "DEVELOPER_TOKEN_INVALID": "Copy the developer token from the API centre of the manager account again.",
    "USER_PERMISSION_DENIED": "Give the manager account that reaches this account with --login-customer.",
    "CUSTOMER_NOT_ENABLED": "The account is closed or not set up; open it in Google Ads.",
    "CUSTOMER_NOT_FOUND": "Check the account's id.",
}
_NEXT_AUTH = "Make a new refresh token and store it as GOOGLE_ADS_REFRESH_TOKEN."


def translate(error: Exception, *, call: str, api_version: str, hide: Callable[[str], str]) -> ChannelError:
    """Return our error for one of the client's.

    Parameters
    ----------
    error : Exception
        What the client raised.
    call : str
        What was asked, for the message.
    api_version : str
        Version whose failures are looked for.
    hide : callable
        Takes secrets out of a text.

    Returns
    -------
    ChannelError
        With ``is_retryable``, and ``is_wait_known`` for a quota, as attributes.
    """
    from google.auth.exceptions import RefreshError, TransportError

    if isinstance(error, RefreshError):
        return _auth(call, hide(_first_words(error)), next_step=_NEXT_AUTH)
    if isinstance(error, TransportError):
        return _unavailable(call, "the address for tokens cannot be reached")
    failure = _failure(error, api_version)
    if failure is not None and failure.errors:
        return _of_failure(failure, call, hide)
    return _of_status(*_status(error), call=call, hide=hide)


def _of_status(status: str, words: str, *, call: str, hide: Callable[[str], str]) -> ChannelError:
    words = hide(words)
    if status in _AUTH_STATUSES:
        return _auth(call, words, next_step=_NEXT_AUTH)
    if status == "RESOURCE_EXHAUSTED":
        return _limited(call, words, None)
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return _untrusted(call)
    if status in _PASSING_STATUSES:
        return _unavailable(call, f"{status}: {words}")
    return _rejected(call, f"{status}: {words}")


def _of_failure(failure: Any, call: str, hide: Callable[[str], str]) -> ChannelError:
    first = failure.errors[0]
    kind = first.error_code.WhichOneof("error_code") or "error"
    number = getattr(first.error_code, kind, 0)
    word = _word(first.error_code, kind, number)
    words = f"{word}: {hide(first.message)}"
    if kind == "quota_error":
        if word in _WAIT:
            return _limited(call, words, _retry_delay_s(first))
        return _auth(call, words, next_step="Ask for access in the API centre of the manager account.")
    if kind in _AUTH:
        return _auth(call, words, next_step=_NEXT.get(word, _NEXT_AUTH))
    if kind == "internal_error" and word in _PASSING:
        return _unavailable(call, words)
    return _rejected(call, words)


def _word(error_code: Any, kind: str, number: int) -> str:
    descriptor = error_code.DESCRIPTOR.fields_by_name[kind].enum_type
    value = descriptor.values_by_number.get(number)
    return str(value.name) if value is not None else f"{kind} {number}"


def _retry_delay_s(error: Any) -> float | None:
    details = error.details.quota_error_details
    if not error.details.HasField("quota_error_details"):
        return None
    seconds = details.retry_delay.seconds + details.retry_delay.nanos / 1e9
    return float(seconds) if seconds > 0 else None


def _failure(error: Exception, api_version: str) -> Any | None:
    """Return the failure that an answer carries; the client itself leaves it packed for a used-up quota."""
    from importlib import import_module

    found = getattr(error, "failure", None)
    if found is not None:
        return getattr(found, "_pb", found)
    key = f"google.ads.googleads.{api_version}.errors.googleadsfailure-bin"
    for name, value in _trailing(error):
        if name == key:
            types = import_module(f"google.ads.googleads.{api_version}.errors.types.errors")
            return types.GoogleAdsFailure.pb(types.GoogleAdsFailure.deserialize(value))
    return None


def _grpc_error(error: Exception) -> Any:
    """Return the error of the wire: of the client's own exception, or of the library between them."""
    if hasattr(error, "error"):
        return error.error
    inner = getattr(error, "errors", None) or ()
    return next((e for e in inner if hasattr(e, "trailing_metadata")), error)


def _trailing(error: Exception) -> tuple[tuple[str, bytes], ...]:
    inner = _grpc_error(error)
    metadata = inner.trailing_metadata() if hasattr(inner, "trailing_metadata") else None
    return tuple((item[0], item[1]) for item in metadata or ())


def _status(error: Exception) -> tuple[str, str]:
    inner = _grpc_error(error)
    code = inner.code() if callable(getattr(inner, "code", None)) else None
    words = inner.details() if callable(getattr(inner, "details", None)) else None
    return getattr(code, "name", type(error).__name__), str(words or "no reason given")


def _first_words(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


def _auth(call: str, words: str, *, next_step: str) -> AuthError:
    return AuthError(
        f"Google Ads does not accept the credentials for {call}: {words.rstrip('.')}.",
        next_step=next_step,
        call=call,
        is_retryable=False,
    )


def _limited(call: str, words: str, retry_after_s: float | None) -> RateLimited:
    return RateLimited(
        f"A quota of Google Ads is used up at {call}: {words.rstrip('.')}.",
        retry_after_s=UNKNOWN_WAIT_S if retry_after_s is None else retry_after_s,
        next_step="Wait, or ask for a higher access level.",
        call=call,
        is_retryable=True,
        is_wait_known=retry_after_s is not None,
    )


def _unavailable(call: str, words: str) -> RemoteUnavailable:
    return RemoteUnavailable(
        f"Google Ads did not answer {call}: {words.rstrip('.')}.",
        next_step="Try again later.",
        call=call,
        is_retryable=True,
    )


def _untrusted(call: str) -> RemoteUnavailable:
    return RemoteUnavailable(
        f"The certificate of Google Ads' address is not trusted, so {call} was not asked for.",
        next_step="Behind a company's proxy, set GRPC_DEFAULT_SSL_ROOTS_FILE_PATH to its certificates.",
        call=call,
        is_retryable=False,
    )


def _rejected(call: str, words: str) -> RemoteRejected:
    return RemoteRejected(
        f"Google Ads refuses {call}: {words.rstrip('.')}.",
        next_step="Check the account and the days that are asked for.",
        call=call,
        is_retryable=False,
    )
