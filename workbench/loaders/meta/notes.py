"""What the ledger is told about windows of a refresh: asked for, stored, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from workbench.core.dates import Period
    from workbench.core.errors import NotReconciled
    from workbench.ledger import Ledger
    from workbench.ledger.models import Refresh
    from workbench.loaders.meta.rows import Asked
    from workbench.loaders.meta.spool import Spool


def note_window(
    session: Session,
    refresh: Refresh,
    window: Period,
    spool: Spool,
    *,
    days: Sequence[date],
    restated: tuple[int, float],
    reconciled: str,
    believed_at: datetime | None,
) -> None:
    """Note a window that is in the lake: as a part of its refresh, and what changed as a load.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``: both notes stand in one transaction.
    refresh : Refresh
        As the ledger has it.
    window : Period
        Days of the window.
    spool : Spool
        Its rows.
    days : sequence of datetime.date
        Days that were replaced; none if the lake held all rows already.
    restated : (int, float)
        How far spend (micros) and results of days that were loaded before moved.
    reconciled : str
        How the rows agree with the account's total.
    believed_at : datetime or None
        The lake's moment of the commit, if there was one.
    """
    from workbench.ledger import record_window_done

    load_id = spool.load_id(days) if days else None
    if load_id is not None:
        _note_load(session, refresh, spool, days, reconciled=reconciled, believed_at=believed_at)
    record_window_done(
        session,
        refresh.refresh_id,
        window,
        load_id=load_id,
        n_rows=spool.n_rows,
        restated_micros=restated[0],
        restated_results=restated[1],
    )


def _note_load(
    session: Session,
    refresh: Refresh,
    spool: Spool,
    days: Sequence[date],
    *,
    reconciled: str,
    believed_at: datetime | None,
) -> None:
    from workbench.core.dates import Period
    from workbench.ledger import record_load_finished, record_load_started

    asked, load_id, period = spool.asked, spool.load_id(days), Period(days[0], days[-1])
    changed = [spool.days[day] for day in days if day in spool.days]
    record_load_started(
        session,
        load_id,
        file_name=answer_name(asked, period),
        sha256=load_id,
        source=asked.source,
        network="meta",
        account_id=asked.account_id,
        actor=refresh.actor,
    )
    record_load_finished(
        session,
        load_id,
        state="done",
        grain=str(asked.grain),
        period=period,
        n_rows=sum(day.n_rows for day in changed),
        currency=asked.currency,
        spend_micros=sum(day.spend_micros for day in changed),
        reconciled=reconciled,
        believed_at=believed_at,
    )


def note_quarantined(
    ledger: Ledger, refresh: Refresh, window: Period, asked: Asked, *, error: NotReconciled
) -> None:
    """Note a window that was not stored, with the reason."""
    from workbench.core.ids import content_id
    from workbench.ledger import (
        QuarantinedCell,
        record_load_finished,
        record_load_started,
        record_quarantined,
    )

    name = answer_name(asked, window)
    load_id = content_id("load", ["quarantined", asked.account_id, str(asked.grain), str(window), str(error)])
    with ledger.write() as session:
        record_load_started(
            session,
            load_id,
            file_name=name,
            sha256=load_id,
            source=asked.source,
            network="meta",
            account_id=asked.account_id,
            actor=refresh.actor,
        )
        record_load_finished(
            session, load_id, state="quarantined", reconciled="not reconciled", error=str(error)
        )
        record_quarantined(session, load_id, [QuarantinedCell(str(error))])


def answer_name(asked: Asked, window: Period) -> str:
    """Return what an answer is called where files have names, such as ``Meta 123 · campaign · 1–28 Nov``."""
    return f"Meta {asked.account_id} · {asked.grain} · {window}"


class LedgerRunBook:
    """Remembers in the ledger which reports were asked for in a window."""

    def __init__(self, ledger: Ledger, refresh_id: str, window: Period) -> None:
        from workbench.ledger import reports_asked

        self._ledger, self._refresh_id, self._window = ledger, refresh_id, window
        with ledger.read() as session:
            self._reports = reports_asked(session, refresh_id, window)

    def get(self, key: str) -> str | None:
        """Return the report that was asked for under a key."""
        return self._reports.get(key)

    def put(self, key: str, run_id: str) -> None:
        """Remember a report."""
        self._reports[key] = run_id
        self._save()

    def drop(self, key: str) -> None:
        """Forget a report."""
        if self._reports.pop(key, None) is not None:
            self._save()

    def forget(self) -> None:
        """Forget all reports of the window."""
        if self._reports:
            self._reports = {}
            self._save()

    def _save(self) -> None:
        from workbench.ledger import record_reports

        with self._ledger.write() as session:
            record_reports(session, self._refresh_id, self._window, self._reports)
