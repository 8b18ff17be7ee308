"""A scripted network, a lake and a ledger of their own for every test."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from graph_script import TOKEN, Asked, GraphScript, Reply, failure

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.dates import Period
from workbench.core.settings import load_settings
from workbench.lake import Lake
from workbench.ledger import open_ledger
from workbench.loaders.meta.part import LoadedPart
from workbench.loaders.meta.source import Source

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
Answer = Any


class FakeNetwork:
    """Answers by path: a list is an edge (paged), a mapping a node, a Reply is played as it is.

    ``answers`` may be changed between two loads; a callable is asked with the request.
    """

    def __init__(self, answers: dict[str, Answer] | None = None, *, page_size: int = 2) -> None:
        self.answers: dict[str, Answer] = answers or {}
        self.asked: list[Asked] = []
        self.now = NOW
        self.page_size = page_size

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        found = self.answers.get(asked.path, failure(100, subcode=33))
        if callable(found):
            found = found(asked)
        reply = found if isinstance(found, Reply) else Reply(self._body(found, asked))
        return Reply(reply.body, reply.status, {"Date": format_datetime(self.now), **reply.headers})

    def _body(self, found: Answer, asked: Asked) -> Answer:
        if not isinstance(found, list):
            return found
        start = int(asked.params.get("after", 0))
        end = start + self.page_size
        body: dict[str, Any] = {"data": found[start:end]}
        if end < len(found):
            query = f"access_token={TOKEN}&after={end}"
            body["paging"] = {"cursors": {"after": str(end)}, "next": f"https://graph.invalid/x?{query}"}
        return body

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def params(self, path: str) -> dict[str, str]:
        """Return the parameters of the last request for a path."""
        return [asked.params for asked in self.asked if asked.path == path][-1]


@dataclass
class Desk:
    """One account, west of Greenwich, so that its days are not those of UTC; and where its rows go."""

    source: Source
    network: FakeNetwork
    home: Path
    account: SimpleNamespace

    @property
    def answers(self) -> dict[str, Answer]:
        return self.network.answers

    def load(self, part: Callable[..., LoadedPart], period: Period) -> LoadedPart:
        return part(self.source, account=self.account, period=period)

    def rows(self, table: str) -> list[dict[str, Any]]:
        found = self.source.lake.sql(f"SELECT * FROM {table}").to_pylist()
        return sorted(found, key=lambda row: json.dumps(row, default=str, sort_keys=True))

    def no_plain_bytes(self, *texts: str) -> None:
        """Fail if one of the texts stands readable in any file of the home folder."""
        files = [path for path in self.home.rglob("*") if path.is_file()]
        assert files
        for path in files:
            data = path.read_bytes()
            for text in texts:
                assert text.encode() not in data, f"{text!r} stands in {path.name}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a scripted network, and an installation that reads from it as in a rehearsal."""
    home, network = tmp_path / "home", FakeNetwork()
    home.mkdir()
    account = SimpleNamespace(account_id="123", name="Shop", currency="USD", time_zone="America/New_York")
    with ExitStack() as stack:
        server = stack.enter_context(GraphScript(network))
        access = GraphAccess(TOKEN, base_url=server.url)
        retries = Retries(rng=random.Random(4))  # noqa: S311 (seeded)
        graph = stack.enter_context(Graph(access, clock=SimulatedClock(NOW), retries=retries))
        graph.server_now = NOW
        ledger = stack.enter_context(open_ledger(load_settings(home)))
        source = Source(graph, Lake(home / "lake"), ledger, "sandbox", "system")
        yield Desk(source, network, home, account)
