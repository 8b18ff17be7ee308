"""Google Ads over the loopback: the real client, gRPC and TLS, and a peer made of its own messages."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from google_peer import Peer, Refusal, failure, serving

from workbench.channels.clock import SimulatedClock
from workbench.channels.google_ads import GoogleAds
from workbench.channels.google_ads_access import GoogleAccess, customer_digits, google_access
from workbench.channels.google_ads_reports import describe_customer, fetch_report, fetch_total, report_query
from workbench.channels.retries import Retries
from workbench.core.dates import Period
from workbench.core.errors import AuthError, ConfigError, RateLimited, RemoteRejected, RemoteUnavailable
from workbench.core.settings import load_settings

SECRETS = {
    "developer_token": "dev-token-abcdef",
    "client_id": "client-id-abcdef",
    "client_secret": "client-secret-abcdef",
    "refresh_token": "refresh-token-abcdef",
}
WEEK = Period(date(2026, 11, 1), date(2026, 11, 7))


def rows_of(n: int) -> list[dict[str, object]]:
    return [
        {
            "segments.date": f"2026-11-{1 + i % 7:02d}",
            "campaign.id": 10 + i // 7,
            "campaign.name": f"Campaign {i // 7}",
            "metrics.cost_micros": 1_000_001 * i,
            "metrics.impressions": i,
            "metrics.clicks": i // 2,
            "metrics.conversions": i / 4,
            "metrics.conversions_value": i / 10,
        }
        for i in range(n)
    ]


@pytest.fixture
def peer():
    with serving(Peer(rows=lambda query: rows_of(25))) as served:
        yield served


@pytest.fixture
def clock():
    return SimulatedClock(datetime(2026, 11, 20, tzinfo=UTC))


@pytest.fixture
def google(peer, clock):
    access = GoogleAccess(
        **SECRETS, login_customer_id="999-888-7777", endpoint=peer.endpoint, token_url=peer.token_url
    )
    retries = Retries(max_tries=4, base_s=1.0, rng=random.Random(1))  # noqa: S311 - jitter
    with GoogleAds(access, clock=clock, retries=retries) as connection:
        yield connection


def all_rows(google: GoogleAds) -> list[dict[str, object]]:
    return [row for page in fetch_report(google, "123-456-7890", WEEK, level="campaign") for row in page]


def test_a_report_comes_page_by_page_and_whole(google, peer):
    peer.page_size = 10
    rows = all_rows(google)
    assert rows == rows_of(25)
    assert [token for _, token, _ in peer.asked] == ["", "10", "20"]
    query, _, metadata = peer.asked[0]
    assert query == report_query(WEEK, level="campaign")[0]
    assert "BETWEEN '2026-11-01' AND '2026-11-07'" in query
    assert metadata["developer-token"] == SECRETS["developer_token"]
    assert metadata["login-customer-id"] == "9998887777"
    assert metadata["authorization"] == "Bearer access-1"
    assert peer.tokens[0]["refresh_token"] == SECRETS["refresh_token"]
    assert len(peer.tokens) == 1


def test_an_account_tells_its_currency_and_zone(google, peer):
    peer.rows = lambda query: [
        {
            "customer.id": 5,
            "customer.currency_code": "JPY",
            "customer.time_zone": "Asia/Tokyo",
            "customer.manager": True,
        }
    ]
    found = describe_customer(google, "5")
    assert (found.customer_id, found.currency, found.time_zone, found.is_manager) == (
        "5",
        "JPY",
        "Asia/Tokyo",
        True,
    )
    peer.rows = lambda query: []
    with pytest.raises(RemoteRejected, match="tells nothing"):
        describe_customer(google, "5")


def test_a_total_is_the_sum_of_the_accounts_rows(google, peer):
    peer.rows = lambda query: [{"metrics.cost_micros": 5, "metrics.impressions": 7}]
    assert fetch_total(google, "5", WEEK) == {"cost_micros": 5, "impressions": 7}
    peer.rows = lambda query: []
    assert fetch_total(google, "5", WEEK) == {"cost_micros": 0, "impressions": 0}


def test_what_passes_is_tried_again_without_loss_or_doubles(google, peer, clock):
    peer.page_size = 10
    peer.refusals = [
        Refusal("UNAVAILABLE", "connection reset"),
        Refusal("INTERNAL", "oops", failure("internal_error", "TRANSIENT_ERROR", "Try later")),
        Refusal("DEADLINE_EXCEEDED", "too slow"),
    ]
    assert all_rows(google) == rows_of(25)
    assert clock.slept_s > 0
    assert len(peer.asked) == 6


def test_a_used_up_quota_is_waited_for_as_long_as_google_asks(google, peer, clock):
    told = []
    google._on_wait = told.append
    peer.refusals = [
        Refusal(
            "RESOURCE_EXHAUSTED",
            "quota",
            failure("quota_error", "RESOURCE_TEMPORARILY_EXHAUSTED", "Too many requests", retry_delay_s=300),
        )
    ]
    assert len(all_rows(google)) == 25
    assert clock.slept_s >= 300
    assert "RESOURCE_TEMPORARILY_EXHAUSTED" in told[0]


def test_a_quota_that_stays_used_up_ends_with_how_long_to_wait(google, peer):
    one = failure("quota_error", "RESOURCE_EXHAUSTED", "Daily limit", retry_delay_s=900)
    peer.refusals = [Refusal("RESOURCE_EXHAUSTED", "quota", one)] * 9
    with pytest.raises(RateLimited, match="RESOURCE_EXHAUSTED: Daily limit") as caught:
        all_rows(google)
    assert caught.value.retry_after_s == 900
    assert len(peer.asked) == google.retries.max_tries


@pytest.mark.parametrize(
    ("refusal", "expected", "words"),
    [
        (
            ("UNAUTHENTICATED", "", ("authentication_error", "OAUTH_TOKEN_REVOKED", "Revoked")),
            AuthError,
            "REVOKED",
        ),
        (("UNAUTHENTICATED", "no token", None), AuthError, "no token"),
        (
            ("PERMISSION_DENIED", "", ("authorization_error", "USER_PERMISSION_DENIED", "No access")),
            AuthError,
            "--login-customer",
        ),
        (
            ("PERMISSION_DENIED", "", ("authorization_error", "DEVELOPER_TOKEN_NOT_APPROVED", "Test only")),
            AuthError,
            "basic access",
        ),
        (
            ("RESOURCE_EXHAUSTED", "", ("quota_error", "ACCESS_PROHIBITED", "No")),
            AuthError,
            "ACCESS_PROHIBITED",
        ),
        (
            ("INVALID_ARGUMENT", "", ("query_error", "UNRECOGNIZED_FIELD", "No such field")),
            RemoteRejected,
            "FIELD",
        ),
        (("INVALID_ARGUMENT", "bad", None), RemoteRejected, "INVALID_ARGUMENT: bad"),
    ],
)
def test_what_does_not_pass_is_raised_at_once(google, peer, *, refusal, expected, words):
    status, details, kind = refusal
    peer.refusals = [Refusal(status, details, failure(*kind) if kind else None)]
    with pytest.raises(expected, match=words):
        all_rows(google)
    assert len(peer.asked) == 1


def test_a_peer_that_stays_away_is_unavailable(google, peer):
    peer.refusals = [Refusal("UNAVAILABLE", "down")] * 9
    with pytest.raises(RemoteUnavailable, match="UNAVAILABLE: down"):
        all_rows(google)
    assert len(peer.asked) == google.retries.max_tries


def test_a_page_that_comes_again_is_refused(google, peer):
    peer.repeats_token = True
    with pytest.raises(RemoteRejected, match="the same page"):
        all_rows(google)


def test_a_refresh_token_that_ended_is_told_without_it(google, peer):
    peer.token_status = 400
    with pytest.raises(AuthError, match="GOOGLE_ADS_REFRESH_TOKEN") as caught:
        all_rows(google)
    assert peer.asked == []
    assert SECRETS["refresh_token"] not in str(caught.value)


def test_no_secret_is_in_any_error(google, peer, caplog):
    words = " ".join(SECRETS.values())
    peer.refusals = [Refusal("INVALID_ARGUMENT", words)]
    with pytest.raises(RemoteRejected) as rejected:
        all_rows(google)
    peer.refusals = [Refusal("INVALID_ARGUMENT", words, failure("query_error", "UNEXPECTED_INPUT", words))]
    with pytest.raises(RemoteRejected) as failed:
        all_rows(google)
    seen = f"{rejected.value!s} {rejected.value!r} {failed.value!s} {google.access!r} {caplog.text}"
    assert not [secret for secret in SECRETS.values() if secret in seen]
    assert failed.value.__context__ is None


def test_the_sandbox_does_not_talk_to_google(tmp_path, monkeypatch):
    settings = load_settings(tmp_path / "home")
    with pytest.raises(ConfigError, match="sandbox environment does not talk"):
        google_access(settings)
    with pytest.raises(ConfigError, match="sandbox environment does not talk"):
        google_access(settings, endpoint="127.0.0.1:1")
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"WORKBENCH_SECRET_GOOGLE_ADS_{name.upper()}", value)
    local = google_access(settings, endpoint="127.0.0.1:1", token_url="http://127.0.0.1:2/token")
    assert local.is_local
    assert not google_access(load_settings(tmp_path / "home", environment="live")).is_local


def test_an_access_that_cannot_work_is_refused():
    with pytest.raises(AuthError, match="refresh_token of Google Ads is empty"):
        GoogleAccess(**{**SECRETS, "refresh_token": " "})
    with pytest.raises(ConfigError, match="is not the id"):
        GoogleAccess(**SECRETS, login_customer_id="my manager")
    with pytest.raises(ConfigError, match="http is allowed on this machine only"):
        GoogleAccess(**SECRETS, token_url="http://example.org/token")
    assert customer_digits("123-456-7890") == "1234567890"


def test_nothing_of_the_client_is_imported_before_it_is_asked():
    import subprocess
    import sys

    code = (
        "import sys, workbench.channels.google_ads_reports\n"
        "print([m for m in sys.modules if m.startswith(('google', 'grpc'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_certificate_that_is_not_trusted_is_told_at_once(google, peer):
    peer.refusals = [
        Refusal("UNAVAILABLE", "SSL routines: CERTIFICATE_VERIFY_FAILED: self signed certificate")
    ]
    with pytest.raises(RemoteUnavailable, match="GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        all_rows(google)
    assert len(peer.asked) == 1
