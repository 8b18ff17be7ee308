"""A CSV or XLSX file -> a header and columns of texts, and the row of every record in the file."""

from __future__ import annotations

import io
import re
import warnings as python_warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.loaders.result import Unreadable
from workbench.loaders.text import N_SNIFFED_RECORDS, Dialect, Records, decode, find_table, read_records

if TYPE_CHECKING:
    import pyarrow as pa

Recogniser = Callable[[list[str]], int]
_QUOTED_REST = re.compile(r'[^"]*(?:""[^"]*)*"')
_NO_TABLE = "No row of the first 30 has the headers of a table that is known here"


@dataclass(frozen=True)
class Grid:
    """A table of texts.

    Attributes
    ----------
    headers : tuple of str
        Headers as they stand in the file.
    columns : tuple of pyarrow.Array
        Cells as texts, one array a column; records without any value are left out.
    delimiter : str
        What separates the cells; empty for a spreadsheet.
    typed_numbers : bool
        Whether numbers came as numbers, so that the decimal sign is known to be a point.
    warnings : tuple of str
        What the reader should know.
    """

    headers: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    delimiter: str
    places: Places
    typed_numbers: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def n_records(self) -> int:
        """Number of data records."""
        return len(self.columns[0]) if self.columns else 0

    def is_same(self, first: int, second: int) -> bool:
        """Say whether two columns hold equal cells."""
        return bool(self.columns[first].equals(self.columns[second]))


@dataclass(frozen=True)
class Places:
    """Finds the row and line of a record, reading the text a second time only when an error asks for it."""

    text: str = ""
    dialect: Dialect | None = None
    rows: tuple[int, ...] = ()

    @cached_property
    def _records(self) -> Records | None:
        if self.dialect is None:
            return None
        return read_records(self.text, self.dialect)

    def row(self, record: int) -> int:
        """Return a record's row as a spreadsheet shows it, the file's first record being row 1."""
        return self._records.rows[record] if self._records else self.rows[record]

    def line(self, record: int) -> int | None:
        """Return the line of the text file that a record starts on; None for a spreadsheet."""
        return self._records.lines[record] if self._records else None


def read_grid(path: Path, recognise: Recogniser, *, delimiter: str | None = None) -> Grid:
    """Read a file's table as texts.

    Parameters
    ----------
    path : Path
        CSV (any encoding and delimiter that exports use) or XLSX.
    recognise : callable
        Number of known headers among the cells of a record.
    delimiter : str, optional
        The delimiter, if it is known.

    Raises
    ------
    Unreadable
        If the file is empty, damaged, no table, or a table without any header that is known here.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(
            f"{path.name} cannot be read: {error.strerror}.", next_step="Check the path and its permissions."
        ) from None
    if not data or data.isspace():
        raise Unreadable(f"{path.name} is empty.", next_step="Export it again.")
    if data.startswith(b"PK\x03\x04"):
        return _read_spreadsheet(data, recognise)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"{path.name} is an old .xls file.", next_step="Save it as .xlsx or .csv.")
    return _read_text(data, recognise, delimiter)


def _read_text(data: bytes, recognise: Recogniser, delimiter: str | None) -> Grid:
    decoded = decode(data)
    dialect = find_table(decoded.text, recognise, delimiter=delimiter)
    if dialect is None:
        first = decoded.text.strip().splitlines()[0][:80] if decoded.text.strip() else ""
        raise Unreadable(
            f"{_NO_TABLE}; the file starts with {first!r}.",
            next_step="For other tables there is `wb load table FILE --mapping M`.",
        )
    header, notes = _trim_header(dialect.header), list(decoded.warnings)
    dialect = Dialect(dialect.delimiter, header, dialect.header_row, dialect.body_offset, dialect.body_line)
    if dialect.header_row > 1:
        notes.append(f"{dialect.header_row - 1} rows above the header were left out.")
    columns = _fast_columns(decoded.text, dialect) or _careful_columns(decoded.text, dialect)
    places = Places(decoded.text, dialect)
    columns = _drop_blank_records(columns)
    return Grid(tuple(header), columns, dialect.delimiter, places, False, tuple(notes))


def _trim_header(header: list[str]) -> list[str]:
    cells = [cell.strip() for cell in header]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _fast_columns(text: str, dialect: Dialect) -> tuple[pa.Array, ...] | None:
    """Read the columns with Arrow; None where only the careful path knows what is wrong, or is needed.

    Arrow joins what follows a closing quote to the cell, where the careful path refuses it: so the quotes are
    checked first.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    body = text[dialect.body_offset :]
    names = [str(i) for i in range(len(dialect.header))]
    if not body or body.isspace():
        return tuple(pa.array([], pa.string()) for _ in names)
    if len(dialect.delimiter) != 1 or not _quotes_are_sound(body, dialect.delimiter):
        return None
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body.encode()),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=16 << 20),
            parse_options=arrow_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    return tuple(_one_array(column) for column in table.columns)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _quotes_are_sound(body: str, delimiter: str) -> bool:
    """Say whether every quoted cell is closed, and followed by nothing but a delimiter or a line's end."""
    ends = {delimiter, "\r", "\n"}
    at = body.find('"')
    while at >= 0:
        if at == 0 or body[at - 1] in ends:
            cell = _QUOTED_REST.match(body, at + 1)
            if cell is None:
                return False
            at = cell.end()
            if at < len(body) and body[at] not in ends:
                return False
        else:  # a quote inside a plain cell is a letter like any other
            at += 1
        at = body.find('"', at)
    return True


