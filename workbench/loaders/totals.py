"""Which rows are the file's own totals: they are compared with the rest and never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.money import exact_text
from workbench.loaders.result import RowsMissTotal
from workbench.loaders.rows import METRICS, Rows

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Total:
    """The totals row of a file.

    Attributes
    ----------
    micros : dict of str to int
        Metric -> value in millionths, for the metrics that the row fills.
    n_rows : int
        Number of totals rows; all say the same.
    record : int
        Position of the first among the file's records.
    """

    micros: dict[str, int]
    n_rows: int
    record: int


def split_totals(rows: Rows) -> tuple[Rows, Total | None]:
    """Take the totals rows out of a file's rows.

    A totals row names no entity and no breakdown value. If it also names no day, or the whole period of
    the file, or is the only such row, it is the file's total; otherwise it is a subtotal of its day.

    Raises
    ------
    RowsMissTotal
        If two totals rows differ.
    """
    nameless = _is_nameless(rows)
    is_total = nameless & _covers_file(rows, nameless)
    if not is_total.any() or is_total.all():
        return rows, None
    totals = rows.keep(is_total)
    found = _one_total(totals)
    return rows.keep(~is_total), found


def _is_nameless(rows: Rows) -> np.ndarray:
    import numpy as np

    nameless = np.ones(len(rows), dtype=bool)
    for column in (*rows.ids.values(), *rows.breakdowns.values()):
        nameless &= column.is_null().to_numpy(zero_copy_only=False)
    return nameless


def _covers_file(rows: Rows, nameless: np.ndarray) -> np.ndarray:
    import numpy as np

    undated = np.isnat(rows.start)
    others = ~nameless & ~undated
    if not others.any():  # a file of the account as a whole: only a row without a day can be its total
        others = ~undated
        whole = np.zeros(len(rows), dtype=bool)
        if others.any() and rows.is_day.any():
            whole = ~rows.is_day & ~undated
            whole &= (rows.start <= rows.start[rows.is_day].min()) & (
                rows.stop >= rows.stop[rows.is_day].max()
            )
        covers: np.ndarray = undated | whole
        return covers
    whole = (rows.start <= rows.start[others].min()) & (rows.stop >= rows.stop[others].max())
    covers = undated | whole
    return np.ones(len(rows), dtype=bool) if nameless.sum() == 1 else covers


def _one_total(totals: Rows) -> Total:
    micros: dict[str, int] = {}
    for metric in METRICS:
        numbers = totals.numbers.get(metric)
        if numbers is None:
            continue
        said = {int(v) for v, blank in zip(numbers.micros, numbers.is_blank, strict=True) if not blank}
        if len(said) > 1:
            raise RowsMissTotal(
                f"Two totals rows differ in {totals.headers.get(metric, metric)!r}: "
                f"{' and '.join(exact_text(v) for v in sorted(said))}.",
                next_step="Export again.",
                record=int(totals.record[-1]),
                column=totals.headers.get(metric, metric),
            )
        if said:
            micros[metric] = said.pop()
    return Total(micros, len(totals), int(totals.record[0]))
