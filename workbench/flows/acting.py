"""Who acts, and a ledger that is open to those who may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.core.identity import Actor, Role, current_actor, require

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.ledger import Ledger


@contextmanager
def ledger_for_analysts(
    settings: Settings, actor: Actor | None, *, to: str
) -> Iterator[tuple[Ledger, Actor]]:
    """Open the ledger for somebody who may do more than look.

    Parameters
    ----------
    settings : Settings
        The installation.
    actor : Actor or None
        Who acts; by default the system's user.
    to : str
        What for, such as ``draft a budget``.

    Yields
    ------
    tuple of Ledger and Actor

    Raises
    ------
    NotAllowed
        If the actor is a viewer.
    """
    from workbench.ledger import open_ledger

    with open_ledger(settings) as ledger:
        who = actor_of(settings, ledger, actor)
        require(who, Role.ANALYST, to=to)
        yield ledger, who


def actor_of(settings: Settings, ledger: Ledger, actor: Actor | None) -> Actor:
    """Return who acts: the one given, else the system's user with the role the ledger grants."""
    if actor is not None:
        return actor
    from workbench.ledger import role_of

    def granted(name: str) -> Role | None:
        with ledger.read() as session:
            return role_of(session, name, settings.environment)

    return current_actor(settings, role_of=granted)
