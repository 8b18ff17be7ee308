"""Who acts, and what a role allows.

The command line acts as the system's user. Another name may be taken on in the sandbox only, where four-eyes
rules can so be tried by one person. Which role a name has is kept in the ledger; this module only asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from workbench.core.errors import ConfigError, NotAllowed

if TYPE_CHECKING:
    from workbench.core.settings import Environment, Settings

ACTOR_VARIABLE = "WORKBENCH_ACTOR"


class Role(IntEnum):
    """What somebody may do; each role may do everything the ones below it may.

    Examples
    --------
    >>> Role.VIEWER < Role.ANALYST < Role.APPROVER < Role.ADMIN
    True
    >>> str(Role.APPROVER)
    'approver'
    """

    VIEWER = 1
    ANALYST = 2
    APPROVER = 3
    ADMIN = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Actor:
    """A name and the role it has in one environment.

    Attributes
    ----------
    name : str
        Name of the system's user, of the authenticated user of an app, or one taken on in the sandbox.
    role : Role
        What the actor may do.
    environment : {"sandbox", "staging", "live"}
        Where the role holds. A role in the sandbox says nothing about the live account.
    """

    name: str
    role: Role
    environment: Environment = "sandbox"

    def __str__(self) -> str:
        return f"{self.name} ({self.role}, {self.environment})"


def parse_role(text: str) -> Role:
    """Read a role by its name.

    Raises
    ------
    ConfigError
        If there is no such role.

    Examples
    --------
    >>> parse_role("Approver") is Role.APPROVER
    True
    """
    try:
        return Role[text.strip().upper()]
    except KeyError:
        raise ConfigError(
            f"{text!r} is not a role.",
            next_step=f"Use one of {', '.join(str(role) for role in Role)}.",
            value=text,
        ) from None


def system_user() -> str:
    """Return the name of the user this process runs as.

    It comes from the user id and not from ``USER`` or ``LOGNAME``, which anybody can set.
    """
    try:
        import pwd
    except ImportError:  # Windows has no user ids
        import getpass

        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under an id that has no name
        return f"uid{os.getuid()}"


def current_actor(
    settings: Settings,
    *,
    requested: str | None = None,
    role_of: Callable[[str], Role | None] | None = None,
) -> Actor:
    """Say who acts from the command line.

    Parameters
    ----------
    settings : Settings
        Its environment decides whether another name may be taken on.
    requested : str, optional
        Value of ``--actor``: ``name`` or ``name:role``. Default is ``WORKBENCH_ACTOR``, else the system's
        user.
    role_of : callable, optional
        Gives the role that the ledger grants a name in this environment, or None.

    Returns
    -------
    Actor
        In the sandbox the system's user is an admin; whoever has no granted role is a viewer.

    Raises
    ------
    NotAllowed
        If another name is asked for outside the sandbox.
    ConfigError
        If the name is empty or the role unknown.
    """
    requested = requested if requested is not None else os.environ.get(ACTOR_VARIABLE)
    sandboxed = settings.environment == "sandbox"
    name, role = _parse_actor(requested) if requested is not None else (system_user(), None)
    if requested is not None and not sandboxed:
        raise NotAllowed(
            f"Acting as {name!r} is not possible in the {settings.environment} environment.",
            next_step=f"Leave out --actor and {ACTOR_VARIABLE}; they work in the sandbox only.",
            value=requested,
            environment=settings.environment,
        )
    if role is None and role_of is not None:
        role = role_of(name)
    if role is None:
        role = Role.ADMIN if sandboxed and name == system_user() else Role.VIEWER
    return Actor(name, role, settings.environment)


def _parse_actor(text: str) -> tuple[str, Role | None]:
    name, colon, role = text.strip().partition(":")
    if not name:
        raise ConfigError(
            f"{text!r} names nobody.",
            next_step="Write --actor NAME or --actor NAME:ROLE.",
            value=text,
        )
    return name, parse_role(role) if colon else None


def require(actor: Actor, role: Role, *, to: str = "do this") -> None:
    """Refuse an actor whose role is not enough.

    Parameters
    ----------
    actor : Actor
        Who wants to act.
    role : Role
        The lowest role that may.
    to : str
        What is to be done, as it follows "may not".

    Raises
    ------
    NotAllowed
        If the actor's role is lower; the message says which roles may.

    Examples
    --------
    >>> require(Actor("ada", Role.ADMIN), Role.APPROVER, to="approve a budget")
    """
    if actor.role < role:
        allowed = " or ".join(str(one) for one in Role if one >= role)
        raise NotAllowed(
            f"{actor} may not {to}.",
            next_step=f"Ask somebody who is {allowed}, or ask an admin for that role.",
            actor=actor.name,
            role=str(actor.role),
            required=str(role),
        )