def _careful_columns(text: str, dialect: Dialect) -> tuple[pa.Array, ...]:
    return _columns_of(read_records(text, dialect).cells, len(dialect.header))


def _columns_of(records: list[list[str]], n_columns: int) -> tuple[pa.Array, ...]:
    import pyarrow as pa

    if not records:
        return tuple(pa.array([], pa.string()) for _ in range(n_columns))
    return tuple(pa.array(cells, pa.string()) for cells in zip(*records, strict=True))


def _drop_blank_records(columns: tuple[pa.Array, ...]) -> tuple[pa.Array, ...]:
    import pyarrow as pa
    import pyarrow.compute as pc

    keep = None
    for column in columns:  # nearly every record is settled by its first filled column
        filled = pc.not_equal(pc.utf8_trim_whitespace(column), "")
        keep = filled if keep is None else pc.or_(keep, filled)
        if pc.all(keep, min_count=0).as_py():
            return columns
    return tuple(pa.array([], pa.string()) if keep is None else c.filter(keep) for c in columns)


def _read_spreadsheet(data: bytes, recognise: Recogniser) -> Grid:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")  # openpyxl warns about styles that do not matter here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                sheets = [(sheet.title, _sheet_rows(sheet)) for sheet in book.worksheets]
            finally:
                book.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        OSError,
        SyntaxError,
        EOFError,
    ) as error:
        raise Unreadable(f"The spreadsheet is damaged: {error}.", next_step="Export it again.") from None
    best, best_score = None, 1
    for title, rows in sheets:
        for index, cells in enumerate(rows[:N_SNIFFED_RECORDS]):
            score = recognise([_cell_text(c) for c in cells])
            if score > best_score:
                best, best_score = (title, rows, index), score
    if best is None:
        raise Unreadable(
            f"{_NO_TABLE}, in none of the sheets {', '.join(repr(t) for t, _ in sheets)}.",
            next_step="For other tables there is `wb load table FILE --mapping M`.",
        )
    return _grid_of_sheet(*best, n_sheets=len(sheets))


def _sheet_rows(sheet: object) -> list[tuple[object, ...]]:
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    return list(sheet.iter_rows(values_only=True))  # type: ignore[attr-defined]


def _grid_of_sheet(title: str, rows: list[tuple[object, ...]], index: int, *, n_sheets: int) -> Grid:
    header = _trim_header([_cell_text(c) for c in rows[index]])
    records: list[list[str]] = []
    places: list[int] = []
    typed = False
    for row, cells in enumerate(rows[index + 1 :], start=index + 2):
        texts = [_cell_text(c) for c in cells]
        texts += [""] * (len(header) - len(texts))
        if any(t.strip() for t in texts[len(header) :]):
            raise Unreadable(f"Row {row} has a value to the right of the last header.", row=row)
        texts = texts[: len(header)]
        if not any(t.strip() for t in texts):
            continue
        typed = typed or any(isinstance(c, float) for c in cells)
        records.append(texts)
        places.append(row)
    notes = [f"Only the sheet {title!r} was read."] if n_sheets > 1 else []
    if index:
        notes.append(f"{index} rows above the header were left out.")
    columns = _columns_of(records, len(header))
    return Grid(tuple(header), columns, "", Places(rows=tuple(places)), typed, tuple(notes))


def _cell_text(value: object) -> str:
    """Write a cell as the shortest text that reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)
