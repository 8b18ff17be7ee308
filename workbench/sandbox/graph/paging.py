"""Pages of a list: opaque cursors that belong to one question, and links with the token in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from workbench.sandbox.graph.refusals import bad_param

DEFAULT_LIMIT = 25
_VERSION = re.compile(r"^/v\d{1,3}\.\d(?=/)")
_NOT_PART = frozenset({"after", "before", "limit", "access_token", "appsecret_proof"})


@dataclass(frozen=True)
class Window:
    """The part of a list that a page shows.

    Attributes
    ----------
    start, stop : int
        Index of the first row, and of the one behind the last.
    """

    start: int
    stop: int


def fingerprint(path: str, params: Mapping[str, str]) -> str:
    """Return what tells one list from another: its path and question, without version and place."""
    text = urlencode(
        [("", _VERSION.sub("", path)), *sorted((k, v) for k, v in params.items() if k not in _NOT_PART)]
    )
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()


def window_of(params: Mapping[str, str], mark: str, *, default: int, largest: int) -> Window:
    """Return which rows a request asks for.

    Parameters
    ----------
    params : mapping of str to str
        With ``limit``, and ``after``, ``before`` or ``offset``.
    mark : str
        From :func:`fingerprint`.
    default, largest : int
        Rows of a page if nothing is asked, and at most.

    Raises
    ------
    GraphRefusal
        If ``limit`` is no positive number, or a cursor belongs to another list.
    """
    limit = params.get("limit", str(default))
    if not limit.isdecimal() or int(limit) < 1:
        raise bad_param("Param limit must be a positive integer.")
    size = min(int(limit), largest)
    if params.get("after"):
        start = _place(params["after"], mark)
        return Window(start, start + size)
    if params.get("before"):
        stop = _place(params["before"], mark)
        return Window(max(0, stop - size), stop)
    offset = params.get("offset", "0")
    start = int(offset) if offset.isdecimal() else 0
    return Window(start, start + size)


def paging(
    window: Window, n_shown: int, *, has_more: bool, mark: str, url: str, params: Mapping[str, str]
) -> dict[str, Any]:
    """Return the ``paging`` object of a page; empty if it shows nothing.

    Parameters
    ----------
    window : Window
        The rows asked for.
    n_shown : int
        Rows shown.
    has_more : bool
        Whether there are rows behind them.
    mark : str
        From :func:`fingerprint`.
    url : str
        Address of the list.
    params : mapping of str to str
        The request's own parameters, its token among them.
    """
    if n_shown == 0:
        return {}
    cursors = {"before": cursor(window.start, mark), "after": cursor(window.start + n_shown, mark)}
    out: dict[str, Any] = {"cursors": cursors}
    kept = {k: v for k, v in params.items() if k not in ("after", "before", "offset", "appsecret_proof")}
    if window.start > 0:
        out["previous"] = f"{url}?{urlencode({**kept, 'before': cursors['before']})}"
    if has_more:
        out["next"] = f"{url}?{urlencode({**kept, 'after': cursors['after']})}"
    return out


def cursor(index: int, mark: str, salt: str = "") -> str:
    """Return the opaque marker of the place before a row.

    Parameters
    ----------
    index : int
        Index of the row.
    mark : str
        From :func:`fingerprint`.
    salt : str
        Makes another marker of the same place.
    """
    return base64.urlsafe_b64encode(f"{index}:{mark}:{salt}".encode()).decode().rstrip("=")


def is_salted(text: str) -> bool:
    """Say whether a marker is another one of a place that has one already."""
    return not decoded(text).endswith(":")


def _place(text: str, mark: str) -> int:
    index, _, rest = decoded(text).partition(":")
    if rest.partition(":")[0] != mark or not index.isdecimal():
        raise bad_param("Invalid cursors values.")
    return int(index)


def decoded(text: str) -> str:
    """Return what a marker says; empty if it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
