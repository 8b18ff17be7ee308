"""One call to the Graph API through the official SDK's session, and what really came back.

The SDK takes an HTML 502 for a success, puts the token into its errors' texts, and fails inside its own error
for some bodies. So its verdict is not used here: the HTTP answer is kept, and judged by :mod:`meta_graph`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.channels.meta_access import GraphAccess
from workbench.channels.meta_errors import unavailable
from workbench.core.errors import RemoteRejected
from workbench.core.redact import redact

if TYPE_CHECKING:
    import requests
    from facebook_business.api import FacebookAdsApi  # type: ignore[import-untyped, unused-ignore]


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, headers (names in any case) and the body, without the own secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _RedactingFilter(logging.Filter):
    """Takes secrets out of the addresses that urllib3 writes at the level of debug."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


class Transport:
    """A connection of the SDK's: one session, no process-wide default, no crash reports. For one thread.

    Parameters
    ----------
    access : GraphAccess
        Token, address, version and timeouts.
    """

    def __init__(self, access: GraphAccess) -> None:
        from facebook_business.api import FacebookAdsApi  # type: ignore[import-untyped, unused-ignore]
        from facebook_business.session import FacebookSession  # type: ignore[import-untyped, unused-ignore]

        self.access = access
        self._secrets = [secret.encode() for secret in access.secrets]
        session = FacebookSession(
            access.app_id or None, access.app_secret or None, access.token, timeout=access.timeout_s
        )
        session.GRAPH = access.base_url
        session.requests.max_redirects = 0  # a token goes to one host and no other
        session.requests.trust_env = not access.is_local  # no proxy on the way to this machine
        session.requests.hooks["response"].append(self._keep)
        self._session = session
        self._last: requests.Response | None = None
        self.api: FacebookAdsApi = FacebookAdsApi(session, api_version=access.api_version)
        _redact_urllib3()

    def call(self, method: str, path: str, params: Mapping[str, Any]) -> Answer:
        """Make one call and return whatever came back, error or not.

        Parameters
        ----------
        method : {"GET", "POST", "DELETE"}
            HTTP method.
        path : str
            Path below the version, such as ``act_1/insights``.
        params : mapping
            Lists, mappings and booleans are written as JSON.

        Raises
        ------
        RemoteUnavailable
            If nothing came back, or only a part, or a redirection.
        RemoteRejected
            If the parameters cannot be written.
        """
        from facebook_business.exceptions import FacebookError  # type: ignore[import-untyped, unused-ignore]
        from requests.exceptions import RequestException

        call = f"{method} {self.access.hide(path)}"
        self._last, problem, is_sdk = None, "", False
        try:
            self.api.call(method, tuple(path.split("/")), params=dict(params))
        except FacebookError:
            pass  # judged from the answer itself
        except RequestException as error:
            problem = _connection_problem(error)
        except (AttributeError, TypeError, ValueError, KeyError, RecursionError) as error:
            problem, is_sdk = type(error).__name__, True  # nothing to judge only if it came before the answer
        if self._last is None and is_sdk:
            raise _unwritable(call, problem)
        if self._last is None or (problem and not is_sdk):
            raise unavailable(call, problem or "nothing came back")
        return Answer(self._last.status_code, self._last.headers, self._without_secrets(self._last.content))

    def close(self) -> None:
        """Close the connections."""
        self._session.requests.close()

    def _keep(self, response: requests.Response, *_: object, **__: object) -> None:
        self._last = response

    def _without_secrets(self, body: bytes) -> bytes:
        for secret in self._secrets:
            body = body.replace(secret, b"[secret]")
        return body


def _connection_problem(error: Exception) -> str:
    """Say what went wrong without quoting the error, whose text carries the address and the token."""
    from requests import exceptions

    kinds: list[tuple[type[Exception], str]] = [  # the narrower kind first
        (exceptions.ConnectTimeout, "no connection within the time allowed"),
        (exceptions.Timeout, "no answer within the time allowed"),
        (exceptions.TooManyRedirects, "the answer leads to another address, where the token must not go"),
        (exceptions.SSLError, "the other side's certificate is not accepted"),
        (exceptions.ChunkedEncodingError, "the answer broke off"),
        (exceptions.ContentDecodingError, "the answer broke off"),
        (exceptions.ConnectionError, "the connection was refused or broke off"),
    ]
    known = (text for kind, text in kinds if isinstance(error, kind))
    return next(known, f"the call could not be made ({type(error).__name__})")


def _unwritable(call: str, problem: str) -> RemoteRejected:
    return RemoteRejected(
        f"{call} was not made: its parameters cannot be written as JSON ({problem}).",
        next_step="Give texts, numbers, lists and mappings; write days as YYYY-MM-DD.",
        call=call,
        is_retryable=False,
    )


def _redact_urllib3() -> None:
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _RedactingFilter) for known in logger.filters):
        logger.addFilter(_RedactingFilter())
