"""A small world in tables, servers before it, and the official client as a caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.table_source import TableSource

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
FIRST = date(2026, 11, 1)
ACCOUNTS = (
    {"id": "act_1", "account_id": "1", "name": "First account", "currency": "EUR"}
    | {"timezone_name": "Europe/Berlin", "account_status": 1},
    {"id": "act_2", "account_id": "2", "name": "Second account", "currency": "USD"}
    | {"timezone_name": "America/New_York", "account_status": 1},
)


class StandingClock:
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def nodes_of(account: str) -> list[dict[str, Any]]:
    """Two campaigns with two ad sets each and two ads in every ad set; the last ad is deleted."""
    made: list[dict[str, Any]] = []

    def node(kind: str, number: str, name: str, **more: Any) -> None:
        status = "DELETED" if name == "Ad 2.2.2" else "ACTIVE"
        made.append(
            {"id": f"12{account}{number}", "account_id": account, "name": name, "metadata": {"type": kind}}
            | {"status": status, "effective_status": status, "configured_status": status}
            | {"created_time": "2026-10-01T09:00:00+0200", "updated_time": "2026-10-02T09:00:00+0200", **more}
        )

    for c in "12":
        node("Campaign", f"{c}00", f"Campaign {c}", objective="OUTCOME_LEADS", daily_budget="5000")
        for s in "12":
            number = f"{c}{s}0"
            node("AdSet", number, f"Ad set {c}.{s}", campaign_id=f"12{account}{c}00", daily_budget="1000")
            for a in "12":
                ids = {"campaign_id": f"12{account}{c}00", "adset_id": f"12{account}{number}"}
                creative = {"creative": {"id": f"99{account}{c}{s}{a}"}}
                node("Ad", f"{c}{s}{a}", f"Ad {c}.{s}.{a}", **ids, **creative)
    return made


def rows_of(account: str, n_days: int) -> list[dict[str, Any]]:
    """Give each ad on each day one row for each gender and age."""
    rows: list[dict[str, Any]] = []
    for ad in (node for node in nodes_of(account) if node["metadata"]["type"] == "Ad"):
        for i in range(n_days):
            for k, (age, gender) in enumerate((a, g) for a in ("18-24", "25-34") for g in ("female", "male")):
                clicks = 3 + k + i % 5
                rows.append(
                    {"date": FIRST + timedelta(days=i), "account_id": account, "ad_id": ad["id"]}
                    | {
                        "campaign_id": ad["campaign_id"],
                        "adset_id": ad["adset_id"],
                        "age": age,
                        "gender": gender,
                    }
                    | {"impressions": 1000 + 10 * k + i, "reach": 900 + k, "clicks": clicks + 2}
                    | {"inline_link_clicks": clicks, "spend": Decimal(100 + 7 * k + i).scaleb(-2)}
                    | {"actions": [{"action_type": "lead", "value": 2, "1d_click": 1, "7d_click": 2}]}
                )
    return rows


def table_source(n_days: int = 20) -> TableSource:
    """Two accounts, twenty days, and one page with posts."""
    page = {"id": "700", "name": "Sample page", "metadata": {"type": "Page"}}
    posts = [
        {"id": f"700_{i}", "message": f"Post {i}", "created_time": f"2026-11-{i + 1:02d}T10:00:00+0000"}
        | {"metadata": {"type": "PagePost"}}
        for i in range(9)
    ]
    comments = [{"id": f"c{i}", "message": "Nice", "metadata": {"type": "Comment"}} for i in range(3)]
    insights = [
        {"name": "post_impressions", "period": "lifetime", "values": [{"value": 12}], "id": "700_0/i"},
        {"name": "post_clicks", "period": "lifetime", "values": [{"value": 3}], "id": "700_0/c"},
    ]
    edges = {
        ("me", "accounts"): [page],
        ("700", "published_posts"): posts,
        ("700_0", "comments"): comments,
        ("700_0", "insights"): insights,
        ("act_1", "activities"): [
            {"event_time": f"2026-11-{i + 1:02d}T08:00:00+0000", "event_type": "update_campaign_budget"}
            | {"metadata": {"type": "AdActivity"}}
            for i in range(9)
        ],
    }
    return TableSource(
        accounts=ACCOUNTS,
        nodes=[*nodes_of("1"), *nodes_of("2"), page, *posts],
        rows=[*rows_of("1", n_days), *rows_of("2", n_days)],
        edges=edges,
        now=NOW,
    )


@dataclass
class Got:
    """An answer as it came over the wire."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


def ask(server: GraphServer, path: str, method: str = "GET", **params: Any) -> Got:
    """Send one request, with the server's own token unless another is given."""
    given = {"access_token": server.token, **params}
    plain = {k: v if isinstance(v, str) else json.dumps(v) for k, v in given.items() if v is not None}
    parts = urlsplit(server.base_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if method == "GET":
            connection.request(method, f"{path}?{urlencode(plain)}")
        else:
            connection.request(method, path, urlencode(plain), headers)
        answer = connection.getresponse()
        return Got(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
    finally:
        connection.close()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def source() -> TableSource:
    return table_source()


@pytest.fixture
def serve(clock: StandingClock, source: TableSource) -> Iterator[Callable[..., GraphServer]]:
    """Give a function that starts a server; all are closed after the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> GraphServer:
            options.setdefault("clock", clock)
            return stack.enter_context(GraphServer(options.pop("source", source), **options))

        yield start


@pytest.fixture
def server(serve: Callable[..., GraphServer]) -> GraphServer:
    return serve()


@pytest.fixture(name="ask")
def ask_fixture() -> Callable[..., Got]:
    return ask
