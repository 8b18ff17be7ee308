"""What plans start from: budgets set now where they are known and delivered, else what was spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from lakes import GRAIN, days, insight, morning, write

from workbench.budget.model_run import StoredMix
from workbench.core.errors import DataError
from workbench.flows.budget_start import spend_start, start_of
from workbench.flows.company import own_lake

FIRST, N_DAYS = date(2026, 1, 1), 60
LAST = FIRST + timedelta(days=N_DAYS - 1)
FITTED = LAST - timedelta(days=7)
NAMES = ("Spring", "Autumn")


def stored(names=NAMES, *, level="campaign", step_days=7, grain=GRAIN, **origin):
    """Return what a plan's start needs to know of a run: weeks of €650 for each item."""
    accounts = [{"network": "meta", "account_id": "1", "grain": grain}]
    known = {
        "level": level,
        "accounts": accounts,
        "result_type": "lead",
        "first_day": FIRST.isoformat(),
        "last_day": FITTED.isoformat(),
        "is_simulated": False,
    }
    period = "week" if step_days == 7 else "day"
    return StoredMix(
        "mix-1",
        {
            "channels": list(names),
            "origin": known | origin,
            "recent_spend": [[650.0] * len(names)] * 8,
            "step_days": step_days,
            "result": {"period": period, "dates": {"last": FITTED.isoformat()}},
        },
        {},
    )


def rows(*, spent=100.0, names=NAMES, **figures):
    return [
        insight(
            day,
            **{"campaign_id": f"c{c}", "campaign_name": name, "spend_micros": int(spent * 1e6), **figures},
        )
        for day in days(FIRST, N_DAYS)
        for c, name in enumerate(names)
    ]


def campaign(own, daily=None, *, day=LAST, **more):
    base = {"entity_type": "campaign", "entity_id": own, "status": "ACTIVE", "currency": "EUR"}
    return {"date_start": day, **base, "parent_id": "1", "daily_budget_minor": daily, **more}


def filled(settings, insights, *looked_at: list[dict]):
    lake = own_lake(settings)
    write(lake, "ad_insights", insights, load_id="figures", believed_at=morning(LAST))
    for k, things in enumerate(looked_at):
        write(lake, "ad_entities", things, load_id=f"things{k}", believed_at=morning(LAST))
    return settings


def test_budgets_that_are_set_count_as_often_as_a_period_has_days(settings):
    filled(settings, rows(), [campaign("c0", 10_000), campaign("c1", 10_500)])
    found = start_of(settings, stored(), currency="EUR")
    assert found.minor == (70_000, 73_500)
    assert found.notes == (
        f"Current spend is what the daily budgets set now allow, times 7 a week, as of {LAST}.",
    )
    assert found.to_dict() == {"from": "budgets", "as_of": LAST.isoformat()}
    assert start_of(settings, stored(step_days=1), currency="EUR").minor == (10_000, 10_500)


def test_spend_may_be_asked_for_instead_and_nothing_else(settings):
    filled(settings, rows(), [campaign("c0", 10_000), campaign("c1", 20_000)])
    run = stored()
    found = start_of(settings, run, kind="spend", currency="EUR")
    assert found == spend_start(run, "EUR")
    assert found.minor == (65_000, 65_000)
    assert found.to_dict() == {"from": "spend", "as_of": None}
    assert f"the mean of the last 4 weeks of the fit's data, up to {FITTED}" in found.notes[0]
    with pytest.raises(DataError, match="budgets or spend") as refusal:
        start_of(settings, run, kind="wishes", currency="EUR")
    assert refusal.value.facts["field"] == "start"


def test_a_budget_that_is_not_spent_for_a_week_counts_by_what_is_spent(settings):
    long_ago = [campaign("c0", 20_000, day=LAST - timedelta(days=9)), campaign("c1", 10_000)]
    now = [campaign("c0", 20_000), campaign("c1", 10_000)]
    found = start_of(filled(settings, rows(), long_ago, now), stored(), currency="EUR")
    assert found.minor == (70_000, 70_000)
    assert found.notes[1].endswith("start from what they spent: Spring (€100.00 of €200.00 a day).")


