"""One simulated market: made from a seed, stepped day by day, edited, saved, and asked for its truth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.errors import ConfigError, DataError
from workbench.sandbox.market import edits, plan
from workbench.sandbox.market.accounts import ACCOUNTS
from workbench.sandbox.market.advertiser import AccountSpec
from workbench.sandbox.market.day import DayNoise, deliver_day
from workbench.sandbox.market.effects import Changes, Effect, Forecast, expected, true_effect
from workbench.sandbox.market.history import Arrays, History, load_months, save_months, write_whole
from workbench.sandbox.market.layout import Layout, lay_out
from workbench.sandbox.market.noise import Noise
from workbench.sandbox.market.outcomes import draw_conversions, draw_counts, expected_counts
from workbench.sandbox.market.state import Carry, State

DEFAULT_SEED = 20261121
DEFAULT_UNTIL = date(2026, 11, 20)
DEFAULT_N_DAYS = 730
#: Raised whenever the same seed gives another world.
WORLD_VERSION = 1
HEAD_FILE = "world.json"
MAX_STEP_DAYS = 3_660
README = (
    "Simulated: no such company, no such campaigns, no such people. Made by the workbench's own sandbox from "
    "the rates in this file; it shows how the workbench works and says nothing about real advertising."
)


class World:
    """A market with known truth.

    Make one by :meth:`create`, :meth:`simulate` or :meth:`open`. Every change is saved at once if the world
    has a folder. One writer at a time: whoever shares a folder takes turns.

    Attributes
    ----------
    folder : Path or None
        Where it is saved; None for a world in memory.
    state : State
        Objects, edits and carry-over.
    history : History
        What was delivered.
    """

    def __init__(self, state: State, history: History, folder: Path | None = None) -> None:
        self.folder = folder
        self.state = state
        self.history = history
        self.noise = Noise(state.seed)
        self._files: dict[str, str] = {}
        self._layout: Layout | None = None

    @classmethod
    def simulate(
        cls,
        *,
        seed: int = DEFAULT_SEED,
        start: date | None = None,
        n_days: int = DEFAULT_N_DAYS,
        accounts: Sequence[AccountSpec] = ACCOUNTS,
    ) -> World:
        """Make a world in memory; the arguments are as for :meth:`create`.

        Examples
        --------
        >>> world = World.simulate(n_days=90)
        >>> world.now.isoformat()
        '2026-11-21T06:00:00+00:00'
        """
        if not 0 <= seed < 2**64 or n_days < 1:
            raise DataError(
                f"A world cannot be made of seed {seed} and {n_days} days.",
                next_step="Use a seed from 0 to 2**64 − 1 and at least one day.",
                seed=seed,
                n_days=n_days,
            )
        first = start or DEFAULT_UNTIL - timedelta(days=n_days - 1)
        state = State(
            seed=seed,
            start=first,
            n_days=0,
            accounts=[_account(a) for a in accounts],
            script=plan.plan(tuple(accounts), seed=seed, start=first, n_days=n_days),
            carry=Carry.empty(len(accounts)),
        )
        world = cls(state, History())
        world.step(n_days)
        return world

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        seed: int = DEFAULT_SEED,
        start: date | None = None,
        n_days: int = DEFAULT_N_DAYS,
        accounts: Sequence[AccountSpec] = ACCOUNTS,
    ) -> World:
        """Make a world and save it.

        Parameters
        ----------
        folder : Path
            Folder of the world; it must not hold one already.
        seed : int
            Seed of all noise; the same seed gives the same bytes.
        start : datetime.date, optional
            First day; by default so that the planned days end on 2026-11-20.
        n_days : int
            Days to simulate at once.
        accounts : sequence of AccountSpec
            The advertiser.

        Raises
        ------
        ConfigError
            If the folder holds a world.
        """
        if (folder / HEAD_FILE).exists():
            raise ConfigError(
                f"{folder} holds a world already.",
                next_step="Open it, or delete the folder to make a new one.",
                folder=str(folder),
            )
        world = cls.simulate(seed=seed, start=start, n_days=n_days, accounts=accounts)
        world.folder = folder
        world.save()
        return world

    @classmethod
    def open(cls, folder: Path) -> World:
        """Open a saved world; what an interrupted save left behind is not part of it.

        Raises
        ------
        DataError
            If there is no world, it is of another version, or a file is damaged.
        """
        path = folder / HEAD_FILE
        try:
            head: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            head = {}
        if head.get("version") != WORLD_VERSION:
            raise DataError(
                f"{path} is no world of this version.",
                next_step="Delete the folder and make the world again with `wb sandbox up`.",
                path=str(path),
                version=head.get("version"),
            )
        saved = head["state"]
        state = State(
            **{**saved, "start": date.fromisoformat(saved["start"]), "carry": Carry.from_dict(saved["carry"])}
        )
        world = cls(state, load_months(folder, head["files"]), folder)
        world._files = head["files"]
        return world

    @property
    def now(self) -> datetime:
        """The simulated moment, in UTC."""
        return self.state.now

    @property
    def layout(self) -> Layout:
        """The objects as arrays, as they are now."""
        if self._layout is None:
            self._layout = lay_out(self.state)
            layout = self._layout
            self.state.carry.grow(len(layout.campaign_ids), len(layout.adset_ids), len(layout.ad_ids))
        return self._layout

    def step(self, n_days: int = 1) -> None:
        """Let days pass: seven steps of one day equal one step of seven, byte for byte.

        Raises
        ------
        DataError
            If the number of days is below 1 or above ten years.
        """
        if not 1 <= n_days <= MAX_STEP_DAYS:
            raise DataError(
                f"Time cannot be moved by {n_days} days.",
                next_step=f"Step from 1 to {MAX_STEP_DAYS} days.",
                n_days=n_days,
            )
        delivered = [self.deliver() for _ in range(n_days)]
        names = delivered[0].keys()
        rows = {name: np.concatenate([d[name] for d in delivered]) for name in names}
        rows |= draw_counts(self.layout, rows, self.noise)
        rows["expected_results"] = expected_counts(self.layout, rows)[1]
        self.history.extend(rows, draw_conversions(self.layout, rows, self.noise))
        self.save()

    def deliver(self, *, noisy: bool = True) -> Arrays:
        """Deliver one day without drawing counts or saving anything; :meth:`step` is what moves time.

        Parameters
        ----------
        noisy : bool
            False leaves out the noise of prices and rates.

        Returns
        -------
        dict of str to ndarray
            As :func:`workbench.sandbox.market.day.deliver_day`, with the day's number.
        """
        n_changes = len(self.state.changes)
        plan.act(self.state)
        if len(self.state.changes) != n_changes:
            self._layout = None
        layout, index = self.layout, self.state.n_days
        noise = DayNoise.drawn(self.noise, layout, index) if noisy else DayNoise.calm(layout)
        out = deliver_day(layout, self.state.carry, self.state.day_of(index), index, noise=noise)
        self.state.n_days += 1
        return out | {"day": np.full(len(out["ad"]), index)}

    def change(self, object_id: str, params: Mapping[str, Any]) -> None:
        """Edit a campaign, ad set, ad or creative from the next simulated day on.

        Parameters
        ----------
        object_id : str
            Id of the object.
        params : mapping
            As the Graph API takes them; budgets and bids in minor units.

        Raises
        ------
        DataError
            If there is no such object or a value cannot be used.
        """
        edits.change(self.state, object_id, params)
        self._layout = None
        self.save()

    def create_object(self, parent_id: str, edge: str, params: Mapping[str, Any]) -> str:
        """Make a campaign, ad set, ad or creative that runs from the next simulated day on; return its id.

        Parameters
        ----------
        parent_id : str
            ``act_…`` or the parent's id.
        edge : {"campaigns", "adsets", "ads", "adcreatives"}
            What to make.
        params : mapping
            As the Graph API takes them.

        Raises
        ------
        DataError
            If there is no such edge or parent, or a value cannot be used.
        """
        made = edits.create(self.state, parent_id, edge, params)
        self._layout = None
        self.save()
        return made

    def true_effect(self, changes: Changes, n_days: int) -> Effect:
        """Return what edits truly do; see :func:`workbench.sandbox.market.effects.true_effect`."""
        return true_effect(self, changes, n_days)

    def expected(self, changes: Changes | None = None, n_days: int = 7) -> Forecast:
        """Return the true response; see :func:`workbench.sandbox.market.effects.expected`."""
        return expected(self, changes, n_days)

    def save(self) -> None:
        """Save what changed; a world that is killed meanwhile opens as it was before."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self.state
        _ = self.layout  # new objects have their places in the carry-over
        self._files = save_months(self.folder, self.history, state.start, state.n_days, known=self._files)
        saved = {**vars(state), "start": state.start.isoformat(), "carry": state.carry.to_dict()}
        head = {"readme": README, "version": WORLD_VERSION, "state": saved, "files": self._files}
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
        write_whole(self.folder / HEAD_FILE, text.encode() + b"\n")
        for path in [*self.folder.glob("*.npz"), *self.folder.glob(".*.part")]:
            if path.name not in self._files.values():
                path.unlink(missing_ok=True)


def _account(spec: AccountSpec) -> dict[str, Any]:
    known = asdict(spec)
    return {k: v for k, v in known.items() if k not in ("campaigns", "competition", "edits")}
