"""What the ledger remembers: own and simulated loads apart, refused ones counted, days by their last time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from installations import NOW, load

from workbench.core.dates import Period
from workbench.ledger import begin_refresh, open_ledger, record_refresh_finished
from workbench.ledger.load_history import (
    DaysRead,
    Sources,
    count_loads,
    days_read,
    latest_loads,
    latest_quarantined,
    unfinished_refreshes,
)

DAY = date(2026, 11, 20)
WEEK = Period(DAY - timedelta(days=6), DAY)
OWN = Sources(without=("sample", "sandbox"))


@pytest.fixture
def ledger(settings):
    settings.home.mkdir(parents=True)
    with open_ledger(settings) as opened:
        yield opened


def test_own_and_simulated_loads_are_told_apart(ledger):
    with ledger.write() as session:
        load(session, ("meta", "1"), WEEK, at=NOW, file_name="own.csv", source="ads_export")
        load(session, ("meta", "1"), WEEK, at=NOW, file_name="simulated", source="sandbox")
        names = [found.file_name for found in latest_loads(session, OWN, n=10)]
        assert names == ["own.csv"]
        only = latest_loads(session, Sources(only=("sandbox",)), n=10)
        assert [found.file_name for found in only] == ["simulated"]
        assert len(latest_loads(session, Sources(), n=10)) == 2


def test_recent_loads_are_counted_by_state(ledger):
    with ledger.write() as session:
        load(session, ("meta", "1"), WEEK, at=NOW, file_name="new.csv")
        load(session, ("meta", "1"), WEEK, at=NOW, file_name="bad.csv", state="quarantined")
        load(session, ("meta", "1"), WEEK, at=NOW - timedelta(days=8), file_name="old.csv")
        assert count_loads(session, OWN, since=NOW - timedelta(days=7)) == {"done": 1, "quarantined": 1}
        assert latest_quarantined(session, OWN, n=10) == []


def test_days_carry_the_last_time_they_were_read_and_refused_ones_none(ledger):
    with ledger.write() as session:
        for number, hours in enumerate((0, 5, 2)):
            at = NOW + timedelta(hours=hours)
            load(session, ("meta", "1"), WEEK, at=at, file_name=f"{number}.csv")
        load(session, ("meta", "2"), WEEK, at=NOW, file_name="bad.csv", state="quarantined")
        found = days_read(session, OWN, since=DAY)
        assert found == (DaysRead("meta", "1", WEEK, NOW + timedelta(hours=5)),)
        assert days_read(session, OWN, since=DAY + timedelta(days=1)) == ()


def test_a_refresh_that_a_later_one_made_good_is_no_longer_unfinished(ledger):
    whose = {"environment": "live", "network": "meta", "account_id": "1", "actor": "system"}
    with ledger.write() as session:
        failed = begin_refresh(session, grain="ad||day|", period=WEEK, at=NOW, **whose)
        record_refresh_finished(session, failed.refresh_id, error="Meta did not answer.")
        other = begin_refresh(session, grain="campaign||day|", period=WEEK, at=NOW, **whose)
        assert len(unfinished_refreshes(session, "live")) == 2
        assert unfinished_refreshes(session, "staging") == []
        later = begin_refresh(session, grain="ad||day|", period=WEEK, at=NOW + timedelta(days=1), **whose)
        record_refresh_finished(session, later.refresh_id)
        assert [found.refresh_id for found in unfinished_refreshes(session, "live")] == [other.refresh_id]
