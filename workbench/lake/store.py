"""The lake as one object: write, replace, ask, and say what was believed when."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.lake import reading
from workbench.lake.commits import Commit, write
from workbench.lake.compare import differing_days
from workbench.lake.history import (
    RETENTION_DAYS,
    PastCommit,
    aware_utc,
    first_answer,
    past_commits,
    too_early,
    version_at,
)
from workbench.lake.location import locate
from workbench.lake.schema import TABLES, Table
from workbench.lake.tidy import Tidied, tidy
from workbench.lake.window import Window

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_KEPT_SNAPSHOTS = 4


class Lake:
    """Facts of one installation: typed Delta tables in a folder or an object store.

    Readers never block and never see half a commit. Every call sees the newest commits of all tables.

    Parameters
    ----------
    root : str or Path
        A folder (made by the first write), or ``s3://``, ``abfss://``, ``gs://``; an object store takes its
        options from the environment (``AWS_*``, ``AZURE_*``, ``GOOGLE_*``).

    Raises
    ------
    ConfigError
        If the scheme is unknown or the folder's name cannot be used.

    Examples
    --------
    >>> Lake("no-such-folder").is_empty()
    True
    """

    def __init__(self, root: str | Path) -> None:
        self.location = locate(str(root))
        self._lock = threading.Lock()
        self._snapshots: OrderedDict[tuple[tuple[str, int | None], ...], DuckDBPyConnection] = OrderedDict()
        self._commits: dict[str, tuple[int, tuple[PastCommit, ...]]] = {}
        self._digests: dict[str, tuple[tuple[int, int, int, int], str]] = {}

    def __repr__(self) -> str:
        return f"Lake({self.location.root!r})"

    @property
    def root(self) -> str:
        """Absolute folder or URL of the lake."""
        return self.location.root

    def append(self, table: str, data: Any, *, load_id: str, believed_at: datetime | None = None) -> Commit:
        """Add rows; a ``load_id`` that was appended before changes nothing.

        Parameters
        ----------
        table : str
            Name of the table.
        data : pyarrow Table, RecordBatchReader or iterable of RecordBatch
            Rows in the columns of :mod:`workbench.lake.schema`; optional columns may be left out.
        load_id : str
            The load, derived from its content, so that loading twice gives it twice.
        believed_at : datetime, optional
            Moment from which the rows are believed; now by default. Never earlier than the last commit's.

        Raises
        ------
        SchemaError, DataError
            If the rows fail a check at the door; nothing is written then.
        Conflict, StoreError
            If the store could not take them; nothing is written then.
        """
        return write(
            self.location,
            self._table(table),
            data,
            load_id=load_id,
            believed_at=believed_at,
            windows=None,
        )

    def replace(
        self,
        table: str,
        windows: Sequence[Window],
        data: Any,
        *,
        load_id: str,
        believed_at: datetime | None = None,
    ) -> Commit:
        """Replace all rows of ``windows`` by ``data``, in one commit that readers see whole or not at all.

        A daily window gives up every day of its period; a window of ranges exactly the rows of its own first
        and last day. In tables without a grain a window is network, account and dates. Zero rows are allowed.
        If the windows hold exactly this load already, nothing is written and ``Commit.changed`` is false.

        Parameters
        ----------
        table, data, load_id, believed_at
            As in :meth:`append`.
        windows : sequence of Window
            What the load owns; a row outside of them is refused.

        Raises
        ------
        SchemaError, DataError
            If the rows fail a check at the door; nothing is written then.
        Conflict, StoreError
            If the store could not take them; nothing is written then.
        """
        return write(
            self.location,
            self._table(table),
            data,
            load_id=load_id,
            believed_at=believed_at,
            windows=tuple(windows),
        )

    def sql(self, query: str, *, as_of: datetime | None = None, params: Sequence[Any] = ()) -> pa.Table:
        """Ask one SELECT over the tables, each a view of its own name.

        Parameters
        ----------
        query : str
            DuckDB's SQL; ``?`` stands for a parameter. Sums of integers come back as 64-bit integers.
        as_of : datetime, optional
            Answer with what was believed at this moment.
        params : sequence
            Values for the parameters.

        Raises
        ------
        PolicyViolation
            If the query writes or reaches outside the lake.
        DataError
            If the query is not valid, or ``as_of`` has no time zone or lies before :meth:`earliest`.
        """
        return reading.run(self._connection(as_of), query, params)

    def frame(self, table: str, *, as_of: datetime | None = None) -> nw.LazyFrame[Any]:
        """Return a table as a lazy narwhals frame; ``collect()`` runs it in DuckDB.

        Raises
        ------
        DataError
            As in :meth:`sql`.
        """
        import narwhals as nw

        return nw.from_native(self._connection(as_of).sql(f'FROM "{self._table(table).name}"')).lazy()

    def differing_days(
        self, table: str, window: Window, batches: Iterable[pa.RecordBatch]
    ) -> tuple[date, ...]:
        """Return the days of a window on which ``batches`` differ from the rows held, loads aside.

        Parameters
        ----------
        table : str
            Name of the table.
        window : Window
            Days to compare.
        batches : iterable of pyarrow.RecordBatch
            All rows of the window as they are to be; read once.
        """
        return differing_days(self, self._table(table), window, batches)

    def version(self) -> str:
        """Return a short token that changes with every commit of any table; empty for an empty lake.

        A copy of the folder has the same token. For a folder it costs a listing and loads no library.
        """
        digest = hashlib.blake2b(digest_size=8)
        versions = self._versions()
        for name, number in versions.items():
            if number is not None:
                digest.update(f"{name}:{number}:{self._commit_digest(name, number)};".encode())
        return digest.hexdigest() if any(v is not None for v in versions.values()) else ""

    def is_empty(self, table: str = "ad_insights") -> bool:
        """Say whether a table has no rows now."""
        if self._versions()[self._table(table).name] is None:
            return True
        return not self.sql(f"SELECT 1 FROM {table} LIMIT 1").num_rows

    def earliest(self) -> datetime | None:
        """Return the first moment that ``as_of`` can answer for; ``None`` for an empty lake."""
        logs = [self._log(name) for name, number in self._versions().items() if number is not None]
        complete = [log for log in logs if first_answer(log).version == 0]
        truncated = [log for log in logs if first_answer(log).version > 0]
        moments = [first_answer(log).believed_at for log in truncated or complete]
        return (max(moments) if truncated else min(moments)) if moments else None

    def history(self, table: str = "ad_insights") -> tuple[PastCommit, ...]:
        """Return the commits of a table that are still in its log, oldest first."""
        return self._log(self._table(table).name) if self._versions()[table] is not None else ()

    def tidy(self, *, retention_days: int = RETENTION_DAYS) -> tuple[Tidied, ...]:
        """Compact small files, and remove what was superseded longer ago than ``retention_days``.

        Raises
        ------
        DataError
            If ``retention_days`` is below 400: older beliefs must stay answerable that long.
        """
        return tidy(self.location, retention_days=retention_days)

    def _table(self, name: str) -> Table:
        if name not in TABLES:
            raise DataError(
                f"The lake has no table {name!r}.",
                next_step=f"Its tables are {', '.join(TABLES)}.",
                table=name,
            )
        return TABLES[name]

    def _versions(self) -> dict[str, int | None]:
        if self.location.is_local:
            return {name: self.location.latest_version(name) for name in TABLES}
        opened = {name: self.location.open(name) for name in TABLES}
        return {name: None if table is None else table.version() for name, table in opened.items()}

    def _commit_digest(self, name: str, number: int) -> str:
        """Return a digest of a local commit, so that a lake made anew does not look like the old one."""
        if not self.location.is_local:
            return ""
        path = Path(self.location.table_uri(name)) / "_delta_log" / f"{number:020d}.json"
        try:
            stat = path.stat()
            stamp = (number, stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self._digests.get(name)
            if known is None or known[0] != stamp:
                known = stamp, hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
                self._digests[name] = known
            return known[1]
        except FileNotFoundError:  # only its checkpoint is left
            return ""

    def _log(self, name: str) -> tuple[PastCommit, ...]:
        known = self._commits.get(name)
        # A folder tells its version by a listing; opening the table reads its whole log.
        if known is not None and self.location.is_local and known[0] == self.location.latest_version(name):
            return known[1]
        opened = self.location.open(name)
        if opened is None:
            return ()
        if known is None or known[0] != opened.version():
            known = opened.version(), past_commits(opened)
            self._commits[name] = known
        return known[1]

    def _versions_at(self, moment: datetime) -> dict[str, int | None]:
        moment = aware_utc(moment, name="as_of")
        earliest = self.earliest()
        if earliest is not None and moment < earliest:
            raise too_early(moment, earliest)
        logs = {name: self._log(name) for name, v in self._versions().items() if v is not None}
        return {name: version_at(logs[name], moment) if name in logs else None for name in TABLES}

    def _connection(self, as_of: datetime | None) -> DuckDBPyConnection:
        versions = self._versions() if as_of is None else self._versions_at(as_of)
        key = tuple(versions.items())
        with self._lock:
            if key not in self._snapshots:
                self._snapshots[key] = reading.connect(self.location, versions)
                while len(self._snapshots) > _KEPT_SNAPSHOTS:
                    self._snapshots.popitem(last=False)
            self._snapshots.move_to_end(key)
            return self._snapshots[key].cursor()
