"""Loads of Meta under errors of every kind, kills at random moments and throttling equal an undisturbed one.

``WORKBENCH_FAULT_ROWS`` (6,000), ``…_KILLS`` (4) and ``…_LIFE_S`` (3, of a killed load) set the size;
``make test-long`` runs them in full.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from meta_world import ACCOUNTS, FIRST, SECRET, TOKEN, left_behind, rows_of, world

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.settings import Settings, load_settings
from workbench.flows.refresh import meta_grain, refresh_data
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.insights_desk import Limits
from workbench.sandbox.graph.quotas import Quotas
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.tokens import TokenRules

N_ROWS = int(os.environ.get("WORKBENCH_FAULT_ROWS", "6000"))
N_KILLS = int(os.environ.get("WORKBENCH_FAULT_KILLS", "4"))
LONGEST_LIFE_S = float(os.environ.get("WORKBENCH_FAULT_LIFE_S", "3"))
N_DAYS = 40
(ACCOUNT,) = list(ACCOUNTS)[:1]
NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows():
    return rows_of(ACCOUNT, n_ads=-(-N_ROWS // N_DAYS), n_days=N_DAYS)


def served(rows, clock=None, *, limits: Limits | None = None, **options) -> GraphServer:
    limits = limits or Limits(page_size=max(20, len(rows) // 300))
    source = world(rows, n_days=N_DAYS)
    return GraphServer(source, clock=clock, tokens={TOKEN: TokenRules()}, limits=limits, **options)


def load(home: Path, server: GraphServer, clock: SimulatedClock) -> tuple[Settings, Graph]:
    settings = load_settings(home, meta_graph_url=server.base_url)
    access = GraphAccess(TOKEN, app_secret=SECRET, base_url=server.base_url, timeout_s=(30.0, 60.0))
    retries = Retries(max_tries=20, rng=random.Random(5))  # noqa: S311
    with Graph(access, clock=clock, retries=retries) as graph:
        done = refresh_data(
            settings, graph=graph, account_ids=[ACCOUNT], since=FIRST, grains=[meta_grain("ad")], parts=False
        )
    assert done.ok, done.to_dict()
    return settings, graph


@pytest.fixture(scope="module")
def calm(rows, tmp_path_factory):
    clock = SimulatedClock(NOON)
    with served(rows, clock) as server:
        settings, _ = load(tmp_path_factory.mktemp("calm"), server, clock)
    found = left_behind(settings)
    assert len(found["rows"]) == len(rows)
    assert sum(row["spend_micros"] for row in found["rows"]) == int(sum(r["spend"] for r in rows) * 10**6)
    return found


def test_rows_fetched_among_errors_of_every_kind_equal_the_rows_without(rows, calm, tmp_path):
    clock = SimulatedClock(NOON)
    faults = Faults(rate=0.1, seed=11, hold_s=0.01)
    with served(rows, clock, faults=faults) as server:
        settings, graph = load(tmp_path, server, clock)
        happened = server.faults_happened
    sys.stderr.write(f"{graph.n_calls} calls, {sum(happened.values())} faults of {len(happened)} kinds\n")
    assert sum(happened.values()) > 5
    assert left_behind(settings) == calm


@pytest.mark.parametrize("kind", sorted(Faults.TRANSIENT))
def test_each_kind_of_error_is_survived(rows, calm, tmp_path, kind):
    clock = SimulatedClock(NOON)
    faults = Faults(rate=0.05, seed=3, kinds=frozenset({kind}), hold_s=0.01)
    with served(rows, clock, faults=faults) as server:
        server.fail_next(kind, n=2)
        settings, _ = load(tmp_path, server, clock)
        assert server.faults_happened[kind] >= 2
    assert left_behind(settings) == calm


def test_rows_fetched_under_throttling_wait_split_and_are_the_same(rows, calm, tmp_path):
    clock = SimulatedClock(NOON)
    quotas = Quotas(insights_calls=40.0, insights_per_ad=0.0, rows=len(rows) / 2)
    with served(rows, clock, quotas=quotas, limits=Limits(async_cells=len(rows))) as server:
        settings, graph = load(tmp_path, server, clock)
        n_reports = sum(1 for r in server.requests if r.method == "POST")
    sys.stderr.write(
        f"{graph.n_calls} calls, {n_reports} reports, {clock.slept_s / 3600:.1f} h waited in simulated time\n"
    )
    assert clock.slept_s > 600
    assert n_reports > 10
    assert left_behind(settings) == calm


_WORKER = """
import sys
from datetime import date
from workbench.core.settings import load_settings
from workbench.flows.refresh import meta_grain, refresh_data
import workbench.ledger, deltalake, duckdb, pandas, facebook_business
print("go", flush=True)
done = refresh_data(load_settings(sys.argv[1]), account_ids=[sys.argv[2]], since=date(2026, 8, 1),
                    grains=[meta_grain("ad")], parts=False)
sys.exit(0 if done.ok else 1)
"""


def start(home: Path, url: str) -> subprocess.Popen[str]:
    env = {**os.environ, "WORKBENCH_SECRET_META_TOKEN": TOKEN, "WORKBENCH_META_GRAPH_URL": url}
    command = [sys.executable, "-c", _WORKER, str(home), ACCOUNT]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)


def test_loads_killed_at_random_moments_and_run_again_lose_nothing_and_double_nothing(rows, calm, tmp_path):
    lives_s = [0.05, *np.random.default_rng(23).uniform(0.05, LONGEST_LIFE_S, N_KILLS - 1)]
    n_hit, n_again = 0, 0
    with served(rows) as server:
        for n_try, life_s in enumerate(lives_s):
            home = tmp_path / f"home-{n_try // 25}"  # several kills of one load, one after the other
            process = start(home, server.base_url)
            with process:
                process.stdout.readline()
                try:
                    process.wait(life_s)
                except subprocess.TimeoutExpired:
                    process.kill()
                    n_hit += 1
        for home in sorted(tmp_path.iterdir()):
            with start(home, server.base_url) as process:
                assert process.wait(900) == 0
            n_again += 1
            found = left_behind(load_settings(home))
            assert found["rows"] == calm["rows"]
            assert found["waiting"] == []
            assert {state for *_, state, _ in found["refreshes"]} == {"done"}
    sys.stderr.write(
        f"{n_hit} of {N_KILLS} kills hit a load at work; {n_again} homes equal an undisturbed load\n"
    )
    assert n_hit
