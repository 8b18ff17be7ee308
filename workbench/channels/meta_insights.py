"""Insights of an ad account, whatever their size: one question, split only where Meta refuses it whole.

A question that is too large is halved by days, then asked campaign by campaign, ad set by ad set, ad by ad,
and at last in two halves of its fields that are joined by the full key. Filters travel into every piece, and
rows that cover several days are never cut into shorter ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from workbench.channels.meta_errors import TooMuchData
from workbench.channels.meta_graph import Graph
from workbench.channels.meta_insights_query import InsightsQuery
from workbench.channels.meta_reports import PAGE_SIZE, NoRunBook, Reports, RunBook
from workbench.channels.meta_rows import checked, joined
from workbench.channels.meta_statuses import LEVELS, STATUSES, Level, every_status
from workbench.core.dates import Period
from workbench.core.errors import RemoteRejected

__all__ = ["InsightsQuery", "RunBook", "fetch_insights"]

# an ad may have conversions for so many days after its last impression
_AFTERGLOW_DAYS = 28
# Meta keeps 37 months; a day earlier than this is not asked for in order to find children
_HISTORY_DAYS = 36 * 30
_SMALLEST_TRIES = 4


@dataclass(frozen=True)
class _Piece:
    """A question to one object: the account itself, or one of its campaigns, ad sets or ads."""

    query: InsightsQuery
    object_id: str
    object_level: Level

    def __str__(self) -> str:
        return f"insights of {self.object_id} at level {self.query.level}, {self.query.period}"


def fetch_insights(
    graph: Graph,
    query: InsightsQuery,
    *,
    runs: RunBook | None = None,
    progress: Callable[[str], None] | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """Read insights as raw JSON rows, a page at a time.

    Only one page is held in memory, or one piece where fields had to be halved. Nothing is fetched before the
    first page is asked for.

    Parameters
    ----------
    graph : Graph
        The connection.
    query : InsightsQuery
        The question.
    runs : RunBook, optional
        Remembers reports that are being prepared, so that an interrupted load takes them up again. What it
        remembers is as old as the report: forget it when the figures of that day have to be fresh.
    progress : callable, optional
        Told in a sentence at every step.

    Yields
    ------
    list of dict
        Rows as Meta wrote them, metrics as texts. Every row lies inside the period and has every breakdown.

    Raises
    ------
    RemoteRejected
        If Meta refuses for good, if a question cannot be split any further, or if a row is not part of the
        answer.
    AuthError, RateLimited, RemoteUnavailable
        As the connection says.
    """
    reports = Reports(graph, NoRunBook() if runs is None else runs, progress or _silent)
    yield from _rows(reports, _Piece(query, f"act_{query.account_id}", "account"))


def _rows(reports: Reports, piece: _Piece, *, n_refused: int = 0) -> Iterator[list[dict[str, Any]]]:
    too_much: TooMuchData | None = None
    try:
        for rows in reports.pages(piece.object_id, piece.query.params()):
            yield checked(rows, piece.query)
    except TooMuchData as error:  # comes before the first page or not at all
        too_much = error
    if too_much is not None:
        yield from _split(reports, piece, too_much, n_refused=n_refused + 1)


def _split(
    reports: Reports, piece: _Piece, too_much: TooMuchData, *, n_refused: int
) -> Iterator[list[dict[str, Any]]]:
    query = piece.query
    periods = _halves(query)
    child_level = _next_level(piece)
    if periods:
        reports.progress(f"Too much at once: {piece}. Splitting its days.")
        for period in periods:
            yield from _rows(reports, replace(piece, query=replace(query, period=period)))
    elif child_level:
        reports.progress(f"Too much at once: {piece}. Asking for each {child_level} by itself.")
        for child_id in _children(reports, piece, child_level):
            yield from _rows(reports, replace(piece, object_id=child_id, object_level=child_level))
    elif len(query.metric_fields) > 1:
        reports.progress(f"Too much at once: {piece}. Splitting its {len(query.metric_fields)} fields.")
        yield _halved_fields(reports, piece)
    elif n_refused < _SMALLEST_TRIES:  # one field of one row cannot be too much: Meta is only busy
        reports.progress(f"Too much at once, and nothing left to split: {piece}. Asking again.")
        reports.graph.clock.sleep(reports.graph.retries.wait_s(n_refused))
        yield from _rows(reports, piece, n_refused=n_refused)
    else:
        raise RemoteRejected(
            f"Meta refuses the {piece}, although it cannot be split any further. {too_much.message}",
            next_step="Ask for fewer breakdowns, or try again later.",
            object_id=piece.object_id,
            period=query.period,
            **too_much.facts,
        )


def _halves(query: InsightsQuery) -> tuple[Period, ...]:
    """Return two periods that end between two rows, or nothing if one row covers all."""
    if query.increment == "all_days":
        return ()
    n_rows = -(-query.period.n_days // query.increment)
    return _parts(query.period, n_rows // 2 * query.increment) if n_rows > 1 else ()


def _parts(period: Period, n_days: int) -> tuple[Period, Period]:
    """Cut a period in two, the first of ``n_days``."""
    middle = period.start + timedelta(days=n_days)
    return Period(period.start, middle - timedelta(days=1)), Period(middle, period.stop)


def _next_level(piece: _Piece) -> Level | None:
    """Return the level below the piece's object, if a row stands for one object of it or less."""
    if piece.object_level == piece.query.level:
        return None
    return LEVELS[LEVELS.index(piece.object_level) + 1]


