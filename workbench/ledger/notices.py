"""Notices: what somebody has to know once, open until it is put right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from workbench.core.dates import now_utc
from workbench.core.ids import content_id
from workbench.core.redact import redact
from workbench.ledger.models import Notice

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment


def open_notice(
    session: Session,
    *,
    environment: Environment,
    kind: str,
    subject: str,
    text: str,
    command: str | None = None,
    occasion: str = "",
) -> Notice | None:
    """Open a notice unless the same one was opened before, and return it if it is new.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    environment : str
        Where it holds.
    kind, subject : str
        What is the matter, such as ``token_refused``, and with what, such as ``meta 123``. While a notice of
        this kind and subject is open there is no second one; only its text follows.
    text : str
        One sentence; redacted before it is kept.
    command : str, optional
        The one command that puts it right.
    occasion : str
        What makes this one new after an earlier one was closed, such as the day the token runs out: the
        same occasion is never told twice.
    """
    open_now = _open(session, environment, kind, subject)
    if open_now is not None:
        open_now.text, open_now.command = redact(text), command
        session.flush()
        return None
    now = now_utc()
    told = occasion or now.isoformat()
    notice_id = content_id("notice", [environment, kind, subject, told])
    if session.get(Notice, notice_id) is not None:
        return None
    notice = Notice(
        notice_id=notice_id,
        environment=environment,
        kind=kind,
        subject=subject,
        text=redact(text),
        command=command,
        state="open",
        opened_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def close_notices(session: Session, *, environment: Environment, kind: str, subject: str) -> int:
    """Close the open notices of a kind and subject; return how many there were."""
    found = _open(session, environment, kind, subject)
    if found is None:
        return 0
    found.state, found.closed_at = "closed", now_utc()
    session.flush()
    return 1


def open_notices(session: Session, environment: Environment) -> Sequence[Notice]:
    """Return the open notices of an environment, the oldest first."""
    query = select(Notice).where(Notice.environment == environment, Notice.state == "open")
    return session.scalars(query.order_by(Notice.opened_at, Notice.notice_id)).all()


def _open(session: Session, environment: str, kind: str, subject: str) -> Notice | None:
    query = select(Notice).where(
        Notice.environment == environment,
        Notice.kind == kind,
        Notice.subject == subject,
        Notice.state == "open",
    )
    return session.scalars(query).first()
