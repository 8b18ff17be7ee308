"""Tokens, passwords and keys: from the environment or the system's keyring, never from a settings file."""

from __future__ import annotations

import os
import re

from workbench.core.errors import ConfigError

SERVICE = "workbench"
_PREFIX = "WORKBENCH_SECRET_"
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def variable_of(name: str) -> str:
    """Return the environment variable that a secret is looked up in first.

    Raises
    ------
    ConfigError
        If the name is not made of capitals, digits and underscores.

    Examples
    --------
    >>> variable_of("DATA_KEY")
    'WORKBENCH_SECRET_DATA_KEY'
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is not the name of a secret.",
            next_step="Use capitals, digits and underscores, such as META_TOKEN.",
            value=name,
        )
    return _PREFIX + name


def find_secret(name: str) -> str | None:
    """Look a secret up and return None if it is nowhere.

    Parameters
    ----------
    name : str
        Name in capitals, such as ``META_TOKEN``.

    Returns
    -------
    str or None
        The environment variable's value if it is set and not empty, else the keyring's.

    Raises
    ------
    ConfigError
        If there is a keyring, but it cannot be read (it is locked, say).
    """
    value = os.environ.get(variable_of(name), "").strip()
    return value or _from_keyring(name)


def get_secret(name: str) -> str:
    """Look a secret up.

    Parameters
    ----------
    name : str
        Name in capitals, such as ``META_TOKEN``.

    Raises
    ------
    ConfigError
        If it is neither in the environment nor in the keyring; the message says how to store it.
    """
    value = find_secret(name)
    if value is None:
        raise ConfigError(
            f"The secret {name} is neither in the environment nor in the keyring.",
            next_step=f"Run `keyring set {SERVICE} {name}`, or set {variable_of(name)}"
            " on a machine that has no keyring.",
            name=name,
        )
    return value


def _from_keyring(name: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(SERVICE, name) or None
    except NoKeyringError:
        return None
    except (KeyringError, RuntimeError) as error:
        raise ConfigError(
            f"The keyring cannot be read for the secret {name}: {type(error).__name__}.",
            next_step=f"Unlock the keyring, or set {variable_of(name)}.",
            name=name,
        ) from error
