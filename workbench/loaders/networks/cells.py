"""The cells of a table by the headers of a description, and the numbers in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.loaders import values
from workbench.loaders.grid import Grid, read_grid
from workbench.loaders.networks.description import Metric
from workbench.loaders.networks.detect import count_known, plain_headers
from workbench.loaders.numbers import Numbers, blank_mask, parse_numbers, whole_counts
from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_LONGEST_INT64 = 18


@dataclass(frozen=True)
class Cells:
    """A table of texts, asked by plain header.

    Attributes
    ----------
    grid : Grid
        The file.
    positions : dict of str to int
        Plain header -> column.
    """

    grid: Grid
    positions: dict[str, int]

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.grid.n_records

    def header(self, name: str) -> str:
        """Return a header as it stands in the file."""
        return self.grid.headers[self.positions[name]]

    def raw(self, name: str) -> pa.Array | None:
        """Return a column's cells as they stand in the file; None if there is no such column."""
        position = self.positions.get(name)
        return None if position is None else self.grid.columns[position]

    def texts(self, name: str | None) -> pa.Array:
        """Return a column's trimmed cells, null where blank or where there is no such column."""
        import pyarrow as pa

        raw = None if name is None else self.raw(name)
        return pa.nulls(self.n, pa.string()) if raw is None else values.texts(raw)


def read_cells(path: Path) -> Cells:
    """Read the table of a file.

    Raises
    ------
    Unreadable
        If it is no table of any network, or a header stands in it twice.
    """
    return cells_of(read_grid(path, count_known))


def cells_of(grid: Grid) -> Cells:
    """Look up the columns of a grid by their plain headers.

    Raises
    ------
    Unreadable
        If a header stands in it twice.
    """
    names = plain_headers(grid.headers)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Unreadable(
            f"The header {twice[0]!r} stands in the file {names.count(twice[0])} times.",
            column=twice[0],
            next_step="Export the table again.",
        )
    return Cells(grid, {name: at for at, name in enumerate(names)})


def read_metric(cells: Cells, metric: Metric, *, is_money: bool, is_count: bool) -> Numbers | None:
    """Read the columns of a metric and add them row by row; None if the file has none of them.

    Parameters
    ----------
    cells : Cells
        The file.
    metric : Metric
        Its columns.
    is_money : bool
        Whether the unit of the description counts, and values below zero are allowed.
    is_count : bool
        Whether the values have to be whole.

    Returns
    -------
    Numbers or None
        Millionths of the unit, blank where all its columns are.

    Raises
    ------
    Unreadable
        At the first cell that is no such number.
    """
    import numpy as np

    total: Numbers | None = None
    for name in metric.columns:
        raw = cells.raw(name)
        if raw is None:
            continue
        header = cells.header(name)
        if is_money and metric.unit == "micros":
            found = Numbers(read_micros(raw, header), blank_mask(raw), 0)
        else:
            found = parse_numbers(raw, decimal=".", header=header)
        if is_count:
            whole_counts(found, raw, header)
        elif not is_money:
            _refuse_negative(found, raw, header)
        total = found if total is None else _added(total, found, np.logical_and)
    return total


def _added(first: Numbers, second: Numbers, both: np.ufunc) -> Numbers:
    is_blank = both(first.is_blank, second.is_blank)
    return Numbers(first.micros + second.micros, is_blank, max(first.n_decimals, second.n_decimals))


def _refuse_negative(numbers: Numbers, raw: pa.Array, header: str) -> None:
    below = numbers.micros < 0
    if below.any():
        at = int(below.argmax())
        raise Unreadable(f"{raw[at].as_py()!r} is below zero.", record=at, column=header)


def read_micros(texts: pa.Array, header: str) -> np.ndarray:
    """Read amounts that are written in millionths, rounding what is finer half to even.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Cells as they stand in the file; blank ones are zero.
    header : str
        Header of the column, for the error.

    Returns
    -------
    ndarray of int64
        Millionths of the currency unit.

    Raises
    ------
    Unreadable
        At the first cell that is no number, or does not fit 64 bits.

    Examples
    --------
    >>> import pyarrow as pa
    >>> read_micros(pa.array(["20836690", "", "0.5", "9000000000000000"]), "cost_micros").tolist()
    [20836690, 0, 0, 9000000000000000]
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.if_else(pa.array(blank_mask(texts)), "0", pc.utf8_trim_whitespace(texts))
    pattern = rf"^-?\d{{1,{_LONGEST_INT64}}}(?:\.\d{{1,18}})?$"
    bad = int(pc.index(pc.match_substring_regex(trimmed, pattern), False).as_py())
    if bad >= 0:
        raise Unreadable(
            f"{texts[bad].as_py()!r} is not an amount in millionths.",
            record=bad,
            column=header,
            next_step="Correct the cell, or export the table again.",
        )
    exact = pc.cast(trimmed, pa.decimal128(38, 18))
    rounded = pc.round(exact, 0, round_mode="half_to_even").cast(pa.decimal128(38, 0))
    found: np.ndarray = np.asarray(rounded.cast(pa.int64()))
    return found
