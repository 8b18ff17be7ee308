"""Reports that Meta prepares on its side: start, wait for the status word, read; again where that helps.

A report that was started is written into the caller's :class:`RunBook`, so that a load that was interrupted
takes it up again instead of asking for it a second time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from workbench.channels.meta_error_codes import MISSING_SUBCODE
from workbench.channels.meta_errors import graph_error, is_retryable
from workbench.channels.meta_graph import Graph
from workbench.core.errors import ChannelError, RemoteRejected
from workbench.core.ids import content_id

#: Rows of a page; smaller pages cost more calls, and calls are metered.
PAGE_SIZE = 1000
#: How often a report is started before it is given up.
MAX_STARTS = 4
#: A report that takes longer than this is started anew, in seconds.
LONGEST_REPORT_S = 3600.0
_FIRST_POLL_S = 1.0
_LONGEST_POLL_S = 60.0
_POLL_GROWTH = 1.6
_RACE = frozenset({MISSING_SUBCODE})
_COMPLETED, _FAILED = "Job Completed", "Job Failed"
_FINAL = frozenset({_COMPLETED, _FAILED, "Job Skipped"})
_SERVER_ERROR = 500
_ERROR_FIELDS = "async_status,error_code,error_subcode,error_message,error_user_title,error_user_msg"


class RunBook(Protocol):
    """Remembers which report was started for which question, over the end of a process."""

    def get(self, key: str) -> str | None:
        """Return the report's id, or None."""
        ...

    def put(self, key: str, run_id: str) -> None:
        """Remember a report."""
        ...

    def drop(self, key: str) -> None:
        """Forget a report; one that is not known is no error."""
        ...


class NoRunBook:
    """Remembers nothing."""

    def get(self, key: str) -> str | None:
        """Return None."""
        return None

    def put(self, key: str, run_id: str) -> None:
        """Do nothing."""

    def drop(self, key: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Reports:
    """Where reports are asked for, and who is told.

    Attributes
    ----------
    graph : Graph
        The connection.
    runs : RunBook
        Memory for interrupted loads.
    progress : callable
        Told in a sentence at every step.
    """

    graph: Graph
    runs: RunBook
    progress: Callable[[str], None]

    def pages(self, object_id: str, params: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a report, a page at a time.

        Parameters
        ----------
        object_id : str
            Whose insights, such as ``act_1`` or a campaign's id.
        params : mapping
            The question.

        Raises
        ------
        TooMuchData
            If Meta refuses for size. Only before the first page; later on it is RemoteRejected.
        ChannelError
            If the report cannot be had, with what Meta said.
        """
        key = content_id("report", [object_id, self.graph.api_version, json.dumps(params, sort_keys=True)])
        try:
            pages = self._taken_up(key, object_id) or self._started(key, object_id, params)
        except RemoteRejected:
            self.runs.drop(key)
            raise
        late: RemoteRejected | None = None
        try:
            yield from pages
        except RemoteRejected as error:
            late = error
        self.runs.drop(key)
        if late is not None:  # rows are with the caller already, so nobody may ask in smaller pieces now
            raise RemoteRejected(late.message, next_step=late.next_step, **late.facts)

    def _taken_up(self, key: str, object_id: str) -> Iterator[list[dict[str, Any]]] | None:
        """Return the rows of the report that an earlier load started, or None if there are none any more."""
        run_id = self.runs.get(key)
        if run_id is None:
            return None
        self.progress(f"Taking up report {run_id} of {object_id}.")
        try:
            if self._wait(run_id, object_id, retry_subcodes=frozenset()).get("async_status") == _COMPLETED:
                return self._first_page_read(run_id, retry_subcodes=frozenset())
        except RemoteRejected as error:
            self.progress(f"Report {run_id} of {object_id} is of no use any more: {error.message}")
        self.runs.drop(key)
        return None

    def _started(self, key: str, object_id: str, params: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Start a report, wait for it, and start it again where Meta failed for no reason that would stay."""
        for n_started in range(1, MAX_STARTS + 1):
            run_id = self._start(object_id, params)
            self.runs.put(key, run_id)
            state = self._wait(run_id, object_id, retry_subcodes=_RACE)
            if state.get("async_status") == _COMPLETED:
                return self._first_page_read(run_id, retry_subcodes=_RACE)
            self.runs.drop(key)
            error = self._failure(run_id, object_id, state)
            if not is_retryable(error):
                raise error
            if n_started < MAX_STARTS:
                self.progress(f"{error.message} Starting it again ({n_started}).")
                self.graph.clock.sleep(self.graph.retries.wait_s(n_started))
        raise RemoteRejected(
            f"{error.message} It was started {MAX_STARTS} times.",
            next_step="Run it again later, or ask for fewer days.",
            **{**error.facts, "is_retryable": False},
        )

    def _start(self, object_id: str, params: Mapping[str, Any]) -> str:
        answer = self.graph.post(f"{object_id}/insights", params, repeatable=True)
        run_id = answer.get("report_run_id") or answer.get("id")
        if not run_id:
            raise RemoteRejected(
                f"POST {object_id}/insights gave no report.",
                next_step="Run it again; if it stays, ask for fewer days.",
                call=f"POST {object_id}/insights",
                is_retryable=False,
            )
        return str(run_id)

    def _wait(self, run_id: str, object_id: str, *, retry_subcodes: frozenset[int]) -> dict[str, Any]:
        """Ask for the report's status until it is a final one, or until it has taken too long."""
        pause_s, waited_s = _FIRST_POLL_S, 0.0
        while True:
            state = self.graph.get(run_id, retry_subcodes=retry_subcodes)
            status = state.get("async_status")
            self.progress(
                f"Report {run_id} of {object_id}: {status}, {state.get('async_percent_completion', 0)} %."
            )
            if status in _FINAL or waited_s >= LONGEST_REPORT_S:
                return state
            self.graph.clock.sleep(pause_s)
            waited_s += pause_s
            pause_s = min(pause_s * _POLL_GROWTH, _LONGEST_POLL_S)

    def _first_page_read(
        self, run_id: str, *, retry_subcodes: frozenset[int]
    ) -> Iterator[list[dict[str, Any]]]:
        """Read the first page now, so that a refusal comes before any row is handed out."""
        pages = self.graph.pages(f"{run_id}/insights", {"limit": PAGE_SIZE}, retry_subcodes=retry_subcodes)
        first = next(pages, None)
        return iter(()) if first is None else chain([first], pages)

    def _failure(self, run_id: str, object_id: str, state: Mapping[str, Any]) -> ChannelError:
        """Return the error that a report without a good end stands for."""
        if state.get("async_status") == _FAILED and "error_code" not in state:
            state = {**state, **self._reasons(run_id)}
        status = str(state.get("async_status"))
        if status not in _FINAL:
            status = f"{status} after {LONGEST_REPORT_S / 60:.0f} minutes"
        body = {
            "code": state.get("error_code"),
            "error_subcode": state.get("error_subcode"),
            "message": state.get("error_message") or state.get("error_user_msg") or status,
        }
        call = f"Report {run_id} of {object_id}"
        return graph_error(
            body, status=_SERVER_ERROR, call=call, quote=self.graph.access.hide(str(body["message"]))
        )

    def _reasons(self, run_id: str) -> dict[str, Any]:
        """Ask why a report failed; an API version that does not say so is no further failure."""
        try:
            return self.graph.get(run_id, {"fields": _ERROR_FIELDS})
        except RemoteRejected:
            return {}
