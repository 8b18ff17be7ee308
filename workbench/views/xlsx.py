"""A view as a spreadsheet: figures as numbers, ratios as formulas, definitions, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.core.money import minor_digits, round_micros
from workbench.views.sheet_spec import QUOTIENTS, SheetColumn, SheetSpec, check

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_MAX_TEXT = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MAX_EXACT = 10**15
"""Spreadsheets keep 15 digits of a number."""


def workbook(spec: SheetSpec, *, more: Sequence[tuple[str, SheetSpec]] = ()) -> bytes:
    """Return an XLSX file with the sheets "Figures", those of ``more``, "Definitions" and "About".

    Money is summed exactly and rounded once to the minor unit; a quotient is a formula over the cells of its
    own row, with its value stored beside it, so that viewers which do not calculate show it too. Texts are
    never formulas. The same spec gives the same bytes.

    Parameters
    ----------
    spec : SheetSpec
        The sheet "Figures".
    more : sequence of (str, SheetSpec)
        Further sheets with their names; of these only columns, rows and currency are taken.

    Raises
    ------
    SchemaError
        If a quotient names a column that is not there, or is itself a quotient.
    DataError
        If there are more rows than a sheet can hold, or a number with more digits than it can keep.
    """
    import xlsxwriter

    for each in (spec, *(further for _, further in more)):
        check(each)
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # a fixed moment, or the same figures would be another file tomorrow
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC), "author": "", "title": "Figures"})
    _Figures(spec, book).write()
    for name, further in more:
        _Figures(further, book, name=name).write()
    defined = [*_definitions(spec)]
    for name, further in more:
        known = {definition[1:] for definition in defined}
        defined += [(f"{name}: {d[0]}", *d[1:]) for d in _definitions(further) if d[1:] not in known]
    _write_texts(book, "Definitions", [("Metric", "Definition", "Unit", "Source"), *defined])
    note = "Rounded once from exact amounts, so it can differ by cents from the sum of the rounded rows."
    about = [*spec.about.items(), *([("Total", note)] if spec.has_total else [])]
    _write_texts(book, "About", [("What", "Value"), *((str(k), str(v)) for k, v in about)])
    book.close()
    return buffer.getvalue()


def _definitions(spec: SheetSpec) -> list[tuple[str, ...]]:
    return [
        (c.title, c.definition or _quotient_words(spec, c), _unit(spec, c), c.source) for c in spec.columns
    ]


class _Figures:
    """Writes a sheet of figures."""

    def __init__(self, spec: SheetSpec, book: Any, *, name: str = "Figures") -> None:
        self.spec = spec
        self.sheet: Worksheet = book.add_worksheet(name)
        self.at = {column.key: i for i, column in enumerate(spec.columns)}
        digits = minor_digits(spec.currency)
        money = "#,##0" + ("." + "0" * digits if digits else "")
        formats = {
            "date": "yyyy-mm-dd", "count": "#,##0", "number": "#,##0.##", "money": money,
            "ratio": "0.0000", "share": "0.00%", "cost": money,
        }  # fmt: skip
        self.formats = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
        self.bold_formats = {
            kind: book.add_format({"num_format": form, "bold": True, "top": 1})
            for kind, form in formats.items()
        }
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.quoted = book.add_format({"quote_prefix": True})
        self.bold = book.add_format({"bold": True, "top": 1})

    def write(self) -> None:
        """Write headings, rows and the total."""
        spec, sheet = self.spec, self.sheet
        for i, column in enumerate(spec.columns):
            sheet.write_string(0, i, _clean(_heading(spec, column)), self.head)
            sheet.set_column(i, i, 34 if column.kind == "text" else 14)
        sheet.freeze_panes(1, 1)
        for n, row in enumerate(spec.rows, start=1):
            self._row(n, row, self.formats)
        if spec.rows:
            sheet.autofilter(0, 0, len(spec.rows), len(spec.columns) - 1)
        if spec.has_total:
            self._row(len(spec.rows) + 1, self._total(), self.bold_formats)

    def _total(self) -> dict[str, Any]:
        sums: dict[str, Any] = {}
        for column in self.spec.columns:
            if column.kind in ("money", "count", "number") and column.is_additive:
                values = [row[column.key] for row in self.spec.rows if row.get(column.key) is not None]
                sums[column.key] = sum(values) if values else None
        texts = [c.key for c in self.spec.columns if c.kind == "text"]
        return {**sums, **({texts[0]: "Total"} if texts else {})}

    def _row(self, n: int, row: Mapping[str, Any], formats: Mapping[str, Format]) -> None:
        values = {
            c.key: _cell(c, row.get(c.key), self.spec.currency)
            for c in self.spec.columns
            if c.kind not in QUOTIENTS
        }
        for i, column in enumerate(self.spec.columns):
            if column.kind in QUOTIENTS:
                self._quotient((n, i), column, values, form=formats[column.kind])
                continue
            value = values[column.key]
            if value is None:
                continue
            if isinstance(value, str):
                self.sheet.write_string(n, i, value, self._text_format(value, formats))
            elif isinstance(value, date):
                self.sheet.write_datetime(n, i, datetime(value.year, value.month, value.day), formats["date"])
            else:
                self.sheet.write_number(n, i, value, formats[column.kind])

    def _text_format(self, value: str, formats: Mapping[str, Format]) -> Format | None:
        if value.startswith(_FORMULA_STARTS):
            return self.quoted
        return self.bold if formats is self.bold_formats else None

    def _quotient(
        self, at: tuple[int, int], column: SheetColumn, values: Mapping[str, Any], *, form: Format
    ) -> None:
        n, i = at
        above, below = values[column.numerator], values[column.denominator]
        up, down = (f"{_letters(self.at[key])}{n + 1}" for key in (column.numerator, column.denominator))
        times = f"*{column.per}" if column.per != 1 else ""
        # an empty numerator is "unknown", not nought
        formula = f'=IF(OR({up}="",N({down})=0),"",{up}/{down}{times})'
        cached: float | str = "" if above is None or not below else above / below * column.per
        self.sheet.write_formula(n, i, formula, form, cached)


def _cell(column: SheetColumn, value: Any, currency: str) -> str | date | int | float | None:
    if value is None:
        return None
    if column.kind == "text":
        return _clean(str(value))
    if column.kind == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    number = float(round_micros(int(value), currency)) if column.kind == "money" else value
    if isinstance(number, Decimal):
        number = float(number)
    if not isfinite(number) or abs(number) >= _MAX_EXACT:
        raise DataError(
            f"{column.title} holds {value!r}, which a spreadsheet cannot keep.",
            next_step="Choose fewer days, or leave the column out.",
            value=value,
        )
    return int(number) if column.kind == "count" and number == int(number) else float(number)


def _write_texts(book: Any, name: str, rows: Sequence[tuple[str, ...]]) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    for i, width in enumerate((28, 80, 18, 28)[: len(rows[0])]):
        sheet.set_column(i, i, width)
    for n, row in enumerate(rows):
        for i, text in enumerate(row):
            clean = _clean(text)
            form = head if n == 0 else quoted if clean.startswith(_FORMULA_STARTS) else wrap
            if clean:
                sheet.write_string(n, i, clean, form)


def _clean(text: str) -> str:
    """Cut a text to what a cell holds, and take out what XML cannot write."""
    kept = "".join(
        c
        for c in text
        if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
    return kept if len(kept) <= _MAX_TEXT else kept[: _MAX_TEXT - 1] + "…"


def _heading(spec: SheetSpec, column: SheetColumn) -> str:
    return f"{column.title} ({spec.currency})" if column.kind in ("money", "cost") else column.title


def _unit(spec: SheetSpec, column: SheetColumn) -> str:
    return column.unit or (spec.currency if column.kind in ("money", "cost") else "")


def _quotient_words(spec: SheetSpec, column: SheetColumn) -> str:
    if column.kind not in QUOTIENTS:
        return ""
    titles = {c.key: c.title for c in spec.columns}
    times = f" × {column.per}" if column.per != 1 else ""
    return f"{titles[column.numerator]} ÷ {titles[column.denominator]}{times}"


def _letters(index: int) -> str:
    """Return a column's letters, counted from 0: A, B, … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
