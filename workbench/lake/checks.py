"""Checks at the door: what every row has to satisfy before anything is written.

One pass, vectorised over chunks; text columns are dictionary-encoded once and serve the window check and the
key check. Keys are compared by a 64-bit hash first, and looked up exactly only where two hashes are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.lake.rows import Rows
from workbench.lake.schema import Column, Table
from workbench.lake.window import Grain, Window, month_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

_MULTIPLIER = 0x9E3779B97F4A7C15  # odd, so that multiplying by it loses nothing
_NULL_HASH = 0x2545F4914F6CDD1D
#: Columns that decide which window a row belongs to.
_SLICE = ("network", "account_id", "grain", "level", "month", "date_start", "date_stop", "load_id")
_MAX_DENSE_CODES = 1 << 20
_SUSPECTS_AT_ONCE = 1000


@dataclass
class _Encoded:
    """A column as integer codes and the values they stand for; a missing value is one of them."""

    codes: npt.NDArray[np.int64]
    values: list[Any]


@dataclass
class _Door:
    """What has been seen so far in one pass."""

    table: Table
    windows: Sequence[Window] | None
    load_id: str
    n_rows: int = 0
    hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    known_slices: set[tuple[Any, ...]] = field(default_factory=set)


def check_rows(rows: Rows, windows: Sequence[Window] | None, *, load_id: str) -> int:
    """Check all rows of a load and count them.

    Parameters
    ----------
    rows : Rows
        Rows to check; a one-shot stream is spooled on the way.
    windows : sequence of Window, optional
        Windows that every row has to lie in.
    load_id : str
        Load that every row has to name.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    SchemaError
        If columns are unknown, missing or of another type.
    DataError
        If a required value is missing, a count is negative, a number is not finite, a row lies outside the
        windows or contradicts its own grain or month, or two rows have the same key.
    """
    import numpy as np

    door = _Door(rows.table, windows, load_id)
    for chunk in rows.first_pass():
        _check_values(door, chunk)
        encoded = {c: _encode(chunk.column(c)) for c in rows.table.names if c in {*rows.table.key, *_SLICE}}
        _check_slices(door, encoded)
        door.hashes.append(_key_hash(door.table, encoded, chunk.num_rows))
        door.n_rows += chunk.num_rows
    if door.hashes:
        hashes = np.sort(np.concatenate(door.hashes))
        equal = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        for start in range(0, len(equal), _SUSPECTS_AT_ONCE):
            _refuse_doubled_key(rows, door.hashes, equal[start : start + _SUSPECTS_AT_ONCE])
    return door.n_rows


def _check_values(door: _Door, chunk: pa.RecordBatch) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for column in door.table.columns:
        values = chunk.column(column.name)
        if column.required and values.null_count:
            raise _refused(door, column, "a required value is missing", values, values.is_null())
        if values.null_count == len(values):
            continue
        # Delta stores an empty partition value as a missing one. (A literal in Arrow would import pandas.)
        if column.name in door.table.partition_by and pc.min(pc.binary_length(values)).as_py() == 0:
            raise _refused(door, column, "the text is empty", values, pc.equal(values, ""))
        if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values)).as_py():
            infinite = pc.invert(pc.is_finite(values))
            raise _refused(door, column, "the number is not finite", values, infinite)
        if column.unit in ("count", "people") and (pc.min(values).as_py() or 0) < 0:
            raise _refused(door, column, "a count is negative", values, pc.less(values, 0))


def _refused(door: _Door, column: Column, what: str, *found: pa.Array) -> DataError:
    """Return the error for the first row of a chunk that a mask (the second array) holds for."""
    import pyarrow.compute as pc

    values, mask = found
    at = pc.index(pc.fill_null(mask, False), True).as_py()
    row = door.n_rows + at
    value = values[at].as_py()
    return DataError(
        f"Table {door.table.name!r}, column {column.name!r}, row {row}: {what} (received {value!r}).",
        next_step="Correct the row in the source; nothing of the load was written.",
        table=door.table.name,
        column=column.name,
        row=row,
        value=value,
    )


def _encode(column: pa.Array) -> _Encoded:
    import numpy as np

    if column.null_count == len(column):
        return _Encoded(np.zeros(len(column), np.int64), [None])
    encoded = column.dictionary_encode(null_encoding="encode")
    return _Encoded(np.from_dlpack(encoded.indices).astype(np.int64), encoded.dictionary.to_pylist())


def _check_slices(door: _Door, encoded: dict[str, _Encoded]) -> None:
    """Check every distinct combination of the slice columns once."""
    names = [name for name in _SLICE if name in encoded]
    for row, combination in _distinct([encoded[name] for name in names]):
        if combination not in door.known_slices:
            _check_slice(door, dict(zip(names, combination, strict=True)), door.n_rows + row)
            door.known_slices.add(combination)


def _distinct(columns: list[_Encoded]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield each distinct combination with the first row it occurs in."""
    import numpy as np

    if not columns or not len(columns[0].codes):
        return
    code = np.zeros(len(columns[0].codes), np.int64)
    n_codes = 1
    for column in columns:
        if n_codes * len(column.values) > _MAX_DENSE_CODES:
            used, code = np.unique(code, return_inverse=True)
            n_codes = len(used)
        code = code * len(column.values) + column.codes
        n_codes *= len(column.values)
    first = np.full(n_codes, -1, np.int64) if n_codes <= 4 * _MAX_DENSE_CODES else None
    if first is None:
        rows = np.unique(code, return_index=True)[1]
    else:
        first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
        rows = first[first >= 0]
    for row in rows.tolist():
        yield row, tuple(column.values[column.codes[row]] for column in columns)


