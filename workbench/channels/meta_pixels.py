"""Pixels of an ad account: which there are, and what they received.

Events are counted by the hour and by where they came from: ``browser`` (the pixel itself) or ``server`` (the
Conversions API). Meta answers for the last seven days only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workbench.channels.meta_graph import Graph

#: Where events came from, and what Meta calls it when asked.
EVENT_SOURCES = {"browser": "WEB_ONLY", "server": "SERVER_ONLY"}
#: Days back that Meta still answers for.
KEPT_DAYS = 7
_PAGE = 100


def fetch_pixels(graph: Graph, account_id: str) -> list[dict[str, Any]]:
    """Read the pixels of an account: ``id``, ``name``, ``last_fired_time``.

    Parameters
    ----------
    graph : Graph
        Connection.
    account_id : str
        Without ``act_``.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {"fields": "id,name,last_fired_time", "limit": _PAGE}
    return [pixel for page in graph.pages(f"act_{account_id}/adspixels", params) for pixel in page]


def fetch_pixel_events(
    graph: Graph, pixel_id: str, *, event_source: str, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read how often each event of a pixel came, a page of hours at a time.

    Parameters
    ----------
    graph : Graph
        Connection.
    pixel_id : str
        The pixel.
    event_source : {"browser", "server"}
        Where the events came from.
    since, until : datetime.datetime
        First moment, and the first one after the last.

    Yields
    ------
    list of dict
        Objects with ``start_time`` (the hour) and ``data``: a list of ``value`` (the event) and ``count``.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {
        "aggregation": "event",
        "event_source": EVENT_SOURCES[event_source],
        "start_time": int(since.timestamp()),
        "end_time": int(until.timestamp()),
    }
    yield from graph.pages(f"{pixel_id}/stats", params)


def fetch_match_quality(graph: Graph, pixel_id: str) -> dict[str, float]:
    """Read how well the server events of a pixel can be matched to people, from 0 to 10, by event.

    This is Meta's Dataset Quality API; it says how things stand now, and many tokens may not ask it. Its
    documentation names the path and the fields; they were not tried against the network itself.

    Parameters
    ----------
    graph : Graph
        Connection.
    pixel_id : str
        The pixel.

    Returns
    -------
    dict
        Event -> score. Events without a score are left out.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.get`.
    """
    fields = "web{event_name,event_match_quality{composite_score}}"
    answer = graph.get("dataset_quality", {"dataset_id": pixel_id, "fields": fields})
    found: dict[str, float] = {}
    rows = answer.get("web")
    for row in rows if isinstance(rows, list) else ():
        quality = row.get("event_match_quality") if isinstance(row, dict) else None
        score = quality.get("composite_score") if isinstance(quality, dict) else None
        if isinstance(score, int | float) and row.get("event_name"):
            found[str(row["event_name"])] = float(score)
    return found
