"""Connections to a scripted server, on a clock that nobody waits for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from graph_script import TOKEN, GraphScript, Reply, Script

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def connect(clock: SimulatedClock) -> Iterator[Callable[..., tuple[Graph, GraphScript]]]:
    """Give a function that starts a script and connects to it; both are closed after the test."""
    with ExitStack() as stack:

        def start(script: Script | Iterable[Reply], **options: Any) -> tuple[Graph, GraphScript]:
            server = stack.enter_context(GraphScript(script))
            retries = options.pop("retries", Retries(rng=random.Random(4)))  # noqa: S311 (seeded)
            on_wait = options.pop("on_wait", None)
            access = GraphAccess(options.pop("token", TOKEN), base_url=server.url, **options)
            graph = stack.enter_context(Graph(access, clock=clock, retries=retries, on_wait=on_wait))
            return graph, server

        yield start
