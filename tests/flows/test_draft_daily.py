"""Daily budgets as a draft: one row however often the same are asked for, with what was expected of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from typer.testing import CliRunner

from workbench.budget.daily_result import DailyProposal, DailyRow
from workbench.budget.estimate import Estimate
from workbench.core.errors import DataError, NotAllowed
from workbench.core.identity import Actor, Role
from workbench.flows.budget_daily import DailyAdvice, DailyBasis
from workbench.flows.draft_daily import DAILY_KIND, draft_daily
from workbench.ledger import drafted_actions, open_ledger, verify_audit

ADA = Actor("ada", Role.ANALYST)
DAY = date(2026, 3, 2)


def advice(**changed) -> DailyAdvice:
    """Two campaigns of which one moves up and one down, and a third that stays."""
    some = Estimate(4.0, (3.0, 5.0))
    moves = (("Spring", 10_000, 12_000), ("Autumn", 9_000, 7_000), ("Brand", 500, 500))
    rows = tuple(DailyRow(name, now, new, some, some, 0.1, ()) for name, now, new in moves)
    proposal = DailyProposal(
        day=DAY,
        action="change",
        reason="More goes where the next money brings more.",
        rows=rows,
        total_minor=19_500,
        currency="EUR",
        expected=Estimate(12.0, (9.0, 15.0)),
        gain=Estimate(1.5, (0.2, 3.0)),
        counts_value=False,
        prob_better=0.97,
        n_days=40.0,
        n_results=400.0,
        dispersion=1.2,
        day_dispersion=1.5,
        drift=0.1,
        level=0.9,
    )
    basis = DailyBasis("meta", "1", "campaign", "results", "lead", date(2026, 3, 1), True, frozenset({"c1"}))
    ids = {"Spring": "c0", "Autumn": "c1", "Brand": "c2"}
    return DailyAdvice(replace(proposal, **changed), ids, (), False, basis)


def rows(settings):
    with open_ledger(settings) as ledger, ledger.read() as session:
        return list(drafted_actions(session, settings.environment))


def test_the_same_budgets_twice_are_one_draft_and_other_ones_another(settings):
    first = draft_daily(settings, advice(), actor=ADA)
    again = draft_daily(settings, advice(gain=Estimate(9.0, (8.0, 10.0))), actor=Actor("bob", Role.ADMIN))
    assert (first.number, first.is_new, first.created_by) == (1, True, "ada")
    assert (again.number, again.is_new, again.created_by) == (1, False, "ada")
    assert first.summary() == (
        "Draft 1 is written: sandbox, €20.00 a day at risk, by ada. Nothing was changed outside."
    )
    assert again.summary().startswith("These budgets of 2026-03-02 are draft 1 already: sandbox")
    assert json.loads(rows(settings)[0].diff)[-1]["gain"]["mean"] == 1.5  # what was expected at first stays
    assert draft_daily(settings, advice(day=date(2026, 3, 3)), actor=ADA).number == 2
    with open_ledger(settings) as ledger, ledger.read() as session:
        check = verify_audit(session)
        assert (check.is_whole, check.n_rows) == (True, 2)


def test_the_row_holds_whose_budgets_are_set_to_what_and_what_that_changes(settings):
    done = draft_daily(settings, advice(), actor=ADA)
    (row,) = rows(settings)
    payload, diff = json.loads(row.payload), json.loads(row.diff)
    assert (row.kind, row.environment, row.state, row.currency) == (DAILY_KIND, "sandbox", "draft", "EUR")
    assert row.money_at_risk_minor == 2_000 == done.money_at_risk_minor
    assert (payload["day"], payload["account_id"], payload["level"]) == ("2026-03-02", "1", "campaign")
    assert [(one["id"], one["daily_minor"], one["held_by"]) for one in payload["budgets"]] == [
        ("c0", 12_000, "campaign"),
        ("c1", 7_000, "adset"),
        ("c2", 500, "campaign"),
    ]
    assert sum(one["daily_minor"] for one in payload["budgets"]) == payload["total_minor"]
    assert [(one["item"], one["from_minor"], one["to_minor"]) for one in diff[:-1]] == [
        ("Spring", 10_000, 12_000),
        ("Autumn", 9_000, 7_000),
    ]
    assert diff[-1]["expected"] == {"mean": 12.0, "interval": [9.0, 15.0]}
    assert (diff[-1]["prob_better"], diff[-1]["figures_to"]) == (0.97, "2026-03-01")


def test_where_no_budget_changes_there_is_nothing_to_draft(settings):
    kept = advice()
    same = tuple(replace(row, proposed_minor=row.now_minor) for row in kept.proposal.rows)
    assert draft_daily(settings, advice(rows=same, action="keep"), actor=ADA) is None
    assert not (settings.home / "ledger.db").exists()


def test_a_day_that_is_over_by_the_figures_is_not_drafted(settings):
    with pytest.raises(DataError, match="is over: the figures reach to 2026-03-01") as caught:
        draft_daily(settings, advice(day=date(2026, 3, 1)), actor=ADA)
    assert caught.value.field == "day"
    assert not (settings.home / "ledger.db").exists()


def test_budgets_that_are_not_loaded_are_held_by_nobody_knows_whom(settings):
    found = advice()
    draft_daily(settings, replace(found, basis=replace(found.basis, are_set=False)), actor=ADA)
    held = {one["held_by"] for one in json.loads(rows(settings)[0].payload)["budgets"]}
    assert held == {"unknown"}


def test_whoever_may_only_look_may_not_draft(settings):
    with pytest.raises(NotAllowed, match="may not draft a budget"):
        draft_daily(settings, advice(), actor=Actor("eve", Role.VIEWER))
    assert rows(settings) == []


@pytest.mark.parametrize("changes", [True, False])
def test_the_command_drafts_only_when_told_and_says_what_stands(settings, monkeypatch, changes):
    from workbench.cli.main import app

    found = advice()
    if not changes:
        found = advice(rows=found.proposal.rows[2:], action="keep")
    monkeypatch.setattr("workbench.flows.budget_daily.propose_from_lake", lambda *_: found)
    words = ["--home", str(settings.home), "budget", "daily"]
    document = json.loads(CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    assert "draft" not in document
    assert not (settings.home / "ledger.db").exists()
    said = CliRunner().invoke(app, [*words, "--draft"], catch_exceptions=False)
    assert said.exit_code == 0
    text = " ".join(said.stdout.split())
    assert ("Draft 1 is written: sandbox, €20.00 a day at risk" in text) is changes
    assert ("Nothing to draft: no budget changes." in text) is not changes
    words += ["--draft", "--json"]
    document = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    drafted = {key: document["draft"][key] for key in ("number", "is_new")} if changes else document["draft"]
    assert drafted == ({"number": 1, "is_new": False} if changes else None)
