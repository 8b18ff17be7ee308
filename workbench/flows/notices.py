"""Notices about tokens: one seven days before it runs out, one when it is refused, and none twice.

A notice says which account, its last good day, what stands still meanwhile, and the one command to run. It
closes by itself with the first answer that is accepted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import now_utc
from workbench.core.errors import AuthError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.channels.meta_graph import Graph
    from workbench.core.settings import Environment, Settings
    from workbench.ledger import Ledger
    from workbench.ledger.models import Connection

#: How long before its end a token is spoken of.
NOTICE_BEFORE = timedelta(days=7)
RENEW = "keyring set workbench META_TOKEN && wb load meta"
_SUBJECT = "the token for Meta"


@dataclass(frozen=True)
class OpenNotice:
    """One thing that somebody has to put right.

    Attributes
    ----------
    kind : str
        ``token_expires`` or ``token_refused``.
    text : str
        One or two sentences.
    command : str
        The one command that puts it right; may be empty.
    opened_at : datetime
        Since when.
    """

    kind: str
    text: str
    command: str
    opened_at: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return the notice as JSON values."""
        return {
            "kind": self.kind,
            "text": self.text,
            "command": self.command,
            "opened_at": self.opened_at.isoformat(),
        }


def current_notices(settings: Settings) -> tuple[OpenNotice, ...]:
    """Return what somebody has to put right now; nothing before the ledger is made."""
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return ()
    from workbench.ledger import open_ledger, open_notices

    with open_ledger(settings) as ledger, ledger.read() as session:
        return tuple(
            OpenNotice(notice.kind, notice.text, notice.command or "", notice.opened_at)
            for notice in open_notices(session, settings.environment)
        )


def note_token(graph: Graph, ledger: Ledger, environment: Environment) -> datetime | None:
    """Look at the token, note whether it runs out soon, and return when it does.

    Raises
    ------
    AuthError
        If Meta does not accept it.
    """
    from workbench.channels.meta_account import inspect_token
    from workbench.ledger import close_notices, connections, open_notice

    token = inspect_token(graph)
    if not token.is_valid:
        raise AuthError(
            "Meta does not accept the token.", next_step="Make a new one and store it as META_TOKEN."
        )
    now = graph.server_now or now_utc()
    with ledger.write() as session:
        close_notices(session, environment=environment, kind="token_refused", subject=_SUBJECT)
        ends = token.expires_at
        if ends is None or ends - now > NOTICE_BEFORE:
            close_notices(session, environment=environment, kind="token_expires", subject=_SUBJECT)
            return ends
        known = [c for c in connections(session, environment) if c.network == "meta"]
        open_notice(
            session,
            environment=environment,
            kind="token_expires",
            subject=_SUBJECT,
            text=f"The token for Meta runs out on {ends:%-d %B %Y, %H:%M} UTC. {frozen_words(known)}",
            command=RENEW,
            occasion=ends.isoformat(),
        )
    return ends


def note_refused(
    session: Session, environment: Environment, known: Sequence[Connection], error: AuthError
) -> None:
    """Open the notice that Meta refuses the token; while it is open there is no second one."""
    from workbench.ledger import close_notices, open_notice

    close_notices(session, environment=environment, kind="token_expires", subject=_SUBJECT)
    open_notice(
        session,
        environment=environment,
        kind="token_refused",
        subject=_SUBJECT,
        text=f"{error.message} {frozen_words(known)}",
        command=RENEW,
    )


def frozen_words(known: Sequence[Connection]) -> str:
    """Say which accounts stand still, and since when.

    Examples
    --------
    >>> frozen_words([])
    'No account has been read with it yet.'
    """
    if not known:
        return "No account has been read with it yet."
    parts = []
    for connection in known:
        name = connection.account_name or connection.account_id
        day = connection.last_good_day
        parts.append(f"{name} has data to {day:%-d %b %Y}" if day else f"{name} has not been read yet")
    return (
        f"{'; '.join(parts)}. Without it, figures, reports and plans stay as of these days; "
        "once it is renewed the gap fills itself."
    )
