"""Writing: append, or replace windows, in one atomic commit that says what was believed when."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.errors import Conflict, DataError, StoreError
from workbench.lake.checks import check_rows
from workbench.lake.history import RETENTION_DAYS, aware_utc, last_believed
from workbench.lake.location import Location
from workbench.lake.predicates import delete_predicate
from workbench.lake.reading import count_by_load
from workbench.lake.rows import Rows, stored_schema
from workbench.lake.schema import Table
from workbench.lake.window import Window

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable

MAX_TRIES = 10
_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0
_CONFIGURATION: dict[str, str | None] = {
    "delta.logRetentionDuration": f"interval {RETENTION_DAYS} days",
    "delta.deletedFileRetentionDuration": f"interval {RETENTION_DAYS} days",
}


@dataclass(frozen=True)
class Commit:
    """What a write did.

    Attributes
    ----------
    table : str
        Table that was written.
    version : int
        Version of the table that holds the load.
    changed : bool
        Whether anything was written; ``False`` if the table already held exactly this load.
    load_id : str
        The load.
    believed_at : datetime
        Moment from which the content is believed, UTC.
    n_rows : int
        Rows of the load.
    """

    table: str
    version: int
    changed: bool
    load_id: str
    believed_at: datetime
    n_rows: int


@dataclass(frozen=True)
class _Load:
    """One write, as every try sees it."""

    location: Location
    table: Table
    rows: Rows
    n_rows: int
    load_id: str
    believed_at: datetime
    windows: Sequence[Window] | None


def write(
    location: Location,
    table: Table,
    data: Any,
    *,
    load_id: str,
    believed_at: datetime | None,
    windows: Sequence[Window] | None,
) -> Commit:
    """Check rows and write them; append where ``windows`` is ``None``, else replace these windows.

    Raises
    ------
    DataError
        If the rows fail a check at the door, or ``believed_at`` has no time zone.
    Conflict
        If other writers won :data:`MAX_TRIES` times.
    StoreError
        If the store refuses the write for another reason, such as a full disk.
    """
    if not load_id:
        raise DataError("A load needs an id (received '').", next_step="Derive one with content_id.")
    moment = aware_utc(believed_at, name="believed_at")
    if windows is not None:
        delete_predicate(table, windows)  # refuses what cannot be replaced before any row is read
    rows = Rows(table, data, load_id=load_id)
    try:
        n_rows = check_rows(rows, windows, load_id=load_id)
        load = _Load(location, table, rows, n_rows, load_id, moment, windows)
        return retrying(lambda: _try_once(load), what=f"load {load_id!r} into {table.name!r}")
    finally:
        rows.close()


def retrying[T](attempt: Callable[[], T], *, what: str) -> T:
    """Call ``attempt`` until no other writer interferes, at most :data:`MAX_TRIES` times.

    Waits a random, growing time between tries, so that two writers do not meet again.
    """
    from deltalake.exceptions import CommitFailedError, DeltaError

    for n_tries in range(1, MAX_TRIES + 1):
        try:
            return attempt()
        except CommitFailedError as error:
            if n_tries == MAX_TRIES:
                raise Conflict(
                    f"Could not {what}: other writers were first {MAX_TRIES} times ({error}).",
                    next_step="Run it again when the other loads are done; nothing was written.",
                    n_tries=n_tries,
                ) from error
            longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**n_tries)
            time.sleep(random.uniform(_FIRST_WAIT_S / 5, longest))  # noqa: S311 - jitter, no secret
        except (DeltaError, OSError) as error:
            raise StoreError(
                f"Could not {what}: {error}.",
                next_step="Check the store's free space and permissions, then run it again.",
            ) from error
    raise AssertionError("unreachable")  # pragma: no cover


def _try_once(load: _Load) -> Commit:
    opened = _open_or_create(load)
    if _holds_already(load, opened):
        before = last_believed(opened) or load.believed_at
        return Commit(
            load.table.name, opened.version(), False, load.load_id, min(before, load.believed_at), load.n_rows
        )
    believed_at = max(load.believed_at, last_believed(opened) or load.believed_at)
    _commit(load, opened, _properties(load, believed_at))
    return Commit(load.table.name, opened.version(), True, load.load_id, believed_at, load.n_rows)


def _open_or_create(load: _Load) -> DeltaTable:
    from deltalake import CommitProperties, DeltaTable

    opened = load.location.open(load.table.name)
    if opened is not None:
        return opened
    DeltaTable.create(
        load.location.table_uri(load.table.name),
        schema=stored_schema(load.table.name),
        mode="ignore",
        partition_by=list(load.table.partition_by),
        description=load.table.description,
        configuration=_CONFIGURATION,
        storage_options=load.location.storage_options(),
        commit_properties=CommitProperties(custom_metadata={"believed_at": load.believed_at.isoformat()}),
    )
    created = load.location.open(load.table.name)
    if created is None:
        raise StoreError(
            f"Table {load.table.name!r} was created but cannot be found.",
            next_step="Check that nothing else removes the lake's folder.",
        )
    return created


def _holds_already(load: _Load, opened: DeltaTable) -> bool:
    if load.windows is None:
        return opened.transaction_version(load.load_id) is not None
    held = count_by_load(load.location, opened, load.table, load.windows)
    return held == ({load.load_id: load.n_rows} if load.n_rows else {})


def _properties(load: _Load, believed_at: datetime) -> CommitProperties:
    from deltalake import CommitProperties, Transaction

    return CommitProperties(
        custom_metadata={
            "believed_at": believed_at.isoformat(),
            "load_id": load.load_id,
            "n_rows": str(load.n_rows),
        },
        # Two processes that append the same load at once conflict here, and the second sees it is done.
        app_transactions=[Transaction(load.load_id, 1)] if load.windows is None else None,
    )


def _commit(load: _Load, opened: DeltaTable, properties: CommitProperties) -> None:
    from deltalake import write_deltalake

    stored = {f.name for f in opened.schema().fields}
    grown: Literal["merge"] | None = None if set(load.table.names) <= stored else "merge"
    if load.windows is None:
        write_deltalake(
            opened, load.rows.reader(), mode="append", schema_mode=grown, commit_properties=properties
        )
        return
    write_deltalake(
        opened,
        load.rows.reader(),
        mode="overwrite",
        predicate=delete_predicate(load.table, load.windows),
        schema_mode=grown,
        commit_properties=properties,
    )
