"""Versions of the Graph API whose end Meta has announced."""

from __future__ import annotations

from datetime import date

#: Last day of each version of the Marketing API; a version that is not here has no announced end.
ENDED_ON: dict[str, date] = {
    "v24.0": date(2026, 10, 6),
}


def ends_on(version: str) -> date | None:
    """Return the day a version ends, or ``None`` if that is not announced.

    Examples
    --------
    >>> ends_on("v24.0"), ends_on("v26.0")
    (datetime.date(2026, 10, 6), None)
    """
    return ENDED_ON.get(version)
