"""Find out what a request asks for, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.core.errors import DataError
from workbench.sandbox.graph.clock import Clock
from workbench.sandbox.graph.fault_answers import before, spoiled
from workbench.sandbox.graph.faults import FaultPlan, Faults, Traits
from workbench.sandbox.graph.insights_desk import HAVE_INSIGHTS, InsightsDesk
from workbench.sandbox.graph.messages import Answer, Request
from workbench.sandbox.graph.paging import fingerprint, is_salted
from workbench.sandbox.graph.quotas import QuotaBook, UseCase
from workbench.sandbox.graph.reads import page_of, read_edge, read_node
from workbench.sandbox.graph.refusals import GraphRefusal, bad_param, missing_object, seen
from workbench.sandbox.graph.reports import Fate, Report
from workbench.sandbox.graph.source import Source
from workbench.sandbox.graph.tokens import Tokens
from workbench.sandbox.graph.world import Found, View
from workbench.sandbox.graph.writes import WriteDesk

LIVE_VERSIONS = ("v25.0", "v26.0")
OLDEST_LIVE = 25
_VERSION = re.compile(r"v(\d{1,3})\.\d")
_FATES: dict[str, Fate] = {"job_failed_v25": "failed", "job_skipped": "skipped"}
_WRITE_POINTS = 3.0


@dataclass(frozen=True)
class Address:
    """Where a request goes.

    Attributes
    ----------
    version : str
        Version of the API, such as ``v26.0``.
    object_id, edge : str
        First and second part of the path; may be empty.
    """

    version: str
    object_id: str
    edge: str


@dataclass
class Desk:
    """Answers requests, one at a time.

    Attributes
    ----------
    source : Source
        The world.
    clock : Clock
        What quotas, reports and slow answers run on.
    tokens : Tokens
        Who may call.
    quotas : QuotaBook
        How much.
    insights : InsightsDesk
        Who answers about insights.
    faults : FaultPlan
        What goes wrong.
    page_size : int
        Rows of a page at most.
    """

    source: Source
    clock: Clock
    tokens: Tokens
    quotas: QuotaBook
    insights: InsightsDesk
    faults: FaultPlan = field(default_factory=lambda: FaultPlan(Faults()))
    page_size: int = 1_000

    def __post_init__(self) -> None:
        self.writes = WriteDesk(self.clock)

    def answer(self, request: Request) -> Answer:
        """Answer a request, with the fault that its turn brings."""
        path = [part for part in request.path.split("/") if part]
        report = self._report_of(path)
        traits = _traits(request, path, report)
        fault = self.faults.draw(traits)
        early = before(fault, self.faults.faults)
        account_id = report.account_id if report else ""
        if early is None:
            answer, account_id = self._own_answer(request, path, _FATES.get(fault or "", ""))
            early = spoiled(answer, fault, request, self.faults)
        return early.with_headers(self.quotas.headers(account_id))

    def world_changed(self) -> None:
        """Forget what was prepared from the world as it was."""
        self.insights.world_changed()

    def close(self) -> None:
        """Give the space of all answers back."""
        self.insights.close()

    def _own_answer(self, request: Request, path: list[str], fate: Fate) -> tuple[Answer, str]:
        """Return the answer without any fault, and whose quotas it counts on."""
        account_id = ""
        try:
            address = _address(path)
            rules = self.tokens.admit(request.params, self.source.now())
            view = View(self.source, rules)
            special = self._special(view, address, request)
            if special is not None:
                return special, ""
            report = self.insights.reports.get(address.object_id)
            found = _of_report(report) if report else view.find(address.object_id)
            if report and not rules.sees(report.account_id):
                raise missing_object(report.run_id)
            account_id = found.account_id
            rules.needs(request.method, found.kind, address.edge)
            self._charge(request, found, address.edge)
            answer = self._routed(view, found, address, request, report=report, fate=fate)
        except GraphRefusal as refusal:
            return Answer.refused(refusal), account_id
        except DataError as error:
            return Answer.refused(bad_param(str(error))), account_id
        if request.method != "GET" and address.edge != "insights":
            self.world_changed()
        return answer, account_id

    def _special(self, view: View, address: Address, request: Request) -> Answer | None:
        """Answer what is about the token itself."""
        if address.object_id == "debug_token":
            token = request.params.get("input_token", "")
            return Answer.of(self.tokens.describe(token, self.source.now()))
        if address.object_id != "me":
            return None
        if not address.edge:
            asked = {"id": view.rules.page_id or view.rules.user_id, "name": "Sandbox"}
            return Answer.of(asked)
        accounts = address.edge == "adaccounts"
        nodes = view.accounts() if accounts else self.source.edge("me", address.edge)
        if nodes is None:
            raise bad_param(f"Tried accessing nonexisting field ({address.edge}) on node type (User)")
        kind = {"adaccounts": "AdAccount", "accounts": "Page"}.get(address.edge, "")
        token = self._page_token(request)
        url = self._url(request, address)
        page = page_of(view, nodes, kind, request, page_token=token, largest=self.page_size, url=url)
        return Answer.of(page)

    def _routed(
        self,
        view: View,
        found: Found,
        address: Address,
        request: Request,
        *,
        report: Report | None,
        fate: Fate,
    ) -> Answer:
        url, edge = self._url(request, address), address.edge
        if report is not None:
            return self._on_report(report, request, edge, url)
        if edge == "insights" and found.kind in HAVE_INSIGHTS:
            return self._on_insights(view, found, request, url, fate=fate)
        if request.method == "GET":
            token = self._page_token(request)
            if not edge:
                return Answer.of(read_node(view, found, request, token))
            page = read_edge(view, found, edge, request, page_token=token, largest=self.page_size, url=url)
            return Answer.of(page)
        return self._written(view, found, edge, request)

    def _on_report(self, report: Report, request: Request, edge: str, url: str) -> Answer:
        if request.method != "GET" or edge not in ("", "insights"):
            raise bad_param(f"Unsupported request on a report: {request.method} {edge}.")
        if not edge:
            return self.insights.state(report, request)
        answer = self.insights.rows(report, request, url)
        self.quotas.add_rows(report.account_id, self.insights.n_rows)
        return answer

    def _on_insights(self, view: View, found: Found, request: Request, url: str, *, fate: Fate) -> Answer:
        if request.method == "POST":
            return self.insights.start(view, found, request, fate)
        answer = self.insights.answer(view, found, request, url)
        self.quotas.add_rows(found.account_id, self.insights.n_rows)
        return answer

    def _written(self, view: View, found: Found, edge: str, request: Request) -> Answer:
        if request.method == "POST" and edge:
            return self.writes.create(view, found, edge, request)
        if request.method == "POST":
            return self.writes.edit(view, found, request)
        if request.method == "DELETE" and not edge:
            return self.writes.delete(view, found)
        raise bad_param(f"Unsupported {request.method.lower()} request.")

    def _charge(self, request: Request, found: Found, edge: str) -> None:
        is_insights = found.kind == "AdReportRun" or (edge == "insights" and found.kind in HAVE_INSIGHTS)
        use: UseCase = "ads_insights" if is_insights else "ads_management"
        is_write = request.method != "GET" and not is_insights
        self.quotas.charge(found.account_id, use, _WRITE_POINTS if is_write else 1.0)

    def _report_of(self, path: list[str]) -> Report | None:
        rest = path[1:] if path and _VERSION.fullmatch(path[0]) else path
        return self.insights.reports.get(rest[0]) if rest else None

    def _page_token(self, request: Request) -> Any:
        user_token = request.params["access_token"]
        return lambda page_id: self.tokens.page_token(user_token, page_id)

    @staticmethod
    def _url(request: Request, address: Address) -> str:
        edge = f"/{address.edge}" if address.edge else ""
        return f"http://{request.host}/{address.version}/{address.object_id}{edge}"


def _address(path: list[str]) -> Address:
    """Return where a path leads.

    Raises
    ------
    GraphRefusal
        With code 2635 for a version that is switched off, 2500 for a path that leads nowhere.
    """
    version, rest = LIVE_VERSIONS[-1], path
    match = _VERSION.fullmatch(path[0]) if path else None
    if match:
        version, rest = path[0], path[1:]
        if int(match.group(1)) < OLDEST_LIVE:
            raise seen("dead_version")
    if version not in LIVE_VERSIONS or not 1 <= len(rest) <= 2:
        raise GraphRefusal(
            400,
            {
                "message": f"Unknown path components: /{'/'.join(path[:4])[:120]}",
                "type": "OAuthException",
                "code": 2500,
            },
        )
    return Address(version, rest[0], rest[1] if len(rest) == 2 else "")


def _of_report(report: Report) -> Found:
    account = {"account_id": report.account_id}
    return Found(report.run_id, "AdReportRun", account, account)


def _traits(request: Request, path: list[str], report: Report | None) -> Traits:
    rest = path[1:] if path and _VERSION.fullmatch(path[0]) else path
    edge = rest[1] if len(rest) > 1 else ""
    after = request.params.get("after", "")
    asked: Mapping[str, str] = request.shown
    key = f"{request.method} {'/'.join(rest)} {after} {fingerprint('', asked)}"
    return Traits(
        method=request.method,
        path="/" + "/".join(rest),
        key=key,
        is_list=request.method == "GET" and bool(edge),
        is_insights=report is None and edge == "insights" and "metric" not in asked,
        is_run=report is not None and not edge,
        is_run_rows=report is not None and edge == "insights",
        has_after=bool(after),
        is_salted=bool(after) and is_salted(after),
    )
