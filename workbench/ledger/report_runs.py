"""Which reports were made, and which one is the last good one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.core.ids import new_id
from workbench.core.redact import redact
from workbench.ledger.models import ReportRun

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def record_report_started(session: Session, name: str, *, asof: date, actor: str) -> ReportRun:
    """Note that a report begins and return its row, which has a fresh ``run_id``."""
    run = ReportRun(
        run_id=new_id("report"), name=name, asof=asof, actor=actor, state="started", started_at=now_utc()
    )
    session.add(run)
    session.flush()
    return run


def record_report_done(
    session: Session, run_id: str, *, html_path: str, sha256: str, pdf_path: str | None = None
) -> ReportRun:
    """Note where a finished report lies, and the SHA-256 of its HTML.

    Raises
    ------
    DataError
        If there is no such run.
    """
    run = _run(session, run_id)
    run.state, run.html_path, run.pdf_path, run.sha256 = "done", html_path, pdf_path, sha256
    run.finished_at = now_utc()
    session.flush()
    return run


def record_report_failed(session: Session, run_id: str, *, error: str) -> ReportRun:
    """Note why a report failed; the reason is redacted before it is kept.

    Raises
    ------
    DataError
        If there is no such run.
    """
    run = _run(session, run_id)
    run.state, run.error, run.finished_at = "failed", redact(error), now_utc()
    session.flush()
    return run


def last_good_report(session: Session, name: str, *, asof: date | None = None) -> ReportRun | None:
    """Return the report of this name that was finished last, of one day or of any."""
    query = select(ReportRun).where(ReportRun.name == name, ReportRun.state == "done")
    if asof is not None:
        query = query.where(ReportRun.asof == asof)
    return session.scalars(
        query.order_by(ReportRun.finished_at.desc(), ReportRun.run_id.desc()).limit(1)
    ).first()


def last_reports(session: Session, n: int = 20) -> Sequence[ReportRun]:
    """Return the ``n`` runs that were started last, the newest first, whatever became of them."""
    return session.scalars(
        select(ReportRun).order_by(ReportRun.started_at.desc(), ReportRun.run_id.desc()).limit(n)
    ).all()


def _run(session: Session, run_id: str) -> ReportRun:
    run = session.get(ReportRun, run_id)
    if run is None:
        raise DataError(
            f"There is no report run {run_id!r}.",
            next_step="Call record_report_started first.",
            run_id=run_id,
        )
    return run
