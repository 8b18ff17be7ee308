"""How filters stand in an address: flat keys and values, percent-encoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from workbench.core.errors import DataError


def join_values(values: Sequence[str]) -> str:
    """Join values with commas; a comma or percent sign inside a value is percent-encoded.

    Examples
    --------
    >>> join_values(["18-24", "a,b"])
    '18-24,a%2Cb'
    """
    return ",".join(value.replace("%", "%25").replace(",", "%2C") for value in values)


def split_values(text: str) -> tuple[str, ...]:
    """Undo :func:`join_values`.

    Examples
    --------
    >>> split_values("18-24,a%2Cb")
    ('18-24', 'a,b')
    """
    return tuple(dict.fromkeys(unquote(part) for part in text.split(",") if part))


def link_text(fragment: Mapping[str, str]) -> str:
    """Write a fragment as it stands in an address, without the ``#``.

    Examples
    --------
    >>> link_text({"account": "7", "grain": "ad||day|"})
    'account=7&grain=ad%7C%7Cday%7C'
    """
    return "&".join(f"{quote(k, safe='')}={quote(v, safe=',:')}" for k, v in fragment.items())


def as_of_text(at: datetime) -> str:
    """Write a moment in UTC such as ``2026-11-20T08:15:00Z``, to the microsecond where there is one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def pinned_as_of(fragment: Mapping[str, str]) -> datetime | None:
    """Return the moment a link holds its figures at, or ``None``.

    Raises
    ------
    DataError
        If the text is no moment with a time zone.
    """
    text = fragment.get("as_of", "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise DataError(
        f"as_of={text!r} is not a moment.",
        next_step="Write it in UTC, such as 2026-11-20T08:15:00Z, or leave it out.",
        key="as_of",
        value=text,
    )
