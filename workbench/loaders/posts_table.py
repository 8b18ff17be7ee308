"""A table of organic posts, read by a mapping, into the lake's ``posts``."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.core.ids import content_id
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain, Window, month_of
from workbench.loaders import values
from workbench.loaders.days import parse_days
from workbench.loaders.grid import Grid, read_grid
from workbench.loaders.mapping import Mapping
from workbench.loaders.numbers import blank_mask, parse_numbers, whole_counts
from workbench.loaders.result import LoadPart, LoadResult, Unreadable
from workbench.loaders.rows import Assumed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.lake import Lake
    from workbench.lake.commits import Commit

POST_COUNTS = ("impressions", "reach", "reactions", "comments", "shares", "link_clicks")
_PARTS = ("reactions", "comments", "shares")
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")
#: The table has no grain; a window of it is network, account and dates.
_NO_GRAIN = Grain("account")


@dataclass(frozen=True)
class PostsLoad(LoadResult):
    """A load of posts: there is no money in it."""

    def summary(self) -> str:
        """Say in one sentence what happened."""
        if self.quarantined:
            return super().summary()
        verb = "Loaded" if self.changed else "Already loaded:"
        return f"{verb} {self.rows:,} posts of {self.file}: {self.impressions or 0:,} impressions."


def load_posts(
    path: Path, mapping: Mapping, assumed: Assumed, *, lake: Lake, load_id: str
) -> tuple[PostsLoad, Commit]:
    """Load a table of posts and replace its days, or its months where it tells no days.

    Parameters
    ----------
    path : Path
        CSV or XLSX.
    mapping : Mapping
        Which column is which, with ``table: posts``.
    assumed : Assumed
        Network and account of the page.
    lake : Lake
        Where the posts go.
    load_id : str
        Written into every row.

    Raises
    ------
    Unreadable, SchemaError
        If a cell cannot be read, or a column of the mapping is missing; nothing is stored then.
    """
    grid = read_grid(path, mapping.count_columns, delimiter=mapping.delimiter)
    columns = dict(mapping.resolve(grid.headers).columns)
    if grid.n_records == 0:
        raise Unreadable("The file has headers and no rows.", next_step="Export it again.")
    try:
        table, period, warnings = _table(grid, columns, mapping, assumed=assumed, load_id=load_id)
    except Unreadable as error:
        record = error.facts.get("record")
        if isinstance(record, int):
            error.facts["row"] = grid.places.row(record)
        raise
    window = Window(assumed.network, assumed.account_id, _NO_GRAIN, period)
    commit = lake.replace("posts", (window,), table, load_id=load_id)
    n = table.num_rows
    part = LoadPart(assumed.account_id, "", period, n, 0)
    shown = sum(v for v in table["impressions"].to_pylist() if v is not None)
    has_impressions = "impressions" in columns
    result = PostsLoad(
        file=path.name,
        load_id=load_id,
        network=assumed.network,
        account_id=assumed.account_id,
        currency=assumed.currency,
        period=period,
        rows=n,
        impressions=shown if has_impressions else None,
        reconciled="no total in the file",
        changed=commit.changed,
        warnings=(*grid.warnings, *warnings),
        parts=(part,),
    )
    return result, commit


def _table(
    grid: Grid, columns: dict[str, int], mapping: Mapping, *, assumed: Assumed, load_id: str
) -> tuple[pa.Table, Period, tuple[str, ...]]:
    import pyarrow as pa

    n = grid.n_records
    days, period, warnings = _days(grid, columns, mapping)
    counts = _counts(grid, columns)
    ids, more = _ids(grid, columns)
    found: dict[str, pa.Array] = {
        "network": pa.array([assumed.network] * n),
        "account_id": pa.array([assumed.account_id] * n),
        "month": pa.array([month_of(day) for day in days]),
        "date_start": pa.array(days, pa.date32()),
        "post_id": ids,
        "post_type": values.each(_texts(grid, columns, "post_type"), str.lower),
        "is_paid": _is_paid(grid, columns),
        "source": pa.array([assumed.source] * n),
        "load_id": pa.array([load_id] * n),
        **{name: pa.array(column, pa.int64(), mask=blank) for name, (column, blank) in counts.items()},
    }
    schema = arrow_schema("posts")
    arrays = [found[f.name].cast(f.type) if f.name in found else pa.nulls(n, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema), period, (*warnings, *more)


def _texts(grid: Grid, columns: dict[str, int], name: str) -> pa.Array:
    import pyarrow as pa

    return (
        values.texts(grid.columns[columns[name]])
        if name in columns
        else pa.nulls(grid.n_records, pa.string())
    )


def _days(
    grid: Grid, columns: dict[str, int], mapping: Mapping
) -> tuple[list[date], Period, tuple[str, ...]]:
    import numpy as np

    if "day" in columns:
        header = grid.headers[columns["day"]]
        parsed = parse_days({header: grid.columns[columns["day"]]}, comma_locale=mapping.decimal == ",")[
            header
        ]
        if parsed.is_blank.any():
            raise Unreadable("The post has no day.", record=int(np.argmax(parsed.is_blank)), column=header)
        days = parsed.days.tolist()
        return days, Period(min(days), max(days)), ()
    months = [_month(grid, columns["month"], record, mapping) for record in range(grid.n_records)]
    last = max(months)
    stop = date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
    year = f" of {last.year}" if min(months).year == last.year else ""
    return (
        months,
        Period(min(months), stop),
        (
            f"The table tells months and no days: each post stands on the first day of its month{year}, "
            "which the mapping's period says.",
        ),
    )


def _month(grid: Grid, position: int, record: int, mapping: Mapping) -> date:
    text = grid.columns[position][record].as_py().strip()
    period = mapping.period
    starts = (
        [day for day in period.days() if day.day == 1 and text.isdigit() and day.month == int(text)]
        if period is not None
        else []
    )
    if len(starts) != 1:
        raise Unreadable(
            f"{text!r} is not a month, 1 to 12, that begins once within {period}.",
            record=record,
            column=grid.headers[position],
            next_step="Correct the cell, or the period of the mapping.",
        )
    return starts[0]


def _counts(grid: Grid, columns: dict[str, int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read the counts, and compare the interactions with their parts where the table gives both."""
    found = {}
    for name in (*POST_COUNTS, "interactions"):
        if name in columns:
            raw, header = grid.columns[columns[name]], grid.headers[columns[name]]
            numbers = parse_numbers(raw, decimal=".", header=header)
            found[name] = whole_counts(numbers, raw, header), blank_mask(raw)
    given = found.pop("interactions", None)
    if given is not None and set(_PARTS) <= set(found):
        reactions, comments, shares = (found[name][0] for name in _PARTS)
        parts = reactions + comments + shares
        wrong = (given[0] != parts) & ~given[1]
        if wrong.any():
            at = int(wrong.argmax())
            raise Unreadable(
                f"The interactions ({given[0][at]}) are not the sum of reactions, comments and shares "
                f"({parts[at]}).",
                record=at,
                column=grid.headers[columns["interactions"]],
            )
    return found


