"""Accounts read through the local Graph API: the same rows again, restated, apart; tokens that end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from meta_world import ACCOUNTS, CELLS, FIRST, SECRET, TOKEN, left_behind, rows_of, world

from workbench.channels.clock import SimulatedClock
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.errors import AuthError, ConfigError
from workbench.core.settings import load_settings
from workbench.flows.company import own_lake, sandbox_lake, shown_company
from workbench.flows.connectors import connectors_of
from workbench.flows.notices import current_notices
from workbench.flows.refresh import meta_grain, refresh_data
from workbench.flows.status import status_of
from workbench.ledger import open_ledger, record_connected
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.tokens import TokenRules

EUR, USD = ACCOUNTS
N_DAYS = 40
NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
AD = meta_grain("ad")


@pytest.fixture
def clock():
    return SimulatedClock(NOON)


def served(source, clock, rules: TokenRules | None = None, **options) -> GraphServer:
    return GraphServer(source, clock=clock, tokens={TOKEN: rules or TokenRules()}, **options)


def connected(server, clock) -> Graph:
    access = GraphAccess(TOKEN, app_secret=SECRET, base_url=server.base_url)
    return Graph(access, clock=clock, retries=Retries(max_tries=3, rng=random.Random(5)))  # noqa: S311


def load(home, server, clock, **options):
    settings = load_settings(home, meta_graph_url=server.base_url)
    options = {"grains": [AD], "parts": False, "since": FIRST, **options}
    with connected(server, clock) as graph:
        return settings, refresh_data(settings, graph=graph, **options)


def spend(rows) -> int:
    return int(sum(row["spend"] for row in rows) * 1_000_000)


def test_age_by_gender_by_placement_goes_in_as_it_comes_out(tmp_path, clock):
    rows = rows_of(EUR, n_ads=6, n_days=10, cells=CELLS)
    grain = meta_grain("ad", ("age", "gender", "publisher_platform", "platform_position"))
    with served(world(rows, n_days=10), clock) as server:
        settings, done = load(tmp_path, server, clock, grains=[grain])
    assert done.ok, done.to_dict()
    found = sandbox_lake(settings).sql("SELECT * FROM ad_insights").to_pylist()
    names = ("ad_id", "age", "gender", "publisher_platform", "platform_position")
    key = [*names, "impressions", "spend_micros"]
    expected = {(*(r[n] for n in names), r["date"], r["impressions"], int(r["spend"] * 10**6)) for r in rows}
    got = {(*(r[n] for n in key[:5]), r["date_start"], *(r[n] for n in key[5:])) for r in found}
    assert len(found) == len(rows) == 480
    assert got == expected


def test_a_restatement_replaces_and_never_doubles_and_the_past_can_be_asked(tmp_path, clock):
    rows = rows_of(EUR, n_ads=4, n_days=N_DAYS)
    source = world(rows, n_days=N_DAYS)
    with served(source, clock) as server:
        settings, first = load(tmp_path, server, clock)
        lake = sandbox_lake(settings)
        believed = lake.history("ad_insights")[-1].believed_at
        restated = [
            {
                **row,
                "spend": row["spend"] + 1,
                "actions": [{"action_type": "lead", "value": 9, "7d_click": 9}],
            }
            if row["date"] >= FIRST + timedelta(days=N_DAYS - 5)
            else row
            for row in rows
        ]
        source = world(restated, n_days=N_DAYS)
    with served(source, clock) as server:
        _, second = load(tmp_path, server, clock, since=None)
    now, then = (
        lake.sql("SELECT count(*) n, sum(spend_micros) s FROM ad_insights", as_of=at).to_pylist()[0]
        for at in (None, believed)
    )
    assert now == {"n": len(rows), "s": spend(restated)}
    assert then == {"n": len(rows), "s": spend(rows)}
    assert first.accounts[0].grains[0].restated_micros == 0
    assert second.accounts[0].grains[0].restated_micros == spend(restated) - spend(rows) == 20 * 10**6
    assert second.accounts[0].period.n_days == 28
    (connector,) = connectors_of(settings)
    assert connector.restated_micros == 20 * 10**6
    recent = [row for row in rows if row["date"] >= FIRST + timedelta(days=N_DAYS - 5)]
    leads = sum(9 - sum(action["value"] for action in row["actions"]) for row in recent)
    assert connector.restated_results == leads > 0


def test_day_fetched_twice_loading_again_changes_nothing(tmp_path, clock):
    rows = rows_of(EUR, n_ads=3, n_days=N_DAYS)
    with served(world(rows, n_days=N_DAYS), clock) as server:
        settings, _ = load(tmp_path, server, clock)
        before, version = left_behind(settings), sandbox_lake(settings).version()
        _, again = load(tmp_path, server, clock)
    assert sandbox_lake(settings).version() == version
    assert left_behind(settings)["rows"] == before["rows"]
    assert not again.accounts[0].grains[0].changed


def test_two_accounts_of_two_zones_and_currencies_stay_apart(tmp_path):
    rows = [*rows_of(EUR, n_ads=3, n_days=N_DAYS), *rows_of(USD, n_ads=5, n_days=N_DAYS)]
    source = world(rows, n_days=N_DAYS)
    # 01:00 in Berlin on the day after the last one, and still the last one in Los Angeles
    source.moment = datetime.combine(
        FIRST + timedelta(days=N_DAYS - 1), datetime.min.time(), UTC
    ) + timedelta(hours=23)
    clock = SimulatedClock(source.moment)
    with served(source, clock) as server:
        settings, done = load(tmp_path, server, clock)
    assert done.ok, done.to_dict()
    by_account = {account.account_id: account for account in done.accounts}
    assert by_account[EUR].period.stop == FIRST + timedelta(days=N_DAYS - 1)
    assert by_account[USD].period.stop == FIRST + timedelta(days=N_DAYS - 2)
    found = sandbox_lake(settings).sql(
        "SELECT account_id, currency, sum(spend_micros) s FROM ad_insights GROUP BY ALL ORDER BY 1"
    )
    last = FIRST + timedelta(days=N_DAYS - 1)
    assert found.to_pylist() == [
        {"account_id": EUR, "currency": "EUR", "s": spend(r for r in rows if r["account_id"] == EUR)},
        {
            "account_id": USD,
            "currency": "USD",
            "s": spend(r for r in rows if r["account_id"] == USD and r["date"] < last),
        },
    ]


def test_a_rehearsal_is_labelled_simulated_and_stays_out_of_the_own_figures(tmp_path, clock):
    with served(world(rows_of(EUR, n_ads=2, n_days=9), n_days=9), clock) as server:
        settings, _ = load(tmp_path, server, clock)
    assert own_lake(settings).is_empty()
    assert shown_company(settings) == "sandbox"
    sources = sandbox_lake(settings).sql("SELECT DISTINCT source FROM ad_insights").to_pylist()
    assert sources == [{"source": "sandbox"}]
    status = status_of(settings)
    assert status.simulated
    assert "API v26.0, no end announced" in "\n".join(status.lines())


def test_the_sandbox_environment_reaches_nothing_but_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", TOKEN)
    with pytest.raises(ConfigError, match="sandbox"):
        refresh_data(load_settings(tmp_path))


def test_a_refused_token_is_told_once_and_after_renewal_the_gap_fills_itself(tmp_path, clock):
    rows = rows_of(EUR, n_ads=3, n_days=N_DAYS)
    early = world([row for row in rows if row["date"] < FIRST + timedelta(days=5)], n_days=5)
    with served(early, clock) as server:
        settings, _ = load(tmp_path, server, clock)
    assert current_notices(settings) == ()
    ended = TokenRules(expires_at=datetime(2026, 8, 20, tzinfo=UTC))
    with served(world(rows, n_days=N_DAYS), clock, ended) as server:
        for _ in range(2):
            with pytest.raises(AuthError) as caught:
                load(tmp_path, server, clock, since=None)
    assert TOKEN not in str(caught.value)
    (notice,) = current_notices(settings)
    assert notice.kind == "token_refused"
    assert "Account 1 has data to 5 Aug 2026" in notice.text
    assert "wb load meta" in notice.command
    assert connectors_of(settings)[0].state == "refused"
    with served(world(rows, n_days=N_DAYS), clock) as server:
        settings, done = load(tmp_path, server, clock, since=None)
    assert done.ok
    assert current_notices(settings) == ()
    assert len(left_behind(settings)["rows"]) == len(rows)


def test_a_token_that_ends_within_a_week_is_spoken_of_once(tmp_path, clock):
    rows = rows_of(EUR, n_ads=2, n_days=N_DAYS)
    source = world(rows, n_days=N_DAYS)
    soon = TokenRules(expires_at=source.moment + timedelta(days=6))
    with served(source, clock, soon) as server:
        for _ in range(2):
            settings, done = load(tmp_path, server, clock)
    assert done.ok
    (notice,) = current_notices(settings)
    assert notice.kind == "token_expires"
    assert "runs out on" in notice.text


def test_once_a_token_is_refused_that_is_all_that_is_said_of_it_and_of_its_pages(tmp_path, clock):
    rows = rows_of(EUR, n_ads=2, n_days=N_DAYS)
    source = world(rows, n_days=N_DAYS)
    with served(source, clock, TokenRules(expires_at=source.moment + timedelta(days=6))) as server:
        settings, _ = load(tmp_path, server, clock)
    with open_ledger(settings) as ledger, ledger.write() as session:
        page = {"environment": "sandbox", "network": "facebook", "account_id": "5"}
        record_connected(session, **page, account_name="Page", time_zone="Europe/Berlin", currency="EUR")
    ended = TokenRules(expires_at=source.moment - timedelta(days=1))
    with served(source, clock, ended) as server, pytest.raises(AuthError):
        load(tmp_path, server, clock)
    assert [notice.kind for notice in current_notices(settings)] == ["token_refused"]
    assert {connector.network: connector.state for connector in connectors_of(settings)} == {
        "facebook": "refused",
        "meta": "refused",
    }


def test_an_account_that_refuses_does_not_stop_the_others(tmp_path, clock):
    rows = rows_of(EUR, n_ads=2, n_days=N_DAYS)
    with served(world(rows, n_days=N_DAYS), clock) as server:
        settings, done = load(tmp_path, server, clock, account_ids=["999", f"act_{EUR}"])
    assert not done.ok
    assert [account.error is None for account in done.accounts] == [False, True]
    assert len(left_behind(settings)["rows"]) == len(rows)


def test_rows_that_miss_the_accounts_total_are_quarantined_and_the_old_ones_stay(
    tmp_path, clock, monkeypatch
):
    rows = rows_of(EUR, n_ads=2, n_days=N_DAYS)
    with served(world(rows, n_days=N_DAYS), clock) as server:
        settings, _ = load(tmp_path, server, clock)
        before = left_behind(settings)["rows"]
        monkeypatch.setattr("workbench.loaders.meta.refresh.account_total", lambda *_: (1, 1))
        _, done = load(tmp_path, server, clock)
    assert "own total" in done.accounts[0].error
    assert left_behind(settings)["rows"] == before
    (refused,) = status_of(settings).quarantine
    assert "own total" in refused["reason"]


def test_a_period_that_leaves_a_gap_does_not_hide_it(tmp_path, clock):
    rows = rows_of(EUR, n_ads=2, n_days=N_DAYS)
    with served(world(rows, n_days=N_DAYS), clock) as server:
        settings, _ = load(tmp_path, server, clock, until=FIRST + timedelta(days=3))
        load(tmp_path, server, clock, since=FIRST + timedelta(days=30))
        assert connectors_of(settings)[0].last_day == FIRST + timedelta(days=3)
        load(tmp_path, server, clock, since=None)
    assert connectors_of(settings)[0].last_day == FIRST + timedelta(days=N_DAYS - 1)
    assert len(left_behind(settings)["rows"]) == len(rows)


def test_a_period_without_days_is_refused_with_the_last_whole_day(tmp_path, clock):
    with served(world(rows_of(EUR, n_ads=1, n_days=5), n_days=5), clock) as server:
        _, done = load(tmp_path, server, clock, since=date(2026, 9, 1))
    assert "last whole day is 2026-08-05" in done.accounts[0].error


def test_money_is_exact_to_the_cent_whatever_the_rows(tmp_path, clock):
    rows = [{**row, "spend": Decimal("0.07")} for row in rows_of(EUR, n_ads=9, n_days=20)]
    with served(world(rows, n_days=20), clock) as server:
        _, done = load(tmp_path, server, clock)
    grain = done.accounts[0].grains[0]
    assert grain.to_dict()["spend_exact"] == "12.6"
    assert replace(grain).reconciled == "to the cent"
