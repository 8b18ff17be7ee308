"""The sandbox of an installation: its world in a folder, the server before it, and whoever moves time.

One process at a time writes a world. A running server is that process: it says in a file beside the world
where it listens, and steps are sent to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from workbench.core.errors import ConfigError, DataError
from workbench.sandbox.graph.control import PREFIX
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.world_lock import held

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

WORLD, SERVER_FILE, LOCK_FILE = "world", "server.json", "world.lock"
DEFAULT_PORT = 8766
_HOST = "127.0.0.1"
_ANSWER_S = 600.0


@dataclass(frozen=True)
class Running:
    """A server that was found running.

    Attributes
    ----------
    port : int
        Where it listens on this machine.
    key : str
        Key of its control endpoints.
    """

    port: int
    key: str


@contextmanager
def serving(
    folder: Path, *, seed: int | None = None, port: int = DEFAULT_PORT, faults: Faults | None = None
) -> Iterator[GraphServer]:
    """Serve the world of a folder until the block ends; make it first if there is none.

    Parameters
    ----------
    folder : Path
        The sandbox's folder.
    seed : int, optional
        Seed of a new world. A world that is there has to be of it.
    port : int
        0 for any free one.
    faults : Faults, optional
        What goes wrong.

    Raises
    ------
    ConfigError
        If another process has the world, the world is of another seed, or the port is taken.
    """
    from workbench.sandbox.market.source import MarketSource

    with held(folder / LOCK_FILE):
        world = _world(folder / WORLD, seed)
        server = GraphServer(
            MarketSource(world), seed=world.state.seed, port=port, faults=faults, step=world.step
        )
        with server:
            _write_privately(folder / SERVER_FILE, {"port": server.port, "key": server.control_key})
            try:
                yield server
            finally:
                (folder / SERVER_FILE).unlink(missing_ok=True)


def step(folder: Path, n_days: int) -> dict[str, Any]:
    """Let days of the world pass: through its server if one runs, else on the folder.

    Parameters
    ----------
    folder : Path
        The sandbox's folder.
    n_days : int
        Days.

    Returns
    -------
    dict
        ``days``, ``from``, ``now`` and ``by`` (``server`` or ``folder``).

    Raises
    ------
    ConfigError
        If there is no world, or another process has it.
    DataError
        If that many days cannot pass.
    """
    running = find_running(folder)
    if running is not None:
        return {**tell(running, "step", days=n_days), "by": "server"}
    from workbench.sandbox.market.world import World

    with held(folder / LOCK_FILE):
        _check_there(folder)
        world = World.open(folder / WORLD)
        before = world.now
        world.step(n_days)
        return {
            "days": n_days,
            "from": before.isoformat(),
            "now": world.now.isoformat(),
            "by": "folder",
        }


def find_running(folder: Path) -> Running | None:
    """Return the server of a folder, or None; a file that a killed server left behind is none."""
    try:
        written = json.loads((folder / SERVER_FILE).read_text("utf-8"))
        running = Running(int(written["port"]), str(written["key"]))
        _call(running, "GET", "now", {}, timeout_s=_ANSWER_S)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, DataError):
        return None
    return running


def tell(running: Running, what: str, **params: Any) -> dict[str, Any]:
    """Tell a running server to do something, such as ``step`` with ``days``.

    Raises
    ------
    DataError
        If it refuses.
    ConfigError
        If it has ended meanwhile.
    """
    try:
        return _call(running, "POST", what, params, timeout_s=_ANSWER_S)
    except (OSError, HTTPException):
        raise ConfigError(
            f"The sandbox's server on port {running.port} ended before it answered.",
            next_step="Run the command again.",
            port=running.port,
        ) from None


def _call(
    running: Running, method: str, what: str, params: dict[str, Any], *, timeout_s: float
) -> dict[str, Any]:
    connection = HTTPConnection(_HOST, running.port, timeout=timeout_s)
    try:
        headers = {
            "X-Sandbox-Key": running.key,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, PREFIX + what, urlencode(params), headers)
        document: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if "error" in document:
        raise DataError(str(document["error"].get("message", "")).removeprefix("(#100) "))
    return document


def _world(folder: Path, seed: int | None) -> World:
    from workbench.sandbox.market.world import DEFAULT_SEED, HEAD_FILE, World

    if not (folder / HEAD_FILE).exists():
        return World.create(folder, seed=DEFAULT_SEED if seed is None else seed)
    world = World.open(folder)
    if seed is not None and seed != world.state.seed:
        raise ConfigError(
            f"The world in {folder} is of seed {world.state.seed}, not {seed}.",
            next_step="Leave --seed out to go on with it, or delete the folder to make another one.",
            seed=world.state.seed,
        )
    return world


def _check_there(folder: Path) -> None:
    from workbench.sandbox.market.world import HEAD_FILE

    if not (folder / WORLD / HEAD_FILE).exists():
        raise ConfigError(
            f"There is no world in {folder}.",
            next_step="Make one with `wb sandbox up`.",
            folder=str(folder),
        )


def _write_privately(path: Path, document: dict[str, Any]) -> None:
    """Write a file that only its owner may read, in one piece."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(document, stream)
    draft.replace(path)
