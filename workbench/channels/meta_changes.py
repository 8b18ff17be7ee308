"""The history of an ad account: what was changed and when. Who did it is never asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workbench.channels.meta_graph import Graph

#: ``actor_id`` and ``actor_name`` are left out: they are about a person.
FIELDS = (
    "event_type",
    "event_time",
    "object_id",
    "object_name",
    "object_type",
    "extra_data",
    "translated_event_type",
    "application_name",
)
_PAGE = 500


def fetch_changes(
    graph: Graph, account_id: str, *, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read the changes of an account, a page at a time.

    Without both moments Meta would answer with the last week only.

    Parameters
    ----------
    graph : Graph
        Connection.
    account_id : str
        Without ``act_``.
    since, until : datetime.datetime
        First moment, and the first one after the last.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {
        "fields": ",".join(FIELDS),
        "since": int(since.timestamp()),
        "until": int(until.timestamp()),
        "limit": _PAGE,
    }
    yield from graph.pages(f"act_{account_id}/activities", params)
