"""Bytes of a text file -> text, and text -> records: encoding, delimiter, quoting and line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.loaders.result import Unreadable

DELIMITERS = (",", ";", "\t", "|")
N_SNIFFED_RECORDS = 30
_SNIFFED_CHARS = 1_000_000


@dataclass(frozen=True)
class Decoded:
    """Text of a file with the encoding it was found in."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """Where a table starts in a text, and what separates its cells.

    Attributes
    ----------
    delimiter : str
        One of :data:`DELIMITERS`, or what the mapping says.
    header : list of str
        Cells of the header record.
    header_row : int
        Row of the header as a spreadsheet numbers it.
    body_offset : int
        Characters before the first data record.
    body_line : int
        Lines before the first data record.
    """

    delimiter: str
    header: list[str]
    header_row: int
    body_offset: int
    body_line: int


def decode(data: bytes) -> Decoded:
    r"""Read bytes as UTF-8, UTF-16 or, as the last resort, Windows-1252.

    Raises
    ------
    Unreadable
        If the text is cut off inside a character, holds null bytes, or fits none of the encodings.

    Examples
    --------
    >>> decode(b"\xef\xbb\xbfSpend").encoding, decode("Spend".encode("utf-16")).encoding
    ('utf-8-sig', 'utf-16')
    """
    encoding = _encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text, encoding = _second_try(data, encoding, error), "cp1252"
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Unreadable(
            f"Line {line} holds a null byte, so the file is damaged.",
            row=line,
            next_step="Export it again from Ads Manager.",
        )
    if encoding == "cp1252":
        note = "The file is not UTF-8; it was read as Windows-1252. Check the accented letters in the names."
        return Decoded(text, encoding, (note,))
    return Decoded(text.removeprefix("\ufeff"), encoding)


def _encoding_of(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:2000]
    if len(head) >= 4:  # UTF-16 without a mark: Latin text has a zero in every second byte
        n_pairs = len(head) // 2
        if head[1::2].count(0) > 0.6 * n_pairs and head[0::2].count(0) == 0:
            return "utf-16-le"
        if head[0::2].count(0) > 0.6 * n_pairs and head[1::2].count(0) == 0:
            return "utf-16-be"
    return "utf-8"


def _second_try(data: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    next_step = "Export it again from Ads Manager, or save it as UTF-8."
    if encoding != "utf-8" or "unexpected end of data" in error.reason:
        raise Unreadable(
            f"The file is cut off or damaged: byte {error.start} is no {encoding.upper()}.",
            next_step=next_step,
        )
    valid = data[: error.start].decode("utf-8") + data[error.end :].decode("utf-8", errors="ignore")
    if data.isascii() or any(c in valid for c in "–—’“”…€"):  # never valid by accident: it was UTF-8 once
        raise Unreadable(
            f"The file is damaged at byte {error.start}: it is no valid UTF-8.", next_step=next_step
        )
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as second:
        raise Unreadable(
            f"Byte {second.start} fits neither UTF-8, UTF-16 nor Windows-1252.", next_step=next_step
        ) from None


def find_table(
    text: str, recognise: Callable[[list[str]], int], *, delimiter: str | None = None
) -> Dialect | None:
    """Find the header record and the delimiter by the headers they make recognisable.

    Parameters
    ----------
    text : str
        Whole text of the file.
    recognise : callable
        Number of known headers among the cells of a record.
    delimiter : str, optional
        The delimiter, if it is known.

    Returns
    -------
    Dialect or None
        None if no record of the first 30 holds two known headers.
    """
    best: tuple[int, Dialect] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        for dialect in _heads(text[:_SNIFFED_CHARS], candidate):
            score = recognise(dialect.header)
            if score >= 2 and (best is None or score > best[0]):
                best = (score, dialect)
    return best[1] if best else None


def _heads(text: str, delimiter: str) -> Iterator[Dialect]:
    consumed = 0

    def lines() -> Iterator[str]:
        nonlocal consumed
        for line in io.StringIO(text, newline=""):
            consumed += len(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for number, record in enumerate(reader, start=1):
            yield Dialect(delimiter, record, number, consumed, reader.line_num)
            if number == N_SNIFFED_RECORDS:
                return
    except csv.Error:
        return


@dataclass(frozen=True)
class Records:
    """Data records read by the careful path, with the place of each in the file."""

    cells: list[list[str]]
    rows: list[int]
    lines: list[int]


def read_records(text: str, dialect: Dialect) -> Records:
    """Read every data record strictly, skipping blank ones, and remember where it stands.

    Raises
    ------
    Unreadable
        If a quote is never closed, is followed by anything but a delimiter, or a record has more or fewer
        cells than the header.
    """
    reader = csv.reader(
        io.StringIO(text[dialect.body_offset :], newline=""), delimiter=dialect.delimiter, strict=True
    )
    found = Records([], [], [])
    n_columns, row, line = len(dialect.header), dialect.header_row, dialect.body_line + 1
    try:
        for record in reader:
            row += 1
            cells = _fit(record, n_columns, row=row, line=line)
            if cells is not None:
                found.cells.append(cells)
                found.rows.append(row)
                found.lines.append(line)
            line = dialect.body_line + reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            f"Row {row + 1} (line {line}) cannot be split into cells: {error}.",
            row=row + 1,
            next_step="The file is cut off or was edited by hand; export it again.",
        ) from None
    return found


def _fit(record: list[str], n_columns: int, *, row: int, line: int) -> list[str] | None:
    while len(record) > n_columns and not record[-1].strip():
        record = record[:-1]
    if not any(cell.strip() for cell in record):
        return None
    if len(record) != n_columns:
        raise Unreadable(
            f"Row {row} (line {line}) has {len(record)} cells, the header has {n_columns}.",
            row=row,
            next_step="The file is cut off or was edited by hand; export it again.",
        )
    return record
