"""Daily budgets from the lake: whose budgets, which days, which results, and what is said of them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest
from lakes import GRAIN, days, insight, morning, write
from typer.testing import CliRunner

from workbench.budget.daily import DailyOptions
from workbench.cli.main import app
from workbench.core.errors import DataError
from workbench.flows.budget_daily import DailyQuestion, propose_from_lake
from workbench.flows.company import own_lake, sandbox_lake

FIRST, N_DAYS = date(2026, 1, 1), 60
LAST = FIRST + timedelta(days=N_DAYS - 1)
QUICK = DailyOptions(n_draws=200)
ADSET = GRAIN.replace("campaign", "adset")


def rows(*, late: int = 0, **figures):
    """Two campaigns at €100 a day, Spring four times as good; the last ``late`` days have no results yet."""
    rng = np.random.default_rng(7)
    out = []
    for k, day in enumerate(days(FIRST, N_DAYS)):
        for c, (name, rate) in enumerate((("Spring", 20), ("Autumn", 5))):
            brought = float(rng.poisson(rate)) if k < N_DAYS - late else 0.0
            given = {"campaign_id": f"c{c}", "campaign_name": name, "results": brought}
            out.append(insight(day, **{**given, **figures}))
    return out


def entity(kind: str, thing: str, *, parent: str = "1", **more):
    base = {
        "entity_type": kind,
        "entity_id": thing,
        "parent_id": parent,
        "status": "ACTIVE",
        "currency": "EUR",
    }
    return {"date_start": LAST, **base, **more}


def filled(settings, insights, entities=(), *, lake=own_lake):
    store = lake(settings)
    write(store, "ad_insights", insights, load_id="figures", believed_at=morning(LAST))
    if entities:
        write(store, "ad_entities", entities, load_id="things", believed_at=morning(LAST))
    return settings


def asked(settings, **question):
    return propose_from_lake(settings, DailyQuestion(**{"options": QUICK, **question}))


def test_budgets_that_are_set_are_moved_by_a_step_from_the_next_day(settings):
    things = [entity("campaign", f"c{c}", daily_budget_minor=10_000) for c in (0, 1)]
    found = asked(filled(settings, rows(), things))
    assert found.proposal.budgets_minor == {"Spring": 12_000, "Autumn": 8_000}
    assert found.proposal.day == LAST + timedelta(days=1)
    assert found.ids == {"Spring": "c0", "Autumn": "c1"}
    assert (found.basis.held_by("c0"), found.basis.last_day) == ("campaign", LAST)
    assert not found.is_simulated
    assert "the last 7 days are left out" in found.notes[-1]
    other = asked(settings, total="205", least="90")
    assert other.proposal.budgets_minor == {"Spring": 11_500, "Autumn": 9_000}


def test_a_campaign_without_a_budget_has_the_sum_of_its_ad_sets_and_what_has_none_is_named(settings):
    things = [
        entity("campaign", "c0"),
        entity("campaign", "c1", lifetime_budget_minor=90_000),
        entity("adset", "s1", parent="c0", daily_budget_minor=4_000),
        entity("adset", "s2", parent="c0", daily_budget_minor=5_000),
        entity("adset", "s3", parent="c0", daily_budget_minor=7_000, status="PAUSED"),
    ]
    found = asked(filled(settings, rows(), things))
    assert [(row.name, row.now_minor) for row in found.proposal.rows] == [("Spring", 9_000)]
    assert "Left out" in found.notes[0]
    assert "Autumn" in found.notes[0]
    assert found.basis.held_by("c0") == "adset"
    assert found.notes[1] == "Set at their ad sets: Spring."


def test_without_loaded_budgets_the_spend_of_the_last_week_stands_and_late_results_are_no_bad_ones(settings):
    """The last week, which the click window says is not complete, has no results at all."""
    found = asked(filled(settings, rows(late=7)))
    assert [row.now_minor for row in found.proposal.rows] == [10_000, 10_000]
    assert "mean spend of the last 7 days" in found.notes[0]
    assert found.basis.held_by("c0") == "unknown"
    assert found.proposal.rows[0].results.mean == pytest.approx(22.4, rel=0.03)  # of the days that count


def test_ad_sets_of_one_name_are_told_apart_and_a_simulated_company_is_labelled(settings):
    given = [
        {**row, "adset_id": f"a{row['campaign_id']}", "adset_name": "Broad"}
        for row in rows(grain=ADSET, source="sandbox")
    ]
    found = asked(filled(settings, given, lake=sandbox_lake), level="adset")
    assert set(found.proposal.budgets_minor) == {"Broad (ac0)", "Broad (ac1)"}
    assert found.is_simulated
    assert found.summary().startswith("Simulated company")


def test_what_counts_another_kind_is_left_out_and_what_counted_nothing_is_not(settings):
    other = [
        insight(day, campaign_id="c2", campaign_name="Clicks", result_type="link_click")
        for day in days(FIRST, 60)
    ]
    none = [
        insight(day, campaign_id="c3", campaign_name="Quiet", results=None, result_type=None)
        for day in days(FIRST, 60)
    ]
    found = asked(filled(settings, rows() + other + none), result_type="lead")
    assert list(found.proposal.budgets_minor) == ["Spring", "Autumn", "Quiet"]
    quiet = found.proposal.rows[2]
    assert "no result yet" in quiet.flags
    assert quiet.proposed_minor == 8_000


def test_days_count_by_the_share_of_their_results_that_has_come_where_delays_are_known(settings):
    """Six in ten leads come on the day, nine by the next: the last two days are not taken for bad ones."""
    share, arrived = (0.6, 0.3, 0.1), (0.6, 0.9)
    figures, delays = [], []
    for row in rows():
        age = (LAST - row["date_start"]).days
        figures.append({**row, "results": row["results"] * (arrived[age] if age < 2 else 1.0)})
        for later, part in enumerate(share[: age + 1]):
            on = row["date_start"] + timedelta(days=later)
            one = {"date_start": row["date_start"], "converted_on": on, "campaign_id": row["campaign_id"]}
            delays.append(one | {"conversion_type": "lead", "currency": "EUR", "conversions": 10 * part})
    filled(settings, figures)
    write(own_lake(settings), "conversions", delays, load_id="delays", believed_at=morning(LAST))
    found = asked(settings)
    assert found.notes[-1].endswith(
        "days count by the share of their results that has come, 60\u202f% for the last."
    )
    assert found.proposal.rows[0].results.mean == pytest.approx(22.2, rel=0.03)


def test_value_is_learned_from_revenue_or_given_and_it_is_said_which(settings):
    """Spring brings four times the results, Autumn's are worth ten times as much."""
    worth = {"c0": 10, "c1": 100}
    given = [{**row, "value_micros": int(row["results"] * worth[row["campaign_id"]] * 1e6)} for row in rows()]
    filled(settings, given)
    by_results, by_value = asked(settings), asked(settings, objective="value")
    assert by_results.proposal.budgets_minor == {"Spring": 12_000, "Autumn": 8_000}
    assert by_value.proposal.budgets_minor == {"Spring": 8_000, "Autumn": 12_000}
    assert by_value.proposal.rows[1].worth.mean == pytest.approx(100, rel=0.1)
    assert any("learned from the revenue of" in note for note in by_value.notes)
    same = asked(settings, value_per_result=25.0)
    assert same.proposal.budgets_minor == by_results.proposal.budgets_minor
    assert any("the same for all, so that the budgets are those of results" in note for note in same.notes)
    each = asked(settings, value_per_result={"Spring": 1.0, "Autumn": 20.0})
    assert each.proposal.budgets_minor == by_value.proposal.budgets_minor


