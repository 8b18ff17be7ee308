"""Counts of a pixel's events in the form that is asked for: by event, or by where the events came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.sandbox.graph.refusals import bad_param

#: What a request calls the two sources.
_SOURCES = {"WEB_ONLY": "browser", "SERVER_ONLY": "server"}
_AGGREGATIONS = ("event", "event_source")


def pixel_stats(entries: Sequence[Mapping[str, Any]], params: Mapping[str, str]) -> list[dict[str, Any]]:
    """Add a world's entries up.

    Parameters
    ----------
    entries : sequence of mapping
        One for each ``start_time`` and ``event``, with ``data`` by source: ``value`` (browser or server) and
        ``count``; in the order of time.
    params : mapping of str to str
        With ``aggregation`` (``event`` unless it is said), ``event_source`` and ``event``.

    Raises
    ------
    GraphRefusal
        If the counts cannot be had in that form.

    Examples
    --------
    >>> day = {"start_time": "t", "event": "Lead", "data": [{"value": "server", "count": 2}]}
    >>> pixel_stats([day], {})
    [{'start_time': 't', 'aggregation': 'event', 'data': [{'value': 'Lead', 'count': 2}]}]
    """
    by = params.get("aggregation") or "event"
    if by not in _AGGREGATIONS:
        raise bad_param(f"Param aggregation: the local server adds up by {' or '.join(_AGGREGATIONS)}.")
    wanted = params.get("event_source", "")
    if wanted and wanted not in _SOURCES:
        raise bad_param(f"Param event_source must be one of {{{', '.join(_SOURCES)}}} - got {wanted!r}.")
    counts: dict[str, dict[str, int]] = {}
    for entry in entries:
        if params.get("event", entry["event"]) != entry["event"]:
            continue
        here = counts.setdefault(str(entry["start_time"]), {})
        for one in entry["data"]:
            if wanted and one["value"] != _SOURCES[wanted]:
                continue
            name = str(entry["event"] if by == "event" else one["value"])
            here[name] = here.get(name, 0) + int(one["count"])
    return [
        {
            "start_time": moment,
            "aggregation": by,
            "data": [{"value": name, "count": count} for name, count in here.items()],
        }
        for moment, here in counts.items()
    ]
