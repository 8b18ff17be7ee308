"""Is everything connected, fresh and allowed: every state in one sentence and one command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from exports import daily_export
from installations import GRAINS, NOW, YESTERDAY, Shop, connect, fail_refresh, load, notice, refuse_file

from workbench.core.dates import Period
from workbench.core.settings import load_settings
from workbench.flows.load import load_exports
from workbench.flows.operations import operations_of
from workbench.flows.operations_notice import frozen_of
from workbench.ledger import open_ledger, record_connected, record_connection_state

NORTH = Shop("1234567002", "North", "USD", "America/New_York", share=0.98)
RENEW = "keyring set workbench META_TOKEN && wb load meta"


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def rehearsal(home):
    return load_settings(home, environment="sandbox")


def test_a_fresh_installation_says_that_nothing_is_connected(rehearsal):
    view = operations_of(rehearsal, at=NOW)
    assert view.is_fresh_install
    assert view.is_simulated
    assert view.summary() == "Nothing is connected yet."
    assert view.accounts == ()
    assert not (rehearsal.home / "ledger.db").exists(), "looking must not make a ledger"


def test_a_live_installation_without_figures_is_not_called_simulated(home):
    view = operations_of(load_settings(home, environment="live"), at=NOW)
    assert view.is_fresh_install
    assert not view.is_simulated
    assert view.finding.hedges == ()


def test_all_is_well(rehearsal):
    connect(rehearsal, Shop(), NORTH)
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "All 2 accounts are up to date; nothing was refused in the last 7 days."
    assert view.finding.command == ""
    assert {account.state for account in view.accounts} == {"ok"}
    assert {account.coverage.n_days("missing") for account in view.accounts} == {0}
    assert view.is_simulated


@pytest.mark.parametrize(("last_day", "n_missing"), [(YESTERDAY, 0), (YESTERDAY - timedelta(days=3), 3)])
def test_days_without_posts_are_not_missing_on_a_page_that_was_read(rehearsal, last_day, n_missing):
    connect(rehearsal, Shop())
    page = {"environment": "sandbox", "network": "facebook", "account_id": "2001"}
    posted = Period(YESTERDAY - timedelta(days=40), YESTERDAY - timedelta(days=12))
    with open_ledger(rehearsal) as ledger, ledger.write() as session:
        record_connected(
            session,
            **page,
            account_name="Shop",
            time_zone="Europe/Berlin",
            currency="EUR",
            api_version="v26.0",
            api_version_ends=None,
            token_expires_at=None,
        )
        record_connection_state(session, **page, state="ok", last_good_day=last_day, at=NOW)
        load(session, ("facebook", "2001"), posted, at=NOW, source="sandbox")
    accounts = {a.network: a for a in operations_of(rehearsal, at=NOW).accounts}
    days = accounts["facebook"].coverage
    assert days.period.start == posted.start
    assert days.n_days("missing") == n_missing


def test_refused_files_of_the_last_week_are_counted_and_listed_without_personal_data(rehearsal):
    connect(rehearsal, Shop())
    refuse_file(rehearsal, at=NOW - timedelta(days=1))
    refuse_file(rehearsal, at=NOW - timedelta(days=9), name="older.csv")
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "Shop is up to date; 1 load was refused in the last 7 days."
    assert (view.log.n_refused_recent, len(view.log.refused)) == (1, 4)
    first = view.log.refused[0]
    assert first.column in ("Amount spent (EUR)", "Day")
    assert {cell.row for cell in view.log.refused} == {14, 15}
    assert "jo@example.org" not in json.dumps(view.to_dict(), default=str)
    assert "[email]" in {cell.value for cell in view.log.refused}


def test_a_refused_token_leads_with_what_is_frozen_and_the_command(rehearsal):
    stopped = {"last_day": date(2026, 11, 18), "state": "refused", "error": "Meta does not accept it."}
    connect(rehearsal, Shop(**stopped), replace(NORTH, **stopped), Shop("1234567003", "Outlet"))
    notice(rehearsal, "token_refused", "Meta does not accept the token.")
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "Meta refuses the token: North and Shop have data to 18 Nov 2026."
    assert view.finding.hedges == ("Outlet is up to date.",)
    assert view.finding.command == RENEW
    assert [account.label for account in view.accounts] == ["North", "Shop", "Outlet"]
    frozen = frozen_of(rehearsal)
    assert (frozen.lead, frozen.command) == ("Meta refuses the token.", RENEW)
    assert frozen.text == "North and Shop have data to 18 Nov 2026; figures stay as of then."


def test_three_refused_accounts_are_counted_with_the_one_furthest_behind(rehearsal):
    shops = [Shop(str(n), f"Shop {n}", last_day=date(2026, 11, 18 - n), state="refused") for n in range(3)]
    connect(rehearsal, *shops)
    said = operations_of(rehearsal, at=NOW).summary()
    assert said == (
        "Meta refuses the token: 3 accounts have data to 18 Nov 2026, the furthest behind to 16 Nov 2026."
    )


def test_an_account_that_is_behind_is_named_with_its_last_day(rehearsal):
    connect(rehearsal, Shop(last_day=date(2026, 11, 17)), NORTH)
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "Shop is 3 days behind: it has data to 17 Nov 2026."
    assert view.finding.command == "wb load meta"
    assert view.accounts[0].coverage.missing == (Period(date(2026, 11, 18), YESTERDAY),)


def test_an_unreachable_network_is_no_refusal(rehearsal):
    connect(rehearsal, Shop(state="unreachable", error="Meta did not answer."))
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "Meta could not be reached: Shop has data to 20 Nov 2026."
    assert frozen_of(rehearsal) is None


def test_a_token_about_to_end_is_said_before_it_does(rehearsal):
    ends = datetime(2026, 11, 24, 8, tzinfo=UTC)
    connect(rehearsal, Shop(token_expires_at=ends), replace(NORTH, token_expires_at=ends))
    notice(rehearsal, "token_expires", "The token for Meta runs out on 24 November 2026, 08:00 UTC.")
    view = operations_of(rehearsal, at=NOW)
    assert view.summary() == "All 2 accounts are up to date, but the token runs out on 24 Nov 2026."
    assert view.finding.command == RENEW
    frozen = frozen_of(rehearsal)
    assert frozen.lead == "The token for Meta runs out on 24 Nov 2026."
    assert frozen.text.startswith("North and Shop have data to 20 Nov 2026; without a new one")


def test_windows_of_one_visit_are_one_line_and_a_failed_refresh_says_why(rehearsal):
    connect(rehearsal, Shop())
    fail_refresh(rehearsal)
    view = operations_of(rehearsal, at=NOW)
    latest = view.log.visits[0]
    assert (latest.name, latest.account_id, latest.reconciled) == ("", "1234567001", "to the cent")
    assert latest.n_parts == 29
    assert latest.period == Period(date(2026, 10, 23), YESTERDAY)
    (unfinished,) = view.log.unfinished
    assert unfinished.state == "failed"
    assert "reduce the amount of data" in unfinished.reason
    assert unfinished.n_windows == 1
    assert unfinished.grain == "campaign by age, gender · daily · 7-day click, 1-day view"
    assert view.finding.hedges == ("1 refresh has not come to its end; the next run goes on.",)


def test_a_visit_is_as_bad_as_its_worst_window(rehearsal):
    connect(rehearsal, Shop(n_days=1))
    day = YESTERDAY - timedelta(days=40)
    with open_ledger(rehearsal) as ledger, ledger.write() as session:
        load(
            session,
            ("meta", "1234567001"),
            Period(day, day),
            at=NOW - timedelta(minutes=5),
            source="sandbox",
            state="quarantined",
            reconciled="not reconciled",
            error="The rows miss the account's own total by 1.20 EUR.",
        )
    visit = operations_of(rehearsal, at=NOW).log.visits[0]
    assert (visit.state, visit.reconciled, visit.n_parts) == ("quarantined", "not reconciled", 2)
    assert visit.reason == "The rows miss the account's own total by 1.20 EUR."


def test_a_refresh_without_an_end_is_running_and_after_half_a_day_interrupted(rehearsal):
    from workbench.ledger import begin_refresh

    connect(rehearsal, Shop())
    with open_ledger(rehearsal) as ledger, ledger.write() as session:
        begin_refresh(
            session,
            environment="sandbox",
            network="meta",
            account_id="1234567001",
            grain="ad|hour|day|",
            period=Period(YESTERDAY, YESTERDAY),
            actor="system",
            at=NOW,
        )
    assert operations_of(rehearsal, at=NOW).log.unfinished[0].state == "running"
    later = operations_of(rehearsal, at=NOW + timedelta(hours=13))
    assert later.log.unfinished[0].state == "interrupted"


def test_own_figures_never_stand_beside_a_rehearsal(rehearsal, tmp_path):
    connect(rehearsal, Shop())
    notice(rehearsal, "token_refused", "Meta does not accept the token.")
    file = tmp_path / "export.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56)
    load_exports([file], settings=rehearsal)
    view = operations_of(rehearsal, at=NOW)
    assert not view.is_simulated
    assert view.n_hidden == 1
    assert [(account.state, account.account_id) for account in view.accounts] == [("files", "default")]
    assert [visit.name for visit in view.log.visits] == ["export.csv"]
    assert view.notices == ()
    assert frozen_of(rehearsal) is None
    assert view.summary() == ("The figures come from files and reach to 26 Oct 2026.")
    assert view.accounts[0].lag_days == 25
    assert view.accounts[0].coverage.missing == (Period(date(2026, 10, 27), YESTERDAY),)


def test_a_live_account_stands_beside_own_files(home, tmp_path, monkeypatch):
    settings = load_settings(home, environment="live")
    monkeypatch.setattr("workbench.flows.connectors.now_utc", lambda: NOW)
    connect(settings, Shop())
    file = tmp_path / "export.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56)
    load_exports([file], settings=settings)
    view = operations_of(settings, at=NOW)
    assert not view.is_simulated
    assert [account.state for account in view.accounts] == ["files", "ok"]
    assert len(view.connected) == 1


def test_everything_is_json(rehearsal):
    connect(rehearsal, Shop(version="v24.0", version_ends=date(2026, 10, 6)))
    fail_refresh(rehearsal)
    refuse_file(rehearsal)
    notice(rehearsal, "token_expires", "Soon.")
    said = json.loads(json.dumps(operations_of(rehearsal, at=NOW).to_dict(), default=str))
    assert said["accounts"][0]["coverage"]["runs"][-1]["state"] == "provisional"
    assert said["refused_last_7_days"] == 1
    assert (
        "The API version that is asked ends on 6 Oct 2026." in operations_of(rehearsal, at=NOW).finding.hedges
    )


def test_names_of_answers_have_their_grain_in_words(rehearsal):
    connect(rehearsal, Shop())
    with open_ledger(rehearsal) as ledger, ledger.write() as session:
        from workbench.ledger import QuarantinedCell

        period = Period(YESTERDAY, YESTERDAY)
        load(
            session,
            ("meta", "1234567001"),
            period,
            at=NOW,
            file_name=f"Meta 1234567001 · {GRAINS[1]} · {period}",
            source="sandbox",
            state="quarantined",
            cells=(QuarantinedCell("The rows miss the total."),),
        )
    (cell,) = operations_of(rehearsal, at=NOW).log.refused
    assert cell.name.startswith("Meta 1234567001 · ad · daily · 7-day click, 1-day view · 2026-11-20")