def _ids(grid: Grid, columns: dict[str, int]) -> tuple[pa.Array, tuple[str, ...]]:
    """Return the posts' ids; where the table has none, derive them from the cells of the row."""
    import pyarrow as pa

    if "post_id" in columns:
        ids = _texts(grid, columns, "post_id")
        header = grid.headers[columns["post_id"]]
        if ids.null_count:
            raise Unreadable("The post has no id.", record=ids.to_pylist().index(None), column=header)
        return ids, ()
    seen: Counter[tuple[str, ...]] = Counter()
    derived = []
    for cells in zip(*(column.to_pylist() for column in grid.columns), strict=True):
        seen[cells] += 1
        derived.append(content_id("post", [*cells, str(seen[cells])]))
    note = "The table has no ids of posts; they are derived from all cells of a row."
    return pa.array(derived, pa.string()), (note,)


def _is_paid(grid: Grid, columns: dict[str, int]) -> pa.Array:
    import pyarrow as pa

    found: list[bool | None] = []
    for record, text in enumerate(_texts(grid, columns, "is_paid").to_pylist()):
        word = None if text is None else text.lower()
        if word is not None and word not in _TRUE + _FALSE:
            raise Unreadable(
                f"{text!r} does not say whether the post was paid for.",
                record=record,
                column=grid.headers[columns["is_paid"]],
                next_step=f"Write one of {', '.join(_TRUE + _FALSE)}, or nothing.",
            )
        found.append(None if word is None else word in _TRUE)
    return pa.array(found, pa.bool_())
