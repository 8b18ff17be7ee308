"""Load a network's report into the lake: recognised, read, and written in one commit, or refused whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.core.ids import content_id, file_sha256
from workbench.loaders.networks.description import FOLDER
from workbench.loaders.networks.noting import note_end, note_start
from workbench.loaders.networks.overlap import refuse_other_breakdown
from workbench.loaders.networks.parsing import ParsedReport, open_report, parse_report
from workbench.loaders.networks.result import ReportLoad
from workbench.loaders.replaced import campaigns_taken_away, taken_away_warning
from workbench.loaders.result import Quarantined
from workbench.loaders.rows import Assumed

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake
    from workbench.ledger import Ledger

#: Raised when the same file would be read differently, so that it is loaded anew.
LOADER_VERSION = "1"


@dataclass(frozen=True)
class Given:
    """What the caller says of a file.

    Attributes
    ----------
    network : str or None
        Whose report it is, where its headers fit several.
    histories : tuple of Path
        History and lookup tables of the same network.
    account_id, currency, time_zone : str or None
        What neither the file nor the histories say; default the settings'.
    """

    network: str | None = None
    histories: tuple[Path, ...] = ()
    account_id: str | None = None
    currency: str | None = None
    time_zone: str | None = None


def load_report(
    path: str | Path,
    *,
    lake: Lake,
    settings: Settings,
    ledger: Ledger | None = None,
    given: Given | None = None,
    actor: str = "system",
) -> ReportLoad:
    """Load one report of an ad network.

    Loading the same file again changes nothing. A file with a cell that cannot be read is quarantined:
    nothing of it is stored. Columns that the lake does not carry are quarantined by their names, and the rest
    is loaded.

    Parameters
    ----------
    path : str or Path
        CSV or XLSX with the headers of a connector's table.
    lake : Lake
        Where the rows go.
    settings : Settings
        Account, currency and time zone to assume where nothing else says them.
    ledger : Ledger, optional
        Where the load is noted.
    given : Given, optional
        What is known beside the file.
    actor : str
        Who loads it, for the ledger.

    Returns
    -------
    ReportLoad
        What was done, or why nothing was.

    Raises
    ------
    StoreError
        If the lake or the ledger cannot be written.
    """
    file, given = Path(path), given or Given()
    zone = given.time_zone or settings.time_zone
    assumed = _assumed(settings, given)
    sha256 = _digest(file)
    load_id = _load_id(sha256, given, assumed, zone)
    try:
        opened = open_report(file, network=given.network)
        assumed = replace(assumed, network=opened[1].network)
        parsed = parse_report(
            opened, histories=given.histories, assumed=assumed, time_zone=zone, load_id=load_id
        )
        refuse_other_breakdown(lake, parsed.windows, parsed.table)
    except DataError as error:
        result = _refused(file, load_id, assumed, error)
        note_start(ledger, result, sha256=sha256, actor=actor)
        note_end(ledger, result)
        return result
    taken = campaigns_taken_away(lake, parsed.windows, parsed.table)
    result = _loaded(file, load_id, assumed.network, parsed)
    note_start(ledger, result, sha256=sha256, actor=actor)
    commit = lake.replace("ad_insights", parsed.windows, parsed.table, load_id=load_id)
    warnings = (*result.warnings, taken_away_warning(taken)) if taken else result.warnings
    result = replace(result, changed=commit.changed, warnings=warnings)
    note_end(ledger, result, believed_at=commit.believed_at)
    return result


def _assumed(settings: Settings, given: Given) -> Assumed:
    return Assumed(
        network=given.network or "",
        account_id=(given.account_id or settings.account_id).removeprefix("act_"),
        currency=given.currency or settings.currency,
        account_is_given=bool(given.account_id),
        currency_is_given=bool(given.currency),
    )


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:  # said in words by whoever opens it next
        return ""


def _load_id(sha256: str, given: Given, assumed: Assumed, zone: str) -> str:
    described = [file_sha256(path) for path in sorted(FOLDER.glob("*.yml"))]
    histories = [_digest(path) for path in given.histories]
    parts = [assumed.network, assumed.account_id, assumed.currency, zone, str(assumed.account_is_given)]
    return content_id("load", ["report", LOADER_VERSION, sha256, *parts, *histories, *described])


def _refused(path: Path, load_id: str, assumed: Assumed, error: DataError) -> ReportLoad:
    cell = Quarantined(path.name, error.facts.get("row"), error.facts.get("column"), str(error))  # type: ignore[arg-type]
    return ReportLoad(
        path.name,
        load_id,
        assumed.network,
        assumed.account_id,
        assumed.currency,
        quarantined=(cell,),
        refused=True,
    )


def _loaded(path: Path, load_id: str, network: str, parsed: ParsedReport) -> ReportLoad:
    return ReportLoad(
        file=path.name,
        load_id=load_id,
        network=network,
        account_id=parsed.account_id,
        currency=parsed.currency,
        grain=parsed.grain,
        period=parsed.period,
        rows=parsed.table.num_rows,
        spend_micros=parsed.spend_micros,
        impressions=parsed.impressions,
        reconciled="no total in the file",
        quarantined=tuple(Quarantined(path.name, None, header, why) for header, why in parsed.left_out),
        warnings=parsed.warnings,
        parts=parsed.parts,
        report=parsed.report,
    )
