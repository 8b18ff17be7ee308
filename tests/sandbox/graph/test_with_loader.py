"""The project's own way in, against the server: faults, quotas and limits change nothing in what arrives."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from workbench.channels.meta_account import inspect_token, list_accounts
from workbench.channels.meta_entities import fetch_entities
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.meta_insights import InsightsQuery, fetch_insights
from workbench.channels.retries import Retries
from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteRejected
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.insights_desk import Limits
from workbench.sandbox.graph.quotas import Quotas
from workbench.sandbox.graph.server import GraphServer

QUERY = InsightsQuery(
    account_id="1",
    level="ad",
    period=Period(date(2026, 11, 1), date(2026, 11, 20)),
    fields=("ad_name", "spend", "impressions", "actions"),
    breakdowns=("age", "gender"),
)


def connect(server: GraphServer, **more: Any) -> Graph:
    access = GraphAccess(server.token, base_url=server.base_url, timeout_s=(30.0, 60.0), **more)
    return Graph(access, clock=server.clock, retries=Retries(rng=random.Random(1)))  # noqa: S311 (seeded)


def fetched(server: GraphServer, query: InsightsQuery = QUERY) -> list[tuple[Any, ...]]:
    with connect(server) as graph:
        rows = [row for page in fetch_insights(graph, query) for row in page]
    return sorted((*query.key_of(row), *(str(row.get(name)) for name in query.metric_fields)) for row in rows)


@pytest.fixture
def expected(server: GraphServer) -> list[tuple[Any, ...]]:
    rows = fetched(server)
    assert len(rows) == 8 * 20 * 4
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_the_same_under_faults(
    serve: Callable[..., GraphServer], expected: list[tuple[Any, ...]], seed: int
):
    server = serve(faults=Faults(0.3, seed=seed, hold_s=0.01), limits=Limits(page_size=20))
    assert fetched(server) == expected
    assert sum(server.faults_happened.values()) > 3


@pytest.mark.parametrize("cells", [4000, 1000, 240])
def test_rows_are_the_same_when_they_have_to_be_split(
    serve: Callable[..., GraphServer], expected: list[tuple[Any, ...]], cells: int
):
    server = serve(limits=Limits(async_cells=cells))
    assert fetched(server) == expected
    starts = sum(one.method == "POST" for one in server.requests)
    assert starts >= 640 * 9 / cells


def test_rows_are_the_same_when_even_their_fields_have_to_be_split(serve: Callable[..., GraphServer]):
    query = replace(QUERY, period=Period(date(2026, 11, 3), date(2026, 11, 4)))
    # the four rows of an ad's day with nine columns of keys and one figure
    assert fetched(serve(limits=Limits(async_cells=40)), query) == fetched(serve(), query)


def test_rows_are_the_same_under_quotas_that_force_waiting(
    serve: Callable[..., GraphServer], expected: list[tuple[Any, ...]]
):
    few = Quotas(insights_calls=8, insights_per_ad=0)
    server = serve(quotas=few, limits=Limits(page_size=30))
    before = server.clock.now()
    assert fetched(server) == expected
    waited = (server.clock.now() - before).total_seconds()
    assert waited > 3600
    refusals = sum(server.faults_happened.values())
    assert refusals == 0


def test_accounts_token_and_objects(server: GraphServer):
    with connect(server) as graph:
        assert [one.time_zone for one in list_accounts(graph)] == ["Europe/Berlin", "America/New_York"]
        assert inspect_token(graph).is_valid
        ads = [ad for page in fetch_entities(graph, "1", "ad") for ad in page]
    assert len(ads) == 8


def test_a_dead_token_is_no_reason_to_try_again(server: GraphServer):
    server.fail_next("token")
    with connect(server) as graph, pytest.raises(AuthError):
        list_accounts(graph)
    assert len(server.requests) == 1


def test_a_repeated_cursor_is_refused(serve: Callable[..., GraphServer]):
    server = serve(limits=Limits(page_size=2))
    server.fail_next("repeated_cursor", 3)
    with connect(server) as graph, pytest.raises(RemoteRejected):
        list(graph.pages("act_1/ads", {"fields": "id"}))
