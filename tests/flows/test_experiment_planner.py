"""The planner and the looks: texts to figures, refusals at the input, and what they begin with."""

from __future__ import annotations

import pytest

from workbench.experiments.plan import Goals, plan
from workbench.experiments.traffic import Traffic
from workbench.flows.experiment_edits import changed
from workbench.flows.experiment_entry import example
from workbench.flows.experiment_numbers import EntryRefused
from workbench.flows.experiment_planner import USUAL, looks_simulated, planned, usual_from
from workbench.flows.experiment_view import view_of


def test_a_plan_is_the_one_of_the_pure_room():
    found = planned({**USUAL, "daily": "900", "cost": "0.5", "spread": "4"}, currency="EUR")
    exact = plan(
        0.04,
        0.1,
        prior_sd=0.04,
        goals=Goals(assurance=0.8),
        traffic=Traffic(900.0),
        cost_per_unit=0.5,
        currency="EUR",
    )
    assert found.plan == exact
    assert found.in_days
    assert list(found.x) == sorted(found.x)
    assert list(found.assurance) == sorted(found.assurance)
    assert found.x[-1] == pytest.approx(2 * exact.chosen.n_per_arm * 2 / 900)


def test_reading_at_will_takes_longer():
    once, any_time = (planned({**USUAL, "reading": how}).plan.chosen.n_per_arm for how in ("once", "any"))
    assert any_time > 1.2 * once


@pytest.mark.parametrize(
    ("patch", "key"),
    [
        ({"lift": "0"}, "lift"),
        ({"lift": "-100"}, "lift"),
        ({"baseline": "140"}, "baseline"),
        ({"baseline": ""}, "baseline"),
        ({"assurance": "100"}, "assurance"),
        ({"daily": "-1"}, "daily"),
        ({"cost": "-1"}, "cost"),
        ({"spread": "x"}, "spread"),
        ({"kind": "means"}, "deviation"),
    ],
)
def test_a_plan_refuses_at_the_input(patch, key):
    with pytest.raises(EntryRefused) as refused:
        planned({**USUAL, **patch})
    assert list(refused.value.errors) == [key]


@pytest.mark.parametrize(
    ("patch", "key"),
    [({"looks": "1.5"}, "looks"), ({"looks": "0"}, "looks"), ({"per_look": "0"}, "per_look")],
)
def test_looks_are_refused_at_the_input(patch, key):
    with pytest.raises(EntryRefused) as refused:
        looks_simulated({**USUAL, **patch})
    assert list(refused.value.errors) == [key]


def test_more_looks_name_more_winners_where_there_are_none():
    few, many = (looks_simulated({**USUAL, "looks": looks}) for looks in ("2", "30"))
    name = "fixed horizon, read at every look"
    rates = [{rule.rule: rule.false_positive_rate for rule in found.rules} for found in (few, many)]
    assert rates[0][name] < rates[1][name]
    assert rates[1]["asymptotic sequence"] < 0.05
    assert few.lift == pytest.approx(0.1)


def test_it_begins_with_the_control_that_is_shown():
    assert usual_from(None) == USUAL
    rates = usual_from(view_of(example()))
    assert (rates["kind"], rates["baseline"], rates["daily"], rates["per_look"]) == (
        "rates",
        "4",
        "900",
        "450",
    )
    revenue = changed(changed(example(), {"kind": "revenue"}), {
        "n.0": "4000", "n.1": "4100", "n_paying.0": "400", "n_paying.1": "460",
        "mean.0": "50", "mean.1": "52", "deviation.0": "30", "deviation.1": "31",
    })  # fmt: skip
    texts = usual_from(view_of(revenue))
    assert (texts["kind"], texts["baseline"]) == ("means", "5")
    assert float(texts["deviation"]) == pytest.approx((0.1 * (30**2 + 50**2) - 25) ** 0.5, rel=0.01)
    assert planned(texts).plan.kind == "means"
