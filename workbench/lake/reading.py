"""Reading: Delta tables as DuckDB views over their own files, read only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, PolicyViolation
from workbench.lake.location import Location
from workbench.lake.predicates import delete_predicate, partition_filters, quoted
from workbench.lake.schema import TABLES, Table
from workbench.lake.window import Window

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_SQL_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "bool": "BOOLEAN",
}


def connect(location: Location, versions: Mapping[str, int | None]) -> DuckDBPyConnection:
    """Open an in-memory DuckDB with one view per table of the lake, closed to anything else.

    Parameters
    ----------
    location : Location
        The lake.
    versions : mapping of str to int or None
        Version of each table; ``None`` for a table without rows.

    Returns
    -------
    duckdb.DuckDBPyConnection
        Its views read exactly these versions; it can reach no other file and no network.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET python_enable_replacements = false")
    files: list[str] = []
    for name, version in versions.items():
        table = TABLES[name]
        opened = None if version is None else location.open(name, version)
        if opened is not None and location.is_local:
            own = location.files(opened, table)
            files += {*own, *map(literal_path, own)}  # the permission is asked for in either writing
            _create_view(connection, table, parquet_source(own, table) if own else None)
        elif opened is not None:
            connection.register(f"{name}_files", opened.to_pyarrow_dataset())
            _create_view(connection, table, f"{name}_files")
        else:
            _create_view(connection, table, None)
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def parquet_source(files: Sequence[str], table: Table) -> str:
    """Return the DuckDB expression that reads a table's files.

    Files written before a column was added lack it, hence the union by name; the values of the partition
    columns stand in the folders' names and stay texts, also where they look like numbers or dates.
    """
    types = ", ".join(f"{name}: {_SQL_TYPES[table.column(name).dtype]}" for name in table.partition_by)
    listed = ", ".join(quoted(literal_path(path)) for path in files)
    return (
        f"read_parquet([{listed}], union_by_name = true, "
        f"hive_partitioning = true, hive_types = {{{types}}}, hive_types_autocast = false)"
    )


def literal_path(path: str) -> str:
    """Write a path so that DuckDB takes its stars and question marks as they are."""
    return re.sub(r"([*?])", r"[\1]", path)


def _create_view(connection: DuckDBPyConnection, table: Table, source: str | None) -> None:
    present = connection.sql(f"SELECT * FROM {source}").columns if source else []
    columns = ", ".join(
        f'"{c.name}"' if c.name in present else f'CAST(NULL AS {_SQL_TYPES[c.dtype]}) AS "{c.name}"'
        for c in table.columns
    )
    tail = f" FROM {source}" if source else " WHERE false"
    connection.execute(f'CREATE VIEW "{table.name}" AS SELECT {columns}{tail}')


def count_by_load(
    location: Location, opened: DeltaTable, table: Table, windows: Sequence[Window]
) -> dict[str, int]:
    """Count the rows that windows hold, by the load that wrote them."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        if location.is_local:
            files = location.files(opened, table, partition_filters(windows))
            source = parquet_source(files, table)
        else:
            files = opened.file_uris(file_pruning_predicate=partition_filters(windows))
            source = "files"
            connection.register(source, opened.to_pyarrow_dataset())
        if not files:
            return {}
        held = connection.sql(
            f"SELECT load_id, count(*) FROM {source} "
            f"WHERE {delete_predicate(table, windows)} GROUP BY load_id"
        )
        return dict(held.fetchall())


def run(connection: DuckDBPyConnection, query: str, params: Sequence[Any]) -> pa.Table:
    """Run one reading query.

    Raises
    ------
    PolicyViolation
        If the query would write, change a setting or leave the lake.
    DataError
        If the query is not valid, with DuckDB's own reason.
    """
    import duckdb

    try:
        require_reading(connection, query)
        relation = connection.sql(query, params=list(params) or None)
        return _whole_numbers(relation)
    except duckdb.PermissionException as error:
        raise PolicyViolation(
            f"The query reaches outside the lake: {_first_line(error)}",
            next_step=f"Read from {', '.join(TABLES)} only.",
            query=query,
        ) from None
    except duckdb.Error as error:
        raise DataError(
            f"The query cannot be answered: {_first_line(error)}",
            next_step=f"The tables are {', '.join(TABLES)}; their columns are in data/README.md.",
            query=query,
        ) from None


def require_reading(connection: DuckDBPyConnection, query: str) -> None:
    """Refuse anything but one SELECT (or what DuckDB treats as one, or EXPLAIN)."""
    import duckdb

    statements = connection.extract_statements(query)
    kinds = [statement.type for statement in statements]
    allowed = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    if len(kinds) == 1 and kinds[0] in allowed:
        return
    received = ", ".join(kind.name for kind in kinds) or "nothing"
    raise PolicyViolation(
        f"The lake answers one SELECT at a time; received {received}.",
        next_step="Write through Lake.append or Lake.replace.",
        query=query,
    )


def _whole_numbers(relation: DuckDBPyRelation) -> pa.Table:
    """Return the rows, with sums of integers as 64-bit integers instead of 38-digit decimals."""
    import pyarrow as pa

    types = [str(kind) for kind in relation.types]
    found = relation.to_arrow_table()
    for at, kind in enumerate(types):
        if kind == "HUGEINT":
            try:
                column = found.column(at).cast(pa.int64())
            except pa.ArrowInvalid:  # beyond 64 bits: the decimal is exact as well
                continue
            found = found.set_column(at, found.schema.names[at], column)
    return found


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") + "."
