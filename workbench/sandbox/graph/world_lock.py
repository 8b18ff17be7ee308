"""A lock that ends with its process, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import ConfigError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file for a block.

    Parameters
    ----------
    path : Path
        File to lock; made if it is not there, and left behind.

    Raises
    ------
    ConfigError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise ConfigError(
                "Another process has the sandbox's world.",
                next_step="Wait until it has finished, or end the server that `wb sandbox up` started.",
                path=str(path),
            ) from None
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