def _check_slice(door: _Door, value: dict[str, Any], row: int) -> None:
    problem = _slice_problem(door, value)
    if problem:
        what, next_step = problem
        raise DataError(
            f"Table {door.table.name!r}, row {row}: {what}",
            next_step=f"{next_step} Nothing of the load was written.",
            table=door.table.name,
            row=row,
            value=value,
        )


def _slice_problem(door: _Door, value: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with a combination and what to do about it, or nothing."""
    start: date | None = value.get("date_start")
    stop: date | None = value.get("date_stop")
    if value.get("load_id", door.load_id) != door.load_id:
        return f"load_id {value['load_id']!r} is not the load {door.load_id!r}.", "Write one load at a time."
    if problem := _date_problem(value, start, stop):
        return problem
    if door.windows is not None and not any(_holds(window, value) for window in door.windows):
        names = ("network", "account_id", "grain", "date_start", "date_stop")
        shown = " × ".join(str(value[name]) for name in names if name in value)
        return (
            f"{shown} lies outside the window(s) {'; '.join(str(w) for w in door.windows[:3])}.",
            "Name its window too, or leave it out.",
        )
    return None


def _date_problem(value: dict[str, Any], start: date | None, stop: date | None) -> tuple[str, str] | None:
    if start is not None and value.get("month") != month_of(start):
        return f"month {value.get('month')!r} is not the month of {start}.", "Derive it with month_of."
    if start is not None and stop is not None and stop < start:
        return f"date_stop {stop} lies before date_start {start}.", "Swap the two days."
    if "grain" not in value:
        return None
    grain = Grain.parse(value["grain"])
    if grain.level != value.get("level"):
        return f"level {value.get('level')!r} is not that of grain {grain}.", "Make the two agree."
    if grain.increment == "day" and start != stop:
        return f"{start} – {stop} is no single day, but the grain is {grain}.", "Use increment 'range'."
    return None


def _holds(window: Window, value: dict[str, Any]) -> bool:
    if (window.network, window.account_id) != (value["network"], value["account_id"]):
        return False
    if "grain" not in value:
        return bool(window.period.start <= value["date_start"] <= window.period.stop)
    if str(window.grain) != value["grain"]:
        return False
    if window.grain.increment == "range":
        return bool((window.period.start, window.period.stop) == (value["date_start"], value["date_stop"]))
    return bool(window.period.start <= value["date_start"] <= window.period.stop)


def _key_hash(table: Table, encoded: dict[str, _Encoded], n_rows: int) -> npt.NDArray[np.uint64]:
    import numpy as np

    mixed = np.zeros(n_rows, np.uint64)
    for name in table.key:
        column = encoded[name]
        values = [_NULL_HASH if v is None else hash((name, v)) & 0xFFFFFFFFFFFFFFFF for v in column.values]
        mixed *= np.uint64(_MULTIPLIER)
        if len(values) == 1:
            mixed ^= np.uint64(values[0])
        else:
            mixed ^= np.array(values, np.uint64)[column.codes]
    return mixed


def _refuse_doubled_key(
    rows: Rows, hashes: list[npt.NDArray[np.uint64]], equal: npt.NDArray[np.uint64]
) -> None:
    """Look the rows of equal hashes up and refuse the first key that really occurs twice."""
    import numpy as np

    key = list(rows.table.key)
    seen: dict[tuple[Any, ...], int] = {}
    offset = 0
    for chunk, chunk_hashes in zip(rows.batches(), hashes, strict=True):
        suspects = np.flatnonzero(np.isin(chunk_hashes, equal))
        for at, values in zip(suspects.tolist(), chunk.select(key).take(suspects).to_pylist(), strict=True):
            found = tuple(values.values())
            if found in seen:
                shown = {k: str(v) for k, v in values.items() if v is not None}
                raise DataError(
                    f"Table {rows.table.name!r}: rows {seen[found]} and {offset + at} have the same key "
                    f"{shown}.",
                    next_step="Leave one of the two out, or tell them apart by a breakdown column.",
                    table=rows.table.name,
                    key=values,
                    rows=(seen[found], offset + at),
                )
            seen[found] = offset + at
        offset += chunk.num_rows
