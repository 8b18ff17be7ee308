"""Logging to standard error, redacted: nothing personal or secret reaches a line, nor a traceback.

Only loggers below ``workbench`` are set up, and they do not pass records on to the root logger, whose
handlers (a notebook server's, say) would write them as they are.
"""

from __future__ import annotations

import logging
import secrets
import sys
from datetime import UTC, datetime
from typing import TextIO

from workbench.core.errors import ConfigError
from workbench.core.redact import redact

ROOT = "workbench"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback and its stack, and redacts the whole of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line or lines."""
        return redact(super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (stdlib's name)
        """Return the moment in UTC, to the millisecond."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class _StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever ``sys.stderr`` is now: notebooks and tests replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(RedactingFormatter(_FORMAT))

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def get(name: str = "") -> logging.Logger:
    """Return the logger of a room, such as ``log.get("lake")``.

    Parameters
    ----------
    name : str
        Dotted name; ``workbench.`` is put before it unless it is there already.

    Examples
    --------
    >>> get("lake").name, get("workbench.lake.window").name
    ('workbench.lake', 'workbench.lake.window')
    """
    root = logging.getLogger(ROOT)
    if not any(isinstance(handler, _StandardErrorHandler) for handler in root.handlers):
        root.addHandler(_StandardErrorHandler())
        root.propagate = False
    if root.level == logging.NOTSET:  # or the root logger's level, which others set, would decide
        root.setLevel(logging.WARNING)
    if not name or name == ROOT:
        return root
    return logging.getLogger(name if name.startswith(f"{ROOT}.") else f"{ROOT}.{name}")


def set_level(level: str) -> None:
    """Choose how much is written: debug, info, warning or error.

    Raises
    ------
    ConfigError
        If there is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ConfigError(
            f"{level!r} is not a log level.", next_step="Use debug, info, warning or error.", value=level
        )
    get().setLevel(number)


def new_trace_id() -> str:
    """Return a short id that a reader can quote, such as ``trace-5f3c9e1a``."""
    return f"trace-{secrets.token_hex(4)}"


def trace(logger: logging.Logger, error: BaseException) -> str:
    """Log an error with its traceback under a fresh id, and return the id to show instead.

    Parameters
    ----------
    logger : logging.Logger
        From :func:`get`.
    error : BaseException
        What was caught.
    """
    trace_id = new_trace_id()
    logger.error("%s %s", trace_id, type(error).__name__, exc_info=error)
    return trace_id