def _children(reports: Reports, piece: _Piece, level: Level) -> list[str]:
    """List the objects below the piece's one that may have rows in its period, whatever their status.

    More are listed than needed, and never fewer: the period begins earlier, and the question's own filters
    are left to the question.
    """
    period = piece.query.period
    start = period.start - timedelta(days=_AFTERGLOW_DAYS)
    now = reports.graph.server_now
    if now is None or (now.date() - start).days <= _HISTORY_DAYS:
        period = Period(start, period.stop)
    found, pending = set[str](), [period]
    while pending:
        part = pending.pop()
        try:
            found |= _ids(reports.pages(piece.object_id, _listing(level, part)), f"{level}_id")
        except TooMuchData as error:
            reports.progress(f"Too much at once, even to list each {level}: {error.message}")
            if part.n_days == 1:  # the edge lists them whatever the day, so the other days need no asking
                return sorted(found | _of_edge(reports.graph, piece.object_id, level))
            pending += _parts(part, part.n_days // 2)
    return sorted(found)


def _listing(level: Level, period: Period) -> dict[str, Any]:
    return {
        "level": level,
        "time_range": {"since": period.start.isoformat(), "until": period.stop.isoformat()},
        "time_increment": "all_days",
        "fields": [f"{level}_id"],
        "filtering": [every_status(level)],
    }


def _of_edge(graph: Graph, object_id: str, level: Level) -> set[str]:
    asked = {"fields": "id", "effective_status": list(STATUSES[level]), "limit": PAGE_SIZE}
    return _ids(graph.pages(f"{object_id}/{level}s", asked), "id")


def _ids(pages: Iterator[list[dict[str, Any]]], name: str) -> set[str]:
    return {str(row[name]) for rows in pages for row in rows if row.get(name)}


def _halved_fields(reports: Reports, piece: _Piece) -> list[dict[str, Any]]:
    names = piece.query.metric_fields
    halves = [
        [
            row
            for rows in _rows(reports, replace(piece, query=replace(piece.query, fields=half)))
            for row in rows
        ]
        for half in (names[: len(names) // 2], names[len(names) // 2 :])
    ]
    return joined(halves[0], halves[1], piece.query)


def _silent(_: str) -> None:
    """Tell nobody."""
