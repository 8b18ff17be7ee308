"""What was loaded over time: how often it was refused, and when each run of days was read last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workbench.core.dates import Period
from workbench.ledger.models import Load, Quarantined, Refresh

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment


@dataclass(frozen=True)
class DaysRead:
    """A run of days of one account that was loaded, and when that happened last.

    Attributes
    ----------
    network, account_id : str
        The account.
    period : Period
        Its days.
    at : datetime
        When the last load of exactly these days ended, UTC.
    """

    network: str
    account_id: str
    period: Period
    at: datetime


@dataclass(frozen=True)
class Sources:
    """Which loads are meant, by where their rows come from.

    Attributes
    ----------
    only : tuple of str
        Only these; empty for all.
    without : tuple of str
        All but these.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def clauses(self) -> list[ColumnElement[bool]]:
        """Return the conditions on ``loads.source``."""
        kept = [Load.source.in_(self.only)] if self.only else []
        return [*kept, Load.source.not_in(self.without)] if self.without else [*kept]


def latest_loads(session: Session, sources: Sources, *, n: int) -> Sequence[Load]:
    """Return the loads that were started last, the newest first."""
    query = select(Load).where(*sources.clauses()).order_by(Load.started_at.desc(), Load.load_id)
    return session.scalars(query.limit(n)).all()


def count_loads(session: Session, sources: Sources, *, since: datetime) -> dict[str, int]:
    """Count the loads that ended at ``since`` or later, by their state."""
    query = (
        select(Load.state, func.count())
        .where(Load.finished_at >= since, *sources.clauses())
        .group_by(Load.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def latest_quarantined(session: Session, sources: Sources, *, n: int) -> Sequence[Quarantined]:
    """Return what is in quarantine, the newest first."""
    query = (
        select(Quarantined)
        .join(Load, Load.load_id == Quarantined.load_id)
        .where(*sources.clauses())
        .order_by(Quarantined.quarantine_id.desc())
    )
    return session.scalars(query.limit(n)).all()


def days_read(session: Session, sources: Sources, *, since: date) -> tuple[DaysRead, ...]:
    """Return every run of days that was loaded and reaches to ``since`` or beyond, with its last time."""
    query = (
        select(Load.network, Load.account_id, Load.period_start, Load.period_stop, func.max(Load.finished_at))
        .where(
            Load.state == "done",
            Load.period_start.is_not(None),
            Load.period_stop >= since,
            Load.finished_at.is_not(None),
            *sources.clauses(),
        )
        .group_by(Load.network, Load.account_id, Load.period_start, Load.period_stop)
    )
    return tuple(
        DaysRead(network, account_id, Period(start, stop), at)
        for network, account_id, start, stop, at in session.execute(query)
        if start is not None and stop is not None and at is not None
    )


def unfinished_refreshes(session: Session, environment: Environment, *, n: int = 50) -> Sequence[Refresh]:
    """Return the refreshes that did not come to their end, without those a later one made good."""
    done = (
        select(Refresh.network, Refresh.account_id, Refresh.grain, func.max(Refresh.started_at).label("at"))
        .where(Refresh.environment == environment, Refresh.state == "done")
        .group_by(Refresh.network, Refresh.account_id, Refresh.grain)
        .subquery()
    )
    same = (
        (Refresh.network == done.c.network)
        & (Refresh.account_id == done.c.account_id)
        & (Refresh.grain == done.c.grain)
    )
    query = (
        select(Refresh)
        .outerjoin(done, same)
        .where(
            Refresh.environment == environment,
            Refresh.state != "done",
            (done.c.at.is_(None)) | (done.c.at < Refresh.started_at),
        )
        .order_by(Refresh.started_at.desc(), Refresh.refresh_id)
    )
    return session.scalars(query.limit(n)).all()
