"""What a report's rows are broken down by: columns, or kinds that each tell all the money again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.lake.schema import BREAKDOWNS
from workbench.loaders.networks.cells import Cells
from workbench.loaders.networks.description import Report
from workbench.loaders.networks.directory import Directory
from workbench.loaders.reading import as_json
from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def by_kind(
    cells: Cells, report: Report, directory: Directory, left_out: list[tuple[str, str]]
) -> Iterator[tuple[np.ndarray, dict[str, pa.Array]]]:
    """Yield the rows of each grain with their breakdowns.

    Parameters
    ----------
    cells : Cells
        The file.
    report : Report
        What it is.
    directory : Directory
        Names of places and keywords.
    left_out : list of (header, reason)
        Takes the kinds of rows that the lake does not carry.

    Yields
    ------
    (ndarray of bool, dict of str to pyarrow.Array)
        The rows, and breakdown -> value for all rows of the file.

    Raises
    ------
    Unreadable
        If no row is of a kind that is carried.
    """
    import numpy as np

    columns = {kind: cells.texts(column) for kind, column in report.breakdowns.items()}
    if report.kinds is None:
        yield np.ones(cells.n, dtype=bool), _named(columns, directory)
        return
    kinds = np.array([(kind or "").upper() for kind in cells.texts(report.kinds.column).to_pylist()])
    grains: dict[str, list[str]] = {}
    for kind in dict.fromkeys(kinds.tolist()):
        target = report.kinds.breakdowns.get(kind)
        if target is None:
            n = int((kinds == kind).sum())
            left_out.append((f"{cells.header(report.kinds.column)} {kind}", f"not carried: {n:,} rows"))
        else:
            grains.setdefault(target, []).append(kind)
    if not grains:
        raise Unreadable(
            "None of the file's kinds of target is carried.", column=cells.header(report.kinds.column)
        )
    value = cells.texts(report.kinds.value)
    for target, members in grains.items():
        yield np.isin(kinds, members), _named({**columns, target: value}, directory)


def _named(columns: Mapping[str, pa.Array], directory: Directory) -> dict[str, pa.Array]:
    """Give places their names; keywords and search terms become the other breakdown."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if name in ("country", "region"):
            found[name] = pc.coalesce(directory.look_up("place", column, lambda entry: entry.name), column)
        elif name in BREAKDOWNS:
            found[name] = column
        else:
            texts = directory.look_up("keyword", column, lambda entry: entry.name).to_pylist()
            merged = [
                as_json({name: key, "text": text if name == "keyword" else None})
                for key, text in zip(column.to_pylist(), texts, strict=True)
            ]
            found["breakdown_other"] = pa.array(merged, pa.string())
    return found
