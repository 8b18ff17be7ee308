"""Monthly plans in the simulated market: the yardstick is right, and plans may be raced against it.

``WORKBENCH_SIMULATIONS`` raises the number of worlds; the figures come from ``make bench-budget-year``.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import budget_year as race
from benchmarks import budget_year_figures as figures
from benchmarks.budget_year_oracle import best_split, best_units, responses, room_left
from benchmarks.budget_year_world import (
    arrived,
    budgets_of,
    days_of_month,
    edits_of,
    history,
    live_month,
    mature_days,
    twin,
    weeks_of,
)
from workbench.sandbox.market.outcomes import default_share
from workbench.sandbox.market.world import World

SEED = 3
N_WORLDS = 1 if int(os.environ.get("WORKBENCH_SIMULATIONS", "60")) <= 60 else 6


@pytest.fixture(scope="module")
def world() -> World:
    return history(SEED)


def test_best_units_are_those_of_every_split():
    rng = np.random.default_rng(1)
    values = np.cumsum(rng.uniform(-0.2, 1.0, (3, 13)), axis=1)
    splits = [(i, j, 12 - i - j) for i in range(13) for j in range(13 - i)]
    reached = [sum(values[c, k] for c, k in enumerate(split)) for split in splits]
    assert tuple(best_units(values)) == splits[int(np.argmax(reached))]
    inside = [s for s in splits if 2 <= s[0] <= 5 and s[1] <= 3]
    low, high = np.array([2.0, 0, 0]), np.array([5.0, 3, 12])
    best = max(inside, key=lambda s: sum(values[c, k] for c, k in enumerate(s)))
    assert tuple(best_units(values, low, high)) == best


def test_no_exchange_improves_the_oracle(world):
    split = best_split(world)
    assert split.sum() == pytest.approx(1)
    assert room_left(world, split) < 1e-4
    assert room_left(world, np.full(6, 1 / 6)) > 1e-3


def test_a_campaign_is_not_moved_by_the_others_budgets(world):
    """What the oracle's separate curves rest on."""
    low, high = np.full(6, 0.1), np.full(6, 0.3)
    mixed = np.where(np.arange(6) % 2, low, high)
    parts = np.where(np.arange(6) % 2, responses(world, low, 10), responses(world, high, 10))
    assert responses(world, mixed, 10) == pytest.approx(parts, rel=1e-12)


def test_a_months_results_are_the_expectation_that_the_truth_gives(world):
    budgets = budgets_of(world)[::-1]
    ahead = world.true_effect(edits_of(world, budgets), days_of_month(world)).with_edits
    lived = twin(world)
    results, spend = live_month(lived, budgets)
    assert results == pytest.approx(ahead.total("results"), rel=1e-9)
    assert spend == ahead.total("spend_minor")
    drawn = arrived(lived)[1][world.state.n_days : -mature_days()].sum()
    assert drawn == pytest.approx(results * (1 - mature_days() / 31), rel=0.1)
    assert world.state.n_days == lived.state.n_days - 31


def test_only_what_has_arrived_is_fitted(world):
    data, reported = weeks_of(world)
    assert data.n_periods == 51
    assert reported.sum(axis=1) == pytest.approx(data.outcome)
    last_day = (data.dates[-1] - world.state.start).days + 6
    assert last_day == world.state.n_days - mature_days() - 1
    later = twin(world)
    live_month(later, budgets_of(later))
    in_the_end = arrived(later)[1][: world.state.n_days]
    early = arrived(world)[1]
    assert (early <= in_the_end).all()
    ages = (early.sum(axis=1) / in_the_end.sum(axis=1))[-1 - mature_days() :]
    assert ages[0] > 0.8 > ages[-1]
    assert in_the_end.sum() == pytest.approx(
        default_share("lead") * later.history.rows["expected_results"].sum() * 366 / 397, rel=0.1
    )


def test_a_month_of_plans_beside_the_oracle():
    seeds = range(SEED, SEED + N_WORLDS)
    chosen = {name: race.STRATEGIES[name] for name in (race.ORACLE, race.PLAN, "equal split")}
    year = race.live_through(seeds, n_months=1, strategies=chosen)
    assert (year.relative[1:] > 0).all()
    assert np.abs(year.spend_minor / year.spend_minor[0] - 1).max() < 0.01
    assert list(year.claims) == [race.PLAN]
    said = year.claims[race.PLAN]
    assert len(said) == N_WORLDS
    assert all(one.interval[0] <= one.mean <= one.interval[1] for one in said)


