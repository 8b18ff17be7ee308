"""Windows as SQL: which rows a replacement deletes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from workbench.core.errors import DataError
from workbench.lake.schema import Table
from workbench.lake.window import Window


def quoted(text: str) -> str:
    """Write a text as an SQL literal.

    Examples
    --------
    >>> quoted("O'Neill")
    "'O''Neill'"
    """
    return "'" + text.replace("'", "''") + "'"


def require_windows(table: Table, windows: Sequence[Window]) -> None:
    """Refuse tables that have no windows, and an empty list of them.

    Raises
    ------
    DataError
        If ``table`` has no account and dates, or ``windows`` is empty.
    """
    if not {"network", "account_id", "date_start"} <= set(table.names):
        raise DataError(
            f"Rows of {table.name!r} belong to no window of network, account and dates.",
            next_step="Use Lake.append for this table.",
            table=table.name,
        )
    if not windows:
        raise DataError(
            f"No window was given to replace in {table.name!r}.",
            next_step="Name at least one window; a window may be replaced by zero rows.",
            table=table.name,
        )


def delete_predicate(table: Table, windows: Sequence[Window]) -> str:
    """Return the SQL condition that holds for exactly the rows of ``windows``.

    The partition columns stand in front, so that files of other accounts and months are neither read nor
    in conflict with another writer. A table without a grain is replaced by network, account and dates alone.

    Parameters
    ----------
    table : Table
        Table the rows are in.
    windows : sequence of Window
        At least one.

    Returns
    -------
    str
        Condition that Delta and DuckDB both understand.
    """
    require_windows(table, windows)
    (_, _, accounts), (_, _, months) = partition_filters(windows)
    has_grain = "grain" in table.names

    def owner(window: Window) -> tuple[str, str, str]:
        return window.network, window.account_id, str(window.grain) if has_grain else ""

    clauses = []
    for (network, account, grain), group in groupby(sorted(windows, key=owner), key=owner):
        parts = [f"network = {quoted(network)}", f"account_id = {quoted(account)}"]
        if has_grain:
            parts.append(f"grain = {quoted(grain)}")
        parts.append(_any(_dates(window, has_grain=has_grain) for window in group))
        clauses.append("(" + " AND ".join(parts) + ")")
    return f"account_id IN ({_list(accounts)}) AND month IN ({_list(months)}) AND {_any(clauses)}"


def partition_filters(windows: Sequence[Window]) -> list[tuple[str, str, list[str]]]:
    """Return the partitions that windows lie in, as the Delta library's own filters."""
    return [
        ("account_id", "in", sorted({w.account_id for w in windows})),
        ("month", "in", sorted({month for w in windows for month in w.months})),
    ]


def _dates(window: Window, *, has_grain: bool) -> str:
    start, stop = (f"CAST('{day.isoformat()}' AS DATE)" for day in (window.period.start, window.period.stop))
    if has_grain and window.grain.increment == "range":
        return f"(date_start = {start} AND date_stop = {stop})"
    return f"(date_start >= {start} AND date_start <= {stop})"


def _any(clauses: Iterable[str]) -> str:
    return "(" + " OR ".join(dict.fromkeys(clauses)) + ")"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(quoted(text) for text in texts)
