"""Which days of a window would change: rows that the lake holds already need no new commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from workbench.lake.predicates import delete_predicate
from workbench.lake.schema import Table, arrow_schema
from workbench.lake.window import Window

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.lake.store import Lake


def differing_days(
    lake: Lake, table: Table, window: Window, batches: Iterable[pa.RecordBatch]
) -> tuple[date, ...]:
    """Return the days on which rows differ from those that the lake holds, in order.

    Which load a row came with does not count. Rows of a day are compared as a set, by their number and by the
    exclusive or of a 64-bit hash of each: keys are unique, so no two of them cancel out.

    Parameters
    ----------
    lake : Lake
        Where the held rows are.
    table : Table
        Their table.
    window : Window
        Days to compare.
    batches : iterable of pyarrow.RecordBatch
        All rows of the window as they are to be, with the table's columns; read once.
    """
    import duckdb
    import pyarrow as pa

    columns = ", ".join(f'"{name}"' for name in table.names if name != "load_id")
    asked = f"SELECT date_start AS day, count(*) AS n_rows, bit_xor(hash({columns})) AS content FROM"
    held = lake.sql(f"{asked} {table.name} WHERE {delete_predicate(table, [window])} GROUP BY ALL")
    reader = pa.RecordBatchReader.from_batches(arrow_schema(table.name), iter(batches))
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("brought", reader)
        brought = connection.sql(f"{asked} brought GROUP BY ALL").fetchall()
    before = {_plain(row["day"]): (row["n_rows"], row["content"]) for row in held.to_pylist()}
    after = {_plain(day): (n_rows, content) for day, n_rows, content in brought}
    return tuple(sorted(day for day in {*before, *after} if before.get(day) != after.get(day)))


def _plain(day: Any) -> date:
    return date(day.year, day.month, day.day)