def test_budgets_in_rows_hold_for_a_week_each(world):
    """The same four times is once; and a campaign that is raised in the last week spends more then alone."""
    now = budgets_of(world)
    once, often = twin(world), twin(world)
    assert live_month(once, now) == live_month(often, np.tile(now, (4, 1)))
    late = twin(world)
    live_month(late, np.stack([now, now, now, now * 2]))
    spend = [
        one.history.rows["spend_minor"][one.history.rows["day"] >= world.state.n_days] for one in (once, late)
    ]
    assert spend[1].sum() > 1.2 * spend[0].sum()
    assert (late.state.n_days, late.state.today.day) == (once.state.n_days, 1)
    first = [arrived(one)[0][world.state.n_days : world.state.n_days + 21].sum() for one in (once, late)]
    assert first[0] == first[1]


def test_weekly_steps_of_a_fifth_begin_at_the_budgets_set_now(world):
    """Budgets that were changed today, unknown to the fit, are what the first step starts from."""
    changed = twin(world)
    now = budgets_of(world) * np.array([1.3, 0.7, 1.0, 1.0, 1.0, 1.0])
    for campaign, params in edits_of(world, now).items():
        changed.change(campaign, params)
    found = race.planned(changed, lambda: race._fit_of_reported(changed), n_weeks=4, limits=race.BEYOND)
    steps = np.concatenate([[race.as_is(changed)], found.shares])
    assert found.shares.shape == (4, 6)
    assert (np.abs(steps[1:] / steps[:-1] - 1) < 0.2 + 1e-3).all()
    assert [item.current_minor for item in found.plan.plan.items] == (4 * np.rint(now.round() * 7)).tolist()


def test_pairs_take_away_what_makes_a_world_hard(capsys):
    """Worlds differ by hundreds, the strategies in each of them by ten and a bit."""
    hard = np.array([[100.0], [900.0], [400.0], [700.0]])
    oracle = np.full((4, 1), 1_000.0)
    ours, other = oracle - hard, oracle - hard - np.array([[10.0], [12.0], [8.0], [11.0]])
    year = figures.Year(
        (race.ORACLE, race.PLAN, "equal split"),
        np.stack([oracle, ours, other]),
        np.ones((3, 4, 1)),
        np.ones(3),
    )
    results, relative = figures.paired(year, race.PLAN, "equal split")
    assert results.tolist() == [-10, -12, -8, -11]
    assert relative == pytest.approx(results / 1_000)
    _, low, high = figures.interval(results)
    assert -13 < low < high < -7
    figures.print_pairs(year, race.PLAN)
    line = next(one for one in capsys.readouterr().out.splitlines() if one.startswith("equal split"))
    assert line.endswith("4 of 4")


def test_claims_are_counted_by_verdict(capsys):
    said = [figures.Claim(2.0, (1.0, 3.0), "move", 2.5), figures.Claim(1.0, (-1.0, 3.0), "leave", -2.0)]
    figures.print_claims("plans", said, 3)
    first, *lines = capsys.readouterr().out.strip().splitlines()
    assert "2 plans (1 fits kept" in first
    assert [line.split()[1] for line in lines] == ["move", "leave", "any"]
    assert lines[0].endswith("100% truly better, 90 % intervals hold 100%")
    assert lines[1].endswith("0% truly better, 90 % intervals hold 0%")
    assert lines[2].endswith("50% truly better, 90 % intervals hold 50%")


def test_a_plan_whose_verdict_is_leave_is_not_carried_out(world, monkeypatch):
    now = race.as_is(world)
    for verdict, kept in (("leave", True), ("likely", False), ("move", False)):
        found = race.Planned(now[::-1], SimpleNamespace(plan=SimpleNamespace(verdict=verdict)))
        monkeypatch.setattr(race, "by_plan", lambda _, found=found: found)
        assert (race.by_verdict(world).shares == now).all() == kept
