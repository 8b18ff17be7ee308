"""The Budget page and the monthly report start from the budgets set now, as the command line does."""

from __future__ import annotations

import pytest
from lakes import morning, write
from months import FIRST, N_DAYS, days, filled, fitted, month_rows

from workbench.core.settings import Settings
from workbench.flows.budget_from_now import plan_from_now
from workbench.flows.budget_month import budget_month
from workbench.flows.company import own_lake
from workbench.views.budget_page import BudgetPage
from workbench.views.budget_words import assumptions

LAST = days(FIRST, N_DAYS)[-1]
BUDGETS = {"spring": 6_000, "autumn": 3_000}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return an installation with a run by campaign, and daily budgets that its days never knew."""
    settings = filled(Settings(home=tmp_path_factory.mktemp("home")), month_rows())
    base = {"date_start": LAST, "entity_type": "campaign", "parent_id": "1", "status": "ACTIVE"}
    things = [
        {**base, "currency": "EUR", "entity_id": name, "daily_budget_minor": minor}
        for name, minor in BUDGETS.items()
    ]
    write(own_lake(settings), "ad_entities", things, load_id="things", believed_at=morning(LAST))
    return settings, fitted(settings)


def test_page_and_report_show_the_command_lines_plan(kept):
    settings, run_id = kept
    wanted = plan_from_now(settings, run_id, "90").to_dict()
    view = BudgetPage(settings.home).view
    assert view.found.to_dict() == wanted
    assert budget_month(settings, asof=LAST).view.found.to_dict() == wanted
    assert {row.name.lower(): row.now for row in view.rows} == {"spring": 60, "autumn": 30}
    assert "today's spend is what the daily budgets set by 19 Jul" in assumptions(view)[0]


def test_budgets_of_later_days_do_not_enter_an_earlier_report(kept):
    settings, _ = kept
    before = budget_month(settings, asof=days(FIRST, N_DAYS)[-3]).view
    assert before.run.start.as_of == ""
    assert "today's spend is the mean of the last" in assumptions(before)[0]
