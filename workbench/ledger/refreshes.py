"""Refreshes: reading an account again, window by window, so that a killed one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from workbench.core.dates import Period, now_utc
from workbench.core.errors import DataError
from workbench.core.ids import new_id
from workbench.core.redact import redact
from workbench.ledger.models import Fetch, Refresh

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment

#: A refresh that was not finished is taken up again for so long; after that its first windows are stale.
RESUMED_WITHIN = timedelta(hours=12)


def begin_refresh(
    session: Session,
    *,
    environment: Environment,
    network: str,
    account_id: str,
    grain: str,
    period: Period,
    actor: str,
    at: datetime | None = None,
) -> Refresh:
    """Begin a refresh, or take the unfinished one of the same account, grain and period up again.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    environment, network, account_id, grain : str
        Whose rows.
    period : Period
        All days of the refresh.
    actor : str
        Who does it.
    at : datetime, optional
        Default now.
    """
    now = at or now_utc()
    query = select(Refresh).where(
        Refresh.environment == environment,
        Refresh.network == network,
        Refresh.account_id == account_id,
        Refresh.grain == grain,
        Refresh.period_start == period.start,
        Refresh.period_stop == period.stop,
        Refresh.state != "done",
        Refresh.started_at >= now - RESUMED_WITHIN,
    )
    found = session.scalars(query.order_by(Refresh.started_at.desc())).first()
    if found is not None:
        found.state, found.error, found.actor = "started", None, actor
        session.flush()
        return found
    refresh = Refresh(
        refresh_id=new_id("refresh"),
        environment=environment,
        network=network,
        account_id=account_id,
        grain=grain,
        period_start=period.start,
        period_stop=period.stop,
        state="started",
        n_rows=0,
        restated_micros=0,
        restated_results=0.0,
        actor=actor,
        started_at=now,
    )
    session.add(refresh)
    session.flush()
    return refresh


def windows_done(session: Session, refresh_id: str) -> tuple[Period, ...]:
    """Return the windows of a refresh that are in the lake already, in order."""
    query = select(Fetch).where(Fetch.refresh_id == refresh_id, Fetch.state == "done")
    found = session.scalars(query.order_by(Fetch.period_start))
    return tuple(Period(fetch.period_start, fetch.period_stop) for fetch in found)


def reports_asked(session: Session, refresh_id: str, window: Period) -> dict[str, str]:
    """Return the reports that were asked for in a window and may still be waiting at the network."""
    fetch = session.get(Fetch, (refresh_id, window.start))
    return json.loads(fetch.reports) if fetch is not None and fetch.period_stop == window.stop else {}


def record_reports(session: Session, refresh_id: str, window: Period, reports: dict[str, str]) -> None:
    """Note the reports asked for in a window, so that a killed refresh need not ask again."""
    fetch = _fetch(session, refresh_id, window)
    fetch.reports = json.dumps(reports, sort_keys=True)
    session.flush()


def record_window_done(
    session: Session,
    refresh_id: str,
    window: Period,
    *,
    load_id: str | None,
    n_rows: int,
    restated_micros: int,
    restated_results: float = 0.0,
) -> None:
    """Note that a window is in the lake, by the load that changed it if one did; again changes nothing."""
    fetch = _fetch(session, refresh_id, window)
    if fetch.state == "done":
        return
    fetch.state, fetch.reports, fetch.load_id, fetch.n_rows = "done", "{}", load_id, n_rows
    fetch.finished_at = now_utc()
    session.execute(
        update(Refresh)
        .where(Refresh.refresh_id == refresh_id)
        .values(
            n_rows=Refresh.n_rows + n_rows,
            restated_micros=Refresh.restated_micros + restated_micros,
            restated_results=Refresh.restated_results + restated_results,
        )
    )
    session.flush()


def record_refresh_finished(session: Session, refresh_id: str, *, error: str | None = None) -> Refresh:
    """Note how a refresh ended: done, or failed with one line that is redacted before it is kept.

    Raises
    ------
    DataError
        If there is no such refresh.
    """
    refresh = session.get(Refresh, refresh_id, populate_existing=True)
    if refresh is None:
        raise DataError(
            f"There is no refresh {refresh_id!r}.", next_step="Call begin_refresh first.", value=refresh_id
        )
    refresh.state = "done" if error is None else "failed"
    refresh.error = redact(error) if error is not None else None
    refresh.finished_at = now_utc()
    session.flush()
    return refresh


def last_refreshes(
    session: Session, environment: Environment, *, account_id: str | None = None, n: int = 20
) -> Sequence[Refresh]:
    """Return the refreshes that were started last, the newest first."""
    query = select(Refresh).where(Refresh.environment == environment)
    if account_id is not None:
        query = query.where(Refresh.account_id == account_id)
    return session.scalars(query.order_by(Refresh.started_at.desc(), Refresh.refresh_id).limit(n)).all()


def _fetch(session: Session, refresh_id: str, window: Period) -> Fetch:
    fetch = session.get(Fetch, (refresh_id, window.start))
    if fetch is None:
        fetch = Fetch(
            refresh_id=refresh_id,
            period_start=window.start,
            period_stop=window.stop,
            state="asked",
            reports="{}",
        )
        session.add(fetch)
    elif fetch.state == "asked" and fetch.period_stop != window.stop:
        fetch.period_stop, fetch.reports = window.stop, "{}"
    return fetch
