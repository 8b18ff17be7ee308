"""The days that were delivered, as columns, saved in whole months that are named by their content."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError

Arrays = dict[str, NDArray[Any]]

#: Columns of delivered ad-days; the three expected ones are the truth given the day's prices and rates.
ROW_COLUMNS: dict[str, type[np.generic]] = {
    "day": np.int32,
    "ad": np.int32,
    "impressions": np.int64,
    "spend_minor": np.int64,
    "link_clicks": np.int32,
    "other_clicks": np.int32,
    "results": np.int32,
    "page_views": np.int32,
    "click_rate": np.float64,
    "result_rate": np.float64,
    "price": np.float64,
    "expected_results": np.float64,
}
#: Columns of conversions, by the day of the ad contact.
CONVERSION_COLUMNS: dict[str, type[np.generic]] = {
    "day": np.int32,
    "ad": np.int32,
    "index": np.int32,
    "delay": np.int8,
    "is_view": np.bool_,
    "minute": np.int16,
    "value_minor": np.int64,
    "customer_after": np.int16,
    "customer_minor": np.int64,
}


@dataclass
class History:
    """Everything that was delivered so far; both parts are sorted by day.

    Attributes
    ----------
    rows, conversions : dict of str to ndarray
        Columns as in :data:`ROW_COLUMNS` and :data:`CONVERSION_COLUMNS`.
    """

    rows: Arrays = field(default_factory=lambda: _empty(ROW_COLUMNS))
    conversions: Arrays = field(default_factory=lambda: _empty(CONVERSION_COLUMNS))

    def extend(self, rows: Arrays, conversions: Arrays) -> None:
        """Add days that come after all others."""
        self.rows = _joined([self.rows, rows], ROW_COLUMNS)
        self.conversions = _joined([self.conversions, conversions], CONVERSION_COLUMNS)

    def between(self, first: int, last: int) -> tuple[Arrays, Arrays]:
        """Return the rows and conversions whose (contact) days have these numbers, both included."""
        return _cut(self.rows, first, last), _cut(self.conversions, first, last)


def _empty(columns: dict[str, type[np.generic]]) -> Arrays:
    return {name: np.zeros(0, dtype) for name, dtype in columns.items()}


def _joined(parts: list[Arrays], columns: dict[str, type[np.generic]]) -> Arrays:
    return {
        name: np.concatenate([np.asarray(part[name]).astype(dtype) for part in parts])
        for name, dtype in columns.items()
    }


def _cut(table: Arrays, first: int, last: int) -> Arrays:
    start, stop = np.searchsorted(table["day"], [first, last + 1])
    return {name: values[start:stop] for name, values in table.items()}


def months(start: date, n_days: int) -> dict[str, tuple[int, int]]:
    """Return the first and last day's number of each month.

    Examples
    --------
    >>> months(date(2026, 1, 30), 3)
    {'2026-01': (0, 1), '2026-02': (2, 2)}
    """
    out: dict[str, tuple[int, int]] = {}
    for i in range(n_days):
        month = f"{start + timedelta(days=i):%Y-%m}"
        out[month] = (out.get(month, (i, i))[0], i)
    return out


def save_months(
    folder: Path, history: History, start: date, n_days: int, *, known: dict[str, str]
) -> dict[str, str]:
    """Save the months that are not saved yet, and return each month's file name.

    A file's name has the SHA-256 of its content, so a file is never changed once it has its name, and saving
    the same days gives the same bytes.

    Parameters
    ----------
    folder : Path
        Where the files go.
    history : History
        What was delivered.
    start : date
        First day.
    n_days : int
        Number of days.
    known : dict of str to str
        Files of the last save; all but its last month are kept unread.
    """
    wanted = months(start, n_days)
    closed = dict(list(known.items())[:-1])
    out = {}
    for month, (first, last) in wanted.items():
        out[month] = closed.get(month) or _save(folder, month, *history.between(first, last))
    return out


def _save(folder: Path, month: str, rows: Arrays, conversions: Arrays) -> str:
    named = {f"rows_{k}": v for k, v in rows.items()} | {
        f"conversions_{k}": v for k, v in conversions.items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **named)
    content = buffer.getvalue()
    name = f"{month}-{hashlib.sha256(content).hexdigest()[:16]}.npz"
    write_whole(folder / name, content)
    return name


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)


def load_months(folder: Path, files: dict[str, str]) -> History:
    """Read the saved months.

    Raises
    ------
    DataError
        If a file is missing or is not the one that was saved.
    """
    rows, conversions = [_empty(ROW_COLUMNS)], [_empty(CONVERSION_COLUMNS)]
    for month, name in files.items():
        try:
            content = (folder / name).read_bytes()
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest()[:16] != name.removesuffix(".npz")[-16:]:
            raise DataError(
                f"{folder / name} is missing or damaged.",
                next_step="Make the sandbox's world again: delete its folder and create it anew.",
                path=str(folder / name),
                month=month,
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as saved:
            rows.append({k: saved[f"rows_{k}"] for k in ROW_COLUMNS})
            conversions.append({k: saved[f"conversions_{k}"] for k in CONVERSION_COLUMNS})
    return History(_joined(rows, ROW_COLUMNS), _joined(conversions, CONVERSION_COLUMNS))
