"""Numbers as exports write them -> exact integers. No amount passes through a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.core.money import MICROS_PER_UNIT, to_micros
from workbench.loaders.aliases import BLANK_CELLS
from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_SIGN = r"^[+\-−]?"
_SPACES = " \u00a0\u202f\u2009'’"


@dataclass(frozen=True)
class Numbers:
    """One column of numbers.

    Attributes
    ----------
    micros : ndarray of int64, shape (n_rows,)
        Millionths, rounded half to even; 0 where blank.
    is_blank : ndarray of bool, shape (n_rows,)
        Where the cell holds no value.
    n_decimals : int
        Most decimal digits that a cell of the column is written with.
    """

    micros: np.ndarray
    is_blank: np.ndarray
    n_decimals: int


def blank_mask(column: pa.Array) -> np.ndarray:
    """Return where a column of texts holds no value: blank, ``—``, ``N/A`` and the like."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    mask: np.ndarray = pc.is_in(lowered, value_set=pa.array(BLANK_CELLS)).to_numpy(zero_copy_only=False)
    return mask


def _proof(decimal: str, group: str) -> str:
    """Pattern of cells that can only be read with ``decimal`` as the decimal sign."""
    d, g = f"[{decimal}]", f"[{group}{_SPACES}]"
    return "|".join(
        (
            rf"{_SIGN}\d*{d}(?:\d{{1,2}}|\d{{4,}})$",
            rf"{_SIGN}(?:0\d*|\d{{4,}})?{d}\d{{3}}$",
            rf"{_SIGN}\d{{1,3}}(?:{g}\d{{2,3}})+{d}\d*$",
            rf"{_SIGN}\d{{1,3}}(?:[{group}]\d{{2,3}})*[{group}]\d{{2}}[{group}]\d{{3}}$",
            rf"{_SIGN}\d{{1,3}}(?:[{group}]\d{{3}}){{2,}}$",
        )
    )


def _ambiguous(sign: str) -> str:
    return rf"{_SIGN}[1-9]\d{{0,2}}[{sign}]\d{{3}}$"


def _first(column: pa.Array, pattern: str) -> int | None:
    import pyarrow.compute as pc

    hits = pc.match_substring_regex(column, pattern)
    position = int(pc.index(hits, True).as_py())
    return None if position < 0 else position


def decimal_sign(columns: Sequence[tuple[str, pa.Array, bool]], *, hint: str | None, delimiter: str) -> str:
    """Decide from a file's cells whether it writes a decimal comma or a decimal point.

    Parameters
    ----------
    columns : sequence of (header, texts, is_count)
        The numeric columns; a count is whole, so a sign before three of its digits groups them.
    hint : {".", ","} or None
        What the language of the headers writes.
    delimiter : str
        What separates the cells; with ``;`` English headers are no proof of a decimal point.

    Raises
    ------
    Unreadable
        If some cells prove a comma and others a point, or nothing settles it.
    """
    import pyarrow.compute as pc

    proofs: dict[str, tuple[str, int]] = {}
    doubt: tuple[str, int] | None = None
    for header, texts, is_count in columns:
        trimmed = pc.utf8_trim_whitespace(texts)
        for sign, other in ((".", ","), (",", ".")):
            found = _first(trimmed, _proof(sign, other))
            if found is not None:
                proofs.setdefault(sign, (header, found))
            unsure = _first(trimmed, _ambiguous(sign))
            if unsure is not None and is_count:
                proofs.setdefault(other, (header, unsure))
            elif unsure is not None and doubt is None:
                doubt = (header, unsure)
    if len(proofs) == 2:
        header, record = max(proofs.values(), key=lambda place: place[1])
        raise Unreadable(
            "Some numbers are written with a decimal comma and others with a decimal point.",
            record=record,
            column=header,
            next_step="Export again, or save the file without changing its numbers.",
        )
    if proofs:
        return next(iter(proofs))
    if doubt is None:
        return hint or "."
    if hint is None or (hint == "." and delimiter == ";"):
        raise Unreadable(
            "No cell tells whether '.' and ',' separate decimals or thousands.",
            record=doubt[1],
            column=doubt[0],
            next_step="Add impressions to the export, or load with a mapping that names the decimal sign.",
        )
    return hint


