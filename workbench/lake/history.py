"""What was believed when: commits by the moment they carry, never by the time of a file.

A copied or restored folder has new file times, so a moment is looked up in the commits' own metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.core.dates import now_utc
from workbench.core.errors import DataError

if TYPE_CHECKING:
    from deltalake import DeltaTable

#: How long superseded rows are kept; `tidy` never goes below it.
RETENTION_DAYS = 400


@dataclass(frozen=True)
class PastCommit:
    """One version of a table.

    Attributes
    ----------
    version : int
        Version of the table, counted from 0.
    believed_at : datetime
        Moment from which its content was believed, UTC; never earlier than an older version's.
    committed_at : datetime
        When the commit was written, by the writer's clock, UTC.
    operation : str
        What was done, such as WRITE or OPTIMIZE.
    load_id : str or None
        Load that was written; ``None`` for housekeeping.
    n_rows : int or None
        Rows that the load wrote.
    readable_from : int
        Oldest version whose files are still there, as far as this commit knows.
    """

    version: int
    believed_at: datetime
    committed_at: datetime
    operation: str
    load_id: str | None
    n_rows: int | None
    readable_from: int = 0


def aware_utc(moment: datetime | None, *, name: str) -> datetime:
    """Return a moment in UTC, the present one for ``None``.

    Raises
    ------
    DataError
        If the moment has no time zone.
    """
    if moment is None:
        return now_utc()
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.utcoffset() is None:
        raise DataError(
            f"{name}={moment!r} names no moment: it has no time zone.",
            next_step="Give a datetime with a time zone, such as datetime(2026, 11, 20, 8, tzinfo=UTC).",
            value=moment,
        )
    return moment.astimezone(UTC)


def past_commits(opened: DeltaTable) -> tuple[PastCommit, ...]:
    """Return the commits still in a table's log, oldest first."""
    commits: list[PastCommit] = []
    for entry in sorted(opened.history(), key=lambda e: int(e["version"])):
        commits.append(_read_entry(entry, commits[-1] if commits else None))
    return tuple(commits)


def _read_entry(entry: dict[str, Any], before: PastCommit | None) -> PastCommit:
    committed_at = datetime.fromtimestamp(int(entry.get("timestamp", 0)) / 1000, UTC)
    stated = datetime.fromisoformat(entry["believed_at"]) if "believed_at" in entry else None
    if before is not None:
        stated = max(stated or before.believed_at, before.believed_at)
    n_rows = entry.get("n_rows")
    return PastCommit(
        version=int(entry["version"]),
        believed_at=stated or committed_at,
        committed_at=committed_at,
        operation=str(entry.get("operation", "")),
        load_id=entry.get("load_id"),
        n_rows=None if n_rows is None else int(n_rows),
        readable_from=max(int(entry.get("readable_from", 0)), before.readable_from if before else 0),
    )


def last_believed(opened: DeltaTable) -> datetime | None:
    """Return the moment that a table's newest commit is believed from."""
    recent = [datetime.fromisoformat(e["believed_at"]) for e in opened.history(20) if "believed_at" in e]
    return max(recent, default=None)


def first_answer(commits: tuple[PastCommit, ...]) -> PastCommit:
    """Return the oldest commit whose content can still be read."""
    readable_from = commits[-1].readable_from
    return next(c for c in commits if c.version >= readable_from)


def version_at(commits: tuple[PastCommit, ...], as_of: datetime) -> int | None:
    """Return the last version believed by a moment; ``None`` if the table did not exist then.

    Raises
    ------
    DataError
        If what was believed then has been removed since.
    """
    first = first_answer(commits)
    if as_of < first.believed_at:
        if first.version == 0:
            return None
        raise too_early(as_of, first.believed_at)
    return max(c.version for c in commits if c.believed_at <= as_of and c.version >= first.version)


def too_early(as_of: datetime, earliest: datetime) -> DataError:
    """Return the error for a moment that lies before the first one that can be answered for."""
    return DataError(
        f"The lake cannot say what was believed at {as_of.isoformat()}: it knows only from "
        f"{earliest.isoformat()} on.",
        next_step=f"Ask for {earliest.isoformat()} or later.",
        as_of=as_of,
        earliest=earliest,
    )
