"""Where a month lands, with which coverage, and what tomorrow may spend."""

from datetime import date

import numpy as np
import pytest

from workbench.budget.pacing import pace
from workbench.core.errors import DataError

JUNE = date(2026, 6, 1)  # a Monday


def paced(daily, *, plan=300_000, budget=10_000, first_day=JUNE):
    return pace(daily, first_day=first_day, plan_minor=plan, daily_budget_minor=budget)


def test_an_even_month_is_on_plan():
    found = paced([10_000] * 12)
    assert found.landing_minor == 300_000 == found.plan_minor
    assert found.expected_by_now_minor == 120_000
    assert found.is_on_plan
    assert "on plan, leave the daily budget" in found.summary()


def test_a_slow_month_is_told_to_catch_up():
    found = paced([7_000, 7_100, 6_900] * 4)
    assert not found.is_on_plan
    assert found.landing_minor == 84_000 + 18 * 7_000
    assert found.advised_daily_minor == pytest.approx((300_000 - 84_000) / 18 / 0.7, abs=1)
    assert found.begins_learning_anew
    assert "below plan" in found.summary()


def test_a_fast_month_is_told_to_slow_down():
    found = paced([10_000] * 20, plan=250_000)
    assert found.advised_daily_minor == 5_000
    assert "above plan" in found.summary()
    assert paced([10_000] * 20, plan=150_000).advised_daily_minor == 0


def test_a_plan_that_is_spent_asks_for_no_budget_of_zero():
    found = paced([10_000] * 20, plan=150_000)
    assert found.advised_daily_minor == 0
    assert found.summary().endswith("above plan, which is spent. Pause what can wait, or raise the plan.")


def test_tomorrow_keeps_the_overspend_rule():
    assert paced([10_000] * 13).most_tomorrow_minor == int(1.75 * paced([10_000] * 13).advised_daily_minor)
    heavy = [10_000] * 6 + [17_000, 17_000, 12_000, 10_000, 5_000]  # Sunday 7 to Thursday 11 June
    found = paced(heavy, plan=sum(heavy) + 19 * 10_000)
    share = min(np.mean(heavy) / 10_000, 1)
    assert found.advised_daily_minor == int(190_000 / 19 / share)
    assert found.most_tomorrow_minor == 7 * found.advised_daily_minor - sum(heavy[6:])
    sunday = paced([10_000] * 6)
    assert sunday.most_tomorrow_minor == int(1.75 * sunday.advised_daily_minor)


def test_the_landing_is_covered():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(400):
        share = rng.uniform(0.6, 0.9)
        month = np.round(10_000 * share * np.exp(rng.normal(0, 0.1, 30))).astype(int)
        low, high = paced(month[:12].tolist()).interval_minor
        inside += low <= month.sum() <= high
    assert 0.86 <= inside / 400 <= 0.94


def test_the_month_over():
    found = paced([10_000] * 30)
    assert found.days_left == 0
    assert found.landing_minor == 300_000
    assert found.summary().endswith("The month is over.")


@pytest.mark.parametrize(
    ("daily", "options", "field"),
    [
        ([1] * 4, {}, "daily_minor"),
        ([1] * 31, {}, "daily_minor"),
        ([1.5] * 6, {}, "daily_minor"),
        ([1] * 6, {"budget": 0}, "daily_budget_minor"),
        ([1] * 6, {"first_day": date(2026, 6, 2)}, "first_day"),
    ],
)
def test_what_cannot_be_paced_is_refused(daily, options, field):
    with pytest.raises(DataError) as raised:
        paced(daily, **options)
    assert raised.value.field == field
