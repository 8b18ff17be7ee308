"""Refreshes, connections and notices: what a killed run finds again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from workbench.core.dates import Period
from workbench.core.errors import DataError
from workbench.ledger import (
    begin_refresh,
    close_notices,
    connections,
    last_refreshes,
    open_notice,
    open_notices,
    record_connected,
    record_connection_state,
    record_refresh_finished,
    record_reports,
    record_window_done,
    reports_asked,
    windows_done,
)

PERIOD = Period(date(2026, 11, 1), date(2026, 11, 28))
FIRST, SECOND = Period(date(2026, 11, 1), date(2026, 11, 14)), Period(date(2026, 11, 15), date(2026, 11, 28))
NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)


def begin(session, *, at=NOW, period=PERIOD, **changes):
    whose = {"network": "meta", "account_id": "123", "grain": "campaign||day|", "actor": "system"}
    return begin_refresh(session, environment="sandbox", period=period, at=at, **{**whose, **changes})


def test_an_unfinished_refresh_is_taken_up_again_with_what_it_had(ledger):
    with ledger.write() as session:
        refresh_id = begin(session).refresh_id
        record_window_done(session, refresh_id, SECOND, load_id="a", n_rows=10, restated_micros=5)
        record_reports(session, refresh_id, FIRST, {"key": "run-1"})
    with ledger.write() as session:
        again = begin(session, at=NOW + timedelta(hours=1))
        assert again.refresh_id == refresh_id
        assert windows_done(session, refresh_id) == (SECOND,)
        assert reports_asked(session, refresh_id, FIRST) == {"key": "run-1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"account_id": "124"},
        {"grain": "ad||day|"},
        {"period": FIRST},
        {"at": NOW + timedelta(days=1)},
    ],
)
def test_another_account_grain_period_or_day_begins_anew(ledger, changes):
    with ledger.write() as session:
        first = begin(session).refresh_id
        assert begin(session, **changes).refresh_id != first


def test_a_finished_refresh_is_not_taken_up_and_a_failed_one_is(ledger):
    with ledger.write() as session:
        failed = begin(session).refresh_id
        record_refresh_finished(session, failed, error="token EAAB12345678901234567890 refused")
        assert "EAAB" not in last_refreshes(session, "sandbox")[0].error
        assert begin(session).refresh_id == failed
        record_refresh_finished(session, failed)
        assert begin(session).refresh_id != failed


def test_noting_a_window_twice_counts_it_once(ledger):
    with ledger.write() as session:
        refresh_id = begin(session).refresh_id
        for _ in range(2):
            record_window_done(session, refresh_id, FIRST, load_id="a", n_rows=10, restated_micros=5)
        done = record_refresh_finished(session, refresh_id)
        assert (done.n_rows, done.restated_micros, done.state) == (10, 5, "done")


def test_reports_of_a_window_that_was_cut_differently_are_forgotten(ledger):
    with ledger.write() as session:
        refresh_id = begin(session).refresh_id
        record_reports(session, refresh_id, FIRST, {"key": "run-1"})
        shorter = Period(FIRST.start, FIRST.stop - timedelta(days=3))
        assert reports_asked(session, refresh_id, shorter) == {}
        record_reports(session, refresh_id, shorter, {"key": "run-2"})
        assert reports_asked(session, refresh_id, shorter) == {"key": "run-2"}


def test_an_unknown_refresh_is_refused(ledger):
    with ledger.write() as session, pytest.raises(DataError, match="no refresh"):
        record_refresh_finished(session, "refresh_none")


def connect(session, **changes):
    said = {"account_name": "Shop", "time_zone": "Europe/Berlin", "currency": "EUR", "api_version": "v26.0"}
    return record_connected(
        session, environment="sandbox", network="meta", account_id="123", **{**said, **changes}
    )


def state(session, **facts):
    return record_connection_state(session, environment="sandbox", network="meta", account_id="123", **facts)


def test_the_last_good_day_never_goes_back(ledger):
    with ledger.write() as session:
        connect(session)
        state(session, state="ok", last_good_day=date(2026, 11, 20), quota={"app": 0.2})
        state(session, state="ok", last_good_day=date(2026, 11, 3))
        state(session, state="refused", error="expired")
        connect(session, account_name="Shop 2")
        (found,) = connections(session, "sandbox")
        assert found.last_good_day == date(2026, 11, 20)
        assert (found.state, found.error, found.account_name) == ("refused", "expired", "Shop 2")
        assert found.quota == '{"app": 0.2}'
        assert connections(session, "live") == []


def test_a_state_without_a_connection_is_refused(ledger):
    with ledger.write() as session, pytest.raises(DataError, match="no connection"):
        state(session, state="ok")


def tell(session, **changes):
    said = {"kind": "token_refused", "subject": "meta", "text": "It is refused.", "occasion": ""}
    return open_notice(session, environment="sandbox", **{**said, **changes})


def test_one_notice_until_it_is_closed_and_one_per_occasion(ledger):
    with ledger.write() as session:
        assert tell(session) is not None
        assert tell(session, text="Still.") is None
        assert [n.text for n in open_notices(session, "sandbox")] == ["Still."]
        assert close_notices(session, environment="sandbox", kind="token_refused", subject="meta") == 1
        assert open_notices(session, "sandbox") == []
        assert tell(session) is not None  # refused anew: a new notice
        assert tell(session, kind="token_expires", occasion="2026-12-01") is not None
        close_notices(session, environment="sandbox", kind="token_expires", subject="meta")
        assert tell(session, kind="token_expires", occasion="2026-12-01") is None  # told before
        assert tell(session, kind="token_expires", occasion="2027-01-01") is not None
