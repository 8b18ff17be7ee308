"""Rows on their way into a table: brought to its schema, and readable more than once.

A commit may have to be tried again and a key that occurs twice has to be looked up, so a one-shot stream is
spooled: to memory while it is small, then to a file without a name that vanishes with the process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from workbench.core.errors import SchemaError
from workbench.lake.schema import Table, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are checked and written at a time; bounds the memory of a load.
CHUNK_ROWS = 262_144
_SPOOL_IN_MEMORY_BYTES = 32 * 2**20


@cache
def stored_schema(table_name: str) -> pa.Schema:
    """Return a table's schema as it is stored: the checks at the door guard required values, not Delta.

    So a column that becomes required later does not make older rows unreadable.
    """
    import pyarrow as pa

    return pa.schema([field.with_nullable(True) for field in arrow_schema(table_name)])


class Rows:
    """Rows of one load, in chunks of the table's own schema.

    Parameters
    ----------
    table : Table
        Table they go to.
    data : Table, RecordBatch, RecordBatchReader, or iterable of RecordBatch or Table
        Arrow data, or anything that exports an Arrow stream.
    load_id : str
        Filled in where the data has no such column.

    Raises
    ------
    SchemaError
        If the data is no Arrow data, or a column is unknown, missing or of another type.
    """

    def __init__(self, table: Table, data: Any, *, load_id: str) -> None:
        self.table = table
        self.schema = stored_schema(table.name)
        self._load_id = load_id
        self._data = data
        self._spool: IO[bytes] | None = None
        self._again = _replayable(data)

    def first_pass(self) -> Iterator[pa.RecordBatch]:
        """Yield the chunks once, and keep them for :meth:`batches` if the source cannot be read twice."""
        if self._again is not None:
            yield from self.batches()
            return
        import pyarrow as pa

        self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as the rows
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_stream(self._spool, self.schema, options=options) as sink:
            for chunk in self._conformed(_one_shot(self._data, self.table)):
                sink.write_batch(chunk)
                yield chunk

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the chunks again, after :meth:`first_pass` has ended."""
        import pyarrow as pa

        if self._again is not None:
            yield from self._conformed(self._again())
        elif self._spool is not None:
            self._spool.seek(0)
            yield from pa.ipc.open_stream(self._spool)

    def reader(self) -> pa.RecordBatchReader:
        """Return a fresh Arrow stream over :meth:`batches`."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.batches())

    def close(self) -> None:
        """Give the spooled bytes back."""
        if self._spool is not None:
            self._spool.close()

    def _conformed(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # Joined first and padded with missing columns afterwards: joining is what costs.
        for chunk in _chunked(batches):
            conformed = self._conform(chunk)
            if conformed.num_rows:
                yield conformed

    def _conform(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        if batch.schema == self.schema:
            return batch
        names = batch.schema.names
        _refuse_columns(self.table, names, fills={"load_id"})
        columns = []
        for field in self.schema:
            if field.name in names:
                columns.append(_cast(self.table, field, batch.column(names.index(field.name))))
            elif field.name == "load_id":
                columns.append(pa.repeat(pa.scalar(self._load_id), batch.num_rows))
            else:
                columns.append(pa.nulls(batch.num_rows, field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def _refuse_columns(table: Table, names: list[str], *, fills: set[str]) -> None:
    unknown = sorted(set(names) - set(table.names))
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [c.name for c in table.columns if c.required and c.name not in names and c.name not in fills]
    for what, columns in (("unknown", unknown), ("doubled", twice), ("missing", missing)):
        if columns:
            raise SchemaError(
                f"Table {table.name!r}: {what} column {', '.join(map(repr, columns))}.",
                next_step=f"Expected are {', '.join(table.names)}; received were {', '.join(names)}.",
                table=table.name,
                column=columns[0],
                columns=tuple(columns),
            )


def _cast(table: Table, field: pa.Field, column: pa.Array) -> pa.Array:
    """Widen a column to the stored type; anything that could lose a value is refused."""
    import pyarrow as pa

    if column.type == field.type:
        return column
    try:
        if not _widens(column.type, field.type):
            raise pa.ArrowInvalid("the types are of different kinds")
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SchemaError(
            f"Table {table.name!r}, column {field.name!r}: expected {field.type}, "
            f"received {column.type} ({error}).",
            next_step=f"Convert the column to {field.type} before loading.",
            table=table.name,
            column=field.name,
            expected=str(field.type),
            received=str(column.type),
        ) from None


def _widens(received: pa.DataType, expected: pa.DataType) -> bool:
    import pyarrow.types as t

    if t.is_null(received):
        return True
    if t.is_dictionary(received):
        return _widens(received.value_type, expected)
    if t.is_string(expected):
        return bool(t.is_string(received) or t.is_large_string(received) or t.is_string_view(received))
    if t.is_int64(expected):
        return bool(t.is_integer(received))
    if t.is_float64(expected):
        return bool(t.is_integer(received) or t.is_float32(received))
    return bool(t.is_timestamp(expected) and t.is_timestamp(received) and received.tz is not None)


def _replayable(data: Any) -> Callable[[], Iterator[pa.RecordBatch]] | None:
    """Return a way to read in-memory data any number of times; ``None`` for one-shot sources."""
    import pyarrow as pa

    if isinstance(data, pa.RecordBatch):
        return lambda: iter([data])
    if isinstance(data, pa.Table):
        return lambda: iter(data.to_batches(max_chunksize=CHUNK_ROWS) or _empty(data.schema))
    if isinstance(data, list | tuple) and all(isinstance(part, pa.RecordBatch | pa.Table) for part in data):
        return lambda: (batch for part in data for batch in _replayable(part)())  # type: ignore[misc]
    return None


def _empty(schema: pa.Schema) -> list[pa.RecordBatch]:
    # A table without rows has no batches, and its columns would go unchecked.
    import pyarrow as pa

    return [pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)]


def _one_shot(data: Any, table: Table) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    if hasattr(data, "__arrow_c_stream__"):
        yield from pa.RecordBatchReader.from_stream(data)
        return
    parts: Iterable[Any] = (
        data if isinstance(data, Iterable) and not isinstance(data, str | bytes) else [data]
    )
    for part in parts:
        if not isinstance(part, pa.RecordBatch | pa.Table):
            raise SchemaError(
                f"Table {table.name!r}: received {type(part).__name__}, which is no Arrow data.",
                next_step="Give a pyarrow Table, a RecordBatchReader or an iterable of RecordBatch.",
                table=table.name,
                received=type(part).__name__,
            )
        yield from _replayable(part)()  # type: ignore[misc]


def _chunked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Bring batches to a size at which a check per batch costs little and memory stays bounded."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        for start in range(0, max(batch.num_rows, 1), CHUNK_ROWS):
            piece = batch.slice(start, CHUNK_ROWS)
            full = n_waiting + piece.num_rows > CHUNK_ROWS
            if waiting and (full or piece.schema != waiting[0].schema):
                yield pa.concat_batches(waiting)
                waiting, n_waiting = [], 0
            waiting.append(piece)
            n_waiting += piece.num_rows
    if waiting:
        yield waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)
