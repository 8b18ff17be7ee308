"""Meta's Graph API as the workbench sees it: paced, retried, paged to the end, without a token in sight.

Other modules of this room are thin on top of :class:`Graph`: they know paths and fields, this one knows
quotas, failures and pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

from workbench.channels.clock import Clock, SystemClock
from workbench.channels.meta_access import GraphAccess, access_of
from workbench.channels.meta_answers import judged, next_params, repeated, rows_of
from workbench.channels.meta_errors import TooMuchData, is_retryable
from workbench.channels.meta_transport import Transport
from workbench.channels.meta_usage import Usage
from workbench.channels.retries import Retries
from workbench.core.errors import ChannelError, DataError, RateLimited, RemoteRejected
from workbench.core.log import get as get_logger

__all__ = ["Graph", "GraphAccess", "access_of"]

_PATH = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_SMALLEST_PAGE = 1
# so often a page of one row is asked for before it is given up
_MAX_REFUSED = 3
_log = get_logger("channels.meta")


class Graph:
    """A connection to the Graph API. For one thread; make one for each account that loads at the same time.

    Every call waits for its quotas first, is repeated as :class:`Retries` allows if that does no harm, and
    raises errors of :mod:`workbench.core.errors` only. Nothing that it returns or raises carries the token.

    Parameters
    ----------
    access : GraphAccess
        Token, address and version.
    clock : Clock, optional
        What waits; the system's clock by default.
    retries : Retries, optional
        How often and how long.
    on_wait : callable, optional
        Told in a sentence whenever the connection waits, for progress lines.

    Attributes
    ----------
    usage : Usage
        Quotas as last seen.
    server_now : datetime.datetime or None
        ``Date`` header of the last answer, in UTC; None before the first.
    n_calls : int
        Calls made so far, repetitions included.
    """

    def __init__(
        self,
        access: GraphAccess,
        *,
        clock: Clock | None = None,
        retries: Retries | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> None:
        self.access = access
        self.clock: Clock = clock or SystemClock()
        self.retries = retries or Retries()
        self.usage = Usage()
        self.server_now: datetime | None = None
        self.n_calls = 0
        self._on_wait = on_wait or _log.info
        self._transport = Transport(access)

    @property
    def api_version(self) -> str:
        """Version of the Graph API that every call names."""
        return self.access.api_version

    def acting_as(self, token: str) -> Graph:
        """Return a connection with another token (a page's, an app's), and the same clock and quotas."""
        access = replace(self.access, token=token, also_secret=(*self.access.also_secret, self.access.token))
        other = Graph(access, clock=self.clock, retries=self.retries, on_wait=self._on_wait)
        other.usage = self.usage
        return other

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        retry_subcodes: frozenset[int] = frozenset(),
    ) -> dict[str, Any]:
        """Read one answer.

        Parameters
        ----------
        path : str
            Path below the version, such as ``me/adaccounts``.
        params : mapping, optional
            Query; lists, mappings and booleans are written as JSON.
        retry_subcodes : frozenset of int
            Subcodes to wait for as well, such as 33 for an object that was made just now.

        Returns
        -------
        dict
            The JSON object as it came.

        Raises
        ------
        AuthError, RateLimited, RemoteRejected or RemoteUnavailable
            As the answer says, after the retries that may help.
        DataError
            If the path is none.
        """
        return self._call("GET", path, params or {}, repeatable=True, retry_subcodes=retry_subcodes)

    def post(
        self, path: str, params: Mapping[str, Any] | None = None, *, repeatable: bool = False
    ) -> dict[str, Any]:
        """Send one call that may change something.

        Parameters
        ----------
        path, params
            As in :meth:`get`.
        repeatable : bool
            Whether sending it twice does no harm. Without it a failure is never followed by a second try,
            because the first may have been carried out.

        Raises
        ------
        As :meth:`get`; RemoteRejected too if the answer is ``{"success": false}``.
        """
        answer = self._call("POST", path, params or {}, repeatable=repeatable)
        if answer.get("success") is False:
            raise RemoteRejected(
                f"POST {path} failed: Meta did not do it, and gave no reason.",
                next_step="Look at the object in Ads Manager before trying again.",
                call=f"POST {path}",
                is_retryable=False,
            )
        return answer

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        retry_subcodes: frozenset[int] = frozenset(),
    ) -> Iterator[list[dict[str, Any]]]:
        """Read a list to its end, a page at a time.

        An empty page with a next one is followed. A page that is too large is asked for again in half its
        size, from the same place. Pages without rows are not yielded.

        Parameters
        ----------
        path, params, retry_subcodes
            As in :meth:`get`. ``limit`` is the size of a page.

        Raises
        ------
        RemoteRejected
            If the list leads back to a page that was read already, or holds something other than objects.
        """
        asked, seen = dict(params or {}), set[str]()
        whole, n_refused = int(asked.get("limit", 0)), 0
        while True:
            try:
                answer = self.get(path, asked, retry_subcodes=retry_subcodes)
            except TooMuchData:
                smaller = int(asked.get("limit", 0)) // 2
                # One row is never too much: Meta is out of sorts, and may be in order at the next try.
                n_refused += smaller < _SMALLEST_PAGE
                if n_refused >= _MAX_REFUSED or not whole:
                    raise
                asked["limit"] = max(smaller, _SMALLEST_PAGE)
                continue
            rows = rows_of(answer, path)
            if rows:
                yield rows
            marker = next_params(answer)
            if marker is None:
                return
            fingerprint = json.dumps(marker, sort_keys=True)
            if fingerprint in seen:
                raise repeated(path)
            seen.add(fingerprint)
            # Small pages cost calls, so they grow again; the link would repeat the small size.
            grown = {"limit": min(whole, 2 * int(asked["limit"]))} if whole else {}
            asked, n_refused = {**asked, **marker, **grown}, 0

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        *,
        repeatable: bool,
        retry_subcodes: frozenset[int] = frozenset(),
    ) -> dict[str, Any]:
        if not _PATH.fullmatch(path) or ".." in path:
            shown = self.access.hide(path)
            raise DataError(
                f"{shown!r} is not a path of the Graph API.", next_step="Write it like act_1/insights."
            )
        n_failed, waited_s = 0, 0.0
        while True:
            self._pace(f"{method} {path}")
            outcome = self._attempt(method, path, params)
            if not isinstance(outcome, ChannelError):
                return outcome
            n_failed += 1
            wait = self._wait_after(outcome, n_failed)
            may_help = is_retryable(outcome) or outcome.facts.get("subcode") in retry_subcodes
            is_over = n_failed >= self.retries.max_tries or waited_s + wait > self.retries.total_wait_s
            if not repeatable or not may_help or is_over:
                raise outcome  # here, and not where it was caught: no vendor's error stands behind it
            self._sleep(wait, f"{outcome.message} Trying again in {wait:.0f} s ({n_failed}).")
            waited_s += wait

    def _attempt(self, method: str, path: str, params: Mapping[str, Any]) -> dict[str, Any] | ChannelError:
        self.n_calls += 1
        try:
            answer = self._transport.call(method, path, params)
        except ChannelError as error:
            return error
        self._take_headers(answer.headers)
        now = self.server_now or self.clock.now()
        outcome = judged(answer, f"{method} {path}", access=self.access, now=now)
        if isinstance(outcome, RateLimited):
            outcome.retry_after_s = max(outcome.retry_after_s, self.usage.wait_s(self.clock.now())[0])
        return outcome

    def _take_headers(self, headers: Mapping[str, str]) -> None:
        self.usage.read(headers, self.clock.now())
        try:
            moment = parsedate_to_datetime(str(headers.get("Date") or ""))
        except (ValueError, TypeError, IndexError):
            return
        self.server_now = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

    def _pace(self, call: str) -> None:
        """Wait until every quota allows the call; refuse it if that takes longer than we may wait."""
        wait, quota = self.usage.wait_s(self.clock.now())
        if wait > self.retries.total_wait_s:
            raise RateLimited(
                f"{call} was not made: the quota {quota} is used up for another {wait / 60:.0f} minutes.",
                retry_after_s=wait,
                next_step="Run it again after that time.",
                call=call,
                quota=quota,
                is_retryable=False,
            )
        if wait > 0:
            self._sleep(wait, f"Waiting {wait:.0f} s: the quota {quota} is nearly used up.")

    def _wait_after(self, error: ChannelError, n_failed: int) -> float:
        is_rate = isinstance(error, RateLimited)
        asked = (
            error.retry_after_s
            if isinstance(error, RateLimited) and error.facts.get("is_wait_known")
            else None
        )
        own = self.retries.wait_s(n_failed, asked_s=asked, is_rate=is_rate)
        return max(own, self.usage.wait_s(self.clock.now())[0])

    def _sleep(self, seconds: float, why: str) -> None:
        self._on_wait(why)
        self.clock.sleep(seconds)
