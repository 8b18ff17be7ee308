"""What the pixels of an account received -> the lake's ``pixel_events``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteRejected, SchemaError
from workbench.core.redact import redact
from workbench.loaders.meta.days import held_rows, replace_days
from workbench.loaders.meta.moments import bounds, day_of, graph_now, moment_of
from workbench.loaders.meta.part import LoadedPart, tolerating

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_graph import Graph
    from workbench.loaders.meta.source import Source

#: Day, pixel, event, browser or server -> number of events.
Counts = Mapping[tuple[date, str, str, str], int]
_LAST_DAY = """
SELECT max(date_start) AS day FROM pixel_events WHERE network = 'meta' AND account_id = ? AND date_start < ?
"""


def load_pixels(source: Source, *, account: AdAccount, period: Period) -> LoadedPart:
    """Read the events of all pixels of an account, day by day and by where they came from.

    Meta answers for the last seven days only, so older days are never asked for and stay as they are. A day
    that was read and has no row had no event. The match quality is that of the moment of reading: it stands
    beside the last day's server events, and what stood beside earlier days stays.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account : AdAccount
        The account.
    period : Period
        Days in the account's own time zone.

    Raises
    ------
    SchemaError
        If a count is no number; nothing is stored then.
    ChannelError
        If Meta refuses or does not answer.
    """
    from workbench.channels.meta_pixels import KEPT_DAYS, fetch_pixels

    account_id = account.account_id
    pixels = fetch_pixels(source.graph, account_id)
    today = day_of(graph_now(source.graph), account.time_zone)
    first = today - timedelta(days=KEPT_DAYS - 1)
    if not pixels or period.stop < first:
        return LoadedPart("pixels", 0, changed=False, warnings=_too_old(period, first) if pixels else ())
    period = Period(max(period.start, first), period.stop)
    held = held_rows(source, "pixel_events", network="meta", account_id=account_id, period=period)
    rows: list[dict[str, Any]] = []
    warnings = _gap(source, account_id, period)
    for pixel_id in map(_id_of, pixels):
        source.progress(f"Meta {account_id}, pixel {pixel_id}: {period} …")
        found = [row for row in held if row["pixel_id"] == pixel_id]  # stays if Meta refuses
        with tolerating(warnings, f"events of pixel {pixel_id}"):
            counts = _counts(source.graph, pixel_id, period, account.time_zone)
            found = _rows(counts, _quality(source.graph, pixel_id), period.stop)
        rows += found
    _keep_quality(rows, held)
    changed = replace_days(source, "pixel_events", rows, network="meta", account_id=account_id, period=period)
    return LoadedPart("pixels", len(rows), changed, tuple(warnings))


def _counts(graph: Graph, pixel_id: str, period: Period, time_zone: str) -> Counts:
    from workbench.channels.meta_pixels import EVENT_SOURCES, fetch_pixel_events

    since, until = bounds(period, time_zone)
    found: dict[tuple[date, str, str, str], int] = defaultdict(int)
    for event_source in EVENT_SOURCES:
        pages = fetch_pixel_events(graph, pixel_id, event_source=event_source, since=since, until=until)
        for hour in (hour for page in pages for hour in page):
            day = day_of(moment_of(hour, "start_time"), time_zone)
            if not period.start <= day <= period.stop:
                continue
            for entry in hour.get("data") or ():
                name = redact(str(entry.get("value") or entry.get("event") or "unknown"))
                found[day, pixel_id, name, event_source] += _count(entry)
    return {key: n for key, n in found.items() if n}


def _rows(counts: Counts, quality: Mapping[str, float], last: date) -> list[dict[str, Any]]:
    return [
        {
            "date_start": day,
            "pixel_id": pixel_id,
            "event_name": name,
            "event_source": event_source,
            "events": n_events,
            "match_quality": quality.get(name) if event_source == "server" and day == last else None,
        }
        for (day, pixel_id, name, event_source), n_events in sorted(counts.items())
    ]


def _quality(graph: Graph, pixel_id: str) -> Mapping[str, float]:
    """Return the match quality by event, or nothing where Meta does not tell it to this token."""
    from workbench.channels.meta_pixels import fetch_match_quality

    try:
        return fetch_match_quality(graph, pixel_id)
    except RemoteRejected:
        return {}
    except AuthError as error:
        if "permissions" not in error.facts:
            raise
        return {}


def _keep_quality(rows: Iterable[dict[str, Any]], held: Iterable[Mapping[str, Any]]) -> None:
    key = ("date_start", "pixel_id", "event_name", "event_source")
    known = {tuple(row[name] for name in key): row["match_quality"] for row in held}
    for row in rows:
        if row["match_quality"] is None:
            row["match_quality"] = known.get(tuple(row[name] for name in key))


def _count(entry: Mapping[str, Any]) -> int:
    text = entry.get("count")
    try:
        return int(str(text))
    except ValueError:
        raise SchemaError(
            f"A pixel's count of events is {text!r}, which is no whole number.",
            next_step="Load it again; nothing of this answer was stored.",
            field="count",
            value=text,
        ) from None


def _id_of(pixel: Mapping[str, Any]) -> str:
    if not pixel.get("id"):
        raise SchemaError(
            "A pixel of the account has no id.",
            next_step="Load it again; nothing of this answer was stored.",
            field="id",
        )
    return str(pixel["id"])


def _gap(source: Source, account_id: str, period: Period) -> list[str]:
    """Say for which days nothing is known and Meta does not answer any more."""
    found = source.lake.sql(_LAST_DAY, params=(account_id, period.start)).to_pylist()[0]["day"]
    if found is None or found >= period.start - timedelta(days=1):
        return []
    lost = Period(found + timedelta(days=1), period.start - timedelta(days=1))
    return [f"No events of pixels are known for {lost}, and Meta answers for the last seven days only."]


def _too_old(period: Period, first: date) -> tuple[str, ...]:
    return (f"Events of pixels of {period} were not read: Meta keeps them for seven days, since {first}.",)
