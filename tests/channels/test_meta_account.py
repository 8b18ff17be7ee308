"""Accounts keep their own zone and currency, and a token says what it is good for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_script import TOKEN, Reply, failure

from workbench.channels.meta_account import account_day, describe_account, inspect_token, list_accounts
from workbench.core.errors import AuthError, DataError, RemoteRejected, RemoteUnavailable

BERLIN = {
    "id": "act_42",
    "account_id": "42",
    "name": "Shop",
    "currency": "EUR",
    "timezone_name": "Europe/Berlin",
    "account_status": 1,
}
AUCKLAND = {
    **BERLIN,
    "id": "act_7",
    "account_id": "7",
    "currency": "NZD",
    "timezone_name": "Pacific/Auckland",
}


@pytest.mark.parametrize("written", ["42", "act_42"])
def test_an_account_is_described(connect, written):
    graph, server = connect([Reply(BERLIN)])
    account = describe_account(graph, written)
    assert (account.account_id, account.currency, account.time_zone) == ("42", "EUR", "Europe/Berlin")
    assert (account.name, account.status) == ("Shop", "active")
    assert server.paths() == ["GET act_42"]
    assert "timezone_name" in server.asked[0].params["fields"].split(",")


def test_all_accounts_are_listed_over_an_empty_page(connect):
    after = {"paging": {"next": "https://x.example/v26.0/me/adaccounts?after=A"}}
    graph, _ = connect([
        Reply({"data": [BERLIN], **after}),
        Reply({"data": [], "paging": {"next": "https://x.example/v26.0/me/adaccounts?after=B"}}),
        Reply({"data": [{**AUCKLAND, "account_status": 999, "name": None}]}),
    ])  # fmt: skip
    accounts = list_accounts(graph)
    assert [(one.account_id, one.currency) for one in accounts] == [("7", "NZD"), ("42", "EUR")]
    assert (accounts[0].status, accounts[0].name) == ("status_999", "7")


def test_two_accounts_have_two_todays_by_the_servers_clock(connect):
    late = {"Date": "Fri, 20 Nov 2026 20:00:00 GMT"}
    graph, server = connect([Reply(BERLIN, headers=late), Reply(AUCKLAND, headers=late)])
    berlin = describe_account(graph, "42")
    auckland = describe_account(graph, "7")
    assert (account_day(graph, berlin), account_day(graph, auckland)) == ("2026-11-20", "2026-11-21")
    assert len(server.asked) == 2


def test_a_first_call_is_made_to_learn_the_servers_day(connect):
    graph, _ = connect([Reply(BERLIN)])
    account = describe_account(graph, "42")
    other, server = connect([Reply({"account_id": "42"}, headers={"Date": "Mon, 01 Feb 2027 00:00:00 GMT"})])
    assert account_day(other, account) == "2027-02-01"
    assert server.paths() == ["GET act_42"]


@pytest.mark.parametrize("bad", ["", "act_", "shop", "4 2", "42/../me", "act_act_42"])
def test_what_is_no_account_is_refused_before_the_call(connect, bad):
    graph, server = connect([])
    with pytest.raises(DataError, match="not the id of an ad account"):
        describe_account(graph, bad)
    assert server.asked == []


def test_an_account_without_a_zone_is_refused_because_its_days_cannot_be_cut(connect):
    graph, _ = connect([Reply({**BERLIN, "timezone_name": None})])
    with pytest.raises(RemoteRejected, match="time zone of account 42"):
        describe_account(graph, "42")


def test_a_token_is_inspected(connect):
    data = {
        "app_id": "7",
        "user_id": "8",
        "is_valid": True,
        "expires_at": 1800000000,
        "scopes": ["b", "ads_read"],
    }
    graph, server = connect([Reply({"data": data})])
    info = inspect_token(graph)
    assert info.is_valid
    assert info.expires_at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
    assert info.scopes == ("ads_read", "b")
    assert info.days_left(datetime(2027, 1, 14, 8, 0, tzinfo=UTC)) == 1
    assert server.asked[0].params["input_token"] == TOKEN


def test_the_app_asks_about_its_token_where_its_secret_is_known(connect):
    data = {"is_valid": True, "expires_at": 0, "scopes": []}
    graph, server = connect(
        [Reply({"data": data}, headers={"Date": "Fri, 20 Nov 2026 20:00:00 GMT"})],
        app_id="7",
        app_secret="s" * 32,
    )
    info = inspect_token(graph)
    assert info.expires_at is None
    assert info.days_left(datetime(2027, 1, 14, tzinfo=UTC)) is None
    assert server.asked[0].params["access_token"] == "7|" + "s" * 32
    assert graph.server_now is not None


def test_a_dead_token_is_an_answer(connect):
    graph, _ = connect([failure(190, subcode=463, status=401)])
    info = inspect_token(graph)
    assert not info.is_valid
    assert info.missing("ads_read") == ("ads_read",)


def test_a_token_that_may_not_ask_is_not_called_dead(connect):
    graph, _ = connect([failure(10, message="(#10) needs pages_read_engagement")])
    with pytest.raises(AuthError, match="pages_read_engagement"):
        inspect_token(graph)


def test_a_wrong_secret_of_the_app_says_nothing_about_the_token(connect):
    odd = "no-usual-form-of-a-token"
    echo = failure(190, message=f"Cannot inspect {odd}", status=401)
    graph, _ = connect([echo], app_id="7", app_secret="s" * 32, token=odd)
    with pytest.raises(AuthError, match="Cannot inspect") as caught:
        inspect_token(graph)
    assert odd not in str(caught.value)


def test_an_unreachable_server_is_no_answer(connect):
    from workbench.channels.retries import Retries

    graph, _ = connect([Reply(drop=True)], retries=Retries(max_tries=1))
    with pytest.raises(RemoteUnavailable):
        inspect_token(graph)
    graph, _ = connect([Reply({"data": []})])
    with pytest.raises(RemoteRejected, match="no description"):
        inspect_token(graph)
