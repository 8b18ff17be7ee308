"""The Operations page in blocks: every state in words, nothing from outside unescaped, few enough columns."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from workbench.core.dates import Period
from workbench.flows.connectors import Connector
from workbench.flows.coverage import cover
from workbench.flows.load_log import LoadLog, RefusedCell, Unfinished, Visit
from workbench.flows.notices import OpenNotice
from workbench.flows.operations import Account, OperationsView
from workbench.views.operations_blocks import operations_parts

AT = datetime(2026, 11, 21, 6, 2, tzinfo=UTC)
LAST = date(2026, 11, 20)
EVIL = "<img src=x onerror=alert(1)>"
RENEW = "keyring set workbench META_TOKEN && wb load meta"


def account(name: str = "Shop", *, state: str = "ok", **changes) -> Account:
    facts = {
        "network": "meta",
        "account_id": "123",
        "name": name,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "state": state,
        "last_day": LAST,
        "lag_days": 0,
        "restated_micros": 1_240_000,
        "restated_results": 12.0,
        "quota_used": 0.42,
        "api_version": "v26.0",
        "api_version_ends": None,
        "token_expires_at": datetime(2027, 1, 20, tzinfo=UTC),
        "error": "",
        **changes,
    }
    connector = Connector(**facts)
    quarter = Period(LAST - timedelta(days=89), LAST)
    days = cover(quarter, first_day=quarter.start, with_rows=[quarter])
    return Account(
        connector.network,
        connector.account_id,
        name,
        connector.currency,
        connector.state,
        connector.last_day,
        connector.lag_days,
        days,
        connector,
    )


def view(*accounts: Account, **changes) -> OperationsView:
    return OperationsView("live", changes.pop("company", "own"), AT, accounts, **changes)


def page(shown: OperationsView) -> str:
    parts = operations_parts(shown)
    return parts.header + parts.below()


def tile(html: str, label: str) -> str:
    found = re.search(rf'<section class="wb-tile[^>]*><h2[^>]*>(?:(?!</h2>).)*{label}.*?</section>', html)
    assert found, label
    return found.group()


def test_tiles_say_how_many_are_fresh_when_what_was_refused_restated_and_left():
    log = LoadLog(
        visits=(Visit("", "meta", "123", "done", "to the cent", Period(LAST, LAST), 20, 5, 1234, AT),),
        n_recent=41,
        n_refused_recent=2,
    )
    html = page(view(account(), account("North", state="refused", quota_used=0.98), log=log))
    assert "1 of 2" in tile(html, "Accounts up to date")
    assert "1 refused" in tile(html, "Accounts up to date")
    assert "21 Nov" in tile(html, "Last load")
    assert "06:02 UTC · Meta, 1,234 rows" in tile(html, "Last load").replace("<b>", "").replace("</b>", "")
    assert ">2<" in tile(html, "Refused in 7 days")
    assert "of 41 loads" in tile(html, "Refused in 7 days")
    assert "€2.48" in tile(html, "Restated last time")
    assert "2\u202f%" in tile(html, "Quota left")
    assert "least: North" in tile(html, "Quota left")
    assert html.count('<section class="wb-tile') == 5


def test_amounts_of_two_currencies_stand_beside_one_another():
    html = page(view(account(), account("North", currency="USD", restated_micros=33_100_000)))
    shown = tile(html, "Restated last time")
    assert "€1.24" in shown
    assert "and US$33.10" in shown
    assert "34.34" not in html


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ok", "up to date"),
        ("late", "behind"),
        ("refused", "token refused"),
        ("unreachable", "not reached"),
        ("new", "not read yet"),
    ],
)
def test_every_state_is_said_in_words_and_bad_ones_in_their_tone(state, words):
    html = page(view(account(state=state, lag_days=0 if state == "ok" else 3)))
    table = html[html.index("Accounts and how they stand") :]
    cell = re.search(rf"<td[^>]*>(<span[^>]*>)?{words}", table)
    assert cell
    assert bool(cell.group(1)) == (state in ("late", "refused", "unreachable"))


def test_a_quota_is_a_number_with_a_bar_and_much_of_it_is_marked():
    html = page(view(account(), account("North", quota_used=1.3)))
    bars = re.findall(r'<svg class="wb-quota".*?</svg>', html)
    assert ["h42v6" in bars[0], "h100v6" in bars[1]] == [True, True]
    assert ['class="worse"' in bar for bar in bars] == [False, True]
    assert "130\u202f%" in html
    assert "\ue000" not in html


def test_an_announced_end_and_a_token_about_to_end_are_marked():
    ends = datetime(2026, 11, 24, 8, tzinfo=UTC)
    html = page(view(account(api_version="v24.0", api_version_ends=date(2026, 12, 6), token_expires_at=ends)))
    assert "ends 6 Dec 2026" in html
    assert "no end announced" not in html
    assert '<span class="wb-worse">24 Nov 2026</span><small>in 3 days</small>' in html


def test_a_notice_stands_under_the_finding_with_its_command_once():
    notice = OpenNotice("token_refused", "Meta does not accept the token.", RENEW, AT)
    html = page(view(account(state="refused"), notices=(notice,)))
    assert html.count('<div class="wb-command">') == 1
    assert "keyring set workbench META_TOKEN &amp;&amp; wb load meta" in html
    assert "open since 21 Nov 2026, 06:02 UTC" in html
    late = page(view(account(state="late", lag_days=3)))
    assert late.count("<code>wb load meta</code>") == 1


def test_quarantine_names_file_row_column_value_and_reason():
    cell = RefusedCell("week 47.csv", 14, "Amount spent (EUR)", "12,5x", "“12,5x” is no amount.", AT)
    html = page(view(account(), log=LoadLog(refused=(cell,) * 14, n_refused_recent=1)))
    for words in ("week 47.csv", ">14<", "Amount spent (EUR)", "12,5x", "“12,5x” is no amount."):
        assert words in html
    assert "2 more are in the XLSX." in html


def test_unfinished_refreshes_say_why_and_what_is_in_the_lake():
    refresh = Unfinished(
        "meta", "123", "campaign · daily", Period(LAST, LAST), "failed", 1, 1200, "Meta asks for less.", AT
    )
    html = page(view(account(), log=LoadLog(unfinished=(refresh,))))
    for words in ("Refreshes that did not finish", "Meta asks for less.", "1,200 rows", "1 window", "Shop"):
        assert words in html


def test_windows_of_a_visit_and_files_say_how_they_reconciled():
    base = Visit("", "meta", "123", "done", "to the cent", Period(LAST, LAST), 20, 5, 1234, AT)
    visits = (
        base,
        replace(base, n_parts=1, reconciled="within rounding"),
        replace(base, reconciled="parts are missing"),
        replace(base, name="week.csv", n_parts=1, state="quarantined", reason="Row 14 is no amount."),
    )
    html = page(view(account(), log=LoadLog(visits=visits)))
    for words in (
        "20 windows: each agrees with the account’s own total to the cent",
        "agrees with its own total within rounding",
        "20 windows: in some, parts of the account’s own total are missing",
        "Row 14 is no amount.",
        "Meta · Shop",
    ):
        assert words in html


def test_a_fresh_installation_shows_three_steps_and_a_live_one_two():
    fresh = OperationsView("sandbox", "sample", AT)
    html = page(fresh)
    assert "Nothing is connected yet." in html
    assert "Three steps to your own figures" in html
    assert re.findall(r"<code>(.*?)</code>", html) == [
        "keyring set workbench META_TOKEN",
        "export WORKBENCH_ENVIRONMENT=live",
        "wb load meta",
    ]
    assert "simulated company" in html
    assert "wb-tiles" not in html
    live = page(OperationsView("live", "sample", AT))
    assert "Two steps" in live
    assert "simulated company" not in live


def test_badges_say_simulated_and_how_far_the_data_reach():
    behind = account("North", state="late", last_day=date(2026, 11, 17), lag_days=3)
    html = operations_parts(view(account(), behind, company="sandbox")).header
    assert '<li class="wb-simulated">simulated company</li>' in html
    assert '<li class="wb-stale">data to 17 Nov – 20 Nov</li>' in html
    assert "<li>data to 20 Nov 2026</li>" in operations_parts(view(account())).header


def test_nothing_from_outside_is_markup():
    cell = RefusedCell(EVIL, 1, EVIL, EVIL, EVIL, AT)
    visit = Visit(EVIL, "meta", EVIL, "failed", EVIL, None, 1, 1, 1, AT, EVIL)
    refresh = Unfinished("meta", EVIL, EVIL, Period(LAST, LAST), "failed", 1, 1, EVIL, AT)
    shown = view(
        account(EVIL, state="unreachable", error=EVIL, api_version=EVIL),
        notices=(OpenNotice("token_refused", EVIL, EVIL, AT),),
        log=LoadLog((visit,), (cell,), (refresh,), 1, 1),
    )
    assert "<img" not in page(shown)


def test_an_account_of_a_rehearsal_is_counted_where_it_is_hidden():
    html = page(view(account(), n_hidden=2))
    assert "2 accounts of a rehearsal not shown beside own figures" in html


def test_files_alone_have_no_quota_version_or_token():
    quarter = Period(LAST - timedelta(days=89), LAST)
    days = cover(quarter, first_day=quarter.start, with_rows=[quarter])
    html = page(view(Account("meta", "123", "", "EUR", "files", LAST, 0, days)))
    assert "1" in tile(html, "Accounts from files")
    assert html.count('<section class="wb-tile') == 3
    assert "from files" in html
    assert "Quota" not in html
    assert "Token to" not in html
