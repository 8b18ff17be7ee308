"""Edits from the history of changes, else from snapshots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from lakes import insight, morning, write

from workbench.flows.events import Event, edits, knows_edits
from workbench.lake import Lake

DAY = date(2026, 11, 10)
LATE = morning(date(2026, 11, 20))


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def change(number: int, change_type: str, **more):
    at = datetime(2026, 11, 10, 8, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "date_start": DAY,
        "change_id": f"x{number}",
        "changed_at": at,
        "entity_type": "campaign",
        "entity_id": "c1",
        "entity_name": "Spring",
        "change_type": change_type,
        **more,
    }


def snapshot(day: date, **more):
    return {
        "date_start": day,
        "entity_type": "campaign",
        "entity_id": "c1",
        "name": "Spring",
        "status": "ACTIVE",
        "daily_budget_minor": 5000,
        "currency": "EUR",
        **more,
    }


def test_snapshots_tell_edits_where_there_is_no_history_of_changes(lake):
    rows = [
        snapshot(DAY),
        snapshot(DAY + timedelta(days=1), daily_budget_minor=6000),
        snapshot(DAY + timedelta(days=2), daily_budget_minor=6000, status="PAUSED"),
    ]
    write(lake, "ad_entities", rows, load_id="s", believed_at=LATE)
    assert edits(lake, "meta", "1") == (
        Event(date(2026, 11, 11), "daily budget €50 → €60 (Spring)", "c1"),
        Event(date(2026, 11, 12), "paused (Spring)", "c1"),
    )
    assert knows_edits(lake, "meta", "1")
    assert not knows_edits(lake, "meta", "2")


def test_the_history_of_changes_counts_where_there_is_one(lake):
    write(
        lake,
        "ad_entities",
        [snapshot(DAY), snapshot(DAY + timedelta(days=1), daily_budget_minor=9900)],
        load_id="s",
        believed_at=LATE,
    )
    write(lake, "ad_insights", [insight(DAY)], load_id="i", believed_at=LATE)
    rows = [
        change(1, "update_campaign_budget", old_value="5000", new_value="7000"),
        change(2, "update_campaign_budget", old_value="7000", new_value="6000"),
        change(3, "update_campaign_name", old_value="Sprung", new_value="Spring"),
        change(4, "ad_account_update_spend_limit", entity_type="account", entity_id="1", entity_name="Acme"),
    ]
    write(lake, "account_changes", rows, load_id="c", believed_at=LATE)
    assert edits(lake, "meta", "1") == (
        Event(DAY, "daily budget €50 → €60 (Spring)", "c1"),
        Event(DAY, "spending limit changed", ""),
    )


def test_changed_and_changed_back_on_one_day_is_no_edit(lake):
    rows = [
        change(1, "update_campaign_run_status", old_value="Active", new_value="Inactive"),
        change(2, "update_campaign_run_status", old_value="Inactive", new_value="Active"),
    ]
    write(lake, "account_changes", rows, load_id="c", believed_at=LATE)
    assert edits(lake, "meta", "1") == ()
    assert knows_edits(lake, "meta", "1")


def test_an_ad_belongs_to_the_campaign_of_its_snapshot_or_of_its_figures(lake):
    known = [
        snapshot(DAY, entity_type="adset", entity_id="s1", parent_id="c1"),
        snapshot(DAY, entity_type="ad", entity_id="a1", parent_id="s1"),
    ]
    write(lake, "ad_entities", known, load_id="s", believed_at=LATE)
    grain = "ad||day|"
    seen = insight(DAY, grain=grain, campaign_id="c2", adset_id="s2", ad_id="a2")
    write(lake, "ad_insights", [seen], load_id="i", believed_at=LATE)
    rows = [
        change(1, "create_ad", entity_type="ad", entity_id="a1", entity_name="One"),
        change(2, "create_ad", entity_type="ad", entity_id="a2", entity_name="Two"),
        change(3, "create_ad", entity_type="ad", entity_id="a3", entity_name="Three"),
        change(4, "update_ad_set_target_spec", entity_type="adset", entity_id="s1", entity_name="Set"),
    ]
    write(lake, "account_changes", rows, load_id="c", believed_at=LATE)
    assert {e.text: e.campaign_id for e in edits(lake, "meta", "1")} == {
        "new ad (One)": "c1",
        "new ad (Two)": "c2",
        "new ad (Three)": "",
        "audience changed (Set)": "c1",
    }


def test_the_past_knows_no_later_edit(lake):
    early = morning(DAY - timedelta(days=3))
    write(lake, "ad_insights", [insight(DAY - timedelta(days=4))], load_id="i", believed_at=early)
    write(lake, "account_changes", [change(1, "create_ad")], load_id="c", believed_at=LATE)
    assert edits(lake, "meta", "1", as_of=early + timedelta(hours=1)) == ()
    assert len(edits(lake, "meta", "1")) == 1
