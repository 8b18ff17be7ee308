"""Rows with one key: told apart by a column nobody knew, numbered, or refused. Never merged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.core.money import exact_text
from workbench.loaders.grouping import codes, group_numbers
from workbench.loaders.reading import as_json
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import ENTITIES, Rows

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.loaders.grid import Grid
    from workbench.loaders.totals import Total

_ASSETS = ("asset_text", "asset_media")


def tell_apart(rows: Rows, grid: Grid, total: Total | None) -> Rows:
    """Give every row of a file a key of its own.

    Equal keys are first told apart by columns of texts that are not known here; they go into
    ``breakdown_other``. What is left are namesakes in a file without ids, or the same asset twice: they are
    numbered, largest first, with a warning. Identical records are kept only if the file's own total needs
    them (an asset that was uploaded twice gives such rows); otherwise one is a copy by mistake.

    Raises
    ------
    Unreadable
        If two records are identical and no total needs both, if one of three or more is the sum of the
        others, or if rows that ids should tell apart have one key.
    """
    key = _key(rows)
    if _is_unique(key):
        return rows
    rows = _by_unknown_columns(rows, key)
    key = _key(rows)
    if _is_unique(key):
        return rows
    doubled = _doubled(key)
    if not _is_needed(rows, total):
        _refuse_identical(rows, grid, doubled)
    _refuse_sums(rows, key, doubled)
    return _number(rows, key, doubled)


def _key(rows: Rows) -> np.ndarray:
    columns = [codes(rows.account), codes(rows.attribution)]
    columns += [rows.start.astype("int64"), rows.stop.astype("int64"), rows.is_day.astype("int64")]
    columns += [codes(column) for column in (*rows.ids.values(), *rows.breakdowns.values())]
    return group_numbers(columns, len(rows))


def _is_unique(key: np.ndarray) -> bool:
    return len(key) == 0 or int(key.max()) + 1 == len(key)


def _doubled(key: np.ndarray) -> np.ndarray:
    import numpy as np

    doubled: np.ndarray = np.bincount(key)[key] > 1
    return doubled


def _by_unknown_columns(rows: Rows, key: np.ndarray) -> Rows:
    import pyarrow as pa

    chosen: dict[str, pa.Array] = {}
    for header, column in rows.unknown.items():
        if not _is_text(column):
            continue
        finer = group_numbers([key, codes(column)], len(rows))
        if finer.max() > key.max():
            key, chosen[header] = finer, column
        if _is_unique(key):
            other = rows.breakdowns.get("breakdown_other")
            lists = [column.to_pylist() for column in chosen.values()]
            merged = [as_json(dict(zip(chosen, row, strict=True))) for row in zip(*lists, strict=True)]
            if other is not None:
                merged = [_merge(a, b) for a, b in zip(other.to_pylist(), merged, strict=True)]
            breakdowns = {**rows.breakdowns, "breakdown_other": pa.array(merged, pa.string())}
            note = f"Rows are told apart by {', '.join(map(repr, chosen))}, kept as another breakdown."
            return replace(rows, breakdowns=breakdowns, warnings=(*rows.warnings, note))
    return rows


def _is_text(column: pa.Array) -> bool:
    """Say whether a column holds words: numbers would tell nearly all rows apart without meaning to."""
    import pyarrow.compute as pc

    words = pc.match_substring_regex(column.drop_null(), r"[^\W\d_]{2}")
    return len(words) > 0 and 2 * pc.sum(words).as_py() > len(words)


def _merge(first: str | None, second: str | None) -> str | None:
    cells = {**json.loads(first or "{}"), **json.loads(second or "{}")}
    return as_json(cells)


def _is_needed(rows: Rows, total: Total | None) -> bool:
    """Say whether the file's total is reached only with every row."""
    said = total.micros.get("impressions") if total else None
    return said is not None and "impressions" in rows.numbers and rows.total("impressions") == said


def _refuse_identical(rows: Rows, grid: Grid, doubled: np.ndarray) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for record in rows.record[doubled].tolist():
        cells = tuple(column[record].as_py() for column in grid.columns)
        if cells in seen:
            raise Unreadable(
                f"The row is identical with row {grid.places.row(seen[cells])}.",
                record=record,
                next_step="Remove the copy, or export again.",
            )
        seen[cells] = record


