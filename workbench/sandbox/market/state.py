"""What a world remembers between two days: its objects, what was changed, and what carries over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import numpy as np

from workbench.core.errors import DataError
from workbench.sandbox.market.noise import Floats

Kind = Literal["campaign", "adset", "ad", "creative"]
Node = dict[str, Any]
KINDS: tuple[Kind, ...] = ("campaign", "adset", "ad", "creative")
#: Where a kind's numbers begin among the slots of the noise.
_SLOTS = {"campaign": 1_000_000, "adset": 2_000_000, "ad": 3_000_000, "creative": 4_000_000}
_PER_ACCOUNT = 50_000
#: Simulated days are complete, and the next has not begun, at this hour in every account's time zone.
HOUR_OF_NOW = 6


@dataclass
class Carry:
    """What one day leaves to the next, in the order of the campaigns, ad sets and ads.

    Attributes
    ----------
    own : ndarray (n_campaigns,)
        Smoothed impressions per person and day.
    brand : ndarray (n_accounts,)
        The same of each account's awareness and engagement campaigns.
    seen : ndarray (n_ads,)
        Impressions per person of each ad's present creative.
    spent, allowed, budget : dict of str to ndarray
        By ``campaign`` and ``adset``: spent and allowed in the running week, and the budget they rest on,
        in currency units.
    """

    own: Floats
    brand: Floats
    seen: Floats
    spent: dict[str, Floats]
    allowed: dict[str, Floats]
    budget: dict[str, Floats]

    @classmethod
    def empty(cls, n_accounts: int) -> Carry:
        """Return what a new world starts with."""
        none = {kind: np.zeros(0) for kind in ("campaign", "adset")}
        return cls(np.zeros(0), np.zeros(n_accounts), np.zeros(0), dict(none), dict(none), dict(none))

    def grow(self, n_campaigns: int, n_adsets: int, n_ads: int) -> None:
        """Make room for new objects, which bring nothing from earlier days."""
        self.own, self.seen = _padded(self.own, n_campaigns), _padded(self.seen, n_ads)
        for kind, n in (("campaign", n_campaigns), ("adset", n_adsets)):
            for values in (self.spent, self.allowed, self.budget):
                values[kind] = _padded(values[kind], n)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists; every number comes back exactly."""
        by_kind = {
            name: {kind: values.tolist() for kind, values in getattr(self, name).items()}
            for name in ("spent", "allowed", "budget")
        }
        return {name: getattr(self, name).tolist() for name in ("own", "brand", "seen")} | by_kind

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Carry:
        """Read back what :meth:`to_dict` gave."""
        plain = [np.array(saved[name], np.float64) for name in ("own", "brand", "seen")]
        by_kind = [
            {kind: np.array(values, np.float64) for kind, values in saved[name].items()}
            for name in ("spent", "allowed", "budget")
        ]
        own, brand, seen = plain
        spent, allowed, budget = by_kind
        return cls(own, brand, seen, spent, allowed, budget)


@dataclass
class State:
    """Everything but the days that were delivered.

    Attributes
    ----------
    seed : int
        Seed of all noise.
    start : datetime.date
        First simulated day.
    n_days : int
        Days simulated so far.
    accounts : list of dict
        The ad accounts, in order; they never change.
    nodes : dict of str to dict
        Campaigns, ad sets, ads and creatives by id, in the order of their creation; none is ever removed.
    changes : list of dict
        The change history, oldest first.
    script : list of dict
        What the advertiser has planned to do on days to come.
    names : dict of str to str
        Ids of the planned objects by their name in the plan.
    counters : dict of str to int
        How many objects of a kind each account has.
    carry : Carry
        What the last day left.
    """

    seed: int
    start: date
    n_days: int
    accounts: list[dict[str, Any]]
    nodes: dict[str, Node] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    script: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    carry: Carry = field(default_factory=lambda: Carry.empty(0))

    @property
    def today(self) -> date:
        """The day that comes next: it has begun, and nothing was delivered on it yet."""
        return self.day_of(self.n_days)

    @property
    def now(self) -> datetime:
        """The simulated moment, in UTC."""
        return datetime.combine(self.today, time(HOUR_OF_NOW), UTC)

    def day_of(self, index: int) -> date:
        """Return the calendar day of a day's index."""
        return self.start + timedelta(days=index)

    def of_kind(self, kind: Kind) -> list[Node]:
        """Return the objects of a kind in the order of their creation."""
        return [node for node in self.nodes.values() if node["kind"] == kind]

    def node(self, object_id: str, *kinds: str) -> Node:
        """Return an object by its id.

        Raises
        ------
        DataError
            If there is no such object, or it is of another kind than is allowed here.
        """
        node = self.nodes.get(object_id)
        if node is None or (kinds and node["kind"] not in kinds):
            raise DataError(
                f"There is no {' or '.join(kinds) or 'object'} {object_id!r} in this world.",
                next_step="Ask for the account's campaigns, ad sets and ads first.",
                object_id=object_id,
            )
        return node

    def next_id(self, account: int, kind: Kind) -> tuple[str, int]:
        """Return a new id of digits, and the object's slot among the noise."""
        key = f"{account}:{kind}"
        number = self.counters.get(key, 0) + 1
        if number >= _PER_ACCOUNT:
            raise DataError(
                f"An account of the sandbox holds fewer than {_PER_ACCOUNT} objects of a kind.",
                next_step="Make a new world.",
                kind=kind,
            )
        self.counters[key] = number
        object_id = f"12021{account + 1:02d}{KINDS.index(kind) + 1}{number:06d}0{account + 1:03d}"
        return object_id, _SLOTS[kind] + account * _PER_ACCOUNT + number


def _padded(values: Floats, n: int) -> Floats:
    return values if len(values) >= n else np.concatenate([values, np.zeros(n - len(values))])
