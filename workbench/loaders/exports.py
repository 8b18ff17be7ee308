"""Load Ads Manager exports, and any other table with a mapping, into the lake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.core.errors import DataError, NotReconciled, SchemaError
from workbench.core.ids import content_id, file_sha256
from workbench.loaders.grid import Grid, read_grid
from workbench.loaders.headers import HeaderMap, count_recognised, resolve
from workbench.loaders.mapping import Mapping, read_mapping
from workbench.loaders.parsing import Parsed, parse
from workbench.loaders.replaced import campaigns_taken_away, taken_away_warning
from workbench.loaders.result import LoadResult, Quarantined, Unreadable
from workbench.loaders.rows import Assumed

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake
    from workbench.ledger import Ledger

#: Raised when the same file would be read differently, so that it is loaded anew.
LOADER_VERSION = "1"


@dataclass(frozen=True)
class _Job:
    """One file on its way: what it is called, what is assumed of it, and its id."""

    path: Path
    mapping: Mapping | None
    assumed: Assumed
    sha256: str
    load_id: str


def load_export(
    path: str | Path,
    *,
    lake: Lake,
    settings: Settings,
    ledger: Ledger | None = None,
    account_id: str | None = None,
    currency: str | None = None,
    mapping: str | Path | None = None,
    period: Period | None = None,
    actor: str = "system",
) -> LoadResult:
    """Load one file: read it, reconcile it, and replace what it covers in one commit.

    Loading the same file again changes nothing. A file that cannot be read with certainty, or whose rows miss
    their own total, is quarantined: nothing of it is stored and what is stored already stays.

    Parameters
    ----------
    path : str or Path
        CSV or XLSX.
    lake : Lake
        Where the rows go.
    settings : Settings
        Account and currency to assume where neither the file nor the arguments name one.
    ledger : Ledger, optional
        Where the load is noted.
    account_id, currency : str, optional
        A file that says otherwise is quarantined.
    mapping : str or Path, optional
        YAML file or the name of a shipped mapping, such as ``kag``, for a table that is no export.
    period : Period, optional
        Days that a file without dates covers.
    actor : str
        Who loads it, for the ledger.

    Returns
    -------
    LoadResult
        What was done, or why nothing was.

    Raises
    ------
    ConfigError, SchemaError
        If the mapping cannot be used.
    StoreError
        If the lake or the ledger cannot be written.
    """
    job = _job(Path(path), settings, account_id=account_id, currency=currency, mapping=mapping, period=period)
    if isinstance(job, LoadResult):
        return job
    _note_start(ledger, job, actor)
    if job.mapping is not None and job.mapping.table == "posts":
        return _load_posts(job, lake, ledger)
    try:
        grid = _grid(job)
        parsed = _parsed(grid, job)
    except DataError as error:
        result = _quarantine(job, error)
        _note_end(ledger, result)
        return result
    taken = campaigns_taken_away(lake, parsed.windows, parsed.table)
    commit = lake.replace("ad_insights", parsed.windows, parsed.table, load_id=job.load_id)
    result = _loaded(job, parsed, changed=commit.changed)
    if taken:
        result = replace(result, warnings=(*result.warnings, taken_away_warning(taken)))
    _note_end(ledger, result, believed_at=commit.believed_at)
    return result


def _load_posts(job: _Job, lake: Lake, ledger: Ledger | None) -> LoadResult:
    from workbench.loaders.posts_table import load_posts

    if job.mapping is None:  # asked by load_export before
        raise SchemaError("Posts are loaded by a mapping.", next_step="Name one.")
    try:
        result, commit = load_posts(job.path, job.mapping, job.assumed, lake=lake, load_id=job.load_id)
    except DataError as error:
        refused = _quarantine(job, error)
        _note_end(ledger, refused)
        return refused
    _note_end(ledger, result, believed_at=commit.believed_at)
    return result


def parse_export(
    path: str | Path,
    *,
    settings: Settings,
    account_id: str | None = None,
    currency: str | None = None,
    mapping: str | Path | None = None,
    period: Period | None = None,
) -> Parsed:
    """Read and reconcile a file without storing it.

    Raises
    ------
    DataError
        If the file cannot be read with certainty, with ``row``, ``column`` and ``reason`` as attributes.
    """
    job = _job(Path(path), settings, account_id=account_id, currency=currency, mapping=mapping, period=period)
    if isinstance(job, LoadResult):
        raise Unreadable(job.quarantined[0].reason)
    return _parsed(_grid(job), job)


def _job(
    path: Path,
    settings: Settings,
    *,
    account_id: str | None,
    currency: str | None,
    mapping: str | Path | None,
    period: Period | None,
) -> _Job | LoadResult:
    rules = read_mapping(mapping) if mapping is not None else None
    constants = rules.constants if rules else {}
    assumed = Assumed(
        network=constants.get("network", "meta"),
        account_id=(account_id or constants.get("account_id") or settings.account_id).removeprefix("act_"),
        currency=currency or constants.get("currency") or settings.currency,
        account_is_given=bool(account_id),
        currency_is_given=bool(currency or constants.get("currency")),
        period=period or (rules.period if rules else None),
        decimal=rules.decimal if rules else None,
        source="mapping" if rules else "ads_export",
    )
    try:
        sha256 = file_sha256(path)
    except OSError as error:
        reason = f"{path.name} cannot be read: {error.strerror}. Check the path and its permissions."
        return LoadResult(
            path.name,
            "",
            assumed.network,
            assumed.account_id,
            assumed.currency,
            quarantined=(Quarantined(path.name, None, None, reason),),
        )
    rules_id = rules.digest if rules else ""
    parts = [LOADER_VERSION, sha256, assumed.network, assumed.account_id, assumed.currency, rules_id]
    load_id = content_id("load", [*parts, str(assumed.period)])
    return _Job(path, rules, assumed, sha256, load_id)


def _grid(job: _Job) -> Grid:
    if job.mapping is None:
        return read_grid(job.path, count_recognised)
    return read_grid(job.path, job.mapping.count_columns, delimiter=job.mapping.delimiter)


def _parsed(grid: Grid, job: _Job) -> Parsed:
    """Parse, and put the file's row and line into whatever is raised."""
    try:
        header_map: HeaderMap = (
            job.mapping.resolve(grid.headers) if job.mapping else resolve(grid.headers, grid.is_same)
        )
        return parse(grid, header_map, job.assumed, load_id=job.load_id)
    except (Unreadable, NotReconciled) as error:
        record = error.facts.get("record")
        if not isinstance(record, int) or error.facts.get("row") is not None:
            raise
        row, line = grid.places.row(record), grid.places.line(record)
        error.facts["row"] = row
        if line is not None and line != row:
            error.message = f"{error.message.rstrip('.')} (row {row} starts on line {line})."
        raise


