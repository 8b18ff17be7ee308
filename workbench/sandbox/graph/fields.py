"""The ``fields`` parameter: names, selections inside braces, and edges expanded in place.

``id,name,adset{id,name},comments.limit(5).summary(true){id}`` asks for two fields, a part of a third, and the
first page of an edge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.sandbox.graph.declarations import calls_of, fields_of
from workbench.sandbox.graph.refusals import bad_param

_NAME = re.compile(r"\s*([A-Za-z0-9_]+)")
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^()]*)\)")
#: What a page or post has that the client's list of fields leaves out.
_LOOSE = frozenset({"access_token", "metadata", "summary"})
_DEEPEST = 6

Expand = Callable[[str, "Asked"], Any]


@dataclass(frozen=True)
class Asked:
    """One field of a selection.

    Attributes
    ----------
    name : str
        Field or edge.
    modifiers : mapping of str to str
        What stands behind it, such as ``limit`` of ``.limit(5)``.
    inner : tuple of Asked
        Selection inside braces; empty for all.
    """

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Asked, ...] = ()


def parse_fields(text: str) -> tuple[Asked, ...]:
    """Read a selection.

    Raises
    ------
    GraphRefusal
        If braces do not match or a name is missing.

    Examples
    --------
    >>> [asked.name for asked in parse_fields("id, creative{id,body}, comments.limit(2)")]
    ['id', 'creative', 'comments']
    """
    found, end = _selection(text, 0, 0)
    if end != len(text):
        raise bad_param(f"Syntax error in fields at character {end}: {text[:80]!r}.")
    return found


def check_fields(asked: Sequence[Asked], kind: str) -> None:
    """Refuse a field that the client does not declare for a type of object.

    Raises
    ------
    GraphRefusal
        With code 100, naming the field.
    """
    known = fields_of(kind)
    if not known:
        return
    edges = {edge for method, edge in calls_of(kind) if method == "GET"}
    for one in asked:
        if one.name not in known and one.name not in edges and one.name not in _LOOSE:
            raise bad_param(
                f"{one.name} is not valid for fields param. Object type {kind} has no such field."
            )


def project(node: Mapping[str, Any], asked: Sequence[Asked], expand: Expand | None = None) -> dict[str, Any]:
    """Return the asked fields of an object; one without a value is left out, as Meta does.

    Parameters
    ----------
    node : mapping
        The object.
    asked : sequence of Asked
        Selection.
    expand : callable, optional
        Given a name that the object does not have and what was asked, returns the edge's page or None.
    """
    out: dict[str, Any] = {}
    for one in asked:
        value = node.get(one.name)
        if value is None and expand is not None:
            value = expand(one.name, one)
        elif one.inner:
            value = _part(value, one.inner)
        if value is not None:
            out[one.name] = value
    if "id" in node:
        out["id"] = node["id"]
    return out


def _part(value: Any, inner: Sequence[Asked]) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("data"), list):
        return {**value, "data": _part(value["data"], inner)}
    if isinstance(value, Mapping):
        return project(value, inner)
    if isinstance(value, list | tuple):
        return [_part(one, inner) for one in value]
    return value


def _selection(text: str, start: int, depth: int) -> tuple[tuple[Asked, ...], int]:
    if depth > _DEEPEST:
        raise bad_param("Syntax error in fields: too many braces.")
    found: list[Asked] = []
    at = start
    while at < len(text) and text[at] != "}":
        match = _NAME.match(text, at)
        if match is None:
            raise bad_param(f"Syntax error in fields at character {at}: {text[:80]!r}.")
        name, at = match.group(1), match.end()
        modifiers: dict[str, str] = {}
        while (match := _MODIFIER.match(text, at)) is not None:
            modifiers[match.group(1)], at = match.group(2), match.end()
        inner: tuple[Asked, ...] = ()
        if at < len(text) and text[at] == "{":
            inner, at = _selection(text, at + 1, depth + 1)
            if at >= len(text):
                raise bad_param("Syntax error in fields: a brace is not closed.")
            at += 1
        found.append(Asked(name, modifiers, inner))
        while at < len(text) and text[at] in ", ":
            at += 1
    return tuple(found), at
