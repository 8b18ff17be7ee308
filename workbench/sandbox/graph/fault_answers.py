"""What each fault looks like on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from workbench.sandbox.graph.faults import FaultPlan, Faults
from workbench.sandbox.graph.messages import Answer, Ending, Request
from workbench.sandbox.graph.paging import cursor, decoded
from workbench.sandbox.graph.refusals import SEEN, seen

_HTML = (
    b"<!DOCTYPE html><html><head><title>Error</title></head>"
    b"<body><h1>Sorry, something went wrong.</h1></body></html>"
)

_ENDINGS: dict[str | None, Ending] = {
    "lost_answer": "dropped",
    "cut": "cut",
    "reset": "reset",
    "slow": "slow",
}


def before(kind: str | None, faults: Faults) -> Answer | None:
    """Return the answer of a fault that comes before the request is looked at, or None."""
    if kind is None:
        return None
    if kind in SEEN:
        return Answer.refused(seen(kind))
    plain: dict[str, Callable[[], Answer]] = {
        "html_502": lambda: Answer(_HTML, 502, content_type="text/html; charset=utf-8"),
        "http_503": lambda: Answer(b"", 503, {"Retry-After": "1"}, content_type="text/plain"),
        "dropped": lambda: Answer(ending="dropped"),
        "timeout": lambda: Answer(ending="held"),
    }
    return plain[kind]() if kind in plain else None


def spoiled(answer: Answer, kind: str | None, request: Request, plan: FaultPlan) -> Answer:
    """Return what becomes of a right answer under a fault that comes after it."""
    if kind in _ENDINGS:
        return replace(answer, ending=_ENDINGS[kind])
    if kind == "truncated":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if kind in ("empty_page", "repeated_cursor") and answer.status == 200:
        return _on_a_page(answer, kind, request, plan.n_requests)
    return answer


def _on_a_page(answer: Answer, kind: str, request: Request, number: int) -> Answer:
    document: dict[str, Any] = json.loads(answer.body)
    links = document.get("paging") or {}
    if "cursors" not in links:
        return answer
    url = links.get("next") or links.get("previous") or ""
    if kind == "repeated_cursor":
        if url:
            links["next"] = _with_after(url, request.params["after"])
            links["cursors"] = {**links["cursors"], "after": request.params["after"]}
        return replace(answer, body=json.dumps(document).encode())
    # another marker of the same place, so that nothing is lost and nothing repeats
    again = _salted(links["cursors"]["before"], number)
    address = f"http://{request.host}{request.path}?{urlencode(request.params)}"
    page = {"data": [], "paging": {"cursors": {"after": again}, "next": _with_after(address, again)}}
    return replace(answer, body=json.dumps(page).encode())


def _with_after(url: str, after: str) -> str:
    parts = urlsplit(url)
    query = {k: v for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in ("before", "offset")}
    return urlunsplit(parts._replace(query=urlencode({**query, "after": after})))


def _salted(marker: str, number: int) -> str:
    index, mark, _ = decoded(marker).split(":")
    return cursor(int(index), mark, str(number))
