"""Faults on purpose: which request fails and how is decided by a seed, and no request fails for ever."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from workbench.core.errors import ConfigError

_REFUSED_FIRST = frozenset({"user_limit", "buc", "insights_limit", "app_limit", "unknown", "service"})
_BROKEN = frozenset(
    {"html_502", "http_503", "truncated", "cut", "reset", "dropped", "lost_answer", "timeout", "slow"}
)
_OF_REPORTS = frozenset({"race", "job_failed_v25", "job_skipped", "reduce", "reduce_100"})
_OF_LISTS = frozenset({"empty_page"})
_PERMANENT = frozenset({"token", "old_range", "dead_version", "summary", "repeated_cursor"})


@dataclass(frozen=True)
class Traits:
    """What of a request decides which faults fit it.

    Attributes
    ----------
    method, path : str
        The request.
    key : str
        Equal for two tries of the same request.
    is_list : bool
        Whether it reads an edge.
    is_insights : bool
        Whether it asks for insights of an ad object, or starts their report.
    is_run, is_run_rows : bool
        Whether it asks for a report's state, or for its rows.
    has_after, is_salted : bool
        Whether it goes on from a cursor, and whether that cursor came from an empty page.
    """

    method: str
    path: str
    key: str
    is_list: bool = False
    is_insights: bool = False
    is_run: bool = False
    is_run_rows: bool = False
    has_after: bool = False
    is_salted: bool = False

    def fits(self, kind: str) -> bool:
        """Say whether a fault can happen to this request."""
        rules = {
            "race": self.is_run or self.is_run_rows,
            "job_failed_v25": self.is_insights and self.method == "POST",
            "job_skipped": self.is_insights and self.method == "POST",
            "reduce": self.is_insights or self.is_run_rows,
            "reduce_100": self.is_insights or self.is_run_rows,
            "old_range": self.is_insights,
            "summary": self.is_run_rows,
            "empty_page": self.is_list and not self.is_salted,
            "repeated_cursor": self.is_list and self.has_after,
        }
        return rules.get(kind, True)


@dataclass(frozen=True)
class Faults:
    """Which faults happen, and how often.

    Attributes
    ----------
    rate : float
        Share of requests that fail, in [0, 1].
    seed : int
        Seed of the choice.
    kinds : frozenset of str
        Faults to choose from; those that pass by themselves by default.
    at : mapping of int to str
        Faults by number of the request, from 1.
    max_in_row : int
        So often at most the same request fails one time after the other.
    slow_s : float
        What a slow answer takes, on the server's clock.
    hold_s : float
        Real seconds that an answer is held back before the connection is dropped (``timeout``).

    Raises
    ------
    ConfigError
        If a kind does not exist or the rate is no share.
    """

    #: Faults after which the same request succeeds, sooner or later.
    TRANSIENT: ClassVar[frozenset[str]] = _REFUSED_FIRST | _BROKEN | _OF_REPORTS | _OF_LISTS
    #: Every fault; those not in ``TRANSIENT`` are for asking a client how it gives up.
    ALL: ClassVar[frozenset[str]] = TRANSIENT | _PERMANENT

    rate: float = 0.0
    seed: int = 0
    kinds: frozenset[str] = TRANSIENT
    at: Mapping[int, str] = field(default_factory=dict)
    max_in_row: int = 3
    slow_s: float = 0.05
    hold_s: float = 0.2

    def __post_init__(self) -> None:
        for kind in (*self.kinds, *self.at.values()):
            check_kind(kind)
        if not 0 <= self.rate <= 1:
            raise ConfigError(
                f"The rate of faults is {self.rate!r}.",
                next_step="Give a share from 0 to 1.",
                value=self.rate,
            )


def check_kind(kind: str) -> None:
    """Refuse a kind of fault that does not exist.

    Raises
    ------
    ConfigError
        With the kinds that there are.
    """
    if kind not in Faults.ALL:
        raise ConfigError(
            f"There is no fault {kind!r}.",
            next_step=f"Use one of {', '.join(sorted(Faults.ALL))}.",
            value=kind,
        )


class FaultPlan:
    """Decides for each request in turn. Not for two threads at a time.

    Parameters
    ----------
    faults : Faults
        Which and how often.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.n_requests = 0
        self.happened: dict[str, int] = {}
        self._ordered: list[tuple[str, re.Pattern[str]]] = []
        self._in_row: dict[str, int] = {}

    def order(self, kind: str, n: int = 1, match: str = "") -> None:
        """Let the next ``n`` requests fail that the fault fits and whose path the pattern is found in.

        Raises
        ------
        ConfigError
            If there is no such fault.
        """
        check_kind(kind)
        self._ordered += [(kind, re.compile(match))] * n

    def draw(self, traits: Traits) -> str | None:
        """Return the fault of the next request, or None.

        Examples
        --------
        >>> plan = FaultPlan(Faults(at={2: "html_502"}))
        >>> [plan.draw(Traits("GET", "/me", "me")) for _ in range(3)]
        [None, 'html_502', None]
        """
        self.n_requests += 1
        kind = self._taken(traits) or self._drawn(traits)
        if kind is None:
            self._in_row.pop(traits.key, None)
            return None
        self._in_row[traits.key] = self._in_row.get(traits.key, 0) + 1
        self.happened[kind] = self.happened.get(kind, 0) + 1
        return kind

    def _taken(self, traits: Traits) -> str | None:
        for i, (kind, pattern) in enumerate(self._ordered):
            if traits.fits(kind) and pattern.search(traits.path):
                del self._ordered[i]
                return kind
        return None

    def _drawn(self, traits: Traits) -> str | None:
        faults = self.faults
        planned = faults.at.get(self.n_requests)
        if planned is not None:
            return planned
        if faults.rate == 0 or self._in_row.get(traits.key, 0) >= faults.max_in_row:
            return None
        rng = random.Random(f"{faults.seed}:{self.n_requests}")  # noqa: S311 (nothing secret depends on it)
        fitting = sorted(kind for kind in faults.kinds if traits.fits(kind))
        if rng.random() >= faults.rate or not fitting:
            return None
        return rng.choice(fitting)
