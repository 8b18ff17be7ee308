"""A network's report -> typed rows of the one schema: read, checked for doubles, and added up to days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from workbench.lake.schema import BREAKDOWNS
from workbench.loaders.grains import Family
from workbench.loaders.grouping import codes, group_numbers
from workbench.loaders.networks.adding import add_up
from workbench.loaders.networks.cells import Cells, read_metric
from workbench.loaders.networks.description import Network, Report
from workbench.loaders.networks.directory import Directory
from workbench.loaders.networks.identities import Identities
from workbench.loaders.networks.kinds import by_kind
from workbench.loaders.networks.moments import read_days, read_months
from workbench.loaders.numbers import Numbers
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import COUNTS, Rows

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True)
class Slice:
    """Rows of one grain, added up, and the family they are.

    Attributes
    ----------
    rows : Rows
        One row per key.
    family : Family
        All of them.
    """

    rows: Rows
    family: Family


@dataclass(frozen=True)
class Typed:
    """What a report holds.

    Attributes
    ----------
    slices : tuple of Slice
        One per grain; the first has the file's figures.
    left_out : tuple of (header, reason)
        Columns, and kinds of rows, that the lake does not carry.
    warnings : tuple of str
        What the reader should know.
    """

    slices: tuple[Slice, ...]
    left_out: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def read_typed(
    cells: Cells, report: Report, network: Network, *, whose: Identities, directory: Directory
) -> Typed:
    """Read every cell that is used, refuse doubles, and add the rows of one key.

    Parameters
    ----------
    cells : Cells
        The file.
    report : Report
        What it is.
    network : Network
        Whose it is.
    whose : Identities
        Ids, names, account, currency and time zones of its rows.
    directory : Directory
        Names of keywords and places.

    Raises
    ------
    Unreadable
        At the first cell that cannot be read, or at a row that could be counted twice.
    """
    warnings = [*directory.warnings, *whose.warnings]
    start, stop, minutes = _times(cells, report, network, whose)
    numbers, notes = _numbers(cells, report)
    warnings += notes
    _refuse_doubles(cells, report, network)
    if report.time == "hour":
        warnings += _partial_days(start, minutes)
    elif network.stamps == "utc":
        warnings += _not_midnight(minutes, cells.header(report.time_column))
    rows = Rows(
        record=_counting(cells.n),
        account=whose.account,
        attribution=_nulls(cells.n),
        objective=_nulls(cells.n),
        result_type=_nulls(cells.n),
        ids=whose.ids,
        names=whose.names,
        breakdowns={},
        unknown={},
        start=start,
        stop=stop,
        is_day=start == stop,
        numbers=numbers,
        currency=whose.currency,
    )
    left_out = _left_out(cells, report, network)
    slices = []
    for mask, breakdowns in by_kind(cells, report, directory, left_out):
        part, note = add_up(
            replace(rows, breakdowns=breakdowns).keep(mask), keeps_reach=report.time != "hour"
        )
        warnings += [n for n in note if n not in warnings]
        filled = tuple(name for name in BREAKDOWNS if name in breakdowns)
        increment: Literal["day", "range"] = "range" if report.time == "month" else "day"
        slices.append(Slice(part, Family(report.level, filled, increment, _true(len(part)))))
    return Typed(tuple(slices), tuple(left_out), tuple(warnings))


def _counting(n: int) -> np.ndarray:
    import numpy as np

    return np.arange(n)


def _true(n: int) -> np.ndarray:
    import numpy as np

    return np.ones(n, dtype=bool)


def _nulls(n: int) -> pa.Array:
    import pyarrow as pa

    return pa.nulls(n, pa.string())


def _times(
    cells: Cells, report: Report, network: Network, whose: Identities
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import numpy as np

    if report.time == "month":
        start, stop = read_months(cells, report.time_column)
        return start, stop, np.zeros(cells.n, dtype=np.int64)
    days, minutes = read_days(cells, report.time_column, whose.zones, is_utc=network.stamps == "utc")
    return days, days, minutes


def _partial_days(days: np.ndarray, minutes: np.ndarray) -> Iterator[str]:
    """Warn of a first or last day that a file of hours does not hold whole: it replaces it all the same."""
    first, last = days.min(), days.max()
    begins, ends = minutes[days == first].min(), minutes[days == last].max()
    if begins >= 60:
        yield f"The first day, {first}, begins at {_clock(begins)}; it replaces the whole day."
    if ends < _MINUTES_PER_DAY - 60:
        yield f"The last hour of the last day, {last}, is {_clock(ends)}; it replaces the whole day."


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _not_midnight(minutes: np.ndarray, header: str) -> Iterator[str]:
    n = int((minutes != 0).sum())
    if n:
        yield (
            f"{header!r} should hold the moments, in UTC, at which the account's days begin; in {n:,} "
            "rows it is no midnight there. Give --time-zone, or the account's history with --with."
        )


def _numbers(cells: Cells, report: Report) -> tuple[dict[str, Numbers], list[str]]:
    found: dict[str, Numbers] = {}
    for name, metric in report.metrics.items():
        numbers = read_metric(cells, metric, is_money=name in ("spend", "value"), is_count=name in COUNTS)
        if numbers is not None:
            found[name] = numbers
    notes = []
    if "impressions" in found:
        lost = found["spend"].is_blank & (found["impressions"].micros > 0)
        header = cells.header(report.metrics["spend"].columns[0])
        if lost.any() and not report.metrics["spend"].blank_is_zero:
            at = int(lost.argmax())
            shown = int(found["impressions"].micros[at]) // 10**6
            raise Unreadable(
                f"The amount spent is blank although there are {shown:,} impressions.",
                record=at,
                column=header,
                next_step="Write the amount, or 0 if nothing was charged.",
            )
        if lost.any():
            notes.append(
                f"{int(lost.sum()):,} rows have impressions and a blank {header!r}, which is read as 0."
            )
    return found, notes


def _refuse_doubles(cells: Cells, report: Report, network: Network) -> None:
    """Refuse a row that has the same key, and the same in all that is added over, as another one."""
    import numpy as np

    counted = {column for metric in report.metrics.values() for column in metric.columns}
    keys = [
        name
        for name in cells.positions
        if name not in counted
        and (name in report.used | network.added_over or not network.why_left_out(name))
    ]
    groups = group_numbers([codes(cells.texts(name)) for name in keys], cells.n)
    firsts = np.unique(groups, return_index=True)[1]
    if len(firsts) == cells.n:
        return
    is_first = np.zeros(cells.n, dtype=bool)
    is_first[firsts] = True
    at = int((~is_first).argmax())
    places = cells.grid.places
    other = places.row(int(firsts[groups[at]]))
    raise Unreadable(
        f"The row has the same {', '.join(cells.header(name) for name in keys[:6])} as row {other}.",
        record=at,
        next_step="Remove the copy, or export the table again with all the columns that tell its rows apart.",
    )


def _left_out(cells: Cells, report: Report, network: Network) -> list[tuple[str, str]]:
    return [
        (cells.header(name), network.why_left_out(name) or "unknown column")
        for name in cells.positions
        if name and name not in report.used
    ]
