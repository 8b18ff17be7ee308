"""The record of daily budgets: what was expected of the days of a draft, and what was reported of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from lakes import days, insight, morning, write

from workbench.budget.daily_result import DailyProposal, DailyRow
from workbench.budget.estimate import Estimate
from workbench.core.identity import Actor, Role
from workbench.flows.budget_daily import DailyAdvice, DailyBasis
from workbench.flows.company import own_lake
from workbench.flows.daily_record import all_days, daily_record
from workbench.flows.draft_daily import draft_daily

ADA = Actor("ada", Role.ANALYST)
FIRST = date(2026, 1, 1)
CHANGED = date(2026, 1, 20)  # from here on Spring spends €120 and Autumn €80


@pytest.fixture(scope="module")
def rows():
    out = []
    for day in days(FIRST, 60):
        is_new = day >= CHANGED
        for key, name, spend in (("c0", "Spring", 120 if is_new else 100), ("c1", "Autumn", 80)):
            figures = {"spend_micros": spend * 1_000_000, "results": spend / 10}
            out.append(insight(day, campaign_id=key, campaign_name=name, **figures))
    return out


@pytest.fixture
def shown(settings, rows):
    last = FIRST + timedelta(days=59)
    write(own_lake(settings), "ad_insights", rows, load_id="figures", believed_at=morning(last))
    return settings


def drafted(settings, day: date, spring=12_000, *, a_day=20.0, simulated=False, **changed):
    """Draft Spring from €100 to something, where about ``a_day`` results are expected of both."""
    moves = (("Spring", 10_000, spring), ("Autumn", 8_000, 8_000))
    rows = tuple(DailyRow(name, now, new, None, None, None, ()) for name, now, new in moves)
    proposal = DailyProposal(
        day=day,
        action="change",
        reason="",
        rows=rows,
        total_minor=spring + 8_000,
        currency="EUR",
        expected=Estimate(a_day, (a_day - 2, a_day + 2)),
        gain=Estimate(1.5, (0.2, 3.0)),
        counts_value=False,
        prob_better=0.97,
        n_days=40.0,
        n_results=400.0,
        dispersion=1.2,
        day_dispersion=1.5,
        drift=0.05,
        level=0.9,
    )
    basis = DailyBasis("meta", "1", "campaign", "results", "lead", day - timedelta(days=1), True, frozenset())
    ids = {"Spring": "c0", "Autumn": "c1"}
    advice = DailyAdvice(replace(proposal, **changed), ids, (), simulated, basis)
    return draft_daily(settings, advice, actor=ADA)


def test_without_drafts_there_is_no_record_and_no_ledger_is_made(settings):
    assert daily_record(settings, is_simulated=False) == ()
    assert not (settings.home / "ledger.db").exists()


def test_days_last_until_the_next_draft_and_a_week_at_most_and_what_came_is_what_was_reported(shown):
    drafted(shown, CHANGED)
    drafted(shown, CHANGED + timedelta(days=3), a_day=40.0)
    later, first = daily_record(shown, is_simulated=False)
    assert (first.number, first.day, first.n_days, first.moved) == (1, CHANGED, 3, 20.0)
    assert (first.came, first.expected.mean) == (60.0, 60.0)
    assert first.is_inside is True
    assert (later.n_days, later.came, later.is_inside) == (7, 140.0, False)
    assert later.expected.mean == 280.0
    expected, came = all_days((later, first))
    assert (expected.mean, came) == (340.0, 200.0)
    assert all_days(()) is None


def test_what_was_not_done_or_is_not_over_is_not_compared(shown):
    drafted(shown, CHANGED - timedelta(days=9))  # nearer to the €100 before
    drafted(shown, CHANGED - timedelta(days=2))
    drafted(shown, date(2026, 2, 13))  # its week ends after the last day whose results are settled
    drafted(shown, CHANGED, simulated=True)
    found = daily_record(shown, is_simulated=False)
    assert [(one.number, one.why_not, one.came, one.is_inside) for one in found] == [
        (3, "too early", None, None),
        (2, "", pytest.approx(2 * 18 + 5 * 20), True),
        (1, "not followed", None, None),
    ]
    assert [one.number for one in daily_record(shown, is_simulated=True)] == [4]


def test_before_the_first_day_has_figures_none_are_read(shown, monkeypatch):
    drafted(shown, FIRST + timedelta(days=60))
    monkeypatch.setattr("workbench.flows.budget_rows.read_lake", lambda *_: pytest.fail("figures are read"))
    (one,) = daily_record(shown, is_simulated=False)
    assert (one.why_not, one.came) == ("too early", None)


def test_of_two_drafts_for_one_day_the_later_one_counts(shown):
    drafted(shown, CHANGED)
    drafted(shown, CHANGED, 11_500)
    (one,) = daily_record(shown, is_simulated=False)
    assert (one.number, one.n_days) == (2, 7)


def test_drafts_whose_figures_are_gone_or_that_expected_nothing_are_shown_without_what_came(settings, rows):
    drafted(settings, CHANGED)
    (one,) = daily_record(settings, is_simulated=False)
    assert (one.why_not, one.came, one.gain.mean) == ("no figures", None, 1.5)
    drafted(settings, CHANGED + timedelta(days=1), expected=None, gain=None)
    last = FIRST + timedelta(days=59)
    write(own_lake(settings), "ad_insights", rows, load_id="figures", believed_at=morning(last))
    later, first = daily_record(settings, is_simulated=False)
    assert (later.expected, later.gain, later.came, later.is_inside) == (None, None, 140.0, None)
    assert (first.n_days, first.came) == (1, 20.0)
