"""A request and an answer, without the connection between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from workbench.sandbox.graph.refusals import GraphRefusal, bad_param

_FORM = "application/x-www-form-urlencoded"
_BEARER = "bearer "
#: What is never recorded.
HIDDEN = frozenset({"access_token", "appsecret_proof", "input_token"})


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes
    ----------
    method : str
        HTTP method.
    path : str
        Path, without the query.
    params : mapping of str to str
        Parameters of address and body together, the token among them.
    host : str
        Host that the client named, for links.
    key : str
        Key of the control endpoints, if one was sent.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    host: str = ""
    key: str = field(default="", repr=False)

    @classmethod
    def read(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Self:
        """Read a request from its parts.

        Raises
        ------
        GraphRefusal
            If the body cannot be read.
        """
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        if body:
            params |= _body_params(headers.get("Content-Type") or _FORM, body)
        given = headers.get("Authorization") or ""
        if given.lower().startswith(_BEARER):
            params["access_token"] = given[len(_BEARER) :].strip()
        method = params.pop("method", method).upper() if method == "POST" else method
        host, key = headers.get("Host") or "", headers.get("X-Sandbox-Key") or ""
        return cls(method, parts.path, params, host, key)

    @property
    def shown(self) -> dict[str, str]:
        """The parameters without token and proof."""
        return {name: value for name, value in self.params.items() if name not in HIDDEN}


Ending = Literal["whole", "cut", "reset", "dropped", "held", "slow"]


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes
    ----------
    body : bytes
        What is sent.
    status : int
        HTTP status.
    headers : mapping of str to str
        Beyond those of every answer.
    content_type : str
        Type of the body.
    ending : str
        How the connection ends: ``cut`` leaves the second half out, ``reset`` breaks it in the middle,
        ``dropped`` sends nothing, ``held`` sends nothing after a while, ``slow`` sends all
        after a while.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=UTF-8"
    ending: Ending = "whole"

    @classmethod
    def of(cls, document: Any, status: int = 200) -> Self:
        """Return an answer that is a JSON document."""
        return cls(json.dumps(document, ensure_ascii=False, default=str).encode(), status)

    @classmethod
    def refused(cls, refusal: GraphRefusal) -> Self:
        """Return the answer that a refusal is."""
        return cls.of(refusal.body, refusal.status)

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """Return the same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


def _body_params(content_type: str, body: bytes) -> dict[str, str]:
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            given = json.loads(body)
            return {k: v if isinstance(v, str) else json.dumps(v) for k, v in given.items()}
        if kind == _FORM:
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, AttributeError):
        raise bad_param("The body of the request cannot be read.") from None
    raise bad_param(f"A body of type {kind!r} is not supported by the local server.")