def _quarantine(job: _Job, error: DataError) -> LoadResult:
    facts: dict[str, Any] = error.facts
    row = facts.get("row")
    return LoadResult(
        job.path.name,
        job.load_id,
        job.assumed.network,
        job.assumed.account_id,
        job.assumed.currency,
        file_total=facts.get("file_total"),
        difference=facts.get("difference"),
        quarantined=(Quarantined(job.path.name, row, facts.get("column"), str(error)),),
    )


def _loaded(job: _Job, parsed: Parsed, *, changed: bool) -> LoadResult:
    return LoadResult(
        file=job.path.name,
        load_id=job.load_id,
        network=job.assumed.network,
        account_id=parsed.account_id,
        currency=parsed.currency,
        grain=parsed.grain,
        period=parsed.period,
        rows=parsed.table.num_rows,
        spend_micros=parsed.spend_micros,
        file_total=parsed.reconciliation.file_total,
        difference=parsed.reconciliation.difference,
        impressions=parsed.impressions,
        reconciled=parsed.reconciliation.reconciled,
        skipped_totals=parsed.skipped_totals,
        changed=changed,
        warnings=parsed.warnings,
        parts=parsed.parts,
    )


def _note_start(ledger: Ledger | None, job: _Job, actor: str) -> None:
    if ledger is None:
        return
    from workbench.ledger import record_load_started

    with ledger.write() as session:
        record_load_started(
            session,
            job.load_id,
            file_name=job.path.name,
            sha256=job.sha256,
            source=job.assumed.source,
            network=job.assumed.network,
            account_id=job.assumed.account_id,
            actor=actor,
        )


def _note_end(ledger: Ledger | None, result: LoadResult, **facts: Any) -> None:
    if ledger is None:
        return
    from workbench.core.money import to_micros
    from workbench.ledger import QuarantinedCell, record_load_finished, record_quarantined

    first = result.quarantined[0] if result.quarantined else None
    with ledger.write() as session:
        record_load_finished(
            session,
            result.load_id,
            state="quarantined" if first else "done",
            grain=result.grain or None,
            period=result.period,
            n_rows=result.rows,
            currency=result.currency,
            spend_micros=None if first else result.spend_micros,
            file_total_micros=to_micros(result.file_total) if result.file_total else None,
            reconciled=result.reconciled,
            error=first.reason if first else None,
            **facts,
        )
        cells = [
            QuarantinedCell(q.reason, row_number=q.row, column_name=q.column) for q in result.quarantined
        ]
        record_quarantined(session, result.load_id, cells)
