"""Google Ads into the lake, over the loopback: exact, month by month, restated and never doubled."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from google_peer import Peer, Refusal, asked_days, failure, serving
from typer.testing import CliRunner

from workbench.channels.clock import SimulatedClock
from workbench.channels.google_ads import GoogleAds
from workbench.channels.google_ads_access import GoogleAccess
from workbench.channels.retries import Retries
from workbench.core.dates import Period
from workbench.core.errors import AuthError, DataError
from workbench.core.settings import load_settings
from workbench.lake import Lake
from workbench.ledger import connections, last_loads, open_ledger
from workbench.loaders.google_rows import GoogleSource, load_google, months_of

SECRETS = ("developer-secret", "client-id-secret", "client-secret-1", "refresh-secret-1")
NAMES = ("DEVELOPER_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
CUSTOMER = {
    "customer.id": 5,
    "customer.descriptive_name": "Shop",
    "customer.currency_code": "USD",
    "customer.time_zone": "America/Los_Angeles",
    "customer.manager": False,
}


class Account:
    """Two campaigns that spend every day; what was spent can be told anew."""

    def __init__(self) -> None:
        self.factor = 1
        self.hidden_micros = 0
        self.is_manager = False

    def day(self, day: date, campaign: int) -> dict[str, object]:
        return {
            "segments.date": day.isoformat(),
            "campaign.id": campaign,
            "campaign.name": f"Campaign {campaign}",
            "metrics.cost_micros": self.factor * (day.toordinal() * 1000 + campaign),
            "metrics.impressions": day.day * 10,
            "metrics.clicks": day.day,
            "metrics.conversions": 0.1,
            "metrics.conversions_value": 12.34,
        }

    def rows(self, query: str) -> list[dict[str, object]]:
        if "segments.date" not in query:
            return [{**CUSTOMER, "customer.manager": self.is_manager}]
        first, last = (date.fromisoformat(text) for text in asked_days(query))
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        found = [self.day(day, campaign) for day in days for campaign in (1, 2)]
        if "segments.date" in query.partition(" FROM ")[0]:
            return found
        return [
            {
                "metrics.cost_micros": sum(r["metrics.cost_micros"] for r in found) + self.hidden_micros,
                "metrics.impressions": sum(r["metrics.impressions"] for r in found),
            }
        ]


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def peer(account):
    with serving(Peer(rows=account.rows, page_size=7)) as served:
        yield served


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "home")


@pytest.fixture
def clock():
    return SimulatedClock(datetime(2026, 11, 20, 4, tzinfo=UTC))  # the 19th in Los Angeles


@pytest.fixture
def source(peer, settings, clock):
    access = GoogleAccess(*SECRETS, endpoint=peer.endpoint, token_url=peer.token_url)
    retries = Retries(max_tries=3, base_s=1.0, rng=random.Random(1))  # noqa: S311 (seeded)
    with open_ledger(settings) as ledger, GoogleAds(access, clock=clock, retries=retries) as google:
        yield GoogleSource(google, Lake(settings.lake_root), ledger, environment="sandbox")


def stored(source: GoogleSource) -> dict[str, object]:
    return source.lake.sql(
        "SELECT count(*) AS n, sum(spend_micros) AS spend, min(date_start) AS first, "
        "max(date_start) AS last, sum(value_micros) AS value FROM ad_insights"
    ).to_pylist()[0]


def expected(account: Account, period: Period) -> int:
    return sum(
        account.day(day, campaign)["metrics.cost_micros"] for day in period.days() for campaign in (1, 2)
    )


def test_thirty_days_load_exactly_and_reconcile(source, account):
    results = load_google(source, "5")
    period = Period(date(2026, 10, 20), date(2026, 11, 18))  # yesterday, there
    assert [str(r.period) for r in results] == ["2026-10-20 – 2026-10-31", "2026-11-01 – 2026-11-18"]
    assert {r.reconciled for r in results} == {"to the cent"}
    found = stored(source)
    assert (found["first"], found["last"], found["n"]) == (period.start, period.stop, 60)
    assert found["spend"] == expected(account, period) == sum(r.spend_micros for r in results)
    assert found["value"] == 60 * 12_340_000
    assert results[0].currency == "USD"
    with source.ledger.read() as session:
        assert {load.state for load in last_loads(session)} == {"done"}
        known = connections(session, "sandbox")
        assert [(c.network, c.account_id, c.state, c.last_good_day) for c in known] == [
            ("google", "5", "ok", period.stop)
        ]


def test_the_same_again_changes_nothing_and_restated_days_are_replaced(source, account):
    load_google(source, "5")
    n_commits = len(source.lake.history())
    assert not any(r.changed for r in load_google(source, "5"))
    assert len(source.lake.history()) == n_commits
    account.factor = 3
    assert all(r.changed for r in load_google(source, "5"))
    found = stored(source)
    assert found["n"] == 60
    assert found["spend"] == expected(account, Period(date(2026, 10, 20), date(2026, 11, 18)))


def test_a_gap_is_filled_with_what_was_still_open_before_it(source, clock):
    load_google(source, "5")
    clock.sleep(40 * 86400)
    results = load_google(source, "5")
    assert results[0].period.start == date(2026, 11, 18) - timedelta(days=29)
    assert results[-1].period.stop == date(2026, 12, 28)
    assert stored(source)["n"] == 2 * ((date(2026, 12, 28) - date(2026, 10, 20)).days + 1)


def test_days_that_lost_their_rows_are_emptied(source, account, peer):
    week = {"since": date(2026, 11, 2), "until": date(2026, 11, 8)}
    load_google(source, "5", **week)
    before = peer.rows
    peer.rows = lambda query: before(query) if "segments.date" not in query else []
    (result,) = load_google(source, "5", **week)
    assert (result.rows, result.spend_micros) == (0, 0)
    assert stored(source)["n"] == 0


def test_a_level_that_misses_money_says_so(source, account):
    account.hidden_micros = 5_000_000
    (result,) = load_google(source, "5", since=date(2026, 11, 2), until=date(2026, 11, 2), level="ad")
    assert (result.reconciled, result.difference) == ("not reconciled", "-5")
    assert "Performance Max" in result.warnings[0]


def test_an_interrupted_load_goes_on_without_doubles(source, account, peer):
    peer.page_size = 1000
    revoked = Refusal("UNAUTHENTICATED", "", failure("authentication_error", "OAUTH_TOKEN_REVOKED", "No"))

    def revokes_after_october(query):
        if "2026-10" in query and "FROM customer" in query:  # the last that is asked of October
            peer.refusals.append(revoked)
        return account.rows(query)

    peer.rows = revokes_after_october
    with pytest.raises(AuthError, match="REVOKED"):
        load_google(source, "5")
    assert stored(source)["n"] == 24  # October is there
    with source.ledger.read() as session:
        assert connections(session, "sandbox")[0].state == "refused"
    peer.rows = account.rows
    load_google(source, "5")
    days = Period(date(2026, 10, 2), date(2026, 11, 18))  # what was open on the last day that was loaded
    assert stored(source)["n"] == 2 * days.n_days
    assert stored(source)["spend"] == expected(account, days)


def test_a_manager_has_nothing_to_load(source, account):
    account.is_manager = True
    with pytest.raises(DataError, match="manages others"):
        load_google(source, "5")


def test_days_to_come_are_refused(source):
    with pytest.raises(DataError, match=r"last whole day is 2026-11-18 \(America/Los_Angeles\)"):
        load_google(source, "5", since=date(2026, 11, 19))


def test_months_are_cut_at_their_ends():
    found = list(months_of(Period(date(2025, 12, 31), date(2026, 3, 1))))
    assert [(p.start.day, p.stop.day) for p in found] == [(31, 31), (1, 31), (1, 28), (1, 1)]


def test_the_command_loads_into_the_sandboxs_lake(peer, settings, monkeypatch):
    from workbench.cli.main import app

    def run(*words: str, code: int = 0):
        done = CliRunner().invoke(app, ["--home", str(settings.home), "load", "google", *words])
        assert done.exit_code == code, done.output
        return done

    for name, value in zip(NAMES, SECRETS, strict=True):
        monkeypatch.setenv(f"WORKBENCH_SECRET_GOOGLE_ADS_{name}", value)
    local = ("--endpoint", peer.endpoint, "--token-url", peer.token_url)
    days = ("--account", "5", "--since", "2026-11-02", "--until", "2026-11-03")
    loaded = json.loads(run(*days, *local, "--json").stdout)
    assert (loaded["rows"], loaded["currency"], loaded["reconciled"]) == (4, "USD", "to the cent")
    assert Lake(settings.sandbox_lake_root).sql("SELECT count(*) AS n FROM ad_insights").to_pylist() == [
        {"n": 4}
    ]
    assert "Already loaded" in run(*days, *local).stdout
    refused = run(*days, code=1).stderr
    assert "sandbox environment does not talk to Google Ads" in refused
    assert "no level" in run(*days, *local, "--level", "keyword", code=1).stderr
