"""What goes into a spreadsheet: columns with their meaning, rows, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.core.errors import DataError, SchemaError

Kind = Literal["text", "date", "count", "number", "money", "ratio", "share", "cost"]
MAX_ROWS = 1_048_576
_MAX_SHEET_COLUMNS = 16_384
QUOTIENTS = ("ratio", "share", "cost")


@dataclass(frozen=True)
class SheetColumn:
    """One column of the figures.

    Attributes
    ----------
    key : str
        Key of the value in the rows.
    title : str
        Heading.
    kind : str
        ``text``, ``date``, ``count`` (whole), ``number``, ``money`` (the rows hold micros), or a quotient of
        two columns: ``ratio``, ``share`` (shown in per cent), ``cost`` (money for each).
    numerator, denominator : str
        Keys of the columns of a quotient, which the rows then need not hold.
    per : int
        Factor of a quotient: 1000 for the price of a thousand impressions.
    is_additive : bool
        Whether the total row adds it up; never true of people reached.
    definition, unit, source : str
        For the sheet of definitions.
    """

    key: str
    title: str
    kind: Kind
    numerator: str = ""
    denominator: str = ""
    per: int = 1
    is_additive: bool = True
    definition: str = ""
    unit: str = ""
    source: str = ""


@dataclass(frozen=True)
class SheetSpec:
    """Everything that a workbook holds.

    Attributes
    ----------
    columns : tuple of SheetColumn
        The columns in order.
    rows : sequence of mapping
        One mapping per row; ``None`` or an absent key leaves the cell empty.
    currency : str
        ISO 4217 code of all money.
    about : mapping of str to str
        Dates, filters, grain, attribution, data as of, own or simulated, version.
    has_total : bool
        Whether a total row follows.
    """

    columns: tuple[SheetColumn, ...]
    rows: Sequence[Mapping[str, Any]]
    currency: str
    about: Mapping[str, str]
    has_total: bool = True


def check(spec: SheetSpec) -> None:
    """Refuse what cannot be written.

    Raises
    ------
    SchemaError
        If a quotient names a column that is not there, or is itself a quotient.
    DataError
        If there are more rows or columns than a sheet can hold.
    """
    n_rows = len(spec.rows) + 1 + spec.has_total
    if n_rows > MAX_ROWS or len(spec.columns) > _MAX_SHEET_COLUMNS:
        raise DataError(
            f"{n_rows:,} rows of {len(spec.columns)} columns do not fit a sheet.",
            next_step=f"A sheet holds {MAX_ROWS:,} rows and {_MAX_SHEET_COLUMNS:,} columns: choose less.",
            n_rows=n_rows,
        )
    plain = {c.key for c in spec.columns if c.kind in ("money", "count", "number")}
    for column in spec.columns:
        missing = [
            k for k in (column.numerator, column.denominator) if column.kind in QUOTIENTS and k not in plain
        ]
        if missing:
            raise SchemaError(
                f"{column.title} is a quotient of {missing[0]!r}, which is no column of numbers here.",
                next_step=f"Columns of numbers are {', '.join(sorted(plain))}.",
                column=missing[0],
            )
