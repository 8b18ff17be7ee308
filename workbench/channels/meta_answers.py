"""What an answer of the Graph API holds: an object, a page of a list, the way to the next, or an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workbench.channels.meta_access import GraphAccess
from workbench.channels.meta_errors import graph_error, unavailable
from workbench.channels.meta_transport import Answer
from workbench.channels.meta_usage import retry_after_s
from workbench.core.errors import ChannelError, DataError, RemoteRejected

_SECRET_PARAMS = frozenset({"access_token", "appsecret_proof"})


def judged(answer: Answer, call: str, *, access: GraphAccess, now: datetime) -> dict[str, Any] | ChannelError:
    """Return the JSON object of a good answer, or the error that a bad one stands for.

    Parameters
    ----------
    answer : Answer
        What came back.
    call : str
        Method and path.
    access : GraphAccess
        Whose secrets have to stay out of what Meta is quoted with.
    now : datetime.datetime
        Moment from which a ``Retry-After`` date is counted.

    Returns
    -------
    dict or ChannelError
        The error is not raised here, so that it has no other error behind it.
    """
    wait = retry_after_s(answer.headers, now)
    try:
        body = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        kind = str(answer.headers.get("Content-Type") or "no content type").split(";")[0][:40]
        what = f"the answer (HTTP {answer.status}, {kind}, {len(answer.body)} bytes) is not whole JSON"
        return unavailable(call, what, status=answer.status)
    if isinstance(body, dict) and body.get("error"):
        problem = body["error"]
        fields = problem if isinstance(problem, dict) else {"message": problem}
        quote = access.hide(str(fields.get("error_user_msg") or fields.get("message") or ""))
        return graph_error(fields, status=answer.status, call=call, wait_s=wait, quote=quote)
    if answer.status // 100 != 2:
        return graph_error({}, status=answer.status, call=call, wait_s=wait)
    if not isinstance(body, dict):
        return unavailable(call, f"the answer is a {type(body).__name__} and no object", status=answer.status)
    return body


def rows_of(answer: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Return the rows of one page of a list.

    Raises
    ------
    RemoteRejected
        If the answer's ``data`` is no list of objects.
    """
    rows = answer.get("data", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RemoteRejected(
            f"GET {path} gave a list that holds something other than objects.",
            next_step="Check the path: it has to be an edge, such as act_1/campaigns.",
            call=f"GET {path}",
            is_retryable=False,
        )
    return rows


def next_params(answer: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the query of the next page without the token in it, or None on the last page.

    Examples
    --------
    >>> next_params({"paging": {"next": "https://x.example/v26.0/me/ads?access_token=abc&after=Q"}})
    {'after': 'Q'}
    """
    paging = answer.get("paging")
    link = paging.get("next") if isinstance(paging, Mapping) else None
    if not isinstance(link, str) or not link:
        return None
    return {name: value for name, value in parse_qsl(urlsplit(link).query) if name not in _SECRET_PARAMS}


def repeated(path: str) -> RemoteRejected:
    """Return the error for a list that leads back to itself."""
    return RemoteRejected(
        f"GET {path} leads back to a page that was read already, so the list would never end.",
        next_step="Run it again; if it stays, ask for fewer days or fewer fields.",
        call=f"GET {path}",
        is_retryable=False,
    )


def _no_constant(name: str) -> float:
    raise DataError(f"{name} is not JSON.", value=name)
