"""Read objects and edges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from workbench.sandbox.graph.declarations import calls_of
from workbench.sandbox.graph.fields import Asked, check_fields, parse_fields, project
from workbench.sandbox.graph.filters import GONE, object_tests
from workbench.sandbox.graph.instagram import media_comments
from workbench.sandbox.graph.kinds import default_fields, kind_of
from workbench.sandbox.graph.messages import Request
from workbench.sandbox.graph.paging import DEFAULT_LIMIT, fingerprint, paging, window_of
from workbench.sandbox.graph.parameters import read_json, read_list, read_params
from workbench.sandbox.graph.pixels import pixel_stats
from workbench.sandbox.graph.refusals import bad_param
from workbench.sandbox.graph.world import Found, View

Node = Mapping[str, Any]
_TIMES = ("event_time", "created_time", "timestamp", "start_time", "updated_time")
#: Parameters that choose among the objects of an edge by a field of the same name.
_BY_FIELD = ("platform", "period")
_PAGE_TOKEN = "access_token"  # noqa: S105 (the name of a field)
_FILTER_NAMES = {"time_created": "created_time", "time_updated": "updated_time"}

_WITH_STATUS = frozenset({"Campaign", "AdSet", "Ad"})
_ENDS = (("since", "start_time"), ("until", "end_time"))
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")

PageToken = Callable[[str], str]
Criterion = Callable[[Node], bool]


def read_node(view: View, found: Found, request: Request, page_token: PageToken) -> dict[str, Any]:
    """Return an object with the fields that were asked for.

    Raises
    ------
    GraphRefusal
        If a field does not exist.
    """
    asked = _selection(request.params, found.kind, [found.node])
    return _shown(view, found.node, asked, page_token)


def read_edge(
    view: View, found: Found, edge: str, request: Request, *, page_token: PageToken, largest: int, url: str
) -> dict[str, Any]:
    """Return a page of an edge.

    Parameters
    ----------
    view : View
        The world as the token sees it.
    found : Found
        The parent.
    edge : str
        Name of the edge.
    request : Request
        With ``fields``, ``limit``, cursors, filters and ``summary``.
    page_token : callable
        Gives the token of a page.
    largest : int
        Rows of a page at most.
    url : str
        Address of the edge, for the links.

    Raises
    ------
    GraphRefusal
        If there is no such edge, or a parameter is not allowed.
    """
    nodes = view.source.edge(found.object_id, edge)
    if nodes is None:
        of = found.kind or "object"
        raise bad_param(f"Tried accessing nonexisting field ({edge}) on node type ({of})")
    call = calls_of(found.kind).get(("GET", edge))
    if call is not None:
        read_params(call, request.params, strict=False)
    if found.kind == "AdsPixel" and edge == "stats":
        nodes = pixel_stats(nodes, request.params)
    if found.kind == "IGMedia" and edge == "comments":
        nodes = media_comments(nodes, view.source.node)
    chosen = _chosen(nodes, request.params)
    kind = (call.target if call else "") or (kind_of(nodes[0]) if nodes else "")
    return page_of(view, chosen, kind, request, page_token=page_token, largest=largest, url=url)


def page_of(
    view: View,
    nodes: Sequence[Node],
    kind: str,
    request: Request,
    *,
    page_token: PageToken,
    largest: int,
    url: str,
) -> dict[str, Any]:
    """Return the page of a list that a request asks for; the arguments are as for :func:`read_edge`."""
    asked = _selection(request.params, kind, nodes)
    mark = fingerprint(request.path, request.params)
    window = window_of(request.params, mark, default=DEFAULT_LIMIT, largest=largest)
    part = nodes[window.start : window.stop]
    out: dict[str, Any] = {"data": [_shown(view, node, asked, page_token) for node in part]}
    links = paging(
        window,
        len(part),
        has_more=window.start + len(part) < len(nodes),
        mark=mark,
        url=url,
        params=request.params,
    )
    if links:
        out["paging"] = links
    if request.params.get("summary") in ("true", "1", "total_count", '["total_count"]'):
        out["summary"] = {"total_count": len(nodes)}
    return out


def _defaults(kind: str, nodes: Sequence[Node]) -> tuple[Asked, ...]:
    return tuple(Asked(name) for name in default_fields(kind, nodes[0] if nodes else {}))


def _selection(params: Mapping[str, str], kind: str, nodes: Sequence[Node]) -> tuple[Asked, ...]:
    text = params.get("fields", "")
    if text.lstrip().startswith("["):
        text = ",".join(str(name) for name in read_list("fields", text))
    asked = parse_fields(text) if text else _defaults(kind, nodes)
    check_fields(asked, kind)
    return asked


def _shown(view: View, node: Node, asked: Sequence[Asked], page_token: PageToken) -> dict[str, Any]:
    """Return the asked fields of an object; an edge among them shows its first rows."""
    linked = {one.name: _whole(view, node.get(one.name), one.inner) for one in asked if one.inner}

    def expand(name: str, one: Asked) -> Any:
        if name == _PAGE_TOKEN and kind_of(node) == "Page":
            return page_token(str(node["id"]))
        nodes = view.source.edge(str(node["id"]), name) if "id" in node else None
        if nodes is None:
            return None
        limit = one.modifiers.get("limit", str(DEFAULT_LIMIT))
        if not limit.isdecimal():
            raise bad_param("Param limit must be a positive integer.")
        chosen = _chosen(nodes, one.modifiers)
        call = calls_of(kind_of(node)).get(("GET", name))
        kind = (call.target if call else "") or (kind_of(nodes[0]) if nodes else "")
        inner = one.inner or _defaults(kind, nodes)
        out: dict[str, Any] = {"data": [_shown(view, n, inner, page_token) for n in chosen[: int(limit)]]}
        if one.modifiers.get("summary"):
            out["summary"] = {"total_count": len(chosen)}
        return out

    return project({**node, **linked} if linked else node, asked, expand)


def _whole(view: View, value: Any, inner: Sequence[Asked]) -> Any:
    """Return the object that a field names by its id, if more is asked of it than the field holds."""
    if isinstance(value, Mapping) and "id" in value and any(one.name not in value for one in inner):
        return view.source.node(str(value["id"])) or value
    return value


def _chosen(nodes: Sequence[Node], params: Mapping[str, str]) -> Sequence[Node]:
    """Return the objects that pass what the request says about them; those gone only if it asks for them."""
    criteria = _criteria(nodes, params)
    return [node for node in nodes if all(passes(node) for passes in criteria)] if criteria else nodes


def _criteria(nodes: Sequence[Node], params: Mapping[str, str]) -> list[Criterion]:
    filtering = read_json("filtering", params["filtering"]) if params.get("filtering") else []
    if not isinstance(filtering, list):
        raise bad_param("Param filtering must be an array.")
    tests = [(_own_name(name), test) for name, test in object_tests(filtering)]
    found: list[Criterion] = [_by_test(name, test) for name, test in tests]
    statuses = set(read_list("effective_status", params.get("effective_status", "")))
    if statuses:
        found.append(lambda node: _status(node) in statuses)
    elif nodes and kind_of(nodes[0]) in _WITH_STATUS and not any("status" in name for name, _ in tests):
        found.append(lambda node: _status(node) not in GONE)
    since, until = (_moment(params.get(end, params.get(other, ""))) for end, other in _ENDS)
    if since is not None or until is not None:
        found.append(lambda node: _is_within(node, since, until))
    if params.get("metric") and nodes:
        metrics = set(read_list("metric", params["metric"]))
        if metrics - {str(node.get("name")) for node in nodes}:
            raise bad_param("The value must be a valid insights metric")
        found.append(lambda node: str(node.get("name")) in metrics)
    found += [_by_field(name, params[name]) for name in _BY_FIELD if name in params]
    return found


def _by_test(name: str, test: Callable[[Any], bool]) -> Criterion:
    return lambda node: test(_comparable(node.get(name)))


def _by_field(name: str, want: str) -> Criterion:
    """Choose by a field of the parameter's name; objects without it pass."""
    return lambda node: name not in node or str(node[name]) == want


def _status(node: Node) -> str:
    return str(node.get("effective_status", node.get("status", "")))


def _own_name(name: str) -> str:
    """Return the field of a filter such as ``campaign.effective_status`` on the objects themselves."""
    short = name.rpartition(".")[2]
    return _FILTER_NAMES.get(short, short)


def _comparable(value: Any) -> Any:
    """Compare moments as seconds, which is how filters write them."""
    return _moment(value) if isinstance(value, str) and _ISO.match(value) else value


def _is_within(node: Node, since: float | None, until: float | None) -> bool:
    if since is None and until is None:
        return True
    moment = next((_moment(node[name]) for name in _TIMES if node.get(name) is not None), None)
    if moment is None:
        return True
    return (since is None or moment >= since) and (until is None or moment <= until)


def _moment(value: Any) -> float | None:
    """Return a moment as Unix time; None if there is none."""
    text = str(value or "")
    if not text:
        return None
    if text.lstrip("-").isdecimal():
        return float(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise bad_param(f"{json.dumps(text[:40])} is not a moment; write ISO 8601 or Unix time.") from None
