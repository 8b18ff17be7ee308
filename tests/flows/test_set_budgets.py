"""Daily budgets as they were last looked at: whose they are, what stands still, and since when they hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lakes import insight, morning, write

from workbench.flows.available import available
from workbench.flows.company import own_lake
from workbench.flows.set_budgets import budget_snapshot, set_budgets

TODAY = date(2026, 3, 1)


def things(day, spring, **adset):
    """Return a campaign with a budget, one with two ad sets', one that is paused and more."""

    def entity(kind, own, parent="1", **more):
        base = {"entity_type": kind, "entity_id": own, "parent_id": parent, "status": "ACTIVE"}
        return {"date_start": day, **base, "currency": "EUR", **more}

    return [
        entity("campaign", "spring", daily_budget_minor=spring),
        entity("campaign", "autumn"),
        entity("adset", "a1", "autumn", daily_budget_minor=1_000),
        entity("adset", "a2", "autumn", daily_budget_minor=2_000, **adset),
        entity("campaign", "rest", daily_budget_minor=5_000, status="PAUSED"),
        entity("campaign", "empty", daily_budget_minor=5_000),
        entity("adset", "a3", "empty", status="ADSET_PAUSED"),
        entity("campaign", "sale", lifetime_budget_minor=90_000),
        entity("adset", "a4", "sale", status=None),
    ]


@pytest.fixture
def looked_at(settings):
    """Budgets that were looked at on five days; Spring's changed in between."""
    lake = own_lake(settings)
    write(lake, "ad_insights", [insight(TODAY)], load_id="figures", believed_at=morning(TODAY))
    for ago, spring in ((40, 7_000), (20, 8_000), (9, 9_000), (3, 8_000), (0, 8_000)):
        day = TODAY - timedelta(days=ago)
        write(lake, "ad_entities", things(day, spring), load_id=f"t{ago}", believed_at=morning(day))
    return lake, available(lake).slices[0]


def test_what_runs_has_its_budget_and_the_rest_is_told_apart(looked_at):
    found = budget_snapshot(*looked_at, "campaign")
    assert found.day == TODAY
    assert found.daily_minor == {"spring": 8_000, "autumn": 3_000, "empty": 5_000}
    assert set_budgets(*looked_at, "campaign") == found.daily_minor
    assert found.stopped == {"rest", "empty"}
    assert found.partly_known == {"sale"}
    by_adset = budget_snapshot(*looked_at, "adset")
    assert by_adset.daily_minor == {"a1": 1_000, "a2": 2_000}
    assert by_adset.stopped == {"a3"}


def test_a_budget_holds_since_it_was_last_seen_to_be_another(looked_at):
    held = budget_snapshot(*looked_at, "campaign").held_since
    assert held["spring"] == TODAY - timedelta(days=3)
    assert held["autumn"] == TODAY - timedelta(days=20)  # no further back than four weeks


def test_what_was_looked_at_later_is_not_known_earlier(looked_at):
    before = budget_snapshot(*looked_at, "campaign", until=TODAY - timedelta(days=1))
    assert before.day == TODAY - timedelta(days=3)
    assert budget_snapshot(*looked_at, "campaign", until=TODAY - timedelta(days=41)) is None
    assert (
        budget_snapshot(*looked_at, "campaign", until=TODAY - timedelta(days=9)).daily_minor["spring"]
        == 9_000
    )


def test_an_active_ad_set_with_a_lifetime_budget_leaves_its_campaigns_budget_unknown(settings):
    lake = own_lake(settings)
    write(lake, "ad_insights", [insight(TODAY)], load_id="figures", believed_at=morning(TODAY))
    given = things(TODAY, 8_000, lifetime_budget_minor=50_000)
    write(lake, "ad_entities", given, load_id="things", believed_at=morning(TODAY))
    shown = available(lake).slices[0]
    assert budget_snapshot(lake, shown, "campaign").partly_known == {"sale", "autumn"}
