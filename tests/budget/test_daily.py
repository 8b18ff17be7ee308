"""The next daily budgets: to the cent, in steps, the same when asked twice, honest when little is known."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory
from workbench.budget.daily_worth import given_worth
from workbench.core.errors import DataError

DAY = date(2026, 6, 1)
QUICK = DailyOptions(n_draws=200, n_averaged=1)


def days(*rates: float, n_days=30, spend=100.0, seed=1):
    rng = np.random.default_rng(seed)
    results = rng.poisson(np.array(rates) * spend, (n_days, len(rates)))
    return DailyHistory.of([f"item {i}" for i in range(len(rates))], np.full(results.shape, spend), results)


def proposed(history, *, now=None, total=None, day=DAY, options=QUICK, **limits):
    budgets = [
        DailyBudget(name, minor, **limits.get(name.replace(" ", "_"), {}))
        for name, minor in zip(history.items, now or [10_000] * len(history.items), strict=True)
    ]
    whole = sum(one.now_minor for one in budgets) if total is None else total
    return propose_daily(history, budgets, total_minor=whole, day=day, options=options)


def test_more_goes_to_what_brings_more_by_a_whole_step():
    found = proposed(days(0.3, 0.05))
    assert found.budgets_minor == {"item 0": 12_000, "item 1": 8_000}
    assert found.action == "change"
    assert found.prob_better > 0.99
    assert found.gain.interval[0] > 0
    assert found.rows[0].cost_per_result.mean == pytest.approx(1 / 0.3, rel=0.15)
    assert "a whole step" in found.rows[0].flags
    assert "item 0: €100.00 → €120.00" in found.item_sentences()[0]


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 200_000), min_size=1, max_size=6),
    st.floats(0.82, 1.18),
    st.integers(0, 10**6),
)
def test_it_sums_to_the_cent_and_keeps_to_the_step(now, factor, seed):
    low = sum(-(-8 * x // 10) for x in now)
    high = sum(12 * x // 10 for x in now)
    total = min(max(round(sum(now) * factor), low), high)
    rates = np.random.default_rng(seed).gamma(1, 0.1, len(now))
    options = DailyOptions(n_draws=100, seed=seed)
    found = proposed(days(*rates, n_days=8, seed=seed), now=now, total=total, options=options)
    assert sum(row.proposed_minor for row in found.rows) == total == found.total_minor
    for row in found.rows:
        assert 0.8 * row.now_minor - 1e-6 <= row.proposed_minor <= 1.2 * row.now_minor + 1e-6


def test_the_same_day_asked_twice_gives_the_same_and_other_days_try_others():
    history = days(0.1, 0.1, 0.1, n_days=10)
    again = [proposed(history, day=DAY).budgets_minor for _ in range(2)]
    assert again[0] == again[1]
    assert (
        proposed(history, options=DailyOptions(n_draws=100, n_averaged=1)).budgets_minor == again[0]
    )  # judges decide nothing
    others = {tuple(proposed(history, day=DAY + timedelta(k)).budgets_minor.values()) for k in range(6)}
    assert len(others) > 3
    assert (
        proposed(history, options=DailyOptions(n_draws=200, n_averaged=1, seed=1)).budgets_minor != again[0]
    )


def test_items_that_may_be_better_are_tried_as_often_as_that_is_probable():
    history = days(0.10, 0.10, n_days=30)
    up = [proposed(history, day=DAY + timedelta(k)).rows[0].proposed_minor > 10_000 for k in range(40)]
    assert 0.2 < np.mean(up) < 0.8
    careful = DailyOptions(n_draws=100, n_averaged=200)  # the mean of many draws hardly tries anything
    leaning = {
        proposed(days(0.10, 0.08), day=DAY + timedelta(k), options=careful).rows[0].proposed_minor
        for k in range(5)
    }
    assert leaning == {12_000}
    sure = days(0.30, 0.05)
    assert all(proposed(sure, day=DAY + timedelta(k)).rows[0].proposed_minor == 12_000 for k in range(5))


def test_changes_below_the_least_one_are_not_made_and_the_total_holds():
    history = days(0.30, 0.101, 0.10, 0.099, 0.05, seed=3)
    free = proposed(history, options=DailyOptions(n_draws=100))
    least = proposed(history, options=DailyOptions(n_draws=100, least_change=0.1))
    moved = [abs(row.proposed_minor - row.now_minor) for row in least.rows]
    assert 0 < min(abs(row.proposed_minor - row.now_minor) for row in free.rows) < 1_000
    assert all(change == 0 or change >= 1_000 for change in moved)
    assert moved.count(0) >= 1
    assert least.total_minor == free.total_minor == 50_000
    only = proposed(days(0.1, 0.1), total=20_100, options=DailyOptions(n_draws=100, least_change=0.1))
    assert sum(only.budgets_minor.values()) == 20_100  # a total that only small changes reach is reached


def test_where_value_counts_more_goes_to_what_is_worth_more():
    history = days(0.15, 0.10)
    budgets = [DailyBudget(name, 10_000) for name in history.items]
    asked = {"total_minor": 20_000, "day": DAY, "options": DailyOptions(n_draws=200)}
    counted = propose_daily(history, budgets, **asked)
    worth = given_worth(history.items, {"item 0": 20.0, "item 1": 60.0})
    found = propose_daily(history, budgets, worth=worth, **asked)
    assert counted.budgets_minor == {"item 0": 12_000, "item 1": 8_000}
    assert found.budgets_minor == {"item 0": 8_000, "item 1": 12_000}
    assert (counted.counts_value, found.counts_value) == (False, True)
    assert found.gain.mean > 20  # currency units: ten results a day are worth 60 each
    assert found.expected.mean < counted.expected.mean  # of results there are fewer
    assert found.rows[1].worth.mean == pytest.approx(60)
    assert found.rows[1].next_worth == pytest.approx(60 * found.rows[1].next_brings)
    assert "EUR of value a day, better with" in found.summary()
    assert "it is worth 60" in found.item_sentences()[1]
    assert list(found.table()["value_per_result"]) == pytest.approx([20, 60])
    json.dumps(found.to_dict(), allow_nan=False)
    assert "value_per_result" not in counted.table()
    with pytest.raises(DataError, match="are not the items"):
        propose_daily(history, budgets, worth=given_worth(["a", "b"], 1.0), **asked)


def test_one_worth_for_all_leaves_the_budgets_those_of_results():
    history = days(0.15, 0.12, 0.05, n_days=15)
    budgets = [DailyBudget(name, 10_000) for name in history.items]
    asked = {"total_minor": 30_000, "day": DAY, "options": DailyOptions(n_draws=200)}
    plain = propose_daily(history, budgets, **asked)
    found = propose_daily(history, budgets, worth=given_worth(history.items, 40.0), **asked)
    assert found.budgets_minor == plain.budgets_minor
    assert found.gain.mean == pytest.approx(40 * plain.gain.mean)
    assert found.prob_better == plain.prob_better


def test_what_is_expected_of_a_day_is_what_its_budgets_bring():
    found = proposed(days(0.3, 0.05))
    now = sum(row.results.mean for row in found.rows)
    assert found.expected.mean == pytest.approx(now + found.gain.mean)
    assert found.expected.interval[0] < found.expected.mean < found.expected.interval[1]


def test_a_try_that_does_not_look_better_says_so():
    history = days(0.10, 0.08, n_days=14)
    found = [proposed(history, day=DAY + timedelta(k)) for k in range(16)]
    worse = [one for one in found if one.action == "change" and one.prob_better < 0.5]
    assert worse
    assert all("Tried to learn" in one.reason for one in worse)


def test_limits_of_items_hold_even_against_the_step():
    history = days(0.3, 0.05, 0.05)
    found = proposed(history, item_1={"min_minor": 9_500}, item_0={"max_minor": 11_000})
    assert found.rows[0].proposed_minor == 11_000
    assert found.rows[1].proposed_minor >= 9_500
    assert "at its maximum" in found.rows[0].flags
    lifted = proposed(history, now=[10_000, 10_000, 0], total=21_000, item_2={"min_minor": 1_000})
    assert lifted.rows[2].proposed_minor == 1_000
    assert "learning begins anew" in lifted.rows[2].flags


def test_a_total_out_of_reach_is_refused_with_what_is_allowed():
    with pytest.raises(DataError, match=r"€160\.00 to €240\.00") as caught:
        proposed(days(0.1, 0.1), total=30_000)
    assert caught.value.field == "total_minor"
    with pytest.raises(DataError, match=r"Give €200\.00, or allow"):
        proposed(
            days(0.1, 0.1),
            total=30_000,
            item_0={"min_minor": 10_000, "max_minor": 10_000},
            item_1={"min_minor": 10_000, "max_minor": 10_000},
        )
    wide = proposed(days(0.1, 0.1), total=30_000, options=DailyOptions(n_draws=100, step_limit=0.6))
    assert sum(wide.budgets_minor.values()) == 30_000
    assert "learning begins anew" in wide.rows[0].flags


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (days(0.3, 0.05, n_days=3), "days count, and it takes 5"),
        (days(0.004, 0.004, n_days=10), "results count, and it takes 10"),
        (days(0.0, 0.0), "results count, and it takes 10"),
        (DailyHistory.of(["item 0", "item 1"], np.zeros((9, 2)), np.zeros((9, 2))), "none has spend"),
        (DailyHistory.of(["item 0", "item 1"], np.zeros((0, 2)), np.zeros((0, 2))), "none has spend"),
    ],
)
def test_too_little_data_keeps_the_budgets_and_says_so(history, said):
    found = proposed(history)
    assert found.action == "keep"
    assert "Too little is known" in found.reason
    assert said in found.summary()
    assert set(found.budgets_minor.values()) == {10_000}
    json.dumps(found.to_dict(), allow_nan=False)
    assert len(found.table()) == 2


def test_kept_budgets_follow_another_total_in_proportion():
    found = proposed(days(0.3, 0.05, n_days=2), now=[10_001, 5_000], total=16_500)
    assert sum(found.budgets_minor.values()) == 16_500
    assert found.rows[0].proposed_minor == pytest.approx(11_000, abs=2)


def test_budgets_change_on_every_so_many_th_day_only():
    history, options = days(0.3, 0.05), DailyOptions(n_draws=100, every_days=3)
    found = [proposed(history, day=DAY + timedelta(k), options=options) for k in range(6)]
    assert sorted(one.action for one in found) == ["change"] * 2 + ["keep"] * 4
    kept = next(one for one in found if one.action == "keep")
    assert "every 3 days, next on 2026-06-0" in kept.reason


def test_one_item_has_nothing_to_change():
    found = proposed(days(0.2))
    assert (found.action, found.budgets_minor) == ("keep", {"item 0": 10_000})
    assert "No change within the limits" in found.reason


def test_yen_have_no_cents():
    history = days(0.002, 0.001, spend=10_000.0)
    found = propose_daily(
        history,
        [DailyBudget("item 0", 10_000), DailyBudget("item 1", 10_000)],
        total_minor=20_000,
        day=DAY,
        currency="JPY",
        options=QUICK,
    )
    assert found.rows[0].results.mean == pytest.approx(20, rel=0.2)
    json.dumps(found.to_dict(), allow_nan=False)


def test_options_and_items_are_checked():
    for field, value in (
        ("step_limit", 0),
        ("least_change", 0.2),
        ("least_change", -0.01),
        ("every_days", 0),
        ("n_averaged", 0),
        ("n_draws", 5),
        ("level", 1),
    ):
        with pytest.raises(DataError) as caught:
            DailyOptions(**{field: value})
        assert caught.value.field == field
    with pytest.raises(DataError, match="are not the items"):
        propose_daily(days(0.1), [DailyBudget("x", 100)], total_minor=100, day=DAY)
