"""Read the parameters of a request by the types that the official client declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from workbench.sandbox.graph.declarations import Call, fields_of
from workbench.sandbox.graph.refusals import bad_param

#: Parameters that every call takes, whatever it is.
GENERAL = frozenset(
    {"access_token", "appsecret_proof", "appsecret_time", "fields", "limit", "after", "before", "offset"}
    | {"method", "format", "pretty", "locale", "date_format", "filtering", "summary", "metadata", "debug"}
    | {"include_headers", "suppress_http_code"}
)
_MOMENTS = frozenset({"now", "today", "yesterday"})
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FLOAT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_params(call: Call, params: Mapping[str, str], *, strict: bool) -> dict[str, Any]:
    """Return the parameters as Python values.

    Parameters
    ----------
    call : Call
        What the client declares.
    params : mapping of str to str
        Texts as they arrived.
    strict : bool
        Whether a parameter that is not declared is refused; otherwise it stays a text.

    Raises
    ------
    GraphRefusal
        With code 100 and the parameter's name, if a value is not of its type.

    Examples
    --------
    >>> call = Call("POST", "campaigns", {"daily_budget": "unsigned int"}, {}, "Campaign")
    >>> read_params(call, {"daily_budget": "5000"}, strict=True)
    {'daily_budget': 5000}
    """
    found: dict[str, Any] = {}
    for name, text in params.items():
        declared = call.params.get(name)
        if declared is not None:
            found[name] = _value(name, text, declared, call.enums)
        elif strict and name not in GENERAL:
            raise bad_param(f"The parameter {name} is not one of this call: {_some(call.params)}.")
        else:
            found[name] = text
    return found


def read_json(name: str, text: str) -> Any:
    """Return a parameter that is written as JSON.

    Raises
    ------
    GraphRefusal
        If it is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise bad_param(f"Param {name} must be valid JSON.") from None


def read_list(name: str, text: str) -> list[Any]:
    """Return a list that is written as JSON or with commas.

    Examples
    --------
    >>> read_list("fields", "id,name"), read_list("fields", '["id"]'), read_list("fields", "")
    (['id', 'name'], ['id'], [])
    """
    if text.lstrip().startswith("["):
        value = read_json(name, text)
        return list(value)
    return [part.strip() for part in text.split(",") if part.strip()]


def _value(name: str, text: str, declared: str, enums: Mapping[str, frozenset[str]]) -> Any:
    declared = declared.strip()
    if declared.startswith("list"):
        inner = declared[5:-1] if declared.startswith("list<") else "Object"
        plain = inner in enums or inner in ("string", "int", "unsigned int")
        items = read_list(name, text) if plain else read_json(name, text)
        if not isinstance(items, list):
            raise bad_param(f"Param {name} must be an array.")
        return [_item(f"{name}[{i}]", item, inner, enums) for i, item in enumerate(items)]
    if declared in enums or declared in _SCALARS:
        return _item(name, text, declared, enums)
    return _item(name, read_json(name, text), declared, enums)


def _item(name: str, value: Any, declared: str, enums: Mapping[str, frozenset[str]]) -> Any:
    """Check a value that was read from JSON already, or a text."""
    if declared in enums:
        if not isinstance(value, str) or value not in enums[declared]:
            raise bad_param(f"Param {name} must be one of {{{_some(enums[declared])}}} - got {value!r}.")
        return value
    if declared in _SCALARS:
        return _scalar(name, value, declared)
    if declared.startswith("list"):
        if not isinstance(value, list):
            raise bad_param(f"Param {name} must be an array.")
        return [_item(f"{name}[{i}]", one, declared[5:-1] or "Object", enums) for i, one in enumerate(value)]
    if declared.startswith("map"):
        if not isinstance(value, dict):
            raise bad_param(f"Param {name} must be an object.")
        return value
    if declared == "Object" or not fields_of(declared):
        return value
    if not isinstance(value, dict):
        raise bad_param(f"Param {name} must be an object.")
    # an object may be named by its id instead, such as creative_id, which the client declares nowhere
    unknown = {key for key in value if key not in fields_of(declared) and not key.endswith("_id")}
    if unknown:
        raise bad_param(f"Param {name} is no {declared}: it has no {_some(unknown)}.")
    return value


def _scalar(name: str, value: Any, declared: str) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    if declared in ("int", "unsigned int"):
        if not _INTEGER.fullmatch(text) or (declared == "unsigned int" and text.startswith("-")):
            raise bad_param(f"Param {name} must be {_SCALARS[declared]} - got {text[:40]!r}.")
        return int(text)
    if declared == "float":
        if not _FLOAT.fullmatch(text):
            raise bad_param(f"Param {name} must be {_SCALARS[declared]} - got {text[:40]!r}.")
        return float(text)
    if declared == "bool":
        if text.lower() not in _BOOLEANS:
            raise bad_param(f"Param {name} must be {_SCALARS[declared]} - got {text[:40]!r}.")
        return _BOOLEANS[text.lower()]
    if declared == "datetime" and not _is_moment(text):
        raise bad_param(f"Param {name} must be {_SCALARS[declared]} - got {text[:40]!r}.")
    if declared == "string" and isinstance(value, dict | list):
        raise bad_param(f"Param {name} must be {_SCALARS[declared]}.")
    return text


def _is_moment(text: str) -> bool:
    if text.isdecimal() or text in _MOMENTS:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _some(names: Iterable[str]) -> str:
    listed = sorted(str(name) for name in names)
    return ", ".join(listed[:12]) + (" …" if len(listed) > 12 else "")


_SCALARS = {
    "int": "an integer",
    "unsigned int": "a non-negative integer",
    "float": "a number",
    "bool": "a boolean",
    "string": "a string",
    "file": "a file",
    "datetime": "a moment (ISO 8601 or Unix time)",
}