def _groups(key: np.ndarray, doubled: np.ndarray) -> list[np.ndarray]:
    import numpy as np

    at = np.flatnonzero(doubled)
    order = at[np.argsort(key[at], kind="stable")]
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    return np.split(order, cuts)


def _refuse_sums(rows: Rows, key: np.ndarray, doubled: np.ndarray) -> None:
    metrics = [rows.numbers[m].micros for m in ("impressions", "spend") if m in rows.numbers]
    for group in _groups(key, doubled):
        if len(group) < 3:
            continue
        first = metrics[0][group]
        largest = int(first.argmax())
        if first[largest] > 0 and all(2 * m[group][largest] == m[group].sum() for m in metrics):
            at = int(group[largest])
            raise Unreadable(
                f"The row ({exact_text(int(rows.numbers['spend'].micros[at]))} spent) is the sum of "
                f"{len(group) - 1} other rows with the same names, dates and breakdowns.",
                record=int(rows.record[at]),
                next_step="Export the broken-down and the plain rows as two files.",
            )


def _number(rows: Rows, key: np.ndarray, doubled: np.ndarray) -> Rows:
    has_asset = any(name in rows.breakdowns for name in _ASSETS)
    finest = _finest_ids(rows)
    for at in [] if has_asset else map(int, doubled.nonzero()[0]):
        if not finest[at].startswith("name:"):
            raise Unreadable(
                f"Another row has the same id ({finest[at] or 'account'}), dates and breakdowns.",
                record=int(rows.record[at]),
                next_step="Export again with all breakdown columns.",
            )
    numbers = _occurrences(rows, key, doubled)
    n_keys = len({int(k) for k in key[doubled]})
    if rows.breakdowns or len(set(zip(rows.start.tolist(), rows.stop.tolist(), strict=True))) > 1:
        return _number_breakdown(rows, numbers, n_keys)
    return _number_entity(rows, numbers, n_keys)


def _finest_ids(rows: Rows) -> list[str]:
    import pyarrow.compute as pc

    finest = pc.coalesce(*(rows.ids[entity] for entity in reversed(ENTITIES)))
    return [text or "" for text in finest.to_pylist()]


def _occurrences(rows: Rows, key: np.ndarray, doubled: np.ndarray) -> np.ndarray:
    """Count the rows of one key from 1 by their figures, so that their order in the file does not matter."""
    import numpy as np

    numbers = np.ones(len(rows), dtype=np.int64)
    figures = [rows.numbers[m].micros for m in sorted(rows.numbers)]
    figures.sort(key=lambda column: column is not rows.numbers["spend"].micros)
    for group in _groups(key, doubled):
        order = np.lexsort([-column[group] for column in reversed(figures)])
        numbers[group[order]] = np.arange(1, len(group) + 1)
    return numbers


def _number_breakdown(rows: Rows, numbers: np.ndarray, n_keys: int) -> Rows:
    import pyarrow as pa

    other = rows.breakdowns.get("breakdown_other")
    before = other.to_pylist() if other is not None else [None] * len(rows)
    merged = [
        _merge(text, json.dumps({"row": str(n)})) for text, n in zip(before, numbers.tolist(), strict=True)
    ]
    note = (
        f"{n_keys} combinations of names, dates and breakdowns stand in more than one row; the rows are kept "
        "apart by a number. Add ids and ad set names to the export to tell them apart."
    )
    breakdowns = {**rows.breakdowns, "breakdown_other": pa.array(merged, pa.string())}
    return replace(rows, breakdowns=breakdowns, warnings=(*rows.warnings, note))


def _number_entity(rows: Rows, numbers: np.ndarray, n_keys: int) -> Rows:
    import pyarrow as pa

    finest = next(e for e in reversed(ENTITIES) if rows.ids[e].null_count < len(rows))
    ids = [
        text if n == 1 else f"{text} ({n})"
        for text, n in zip(rows.ids[finest].to_pylist(), numbers.tolist(), strict=True)
    ]
    note = (
        f"{n_keys} names of {finest}s stand in more than one row and the file has no ids: they are kept as "
        f"different {finest}s. Add the id to the export to follow them over time."
    )
    return replace(
        rows, ids={**rows.ids, finest: pa.array(ids, pa.string())}, warnings=(*rows.warnings, note)
    )
