"""What the official client declares: fields of objects, edges, and the parameters that every call takes.

Nothing is typed by hand. Every method of a class of the client is asked for its request without sending it;
the request knows its method, edge, parameters, their types and the values that are allowed.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_PACKAGE = "facebook_business.adobjects"
_NEEDED = {"params", "fields", "pending"}


@dataclass(frozen=True)
class Call:
    """One call as the client declares it.

    Attributes
    ----------
    method : {"GET", "POST", "DELETE"}
        HTTP method.
    edge : str
        Edge below the object; empty for the object itself.
    params : mapping of str to str
        Type of each parameter, such as ``unsigned int`` or ``list<breakdowns_enum>``.
    enums : mapping of str to frozenset of str
        Values allowed for the types that are enumerations.
    target : str
        Type of the objects in the answer; empty if the client does not say.
    """

    method: str
    edge: str
    params: Mapping[str, str]
    enums: Mapping[str, frozenset[str]]
    target: str


@cache
def fields_of(kind: str) -> frozenset[str]:
    """Return the fields of a type of object, such as ``Campaign``; empty if the client has no such type.

    Examples
    --------
    >>> "daily_budget" in fields_of("Campaign"), "dayly_budget" in fields_of("Campaign")
    (True, False)
    """
    cls = _class_of(kind)
    return frozenset(getattr(cls, "_field_types", {}) or {})


@cache
def calls_of(kind: str) -> Mapping[tuple[str, str], Call]:
    """Return every call on a type of object, by method and edge.

    Examples
    --------
    >>> calls_of("AdAccount")["POST", "campaigns"].params["daily_budget"]
    'unsigned int'
    """
    cls = _class_of(kind)
    if cls is None:
        return {}
    made = cls("1", api=_nowhere()) if "fbid" in inspect.signature(cls).parameters else None
    found: dict[tuple[str, str], Call] = {}
    for name, function in inspect.getmembers(cls, inspect.isfunction) if made is not None else ():
        if _is_callable(function):
            try:
                call = _call_of(getattr(made, name)(params={}, pending=True))
            except (ImportError, SyntaxError):  # some modules of the client cannot be read by Python
                continue
            # the client may declare an edge twice; the one that knows more parameters says more
            known = found.get((call.method, call.edge))
            if known is None or len(call.params) > len(known.params):
                found[call.method, call.edge] = call
    return found


def _is_callable(function: Any) -> bool:
    """Say whether a method makes a request from nothing but ``params``."""
    parameters = inspect.signature(function).parameters
    needed = [name for name, one in parameters.items() if one.default is one.empty and name != "self"]
    return set(parameters) >= _NEEDED and not needed


def _call_of(request: Any) -> Call:
    checker, target = request._param_checker, request._target_class
    name = "" if target is None or target.__name__.startswith("Abstract") else target.__name__
    return Call(
        method=request._method,
        edge=str(request._endpoint).strip("/"),
        params=dict(checker._type_check_info),
        enums={key: _values(values) for key, values in checker._enum_data.items()},
        target=name,
    )


def _values(raw: Any) -> frozenset[str]:
    """Leave out what the client's lists of values hold by accident: names of modules and other attributes."""
    return frozenset(v for v in raw if isinstance(v, str) and not v.startswith("facebook_business."))


def _class_of(kind: str) -> Any:
    if not kind.isidentifier():
        return None
    try:
        module = importlib.import_module(f"{_PACKAGE}.{kind.lower()}")
    except ImportError:
        return None
    return getattr(module, kind, None)


@cache
def _nowhere() -> Any:
    """Return a client that is never asked to send anything."""
    from facebook_business import FacebookAdsApi, FacebookSession  # type: ignore[import-untyped, unused-ignore]

    return FacebookAdsApi(FacebookSession("", "", ""))
