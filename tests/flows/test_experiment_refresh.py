"""A refresh through the network's API reads running tests again, in the account's own calendar."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

from meta_world import ACCOUNTS, FIRST, SECRET, TOKEN, rows_of, world

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.identity import Actor, Role
from workbench.core.settings import load_settings
from workbench.experiments.registration_file import registration_of
from workbench.flows.experiment_registry import register_test
from workbench.flows.experiments import read_experiment
from workbench.flows.refresh import meta_grain, refresh_data
from workbench.ledger import looks_of, open_ledger
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.tokens import TokenRules

ACCOUNT, *_ = ACCOUNTS
NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)


def test_a_refresh_reads_running_tests_again(tmp_path: Path) -> None:
    rows = rows_of(ACCOUNT, n_ads=4, n_days=40)
    ads = sorted({str(row["ad_id"]) for row in rows})
    plan = {
        "id": "ads",
        "hypothesis": "The second ad is clicked more.",
        "metric": "ctr",
        "arms": [{"name": "first", "ads": ads[:1]}, {"name": "second", "ads": ads[1:2]}],
        "start": FIRST,
    }
    clock = SimulatedClock(NOON)
    with GraphServer(world(rows, n_days=40), clock=clock, tokens={TOKEN: TokenRules()}) as server:
        settings = load_settings(tmp_path, meta_graph_url=server.base_url)
        register_test(settings, registration_of(plan), actor=Actor("ada", Role.ANALYST))
        access = GraphAccess(TOKEN, app_secret=SECRET, base_url=server.base_url)
        with Graph(access, clock=clock, retries=Retries(max_tries=3, rng=random.Random(5))) as graph:  # noqa: S311
            done = refresh_data(settings, graph=graph, grains=[meta_grain("ad")], parts=False, since=FIRST)
    assert done.ok, done.to_dict()
    with open_ledger(settings) as ledger, ledger.read() as session:
        (kept,) = looks_of(session, "sandbox", "ads")
    assert (kept.actor, kept.company, kept.data_from) == ("refresh", "sandbox", FIRST)
    mine = [row for row in rows if str(row["ad_id"]) == ads[0] and row["date"] <= kept.data_to]
    seen = json.loads(kept.figures)["arms"][0]
    assert seen["denominator"] == sum(row["impressions"] for row in mine)
    reading = read_experiment(settings, "ads", keeps_look=False)
    assert reading.is_simulated
    assert reading.place.time_zone == ACCOUNTS[ACCOUNT][1]
    assert "causal" not in reading.summary()
