"""What every page says while a token is refused or about to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.flows.company import own_lake, shown_company
from workbench.flows.connectors import connectors_of
from workbench.flows.notices import OpenNotice, current_notices
from workbench.flows.operations_words import data_words, network_name

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.connectors import Connector

_KINDS = ("token_refused", "token_expires")  # the graver first


@dataclass(frozen=True)
class Frozen:
    """What stands still, or soon will.

    Attributes
    ----------
    lead : str
        What is the matter.
    text : str
        How far the figures reach, and what that means.
    command : str
        The one command that puts it right.
    """

    lead: str
    text: str
    command: str


def frozen_of(settings: Settings) -> Frozen | None:
    """Return what pages have to say about the token; ``None`` if all is well.

    Notices of a rehearsal are not shown beside own figures.
    """
    notices = [notice for notice in current_notices(settings) if notice.kind in _KINDS]
    if not notices or _is_hidden(settings):
        return None
    return _frozen(min(notices, key=lambda n: _KINDS.index(n.kind)), connectors_of(settings))


def _is_hidden(settings: Settings) -> bool:
    if settings.environment != "sandbox":
        return False
    # a listing first: asking the lake costs a connection
    return bool(own_lake(settings).version()) and shown_company(settings) == "own"


def _frozen(notice: OpenNotice, connectors: tuple[Connector, ...]) -> Frozen:
    mine = sorted((c for c in connectors if c.network == "meta"), key=lambda c: c.name or c.account_id)
    if notice.kind == "token_refused":
        stopped = [c for c in mine if c.state == "refused"] or mine
        reach = _reach(stopped)
        rest = "figures stay as of then" if any(c.last_day for c in stopped) else "pages wait for it"
        return Frozen(
            f"{network_name('meta')} refuses the token.", f"{_capital(reach)}; {rest}.", notice.command
        )
    ends = min((c.token_expires_at for c in mine if c.token_expires_at), default=None)
    when = f" on {ends:%-d %b %Y}" if ends is not None else " soon"
    return Frozen(
        f"The token for {network_name('meta')} runs out{when}.",
        f"{_capital(_reach(mine))}; without a new one the figures then stay as they are.",
        notice.command,
    )


def _reach(connectors: Sequence[Connector]) -> str:
    return data_words([(c.name or c.account_id, c.last_day) for c in connectors])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
