"""A budget plan as a draft: one row however often it is asked for, by whom, for which environment."""

from __future__ import annotations

import json

import pytest
from kept_mix import keep_mix

from workbench.core.errors import NotAllowed
from workbench.core.identity import Actor, Role
from workbench.flows.budget_plan import plan_budget
from workbench.flows.draft_action import KIND, draft_budget
from workbench.ledger import drafted_actions, open_ledger, verify_audit

ADA = Actor("ada", Role.ANALYST)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    return runs, keep_mix(runs, n_draws=400)


def planned(kept, total="6000", **asked):
    return plan_budget(*kept, total, **asked)


def rows(settings):
    with open_ledger(settings) as ledger, ledger.read() as session:
        return list(drafted_actions(session, settings.environment))


def test_the_same_plan_twice_is_one_draft(settings, kept):
    first = draft_budget(settings, planned(kept), actor=ADA)
    again = draft_budget(settings, planned(kept), actor=Actor("bob", Role.ADMIN))
    assert (first.number, first.is_new) == (1, True)
    assert (again.number, again.is_new, again.created_by) == (1, False, "ada")
    assert "Draft 1 is written" in first.summary()
    assert "This plan is draft 1 already" in again.summary()
    assert len(rows(settings)) == 1
    assert draft_budget(settings, planned(kept, "6000.01"), actor=ADA).number == 2
    with open_ledger(settings) as ledger, ledger.read() as session:
        check = verify_audit(session)
        assert (check.is_whole, check.n_rows) == (True, 2)


def test_the_row_holds_what_is_to_be_and_what_that_changes(settings, kept):
    found = planned(kept)
    done = draft_budget(settings, found, actor=ADA)
    (row,) = rows(settings)
    payload, diff = json.loads(row.payload), json.loads(row.diff)
    assert (row.kind, row.environment, row.state, row.currency) == (KIND, "sandbox", "draft", "EUR")
    assert sum(one["by_period_minor"][0] for one in payload["budgets"]) == 600_000 == payload["total_minor"]
    assert payload["model_run"] == found.run_id
    changes = [one["to_minor"] - one["from_minor"] for one in diff]
    taken, given = -sum(c for c in changes if c < 0), sum(c for c in changes if c > 0)
    assert row.money_at_risk_minor == max(taken, given) == done.money_at_risk_minor > 0
    assert done.money_at_risk == f"€{done.money_at_risk_minor / 100:,.2f}"


def test_whoever_may_only_look_may_not_draft(settings, kept):
    with pytest.raises(NotAllowed, match="may not draft a budget"):
        draft_budget(settings, planned(kept), actor=Actor("eve", Role.VIEWER))
    assert rows(settings) == []