def parse_numbers(texts: pa.Array, *, decimal: str, header: str) -> Numbers:
    """Read a column of numbers exactly.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Cells as they stand in the file.
    decimal : {".", ","}
        Decimal sign of the file.
    header : str
        Header of the column, for the error.

    Raises
    ------
    Unreadable
        At the first cell that is neither blank nor a number in this notation, or does not fit 64 bits.

    Examples
    --------
    >>> import pyarrow as pa
    >>> parse_numbers(pa.array(["1.010,00", "—", "0,21996948851659"]), decimal=",", header="Spend").micros
    array([1010000000,          0,     219969])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    is_blank = blank_mask(texts)
    trimmed = pc.if_else(pa.array(is_blank), "0", pc.utf8_trim_whitespace(texts))
    group = "," if decimal == "." else "."
    separated = "|".join(rf"\d{{1,3}}(?:{s}\d{{3}})+" for s in (f"[{group}]", *(f"[{c}]" for c in _SPACES)))
    indian = r"|\d{1,2}(?:,\d{2})+,\d{3}" if decimal == "." else ""
    number = (
        rf"{_SIGN}(?:(?:\d+|{separated}{indian})(?:[{decimal}]\d*)?|[{decimal}]\d+)(?:[eE][+\-]?\d{{1,2}})?$"
    )
    bad = pc.index(pc.match_substring_regex(trimmed, number), False).as_py()
    if bad >= 0:
        raise Unreadable(
            f"{texts[bad].as_py()!r} is not a number.",
            record=int(bad),
            column=header,
            next_step="Correct the cell, or export the table again.",
        )
    bare = pc.replace_substring_regex(trimmed, f"[{group}{_SPACES}]", "")
    bare = pc.replace_substring(pc.replace_substring(bare, decimal, "."), "−", "-")
    return Numbers(_micros(bare, header), is_blank, _n_decimals(bare))


def _n_decimals(bare: pa.Array) -> int:
    import pyarrow.compute as pc

    point = pc.find_substring(bare, ".")
    digits = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.utf8_length(bare), point), 1))
    return int(pc.max(digits).as_py() or 0)


def _micros(bare: pa.Array, header: str) -> np.ndarray:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        exact = pc.cast(bare, pa.decimal128(38, 18))
        rounded = pc.round(exact, 6, round_mode="half_to_even").cast(pa.decimal128(38, 6))
    except pa.ArrowInvalid:  # more digits than fit: the exact way, once per different text
        return _micros_one_by_one(bare, header)
    words = np.frombuffer(rounded.buffers()[1], dtype=np.int64).reshape(-1, 2)
    words = words[rounded.offset : rounded.offset + len(rounded)]
    low, high = words[:, 0], words[:, 1]
    over = np.flatnonzero(high != low >> 63)
    if len(over):
        raise Unreadable(f"{bare[int(over[0])].as_py()!r} is too large.", record=int(over[0]), column=header)
    return low.copy()


def _micros_one_by_one(bare: pa.Array, header: str) -> np.ndarray:
    import numpy as np

    encoded = bare.dictionary_encode()
    values = []
    for text in encoded.dictionary.to_pylist():
        try:
            values.append(to_micros(text))
        except DataError as error:
            record = bare.index(text).as_py()
            raise Unreadable(str(error), record=int(record), column=header) from None
    found: np.ndarray = np.array(values, dtype=np.int64)[encoded.indices.to_numpy()]
    return found


def whole_counts(numbers: Numbers, texts: pa.Array, header: str) -> np.ndarray:
    """Return a column of counts as int64.

    Raises
    ------
    Unreadable
        At the first value that is not whole, or below zero.
    """
    import numpy as np

    wrong = np.flatnonzero((numbers.micros % MICROS_PER_UNIT != 0) | (numbers.micros < 0))
    if len(wrong):
        at = int(wrong[0])
        raise Unreadable(
            f"{texts[at].as_py()!r} is not a count: it has to be whole and not below zero.",
            record=at,
            column=header,
        )
    counts: np.ndarray = numbers.micros // MICROS_PER_UNIT
    return counts
