"""Faults: each as it looks on the wire, decided by a seed, and never for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import ConfigError
from workbench.sandbox.graph.faults import FaultPlan, Faults, Traits
from workbench.sandbox.graph.server import GraphServer

PATH = "/700/published_posts"


def test_every_kind_has_a_form(server: GraphServer, ask: Callable[..., Any]):
    asked = {"fields": "spend", "date_preset": "last_7d"}
    run_id = ask(server, "/act_1/insights", "POST", **asked).json["report_run_id"]
    after = ask(server, PATH, limit="2").json["paging"]["cursors"]["after"]
    plain = ask(server, PATH, limit="2", after=after)
    for kind in sorted(Faults.ALL):
        server.fail_next(kind)
        method, path, params = {
            "race": ("GET", f"/{run_id}", {}),
            "summary": ("GET", f"/{run_id}/insights", {}),
            "old_range": ("GET", "/act_1/insights", asked),
            "reduce": ("POST", "/act_1/insights", asked),
            "reduce_100": ("GET", "/act_1/insights", asked),
            "job_failed_v25": ("POST", "/act_1/insights", asked),
            "job_skipped": ("POST", "/act_1/insights", asked),
        }.get(kind, ("GET", PATH, {"limit": "2", "after": after}))
        try:
            answer = ask(server, path, method, **params)
            as_usual = answer.status == 200 and answer.body == plain.body
        except (HTTPException, OSError):
            as_usual = False
        assert as_usual == (kind == "slow"), kind
        assert server.faults_happened[kind] == 1, kind
        assert ask(server, PATH, limit="2", after=after).body == plain.body


@pytest.mark.parametrize("kind", ["dropped", "timeout", "cut", "reset", "lost_answer"])
def test_connections_break(server: GraphServer, ask: Callable[..., Any], kind: str):
    server.fail_next(kind)
    with pytest.raises((HTTPException, OSError)):
        ask(server, PATH)


def test_bodies_that_are_no_json(server: GraphServer, ask: Callable[..., Any]):
    server.fail_next("html_502")
    html = ask(server, PATH)
    assert (html.status, html.headers["content-type"][:9]) == (502, "text/html")
    server.fail_next("truncated")
    torn = ask(server, PATH)
    assert torn.status == 200
    assert int(torn.headers["content-length"]) == len(torn.body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn.body)
    server.fail_next("http_503")
    assert ask(server, PATH).status == 503


def test_an_empty_page_leads_on_to_what_it_left_out(server: GraphServer, ask: Callable[..., Any]):
    first = ask(server, PATH, limit="4").json
    after = first["paging"]["cursors"]["after"]
    second = ask(server, PATH, limit="4", after=after).json
    server.fail_next("empty_page", 2)
    empty = ask(server, PATH, limit="4", after=after).json
    assert empty["data"] == []
    assert "after=" in empty["paging"]["next"]
    elsewhere = empty["paging"]["cursors"]["after"]
    assert elsewhere != after
    assert ask(server, PATH, limit="4", after=elsewhere).json["data"] == second["data"]  # no second empty one
    start = ask(server, PATH, limit="4").json  # the second one that was ordered
    assert start["data"] == []
    assert (
        ask(server, PATH, limit="4", after=start["paging"]["cursors"]["after"]).json["data"] == first["data"]
    )


def test_a_repeated_cursor_leads_back(server: GraphServer, ask: Callable[..., Any]):
    after = ask(server, PATH, limit="4").json["paging"]["cursors"]["after"]
    server.fail_next("repeated_cursor", 2)
    again = ask(server, PATH, limit="4", after=after).json
    assert again["paging"]["cursors"]["after"] == after
    assert f"after={after}" in again["paging"]["next"]


def test_a_lost_answer_was_carried_out(server: GraphServer, ask: Callable[..., Any]):
    server.fail_next("lost_answer")
    with pytest.raises((HTTPException, OSError)):
        ask(server, "/121100", "POST", name="Renamed")
    assert ask(server, "/121100", fields="name").json["name"] == "Renamed"
    server.fail_next("dropped")
    with pytest.raises((HTTPException, OSError)):
        ask(server, "/121100", "POST", name="Again")
    assert ask(server, "/121100", fields="name").json["name"] == "Renamed"


def test_a_slow_answer_takes_the_servers_time(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(faults=Faults(slow_s=40.0))
    server.fail_next("slow")
    before = server.clock.now()
    ask(server, PATH)
    assert (server.clock.now() - before).total_seconds() == 40


def test_faults_are_ordered_for_paths(server: GraphServer, ask: Callable[..., Any]):
    server.fail_next("service", match="campaigns$")
    assert ask(server, PATH).status == 200
    assert ask(server, "/act_1/campaigns").status == 500
    assert ask(server, "/act_1/campaigns").status == 200


def test_the_same_seed_fails_the_same_requests():
    def kinds(seed: int) -> list[str | None]:
        plan = FaultPlan(Faults(0.3, seed=seed))
        return [plan.draw(Traits("GET", "/x", str(i), is_list=True)) for i in range(200)]

    assert kinds(1) == kinds(1) != kinds(2)
    n = sum(kind is not None for kind in kinds(1))
    assert 40 <= n <= 80


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
def test_no_request_fails_for_ever(seed: int, max_in_row: int, is_run: bool):
    plan = FaultPlan(Faults(1.0, seed=seed, max_in_row=max_in_row))
    traits = Traits("GET", "/x", "x", is_list=True, is_run=is_run)
    drawn = [plan.draw(traits) for _ in range(5 * (max_in_row + 1))]
    assert drawn.count(None) == 5
    assert all(drawn[i * (max_in_row + 1) - 1] is None for i in range(1, 6))


def test_faults_happen_only_where_they_can():
    edge = Traits("GET", "/act_1/campaigns", "k", is_list=True)
    assert [kind for kind in sorted(Faults.ALL) if not edge.fits(kind)] == [
        "job_failed_v25",
        "job_skipped",
        "old_range",
        "race",
        "reduce",
        "reduce_100",
        "repeated_cursor",
        "summary",
    ]


def test_what_does_not_exist_is_named():
    with pytest.raises(ConfigError, match="no fault 'typo'"):
        Faults(kinds=frozenset({"typo"}))
    with pytest.raises(ConfigError, match=r"rate of faults is 1\.5"):
        Faults(1.5)
    with pytest.raises(ConfigError, match="no fault 'typo'"):
        FaultPlan(Faults()).order("typo")


def test_faults_by_number(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    server = serve(faults=Faults(at={2: "token", 3: "dead_version"}))
    codes = [ask(server, PATH).json.get("error", {}).get("code") for _ in range(4)]
    assert codes == [None, 190, 2635, None]
