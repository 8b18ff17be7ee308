"""Rows of one key -> one row: placements, devices and hours are added up to days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.loaders.grouping import codes, group_numbers, sum_by_group
from workbench.loaders.numbers import Numbers
from workbench.loaders.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def add_up(rows: Rows, *, keeps_reach: bool) -> tuple[Rows, tuple[str, ...]]:
    """Add the rows of one account, object, day and breakdown.

    Parameters
    ----------
    rows : Rows
        Of one level and one set of breakdowns.
    keeps_reach : bool
        Whether a row that stands alone has the reach of its day; not so for hours.

    Returns
    -------
    (Rows, tuple of str)
        One row per key in the order of the file, and what the reader should know. People are counted once, so
        reach is dropped where rows were added.
    """
    import numpy as np

    columns = [codes(rows.account), rows.start.astype("int64"), rows.stop.astype("int64")]
    columns += [codes(c) for c in (*rows.ids.values(), *rows.breakdowns.values())]
    groups = group_numbers(columns, len(rows))
    firsts = np.unique(groups, return_index=True)[1]
    numbers = dict(rows.numbers)
    notes: tuple[str, ...] = ()
    if "reach" in numbers and (len(firsts) < len(rows) or not keeps_reach):
        del numbers["reach"]
        notes = ("Rows were added up, and people must not be: reach is left out.",)
    order = np.argsort(firsts)
    summed = {name: _sum(column, groups, order) for name, column in numbers.items()}
    return replace(_at(rows, firsts[order]), numbers=summed), notes


def _sum(column: Numbers, groups: np.ndarray, order: np.ndarray) -> Numbers:
    import numpy as np

    filled = np.zeros(len(order), dtype=bool)
    np.logical_or.at(filled, groups, ~column.is_blank)
    sums = sum_by_group(column.micros, groups, len(order))
    return Numbers(sums[order], ~filled[order], column.n_decimals)


def _at(rows: Rows, positions: np.ndarray) -> Rows:
    import pyarrow as pa

    chosen = pa.array(positions)

    def take(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        return {name: column.take(chosen) for name, column in columns.items()}

    return replace(
        rows,
        record=rows.record[positions],
        account=rows.account.take(chosen),
        attribution=rows.attribution.take(chosen),
        objective=rows.objective.take(chosen),
        result_type=rows.result_type.take(chosen),
        ids=take(rows.ids),
        names=take(rows.names),
        breakdowns=take(rows.breakdowns),
        start=rows.start[positions],
        stop=rows.stop[positions],
        is_day=rows.is_day[positions],
    )
