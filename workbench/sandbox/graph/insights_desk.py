"""Answer questions to insights: at once, as a report, and the rows of a report."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from workbench.sandbox.graph.clock import Clock
from workbench.sandbox.graph.insights_request import LEVELS, check_summary, read_ask
from workbench.sandbox.graph.insights_rows import plain_text
from workbench.sandbox.graph.messages import Answer, Request
from workbench.sandbox.graph.paging import DEFAULT_LIMIT, fingerprint, paging, window_of
from workbench.sandbox.graph.parameters import read_list
from workbench.sandbox.graph.refusals import missing_object, seen
from workbench.sandbox.graph.reports import Fate, Report, ReportPace, Reports
from workbench.sandbox.graph.source import Source
from workbench.sandbox.graph.spool import Spool, TooManyRows
from workbench.sandbox.graph.world import Found, View

#: Types of objects that have insights in the sense of ads.
HAVE_INSIGHTS = frozenset(LEVELS.values())
_REDUCE = ("reduce", "reduce_100", "")
_KEPT_ANSWERS = 8
_FIRST_FILL_S = 2.0


@dataclass(frozen=True)
class Limits:
    """How large an answer may be before the server asks to reduce it.

    Attributes
    ----------
    sync_cells, async_cells : int
        Rows × columns of a direct answer, and of a report.
    page_size : int
        Rows of a page at most.
    """

    sync_cells: int = 400_000
    async_cells: int = 40_000_000
    page_size: int = 1_000


class InsightsDesk:
    """Everything about insights. Not for two threads at a time.

    Parameters
    ----------
    source : Source
        The world.
    clock : Clock
        What reports run on.
    limits : Limits
        How large answers may be.
    pace : ReportPace
        How long reports take.
    seed : int
        Seed of the reports' durations.
    """

    def __init__(
        self, source: Source, clock: Clock, *, limits: Limits, pace: ReportPace, seed: int = 0
    ) -> None:
        self._source = source
        self._limits = limits
        self.reports = Reports(clock, pace, seed)
        self._answers: OrderedDict[str, Spool] = OrderedDict()
        self.n_rows = 0

    def answer(self, view: View, found: Found, request: Request, url: str) -> Answer:
        """Answer at once with a page of rows.

        Raises
        ------
        GraphRefusal
            If the question is not allowed, or the answer would be too large.
        """
        ask = read_ask(found.object_id, found.kind, request.params, today=view.today_of(found))
        mark = fingerprint(request.path, request.params)
        spool = self._answers.get(mark)
        if spool is None:
            spool = Spool(self._source, ask, max_cells=self._limits.sync_cells)
            try:
                spool.fill()
            except TooManyRows:
                raise seen(_too_much_form(request, 2)) from None
            self._answers[mark] = spool
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)[1].close()
        return self._page(spool, request, mark=mark, url=url, summary=ask.summary)

    def start(self, view: View, found: Found, request: Request, fate: Fate = "") -> Answer:
        """Start a report.

        Raises
        ------
        GraphRefusal
            If the question is not allowed, or if it can be seen at once that the answer would be too large.
        """
        ask = read_ask(found.object_id, found.kind, request.params, today=view.today_of(found))
        spool = Spool(self._source, ask, max_cells=self._limits.async_cells)
        try:
            if not fate:
                spool.fill(budget_s=_FIRST_FILL_S)
        except TooManyRows:
            form = _too_much_form(request, 3)
            if form:
                raise seen(form) from None
            fate = "too_much"
        return Answer.of({"report_run_id": self.reports.start(spool, found.account_id, fate=fate).run_id})

    def state(self, report: Report, request: Request) -> Answer:
        """Say how far a report is; ``fields`` chooses, and what it does not have is left out."""
        state = self.reports.state(report)
        asked = read_list("fields", request.params.get("fields", ""))
        if asked:
            state = {name: value for name, value in state.items() if name in asked or name == "id"}
        return Answer.of(state)

    def rows(self, report: Report, request: Request, url: str) -> Answer:
        """Answer with a page of a report's rows.

        Raises
        ------
        GraphRefusal
            With subcode 33 if the report is not completed, 100 if a summary asks for what it does not have.
        """
        asked = read_list("summary", request.params.get("summary", ""))
        check_summary([str(name) for name in asked], report.ask.fields)
        if self.reports.state(report)["async_status"] != "Job Completed":
            raise missing_object(report.run_id)
        mark = fingerprint(f"{report.run_id}/insights", {})
        summary = tuple(dict.fromkeys((*report.ask.summary, *(str(name) for name in asked))))
        return self._page(report.spool, request, mark=mark, url=url, summary=summary)

    def world_changed(self) -> None:
        """Forget what was prepared from the world as it was; whole reports stay as they are."""
        for spool in self._answers.values():
            spool.close()
        self._answers.clear()
        self.reports.begin_again()

    def close(self) -> None:
        """Give the space of all rows back."""
        self.world_changed()
        self.reports.close()

    def _page(
        self, spool: Spool, request: Request, *, mark: str, url: str, summary: tuple[str, ...]
    ) -> Answer:
        window = window_of(request.params, mark, default=DEFAULT_LIMIT, largest=self._limits.page_size)
        lines = spool.page(window.start, window.stop)
        has_more = window.start + len(lines) < len(spool)
        self.n_rows = len(lines)
        links = paging(window, len(lines), has_more=has_more, mark=mark, url=url, params=request.params)
        tail: dict[str, Any] = {"paging": links} if links else {}
        if summary:
            tail["summary"] = {name: plain_text(value) for name, value in spool.sums_of(summary).items()}
        # the rows are JSON already; only what stands around them is written here
        end = json.dumps(tail)[1:].encode()
        return Answer(b'{"data":[' + b",".join(lines) + b"]" + (b"," if tail else b"") + end)


def _too_much_form(request: Request, n_forms: int) -> str:
    """Choose how an answer that is too large is refused: always the same way for the same question."""
    digest = blake2s(fingerprint(request.path, request.params).encode()).digest()
    return _REDUCE[digest[0] % n_forms]
