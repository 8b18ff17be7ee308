"""Note a report's load in the ledger: what was done, and the columns left out by reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.loaders.networks.result import ReportLoad

if TYPE_CHECKING:
    from workbench.ledger import Ledger, QuarantinedCell

#: Columns that a line names before it counts the others.
N_NAMED = 8


def note_start(
    ledger: Ledger | None,
    result: ReportLoad,
    *,
    sha256: str,
    actor: str,
    source: str = "network_report",
) -> None:
    """Note that a load begins; nothing without a ledger."""
    if ledger is None:
        return
    from workbench.ledger import record_load_started

    with ledger.write() as session:
        record_load_started(
            session,
            result.load_id,
            file_name=result.file,
            sha256=sha256,
            source=source,
            network=result.network,
            account_id=result.account_id,
            actor=actor,
        )


def note_end(ledger: Ledger | None, result: ReportLoad, *, believed_at: datetime | None = None) -> None:
    """Note how a load ended; nothing without a ledger.

    Columns that were left out are kept as one row a reason: a table of X has two hundred of them. A load
    that is repeated does not note them again.
    """
    if ledger is None:
        return
    from workbench.ledger import quarantined, record_load_finished, record_quarantined

    with ledger.write() as session:
        record_load_finished(
            session,
            result.load_id,
            state="quarantined" if result.refused else "done",
            grain=result.grain or None,
            period=result.period,
            n_rows=result.rows,
            currency=result.currency,
            spend_micros=None if result.refused else result.spend_micros,
            reconciled=result.reconciled,
            error=result.quarantined[0].reason if result.refused else None,
            believed_at=believed_at,
        )
        if not quarantined(session, load_id=result.load_id, n=1):
            record_quarantined(session, result.load_id, _cells(result))


def _cells(result: ReportLoad) -> list[QuarantinedCell]:
    from workbench.ledger import QuarantinedCell

    if result.refused:
        return [QuarantinedCell(q.reason, row_number=q.row, column_name=q.column) for q in result.quarantined]
    by_reason: dict[str, list[str]] = {}
    for cell in result.quarantined:
        by_reason.setdefault(cell.reason, []).append(cell.column or "")
    return [
        QuarantinedCell(
            f"{reason}: {named(columns)} (the rest of the file was loaded)", column_name=", ".join(columns)
        )
        for reason, columns in by_reason.items()
    ]


def named(columns: Sequence[str]) -> str:
    """Name the first columns of a list and count the others.

    Examples
    --------
    >>> named(["likes", "shares"]), named(list("abcdefghij"))
    ('likes, shares', 'a, b, c, d, e, f, g, h and 2 more')
    """
    more = f" and {len(columns) - N_NAMED} more" if len(columns) > N_NAMED else ""
    return ", ".join(columns[:N_NAMED]) + more
