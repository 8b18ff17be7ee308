"""Engines for the two databases a ledger may live in, and their errors as ours.

On both, one writer works at a time: SQLAlchemy's default transactions on SQLite lose updates silently, and so
does reading and then writing on PostgreSQL at its default isolation. So a writer takes the lock *before* it
reads: ``BEGIN IMMEDIATE`` on SQLite, an advisory lock on PostgreSQL. Readers never wait and never write.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
    StatementError,
)

from workbench.core.errors import ConfigError, Conflict, PolicyViolation, StoreError, WorkbenchError
from workbench.core.redact import redact

if TYPE_CHECKING:
    from sqlalchemy import URL

WRITING = "workbench_writing"
_WRITER_LOCK = 0x776F726B62656E63  # "workbenc" in ASCII: names the advisory lock on PostgreSQL
_APPEND_ONLY = "append-only"
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Patience:
    """How long a writer waits for its turn.

    Attributes
    ----------
    busy_timeout_s : float
        Seconds that one try waits.
    n_tries : int
        Number of tries, with a random pause between them, before :class:`Conflict` is raised.
    """

    busy_timeout_s: float = 30.0
    n_tries: int = 3


def parse_location(location: str) -> URL:
    """Read a ledger's URL.

    Raises
    ------
    ConfigError
        If it is neither a SQLite file nor a PostgreSQL database.
    """
    try:
        url = make_url(location)
    except ArgumentError:
        url = None
    backend = url.drivername.partition("+")[0] if url is not None else ""
    if url is not None and backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    if url is not None and backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(
        f"{redact(location)!r} is not the address of a ledger.",
        next_step="Use sqlite:///path/to/ledger.db or postgresql://user@host/database.",
    )


def make_engine(url: URL, patience: Patience) -> Engine:
    """Return an engine whose transactions begin as the module says.

    Raises
    ------
    ConfigError
        If the driver of PostgreSQL is not installed, or the folder cannot be made.
    """
    if url.drivername == "sqlite":
        return _sqlite_engine(url, patience)
    return _postgresql_engine(url, patience)


def _sqlite_engine(url: URL, patience: Patience) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # personal columns are encrypted, yet nobody else need read the rest
    except OSError as error:
        raise ConfigError(
            f"The folder {path.parent} for the ledger cannot be made: {error.strerror}.",
            next_step="Choose another home folder (WORKBENCH_HOME), or make this one writable.",
            path=path.parent,
        ) from error
    engine = create_engine(
        url,
        # driver autocommit: SQLAlchemy's events below say when a transaction begins, and nobody else does
        connect_args={"timeout": patience.busy_timeout_s, "isolation_level": None},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        _prepare_sqlite(connection, patience)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        if connection.get_execution_options().get(WRITING):
            raw.execute("PRAGMA query_only = OFF")
            _retry_locked(raw, "BEGIN IMMEDIATE", patience)
        else:
            raw.execute("PRAGMA query_only = ON")
            raw.execute("BEGIN")

    return engine


def _prepare_sqlite(connection: sqlite3.Connection, patience: Patience) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        _retry_locked(connection, "PRAGMA journal_mode = WAL", patience)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut, not only a kill
    connection.execute("PRAGMA secure_delete = ON")  # an erased row is overwritten, not merely unlinked


def _retry_locked(connection: sqlite3.Connection, statement: str, patience: Patience) -> None:
    for left in reversed(range(patience.n_tries)):
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise _store_error(error) from error
            if not left:
                raise _conflict(patience) from error
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 (spreads writers, guards nothing)


def _postgresql_engine(url: URL, patience: Patience) -> Engine:
    timeout_ms = int(patience.busy_timeout_s * 1000)
    try:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except (ImportError, NoSuchModuleError) as error:
        raise ConfigError(
            "The driver for PostgreSQL is not installed.",
            next_step="Run `pip install 'workbench[postgres]'`.",
        ) from error

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITING):
            return
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {timeout_ms}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine


def reading(engine: Engine) -> Engine:
    """Return the engine for readers, whose transactions can only read."""
    if engine.dialect.name == "sqlite":
        return engine
    # one snapshot for the whole transaction, as SQLite gives it
    return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


def writing(engine: Engine) -> Engine:
    """Return the engine for writers, whose transactions begin with the lock."""
    return engine.execution_options(**{WRITING: True})


@contextmanager
def errors_as_ours(patience: Patience) -> Iterator[None]:
    """Turn what the database raises into our tree, redacted.

    Raises
    ------
    Conflict
        If a row breaks a uniqueness or foreign key, or another writer kept the lock.
    PolicyViolation
        If a row of the audit or of the experiments was to be changed.
    StoreError
        For everything else the database refuses.
    """
    try:
        yield
    except IntegrityError as error:
        if _APPEND_ONLY in str(error.orig):
            table = str(error.orig).split(f" is {_APPEND_ONLY}", maxsplit=1)[0].split()[-1]
            raise PolicyViolation(
                f"The table {table} is append-only: rows are added in order, and none is changed or deleted.",
                next_step="Append a correcting entry instead.",
            ) from error
        raise Conflict(
            f"The ledger refuses the row: {redact(str(error.orig)).strip()}.",
            next_step="Read what is there already, then decide.",
        ) from error
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        busy = code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if busy or getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise _conflict(patience) from error
        raise _store_error(error.orig or error) from error
    except StatementError as error:
        if isinstance(error.orig, WorkbenchError):  # our own, from the binding of a value
            raise error.orig from None
        raise _store_error(error) from error
    except SQLAlchemyError as error:
        raise _store_error(error) from error


def _conflict(patience: Patience) -> Conflict:
    return Conflict(
        f"Another writer held the ledger for {patience.n_tries} × {patience.busy_timeout_s:g} s.",
        next_step="Try again; if it stays so, look for a process that hangs in a write.",
        waited_s=patience.n_tries * patience.busy_timeout_s,
    )


def _store_error(error: BaseException) -> StoreError:
    said = redact(str(error)).strip().rstrip(".?!")
    return StoreError(
        f"The ledger could not do it: {said}.",
        next_step="Check that its database can be reached and written, and has space left.",
    )