def test_without_revenue_value_is_refused_with_what_helps(settings):
    filled(settings, rows())
    with pytest.raises(DataError, match="--value-per-result") as caught:
        asked(settings, objective="value")
    assert caught.value.field == "objective"
    words = ["--home", str(settings.home), "budget", "daily", "--json"]
    both = ["--value-per-result", "Spring=1", "--value-per-result", "Autumn=20.5"]
    document = json.loads(CliRunner().invoke(app, [*words, *both], catch_exceptions=False).stdout)
    assert document["objective"] == "value"
    assert [row["worth"]["mean"] for row in document["allocation"]] == pytest.approx([1, 20.5])
    for bad in (["--value-per-result", "much"], [*both, "--value-per-result", "3"], [*both, *both[:2]]):
        refused = CliRunner().invoke(app, [*words, *bad], catch_exceptions=False)
        assert refused.exit_code == 1
        assert "value_per_result" in json.loads(refused.stdout)["error"]["message"]


def test_refusals_name_the_field(settings):
    for field, question in (
        ("level", {"level": "ad"}),
        ("outcome", {"outcome": "value"}),
        ("objective", {"objective": "x"}),
    ):
        with pytest.raises(DataError) as caught:
            DailyQuestion(**question)
        assert caught.value.field == field
    filled(settings, rows(), [entity("campaign", "c0", status="PAUSED", daily_budget_minor=5)])
    with pytest.raises(DataError, match="no campaign that runs") as caught:
        asked(settings)
    assert caught.value.field == "level"


def test_the_command_prints_a_proposal_and_its_document(settings):
    filled(settings, rows())
    words = ["--home", str(settings.home), "budget", "daily", "--from-lake", "--total", "200"]
    said = CliRunner().invoke(app, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    assert "Spring: €100.00 → €120.00" in " ".join(said.stdout.split())
    document = json.loads(CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    assert sum(row["proposed_minor"] for row in document["allocation"]) == document["total_minor"] == 20_000
    assert [row["id"] for row in document["allocation"]] == ["c0", "c1"]
    assert {"prob_better", "reason", "notes", "gain", "simulated", "day"} <= set(document)
    refused = CliRunner().invoke(app, [*words[:-1], "900", "--json"], catch_exceptions=False)
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["message"].startswith("total_minor: €900.00 cannot")
