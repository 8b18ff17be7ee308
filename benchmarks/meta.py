"""Rows of Meta fetched and stored from the local Graph API: ``python -m benchmarks.meta``.

The server runs in a process of its own and is not counted. Beside the whole load stands the fetching alone,
and the official client's own objects for the same rows. Peak memory is shown for ten times fewer and more
rows too: it has to stay flat.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.core.dates import Period

N_DAYS = 100
FIRST = date(2026, 8, 1)
ACCOUNT = "1000000001"
TOKEN = "EAAB" + "benchmark" * 5
BAR_S = 60.0


def serve(n_rows: int) -> None:
    """Serve a world of so many ad × day rows, and print its address."""
    from workbench.sandbox.graph.insights_desk import Limits
    from workbench.sandbox.graph.reports import ReportPace
    from workbench.sandbox.graph.server import GraphServer
    from workbench.sandbox.graph.table_source import TableSource
    from workbench.sandbox.graph.tokens import TokenRules

    n_ads = n_rows // N_DAYS
    ads = [
        {
            "ad_id": f"{ACCOUNT}2{a:05d}",
            "adset_id": f"{ACCOUNT}1{a % 500:04d}",
            "campaign_id": f"{ACCOUNT}{a % 50:02d}",
        }
        for a in range(n_ads)
    ]
    rows = [
        {
            "date": FIRST + timedelta(days=d),
            "account_id": ACCOUNT,
            **ad,
            "impressions": 100 + (a * 31 + d * 17) % 97,
            "clicks": (a + d) % 13,
            "inline_link_clicks": (a + d) % 11,
            "spend": Decimal((a * 37 + d * 11) % 9973) / 100,
            "reach": 90 + (a * 31 + d) % 97,
            "actions": [{"action_type": "lead", "value": (a + d) % 5, "7d_click": (a + d) % 5}],
        }
        for d in range(N_DAYS)
        for a, ad in enumerate(ads)
    ]
    kinds = (("campaign", "Campaign"), ("adset", "AdSet"), ("ad", "Ad"))
    nodes = {
        ad[f"{level}_id"]: {
            "id": ad[f"{level}_id"],
            "name": f"{kind} {ad[f'{level}_id'][-5:]}",
            "account_id": ACCOUNT,
            "metadata": {"type": kind},
            "effective_status": "ACTIVE",
            **{
                key: value
                for key, value in ad.items()
                if key in ("campaign_id", "adset_id") and key != f"{level}_id"
            },
        }
        for ad in ads
        for level, kind in kinds
    }
    account = {
        "id": f"act_{ACCOUNT}",
        "account_id": ACCOUNT,
        "name": "Benchmark",
        "currency": "EUR",
        "timezone_name": "Europe/Berlin",
        "account_status": 1,
    }
    now = datetime.combine(FIRST + timedelta(days=N_DAYS), datetime.min.time(), UTC) + timedelta(hours=12)
    source = TableSource(accounts=[account], nodes=list(nodes.values()), rows=rows, now=now)
    quick = ReportPace(not_started_s=0.0, started_s=0.0, running_s=0.05, finishing_s=0.0)
    with GraphServer(
        source, tokens={TOKEN: TokenRules()}, limits=Limits(page_size=1000), pace=quick
    ) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def work(what: str, url: str) -> None:
    """Do one of the jobs and print rows, wall and CPU seconds, and the peak of memory."""
    from workbench.channels.meta_graph import Graph, GraphAccess
    from workbench.channels.meta_insights import InsightsQuery, fetch_insights
    from workbench.core.dates import Period
    from workbench.core.settings import load_settings
    from workbench.flows.refresh import meta_grain, refresh_data
    from workbench.loaders.meta.rows import fields_of

    period = Period(FIRST, FIRST + timedelta(days=N_DAYS - 1))
    graph = Graph(GraphAccess(TOKEN, base_url=url))
    grain, began, cpu = meta_grain("ad"), time.perf_counter(), time.process_time()
    if what == "load":
        with tempfile.TemporaryDirectory() as home:
            done = refresh_data(
                load_settings(home, meta_graph_url=url), graph=graph, since=FIRST, grains=[grain], parts=False
            )
            n_rows = done.accounts[0].n_rows
    elif what == "fetch":
        query = InsightsQuery(ACCOUNT, "ad", period, fields_of(grain))
        n_rows = sum(len(page) for page in fetch_insights(graph, query))
    else:
        n_rows = client_objects(url, period, fields_of(grain))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = [n_rows, time.perf_counter() - began, time.process_time() - cpu, peak]
    sys.stdout.write(json.dumps(figures) + "\n")


def client_objects(url: str, period: Period, fields: tuple[str, ...]) -> int:
    """Read the same rows as the official client's objects, by its own cursor."""
    from facebook_business import FacebookAdsApi, FacebookSession
    from facebook_business.adobjects.adaccount import AdAccount

    session = FacebookSession("", "", TOKEN, timeout=(3, 60))
    session.GRAPH = url
    api = FacebookAdsApi(session, api_version="v26.0")
    params = {
        "level": "ad",
        "time_increment": 1,
        "limit": 1000,
        "time_range": {"since": str(period.start), "until": str(period.stop)},
    }
    run = AdAccount(f"act_{ACCOUNT}", api=api).get_insights(fields=list(fields), params=params, is_async=True)
    while run.api_get()["async_status"] != "Job Completed":
        time.sleep(0.1)
    return sum(1 for _ in run.get_insights(params={"limit": 1000}))


def measure(what: str, n_rows: int) -> list[float]:
    here = [sys.executable, "-m", "benchmarks.meta"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    with subprocess.Popen(
        [*here, "--serve", str(n_rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as server:
        url = server.stdout.readline().strip()
        done = subprocess.run(
            [*here, "--work", what, "--url", url], capture_output=True, text=True, env=env, check=True
        )
        server.stdin.close()
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=100_000, help="rows")
    parser.add_argument("--serve", type=int)
    parser.add_argument("--work", choices=("load", "fetch", "client"))
    parser.add_argument("--url")
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve)
    elif asked.work:
        work(asked.work, asked.url)
    else:
        print(f"{'':<44} {'rows':>8} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}   bar")
        for words, what, n_rows in (
            ("fetched, reconciled and stored", "load", asked.n),
            ("the same, ten times fewer rows", "load", asked.n // 10),
            ("the same, ten times more rows", "load", asked.n * 10),
            ("fetched alone", "fetch", asked.n),
            ("the official client's objects, fetched alone", "client", asked.n),
        ):
            rows, wall_s, cpu_s, peak = measure(what, n_rows)
            bar = f"{BAR_S:.0f} s" if (what, n_rows) == ("load", asked.n) else ""
            print(f"{words:<44} {rows:>8,} {wall_s:>8.1f} {cpu_s:>8.1f} {peak:>9.0f}   {bar}", flush=True)


if __name__ == "__main__":
    main()
