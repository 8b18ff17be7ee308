"""What the server asks the world that it stands before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class InsightsSlice:
    """One question to the figures of a world.

    Attributes
    ----------
    object_id : str
        ``act_…``, or the id of a campaign, ad set or ad.
    level : {"account", "campaign", "adset", "ad"}
        What a row stands for.
    since, until : datetime.date
        First and last day in the account's time zone, both included.
    increment_days : int or None
        Days in a row, 1 to 90; None for the whole period in one row.
    breakdowns : tuple of str
        Breakdowns, each a column of every row.
    windows : tuple of str
        Attribution windows to report actions by; empty for the ad sets' own setting.
    filtering : tuple of mapping
        Filters with ``field``, ``operator`` and ``value``.
    """

    object_id: str
    level: str
    since: date
    until: date
    increment_days: int | None
    breakdowns: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    filtering: tuple[Mapping[str, Any], ...] = ()


class Source(Protocol):
    """A world as the Graph API sees it.

    Whatever cannot be done raises :class:`workbench.core.errors.DataError`; the server answers with code 100.
    """

    def now(self) -> datetime:
        """Return the simulated moment, aware and in UTC."""
        ...

    def accounts(self) -> Sequence[Mapping[str, Any]]:
        """Return the ad accounts as the Graph API has them.

        Each has ``id`` (``act_…``), ``account_id``, ``name``, ``currency``, ``timezone_name``,
        ``account_status``.
        """
        ...

    def node(self, object_id: str) -> Mapping[str, Any] | None:
        """Return an object with the fields it has, or None. ``metadata.type`` may name its type."""
        ...

    def edge(self, parent_id: str, edge: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the objects of an edge in a stable order, or None if there is no such edge."""
        ...

    def insights(self, asked: InsightsSlice) -> Iterator[dict[str, Any]]:
        """Yield rows in a stable order with Graph field names and Python values."""
        ...

    def change(self, object_id: str, params: Mapping[str, Any]) -> None:
        """Edit an object."""
        ...

    def create(self, parent_id: str, edge: str, params: Mapping[str, Any]) -> str:
        """Make an object and return its id."""
        ...
