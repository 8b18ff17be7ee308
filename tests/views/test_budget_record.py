"""The record of daily budgets as the Budget page shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from workbench.budget.daily_expected import ExpectedDays, results_of_days
from workbench.budget.estimate import Estimate
from workbench.flows.daily_record import PastDays
from workbench.views.budget_record import record_html


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(" ", " ")


@pytest.fixture
def one():
    days = ExpectedDays(Estimate(20.0, (18.0, 22.0)), 1.5, 0.05, 3)
    return PastDays(
        number=4,
        state="draft",
        created_by="ada",
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        day=date(2026, 3, 2),
        n_days=3,
        moved_minor=2_050,
        currency="EUR",
        result_type="lead",
        gain=Estimate(1.5, (0.2, 3.0)),
        counts_value=False,
        days=days,
        expected=results_of_days([days]),
        came=55.0,
        why_not="",
        level=0.9,
    )


def test_a_draft_says_what_its_days_were_to_bring_and_what_came(one):
    said = words(record_html([one], None))
    assert (
        "The record of daily budgets 1 draft can be compared: 60 [43, 78] results were expected, 55" in said
    )
    assert "1 ended inside" in said
    assert "4, 2 Mar" in said
    assert "€20.50 +1.5 [+0.2, +3.0] results 60 [43, 78] 3 days 55 inside" in said
    assert "[+0.2, +3.0] EUR of value 60" in words(record_html([replace(one, counts_value=True)], None))
    assert "no experiment" not in said  # that is said of plans, of which there are none


def test_drafts_that_cannot_be_compared_say_why_and_do_not_count(one):
    early = replace(one, number=5, came=None, why_not="too early", n_days=1)
    ignored = replace(one, number=3, came=None, why_not="not followed")
    empty = replace(early, gain=None, days=None, expected=None, why_not="no figures")
    said = words(record_html([early, ignored, empty], None))
    assert "No daily budgets can be compared with what came yet." in said
    assert "too early to say" in said
    assert "not followed" in said
    assert "not kept not kept 1 day no figures of it" in said
    outside = replace(one, came=90.0)
    said = words(record_html([one, outside, early], None))
    assert "2 drafts can be compared: 120 [" in said
    assert "145 came; 1 ended inside" in said


def test_only_the_newest_are_listed_and_all_are_counted(one):
    said = words(record_html([replace(one, number=k) for k in range(20, 0, -1)], None))
    assert "20 drafts can be compared" in said
    assert "15, " in said
    assert "14, " not in said
