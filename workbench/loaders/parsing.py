"""A file -> a reconciled table and its windows, without touching any store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.loaders.canonical import check_blanks, parts_of, to_table
from workbench.loaders.duplicates import tell_apart
from workbench.loaders.grains import Family, split_families
from workbench.loaders.reading import read_rows
from workbench.loaders.reconcile import Reconciliation, reconcile
from workbench.loaders.rows import Assumed, Rows
from workbench.loaders.totals import Total, split_totals

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.lake.window import Window
    from workbench.loaders.grid import Grid
    from workbench.loaders.headers import HeaderMap
    from workbench.loaders.result import LoadPart


@dataclass(frozen=True)
class Parsed:
    """What a file holds, reconciled.

    Attributes
    ----------
    table : pyarrow.Table
        Rows as ``ad_insights`` stores them.
    windows : tuple of Window
        What the rows replace.
    parts : tuple of LoadPart
        Figures of each window, in the same order.
    grain : str
        Finest grain; ``period``, ``spend_micros`` and ``impressions`` are of its family.
    """

    table: pa.Table
    windows: tuple[Window, ...]
    parts: tuple[LoadPart, ...]
    grain: str
    period: Period
    account_id: str
    currency: str
    spend_micros: int
    impressions: int | None
    reconciliation: Reconciliation
    skipped_totals: int
    warnings: tuple[str, ...]


def parse(grid: Grid, header_map: HeaderMap, assumed: Assumed, *, load_id: str) -> Parsed:
    """Read, sort into grains and reconcile a file.

    Parameters
    ----------
    grid : Grid
        Cells as texts.
    header_map : HeaderMap
        Which column is which.
    assumed : Assumed
        What holds where the file says nothing.
    load_id : str
        Written into every row.

    Raises
    ------
    Unreadable
        If a cell cannot be read, or rows could be counted twice.
    RowsMissTotal
        If the rows do not add up to the file's total.
    """
    rows, total = split_totals(read_rows(grid, header_map, assumed))
    check_blanks(rows)
    rows = tell_apart(rows, grid, total)
    families = split_families(rows, total)
    reconciliation = _reconcile_all(rows, families, total)
    parts = [part for family in families for part in parts_of(rows, family, network=assumed.network)]
    table = to_table(rows, parts, load_id=load_id, source=assumed.source)
    first = families[0]
    own = [part for _, part, at in parts if first.mask[at[0]]]
    has_impressions = "impressions" in rows.numbers
    return Parsed(
        table=table,
        windows=tuple(window for window, _, _ in parts),
        parts=tuple(part for _, part, _ in parts),
        grain=own[0].grain,
        period=_hull([part.period for part in own]),
        account_id=", ".join(sorted({part.account_id for part in own})),
        currency=rows.currency,
        spend_micros=rows.total("spend", first.mask),
        impressions=rows.total("impressions", first.mask) // 10**6 if has_impressions else None,
        reconciliation=reconciliation,
        skipped_totals=total.n_rows if total else 0,
        warnings=(*grid.warnings, *header_map.warnings, *rows.warnings, *_grain_notes(families, parts)),
    )


def _reconcile_all(rows: Rows, families: list[Family], total: Total | None) -> Reconciliation:
    """Reconcile every family that is not a subtotal; the finest one's comparison is the file's."""
    found = [reconcile(rows, family.mask, total) for family in families if not family.is_subtotal]
    return found[0]


def _hull(periods: list[Period]) -> Period:
    return Period(min(p.start for p in periods), max(p.stop for p in periods))


def _grain_notes(families: list[Family], parts: Sequence[tuple[Window, LoadPart, object]]) -> tuple[str, ...]:
    grains = sorted({part.grain for _, part, _ in parts})
    if len(grains) < 2:
        return ()
    if len(families) > 1:
        return (f"The file holds {len(grains)} grains, which are never added: {'; '.join(grains)}.",)
    return (f"The file mixes attribution settings; each is a grain of its own: {'; '.join(grains)}.",)
