"""A network's report file -> a table of ad_insights and its windows, without touching any store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.loaders.canonical import parts_of, to_table
from workbench.loaders.networks.cells import Cells, read_cells
from workbench.loaders.networks.description import NETWORKS, Report, read_network
from workbench.loaders.networks.detect import detect
from workbench.loaders.networks.directory import read_directory
from workbench.loaders.networks.identities import identify
from workbench.loaders.networks.rows import Typed, read_typed
from workbench.loaders.result import LoadPart, Unreadable
from workbench.loaders.rows import Assumed

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.lake.window import Window


@dataclass(frozen=True)
class ParsedReport:
    """What a report file holds.

    Attributes
    ----------
    report : str
        What it was recognised as.
    table : pyarrow.Table
        Rows as ``ad_insights`` stores them.
    windows, parts : tuple
        What the rows replace, and the figures of each window.
    grain, period, account_id, currency
        Of the first grain, as are ``spend_micros`` and ``impressions``.
    left_out : tuple of (header, reason)
        What the lake does not carry.
    warnings : tuple of str
        What the reader should know.
    """

    report: str
    table: pa.Table
    windows: tuple[Window, ...]
    parts: tuple[LoadPart, ...]
    grain: str
    period: Period
    account_id: str
    currency: str
    spend_micros: int
    impressions: int | None
    left_out: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def open_report(path: Path, *, network: str | None = None) -> tuple[Cells, Report]:
    """Read a file and recognise which report it is.

    Parameters
    ----------
    path : Path
        CSV or XLSX.
    network : str, optional
        The network, where the headers fit several.

    Raises
    ------
    Unreadable
        If it is no report that is known here, or lacks a column without which nothing can be loaded.
    """
    cells = read_cells(path)
    found = detect(cells.grid.headers, networks=(network,) if network else NETWORKS)
    if not isinstance(found, Report):
        raise Unreadable(
            f"{path.name} is a history or lookup table ({found.name} of {found.network}), no report.",
            next_step="Give it with --with, beside a report of the same network.",
        )
    missing = [name for name in found.required if name not in cells.positions]
    if missing:
        raise Unreadable(
            f"The report ({found.name} of {found.network}) lacks the column {missing[0]!r}.",
            column=missing[0],
            next_step="Add it to the export, or to the connector's table.",
        )
    if cells.n == 0:
        raise Unreadable("The file has headers and no rows.", next_step="Choose days with delivery.")
    return cells, found


def parse_report(
    opened: tuple[Cells, Report],
    *,
    histories: Sequence[Path],
    assumed: Assumed,
    time_zone: str,
    load_id: str,
) -> ParsedReport:
    """Read a recognised report.

    Parameters
    ----------
    opened : (Cells, Report)
        From :func:`open_report`.
    histories : sequence of Path
        History and lookup tables of the same network.
    assumed : Assumed
        Account and currency where nothing says one.
    time_zone : str
        IANA zone of the account, where no history names it.
    load_id : str
        Written into every row.

    Raises
    ------
    Unreadable
        If a cell cannot be read, or a row could be counted twice.
    """
    cells, report = opened
    directory = read_directory(histories, report.network)
    try:
        whose = identify(cells, report, directory, assumed, time_zone=time_zone)
        typed = read_typed(cells, report, read_network(report.network), whose=whose, directory=directory)
    except Unreadable as error:
        _name_the_row(error, cells)
        raise
    assumed = replace(assumed, network=report.network, source="network_report")
    return _together(typed, cells, report, assumed=assumed, load_id=load_id)


def _name_the_row(error: Unreadable, cells: Cells) -> None:
    record = error.facts.get("record")
    if isinstance(record, int) and error.facts.get("row") is None:
        error.facts["row"] = cells.grid.places.row(record)


def _together(typed: Typed, cells: Cells, report: Report, *, assumed: Assumed, load_id: str) -> ParsedReport:
    import pyarrow as pa

    tables, windows, parts = [], [], []
    for piece in typed.slices:
        found = parts_of(piece.rows, piece.family, network=report.network)
        tables.append(to_table(piece.rows, found, load_id=load_id, source=assumed.source))
        windows += [window for window, _, _ in found]
        parts.append([part for _, part, _ in found])
    first = typed.slices[0].rows
    own = parts[0]
    has_impressions = "impressions" in first.numbers
    return ParsedReport(
        report=f"{report.network}: {report.name}",
        table=pa.concat_tables(tables),
        windows=tuple(windows),
        parts=tuple(part for each in parts for part in each),
        grain=own[0].grain,
        period=Period(min(p.period.start for p in own), max(p.period.stop for p in own)),
        account_id=", ".join(sorted({part.account_id for part in own})),
        currency=first.currency,
        spend_micros=first.total("spend"),
        impressions=first.total("impressions") // 10**6 if has_impressions else None,
        left_out=typed.left_out,
        warnings=(*cells.grid.warnings, *typed.warnings),
    )
