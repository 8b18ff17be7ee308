"""What was loaded, what was refused and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, select

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.core.redact import redact
from workbench.ledger.models import Load, Quarantined

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.dates import Period

FinalState = Literal["done", "quarantined", "failed"]
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class QuarantinedCell:
    """One thing that could not be loaded.

    Attributes
    ----------
    reason : str
        Why, in a sentence.
    row_number : int, optional
        Line of the file, counted as its reader would, from 1.
    column_name : str, optional
        Header as the file writes it.
    value : str, optional
        What stood there; redacted and shortened before it is kept.
    """

    reason: str
    row_number: int | None = None
    column_name: str | None = None
    value: str | None = None


def record_load_started(
    session: Session,
    load_id: str,
    *,
    file_name: str,
    sha256: str,
    source: str,
    network: str,
    account_id: str,
    actor: str,
    started_at: datetime | None = None,
) -> Load:
    """Note that a load begins.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    load_id : str
        Derived from the content, so that the same file has the same id again.
    file_name, sha256, source, network, account_id, actor : str
        What is loaded, from where, for whom, and who does it.
    started_at : datetime, optional
        Default now.

    Returns
    -------
    Load
        A load that is done already stays as it is. One that was started and never finished, that failed or
        was quarantined, begins anew: its try is counted and what it had in quarantine is removed.
    """
    load = session.get(Load, load_id)
    if load is not None and load.state == "done":
        return load
    if load is None:
        load = Load(load_id=load_id, n_tries=0)
        session.add(load)
    else:
        session.execute(delete(Quarantined).where(Quarantined.load_id == load_id))
    load.file_name, load.sha256, load.source = file_name, sha256, source
    load.network, load.account_id, load.actor = network, account_id, actor
    load.state, load.error, load.finished_at = "started", None, None
    load.n_tries += 1
    load.started_at = started_at or now_utc()
    session.flush()
    return load


def record_load_finished(
    session: Session,
    load_id: str,
    *,
    state: FinalState,
    grain: str | None = None,
    period: Period | None = None,
    n_rows: int | None = None,
    currency: str | None = None,
    spend_micros: int | None = None,
    file_total_micros: int | None = None,
    reconciled: str | None = None,
    believed_at: datetime | None = None,
    error: str | None = None,
) -> Load:
    """Note how a load ended.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    load_id : str
        As in :func:`record_load_started`.
    state : {"done", "quarantined", "failed"}
        ``quarantined`` means that the file was refused, ``failed`` that something else went wrong.
    grain, period, n_rows, currency
        What the rows are about.
    spend_micros, file_total_micros : int, optional
        Sum of the rows and the file's own total, in millionths of ``currency``.
    reconciled : str, optional
        How the two agree.
    believed_at : datetime, optional
        The lake's moment of the commit.
    error : str, optional
        One line, redacted before it is kept.

    Raises
    ------
    DataError
        If the load was never started.
    """
    load = _load(session, load_id)
    load.state, load.grain, load.n_rows, load.currency = state, grain, n_rows, currency
    load.period_start = period.start if period is not None else None
    load.period_stop = period.stop if period is not None else None
    load.spend_micros, load.file_total_micros, load.reconciled = spend_micros, file_total_micros, reconciled
    load.believed_at = believed_at
    load.error = redact(error) if error is not None else None
    load.finished_at = now_utc()
    session.flush()
    return load


def record_quarantined(session: Session, load_id: str, cells: Iterable[QuarantinedCell]) -> int:
    """Keep what could not be loaded; return how many rows were added.

    Raises
    ------
    DataError
        If the load was never started.
    """
    file_name, at = _load(session, load_id).file_name, now_utc()
    rows = [
        Quarantined(
            load_id=load_id,
            file_name=file_name,
            row_number=cell.row_number,
            column_name=cell.column_name,
            value_redacted=redact(cell.value)[:_LONGEST_VALUE] if cell.value is not None else None,
            reason=redact(cell.reason),
            at=at,
        )
        for cell in cells
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def last_loads(session: Session, n: int = 20) -> Sequence[Load]:
    """Return the ``n`` loads that were started last, the newest first."""
    return session.scalars(select(Load).order_by(Load.started_at.desc(), Load.load_id).limit(n)).all()


def find_loads(session: Session, load_ids: Sequence[str]) -> Sequence[Load]:
    """Return the loads of these ids that the ledger knows."""
    return session.scalars(select(Load).where(Load.load_id.in_(load_ids))).all()


def quarantined(session: Session, *, load_id: str | None = None, n: int = 100) -> Sequence[Quarantined]:
    """Return what is in quarantine, of one load or of all, the newest first."""
    query = select(Quarantined).order_by(Quarantined.quarantine_id.desc()).limit(n)
    if load_id is not None:
        query = query.where(Quarantined.load_id == load_id)
    return session.scalars(query).all()


def _load(session: Session, load_id: str) -> Load:
    load = session.get(Load, load_id)
    if load is None:
        raise DataError(
            f"There is no load {load_id!r}.",
            next_step="Call record_load_started first.",
            load_id=load_id,
        )
    return load
