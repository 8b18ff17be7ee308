"""Housekeeping: fewer, larger files, and nothing older than the retention."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.lake.commits import retrying
from workbench.lake.history import RETENTION_DAYS, PastCommit, past_commits
from workbench.lake.location import Location
from workbench.lake.schema import TABLES

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable

#: A file without a commit may belong to a load that is still running; after this long it cannot.
_ORPHAN_AGE_S = 2 * 86_400


@dataclass(frozen=True)
class Tidied:
    """What housekeeping did to one table.

    Attributes
    ----------
    table : str
        The table.
    n_compacted : int
        Small files that were merged into larger ones.
    n_removed : int
        Files that were removed because they were superseded longer ago than the retention.
    n_orphans : int
        Files that were removed because no commit knows them: a process was killed while writing.
    """

    table: str
    n_compacted: int
    n_removed: int
    n_orphans: int


def tidy(location: Location, *, retention_days: int = RETENTION_DAYS) -> tuple[Tidied, ...]:
    """Compact and clean every table of a lake.

    Parameters
    ----------
    location : Location
        The lake.
    retention_days : int
        Days that superseded rows are kept, at least :data:`~workbench.lake.history.RETENTION_DAYS`.

    Raises
    ------
    DataError
        If ``retention_days`` is too short.
    Conflict
        If loads kept coming in between.
    """
    if retention_days < RETENTION_DAYS:
        raise DataError(
            f"Cannot forget what is only {retention_days} days old: beliefs stay answerable for "
            f"{RETENTION_DAYS} days.",
            next_step=f"Give retention_days={RETENTION_DAYS} or more.",
            retention_days=retention_days,
        )
    return tuple(_tidy_table(location, name, retention_days) for name in TABLES if location.open(name))


def _tidy_table(location: Location, name: str, retention_days: int) -> Tidied:
    n_compacted = retrying(lambda: _compact(location, name), what=f"compact {name!r}")
    n_removed = retrying(lambda: _vacuum(location, name, retention_days), what=f"clean {name!r}")
    n_orphans = _remove_orphans(Path(location.table_uri(name))) if location.is_local else 0
    return Tidied(name, n_compacted, n_removed, n_orphans)


def _compact(location: Location, name: str) -> int:
    opened = _opened(location, name)
    metrics = opened.optimize.compact(commit_properties=_properties(past_commits(opened)[-1]))
    return int(metrics["numFilesRemoved"])


def _vacuum(location: Location, name: str, retention_days: int) -> int:
    opened = _opened(location, name)
    commits = past_commits(opened)
    removed = opened.vacuum(
        retention_hours=retention_days * 24,
        dry_run=False,
        commit_properties=_properties(commits[-1], _readable_from(commits, retention_days)),
    )
    return len(removed)


def _readable_from(commits: tuple[PastCommit, ...], retention_days: int) -> int:
    """Return the oldest version that keeps all its files: the first one superseded within the retention."""
    # One day of margin: the store compares the time of the removal, which is just before the commit's.
    horizon = now_utc() - timedelta(days=retention_days) + timedelta(days=1)
    for commit, successor in pairwise(commits):
        if successor.committed_at >= horizon:
            return max(commit.version, commit.readable_from)
    return commits[-1].version


def _properties(last: PastCommit, readable_from: int | None = None) -> CommitProperties:
    from deltalake import CommitProperties

    metadata = {"believed_at": last.believed_at.isoformat()}
    if readable_from:
        metadata["readable_from"] = str(readable_from)
    return CommitProperties(custom_metadata=metadata)


def _opened(location: Location, name: str) -> DeltaTable:
    opened = location.open(name)
    if opened is None:  # removed by hand between two steps
        raise DataError(f"Table {name!r} is gone.", next_step="Run `wb doctor`.", table=name)
    return opened


def _remove_orphans(folder: Path) -> int:
    """Remove Parquet files that no commit in the log has ever named."""
    known = set(_named_files(folder / "_delta_log"))
    latest = time.time() - _ORPHAN_AGE_S
    orphans = [
        path
        for path in folder.rglob("*.parquet")
        if "_delta_log" not in path.parts
        and path.relative_to(folder).as_posix() not in known
        and path.stat().st_mtime < latest
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _named_files(log: Path) -> Iterator[str]:
    import pyarrow.parquet as pq

    for path in log.glob("*.json"):
        for line in path.read_text("utf-8").splitlines():
            action = json.loads(line)
            for kind in ("add", "remove"):
                if kind in action:
                    yield unquote(action[kind]["path"])
    for path in log.glob("*.checkpoint*.parquet"):
        for kind in ("add", "remove"):
            for action in pq.ParquetFile(path).read(columns=[f"{kind}.path"]).column(kind).to_pylist():
                if action and action["path"]:
                    yield unquote(action["path"])
