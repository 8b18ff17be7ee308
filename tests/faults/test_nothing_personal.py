"""After a whole load among errors of every kind, no token, secret or personal datum stands in the open.

Files are read as they are, and compressed tables also as text. The simulated market's people are made up;
what they wrote, their names, addresses and numbers are looked for as if they were real.
"""

from __future__ import annotations

import json
import logging
import random
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from meta_world import SECRET, TOKEN
from sqlalchemy import select

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.errors import AuthError
from workbench.core.settings import load_settings
from workbench.flows.company import sandbox_lake
from workbench.flows.refresh import meta_grain, refresh_data
from workbench.flows.status import status_of
from workbench.lake.schema import TABLES
from workbench.ledger import open_ledger
from workbench.ledger.models import Lead, Message
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.tokens import TokenRules
from workbench.sandbox.market.source import MarketSource
from workbench.sandbox.market.world import World

N_DAYS = 10


@pytest.fixture(scope="module")
def source():
    return MarketSource(World.simulate(n_days=60))


def words_of(value: Any) -> set[str]:
    """Return every text of some length in a JSON value."""
    if isinstance(value, str):
        return {value} if len(value) >= 8 else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {word for one in inner for word in words_of(one)}


def personal(settings) -> set[str]:
    """Return what the ledger keeps encrypted: so much is known to have been loaded."""
    found: set[str] = set()
    with open_ledger(settings) as ledger, ledger.read() as session:
        for lead in session.scalars(select(Lead)):
            found |= words_of(json.loads(lead.fields_enc))
        for message in session.scalars(select(Message).where(Message.is_ours.is_(False))):
            found |= {text for text in (message.text_enc, message.author_enc) if text and len(text) >= 8}
            found |= (
                words_of(json.loads(message.author_enc))
                if (message.author_enc or "").startswith("{")
                else set()
            )
    return found


def test_nothing_personal_and_no_secret_is_left_in_the_open(source, tmp_path, caplog, capsys):
    clock = SimulatedClock(source.now())
    said: list[str] = []
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="workbench")
    faults = Faults(rate=0.1, seed=4, hold_s=0.01)
    with GraphServer(
        source, clock=clock, tokens={TOKEN: TokenRules()}, app_secret=SECRET, faults=faults
    ) as server:
        settings = load_settings(tmp_path / "home", meta_graph_url=server.base_url)
        access = GraphAccess(TOKEN, app_secret=SECRET, base_url=server.base_url, timeout_s=(30.0, 60.0))
        retries = Retries(max_tries=20, rng=random.Random(5))  # noqa: S311
        since = source.now().date() - timedelta(days=N_DAYS)
        with Graph(access, clock=clock, retries=retries, on_wait=said.append) as graph:
            done = refresh_data(
                settings, graph=graph, since=since, grains=[meta_grain("ad")], progress=said.append
            )
        assert len(server.faults_happened) > 10
    assert done.ok, done.to_dict()
    ended = {TOKEN: TokenRules(expires_at=source.now() - timedelta(days=1))}
    with GraphServer(source, clock=clock, tokens=ended) as server:
        access = GraphAccess(TOKEN, base_url=server.base_url)
        with Graph(access, clock=clock) as graph, pytest.raises(AuthError) as caught:
            refresh_data(settings, graph=graph, since=since)
    said += traceback.format_exception(caught.value)
    secrets = {TOKEN, SECRET}
    people = personal(settings)
    assert len(people) > 100
    said += [
        json.dumps(done.to_dict()),
        "\n".join(status_of(settings).lines()),
        caplog.text,
        *capsys.readouterr(),
    ]
    in_the_open = {"said": "\n".join(said).encode(), **tables(settings), **files(settings.home)}
    for place, content in in_the_open.items():
        found = [word for word in secrets | people if word.encode() in content]
        assert not found, f"{place} holds {len(found)} of them"


def tables(settings) -> dict[str, bytes]:
    lake = sandbox_lake(settings)
    return {
        name: json.dumps(
            lake.sql(f"SELECT * FROM {name}").to_pylist(), default=str, ensure_ascii=False
        ).encode()
        for name in TABLES
    }


def files(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_scan_finds_what_it_looks_for(tmp_path):
    (tmp_path / "log").write_text(f"GET /me?access_token={TOKEN}")
    assert any(TOKEN.encode() in content for content in files(tmp_path).values())
