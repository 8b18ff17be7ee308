"""The sentence of a priced experiment: its length, its money, and that none pays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.budget.estimate import Estimate
from workbench.budget.experiment_designs import Design
from workbench.budget.experiment_result import ExperimentRow, PricedExperiments, Pricing
from workbench.budget.experiment_value import ExperimentValue
from workbench.core.number_text import Unit

PAYS = ExperimentValue(
    Design(0, "pause", 50_000, 0, n_warm_up=1, n_read=4),
    standard_error=12.0,
    gain=Estimate(102.5, (20.0, 197.5)),
    cost=Estimate(30.0, (10.0, 60.0)),
    net=Estimate(72.5, (-10.0, 170.0)),
    gain_mean_interval=(90.0, 110.0),
    net_mean_interval=(60.0, 80.0),
    prob_plan_changes=0.4,
    is_coarse=False,
    rank=70.0,
)
EUROS = Pricing(("search",), 40.0, "EUR", True, Unit("money", "EUR"), 100, "week", 52)


def all_of(*rows: ExperimentRow) -> PricedExperiments:
    return PricedExperiments(tuple(rows), "EUR", "EUR", "week", 52, 0.9, "mix-1", "leads", ())


def test_it_names_act_length_cost_and_worth():
    row = EUROS.row(PAYS)
    assert row.words == (
        "Pause search for 5 weeks: costs €1,200, worth €4,100 [800, 7,900] over the next 12 months."
    )
    assert (row.spend_before, row.spend_during, row.n_periods, row.n_read) == (500.0, 0.0, 5, 4)
    assert row.net.mean == pytest.approx(2_900)
    assert all_of(row).summary() == row.words
    assert all_of(row).best is row


def test_results_and_other_horizons_are_named():
    leads = replace(EUROS, factor=1.0, unit="leads", is_money=False, horizon_periods=20)
    assert leads.row(PAYS).words == (
        "Pause search for 5 weeks: costs 30\xa0leads, worth 102\xa0leads [20, 198] over the next 20 weeks."
    )


def test_raising_and_starting_name_the_spend():
    up = replace(PAYS, design=replace(PAYS.design, name="raise", during_minor=80_000, n_read=1, n_warm_up=0))
    assert EUROS.row(up).words.startswith("Raise search to €800.00 a week for 1 week: ")
    begin = replace(PAYS, design=replace(PAYS.design, name="start", before_minor=0, during_minor=80_000))
    assert EUROS.row(begin).words.startswith("Spend €800.00 a week on search for 5 weeks: ")


def test_that_none_pays_is_said_with_the_nearest():
    less = replace(PAYS, net=Estimate(-5.0, (-90.0, 80.0)), net_mean_interval=(-9.0, -1.0))
    assert not less.pays
    assert all_of(EUROS.row(less)).summary().startswith("No experiment pays. The nearest: pause search")
    open_ = replace(PAYS, net_mean_interval=(-1.0, 80.0))
    assert all_of(EUROS.row(open_)).summary().startswith("No experiment surely pays.")


def test_only_the_first_may_be_recommended():
    less = replace(PAYS, net_mean_interval=(-1.0, 80.0))
    found = all_of(EUROS.row(less), EUROS.row(PAYS))
    assert found.best is None
    assert found.to_dict()["best"] is None
    assert found.summary().startswith("No experiment surely pays. The nearest: pause search")


def test_a_win_by_breaking_a_limit_is_no_lesson():
    won = replace(PAYS, gain=Estimate(0.0, (0.0, 0.0)), cost=Estimate(-72.5, (-90.0, -9.0)))
    won = replace(won, gain_mean_interval=(0.0, 0.0))
    assert not won.pays
    assert "costs nothing, worth €0" in EUROS.row(won).words