def test_a_budget_that_was_just_raised_counts_and_a_paused_campaign_starts_from_nothing(settings):
    before = [campaign("c0", 10_000, day=LAST - timedelta(days=9))]
    now = [campaign("c0", 20_000), campaign("c1", 10_000, status="PAUSED")]
    found = start_of(filled(settings, rows(), before, now), stored(), currency="EUR")
    assert found.minor == (140_000, 0)
    assert found.of_budgets == (True, True)
    assert "newer, or may be, and counts: Spring (€100.00 of €200.00 a day)." in found.notes[1]
    assert found.notes[2] == "They stand still, and start from nothing: Autumn."


def test_an_item_without_a_daily_budget_keeps_what_was_spent_and_is_named(settings):
    given = [campaign("c0", 10_000), campaign("c1", lifetime_budget_minor=900_000)]
    found = start_of(filled(settings, rows(), given), stored(), currency="EUR")
    assert (found.minor, found.of_budgets) == ((70_000, 65_000), (True, False))
    assert found.to_dict()["from"] == "both"
    assert found.notes[1].startswith("No daily budget of theirs is known, and the mean of the last 4 weeks")
    assert found.notes[1].endswith("counts: Autumn.")
    unset = [campaign("c0"), campaign("c1")]
    write(
        own_lake(settings),
        "ad_entities",
        unset,
        load_id="later",
        believed_at=morning(LAST + timedelta(days=1)),
    )
    none = start_of(settings, stored(), currency="EUR")
    assert none.minor == (65_000, 65_000)
    assert f"No item has a daily budget that is known, as of {LAST}." in none.notes


def test_a_network_has_the_budgets_of_its_campaigns_that_count_the_outcome(settings):
    other = rows(names=("Reach",), campaign_id="c9", result_type="reach")
    given = [campaign("c0", 10_000), campaign("c1", 10_000), campaign("c9", 50_000)]
    filled(settings, [*rows(), *other], given)
    run = stored(("meta",), level="channel")
    assert start_of(settings, run, currency="EUR").minor == (140_000,)
    given[1] |= {"daily_budget_minor": None, "lifetime_budget_minor": 900_000}
    write(
        own_lake(settings),
        "ad_entities",
        given,
        load_id="later",
        believed_at=morning(LAST + timedelta(days=1)),
    )
    assert start_of(settings, run, currency="EUR").of_budgets == (False,)


def test_ad_sets_have_their_own_budgets_and_are_told_apart_by_id(settings):
    grain = GRAIN.replace("campaign", "adset")
    given = rows(grain=grain, adset_name="Broad")
    given = [{**row, "adset_id": f"a{row['campaign_id']}"} for row in given]
    adset = [
        {**campaign(f"ac{c}", budget), "entity_type": "adset", "parent_id": f"c{c}"}
        for c, budget in enumerate((10_000, 12_000))
    ]
    names = ("Autumn / Broad", "Spring / Broad")
    run = stored(names, level="adset", grain=grain)
    assert start_of(filled(settings, given, adset), run, currency="EUR").minor == (84_000, 70_000)


def test_what_is_not_known_is_said_and_spend_counts(settings):
    filled(settings, rows())
    usual = spend_start(stored(), "EUR")
    for run, why in (
        (stored(), "no campaigns of account 1 are loaded"),
        (stored(is_simulated=True), "another company"),
    ):
        found = start_of(settings, run, currency="EUR")
        assert (found.minor, found.notes[0]) == (usual.minor, usual.notes[0])
        assert why in found.notes[1]
    old = [campaign("c0", 10_000, day=FITTED - timedelta(days=1))]
    write(own_lake(settings), "ad_entities", old, load_id="old", believed_at=morning(LAST))
    assert "before the fit's data end" in start_of(settings, stored(), currency="EUR").notes[1]
    of_file = replace(stored(), about={**stored().about, "origin": {}})
    assert start_of(settings, of_file, currency="EUR") == usual


def test_what_was_set_later_than_a_report_knows_does_not_count(settings):
    before = [campaign("c0", 10_000, day=LAST - timedelta(days=2)), campaign("c1", 10_000, day=LAST)]
    filled(settings, rows(), [before[0]], [campaign("c0", 30_000), before[1]])
    found = start_of(settings, stored(("Spring",)), currency="EUR", until=LAST - timedelta(days=1))
    assert found.minor == (70_000,)
    assert found.as_of == str(LAST - timedelta(days=2))


def test_cents_are_those_of_the_currency():
    run = stored()
    odd = replace(run, about={**run.about, "recent_spend": np.full((8, 2), 10.125).tolist()})
    assert spend_start(odd, "EUR").minor == (1012, 1012)
    assert spend_start(odd, "JPY").minor == (10, 10)
