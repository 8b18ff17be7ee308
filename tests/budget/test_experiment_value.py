"""What an experiment is worth: nothing where nothing can be learned, more where more can, never by noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.budget import experiment_value
from workbench.budget.curves import CurveSet, hill, logistic, michaelis_menten
from workbench.budget.experiment_replan import Readings, Replanner
from workbench.budget.experiment_value import price_experiments
from workbench.budget.problem import Group, Item, Periods, Problem
from workbench.core.errors import DataError, NotEnoughData

N_DRAWS = 800
NOW = [np.ones((1, 1))] * 2


def a_problem(*, spread: float = 0.5, n_draws: int = N_DRAWS, **given) -> Problem:
    """Two alike items, one of them known, the other by so much not."""
    rng = np.random.default_rng(3)
    unsure = rng.gamma(1 / spread**2, 400 * spread**2, n_draws)
    known = Item("search", michaelis_menten(np.full(n_draws, 400.0), 100.0), 5_000, observed_max_minor=30_000)
    social = Item("social", michaelis_menten(unsure, 100.0), 5_000, observed_max_minor=30_000)
    return Problem((known, social), total_minor=10_000, **given)


def priced(problem: Problem, *, noise_sd: float = 20.0, horizon_periods: int = 52, lengths=(4,), **given):
    return price_experiments(
        problem, adstock=NOW, noise_sd=noise_sd, horizon_periods=horizon_periods, lengths=lengths, **given
    )


def the(found, item: int, name: str, n_read: int = 4):
    return next(
        one for one in found if (one.design.item, one.design.name, one.design.n_read) == (item, name, n_read)
    )


def test_only_what_is_not_known_is_worth_a_test():
    found = priced(a_problem())
    assert found[0].design.item == 1
    assert found[0].pays
    for one in found:
        assert one.net.mean == pytest.approx(one.gain.mean - one.cost.mean)
        if one.design.item == 0:
            # The reading says nothing; plans found on fewer draws are worth next to nothing less.
            assert abs(one.gain.mean) < 0.02 * found[0].gain.mean
            assert not one.pays
            assert one.prob_plan_changes == 0
    assert list(found) == sorted(found, key=lambda one: -one.rank)
    assert priced(a_problem()) == found


def test_no_experiment_pays_where_the_curves_are_known():
    assert not any(one.pays for one in priced(a_problem(spread=0.01)))


def test_noise_of_the_draws_earns_nothing():
    found = priced(a_problem(n_draws=240), noise_sd=1e6)
    assert len(found) == 6
    for one in found:
        assert one.gain.mean < 1e-6 * 48 * 400  # no reading tells anything, however few the draws
        assert not one.pays


def overheard() -> list[float]:
    """Return gains of tests of a small item, which tell nothing of the large ones, on few draws."""
    rng = np.random.default_rng(8)
    sizes = [rng.gamma(4.0, 1.0, 400), *rng.gamma(4.0, 100.0, (4, 400))]
    items = tuple(Item(f"item {k}", michaelis_menten(x, 50.0), 2_000) for k, x in enumerate(sizes))
    found = price_experiments(
        Problem((replace(items[0], min_minor=1_000), *items[1:]), total_minor=10_000),
        adstock=[np.ones((1, 1))] * 5,
        noise_sd=0.2,
        horizon_periods=52,
        lengths=(4,),
    )
    return [one.gain.mean for one in found if one.design.item == 0]


def test_plans_are_judged_on_draws_they_were_not_found_on(monkeypatch):
    gains = overheard()
    assert gains
    assert max(gains) <= 0
    monkeypatch.setattr(Replanner, "judged", Replanner.replanned)
    assert min(overheard()) > 20  # judged on their own draws, plans would seem to gain


def test_draws_that_choose_do_not_price(monkeypatch):
    by = np.arange(N_DRAWS // 2)
    found = {}
    for name, choosing, pricing in [
        ("plain", by[::2], by[1::2]),
        ("others choose", by[:100], by[1::2]),
        ("others price", by[::2], by[1:200:2]),
    ]:
        monkeypatch.setattr(experiment_value, "_apart", lambda *_, halves=(choosing, pricing): halves)
        found[name] = {one.design: one for one in priced(a_problem())}
    plain, chosen, paid = found["plain"], found["others choose"], found["others price"]
    for design, one in plain.items():
        assert chosen[design] == replace(one, rank=chosen[design].rank)
        assert paid[design].rank == one.rank
        assert paid[design].cost != one.cost or one.design.item == 0
    assert any(chosen[design].rank != one.rank for design, one in plain.items())


def test_copies_of_a_draw_choose_or_price_but_not_both():
    size = np.repeat(np.arange(1.0, 101.0), 3)
    curves = CurveSet((michaelis_menten(np.full(300, 9.0), 50.0), michaelis_menten(size, 50.0)))
    choosing, pricing = experiment_value._apart(curves, np.random.default_rng(1))
    assert sorted([*choosing, *pricing]) == list(range(300))
    assert len(np.intersect1d(size[choosing], size[pricing])) <= 1


def test_longer_and_quieter_tests_tell_more_and_a_longer_future_uses_it_more():
    plain = the(priced(a_problem()), 1, "pause")
    assert the(priced(a_problem(), noise_sd=80.0), 1, "pause").gain.mean < 0.8 * plain.gain.mean
    longer = priced(a_problem(), noise_sd=80.0, lengths=(1, 4, 16))
    gains = [the(longer, 1, "pause", n).gain.mean / (52 - n) for n in (1, 4, 16)]
    assert gains == sorted(gains)
    costs = [the(longer, 1, "pause", n).cost.mean for n in (1, 4, 16)]
    assert costs == pytest.approx([costs[0], 4 * costs[0], 16 * costs[0]])
    further = the(priced(a_problem(), horizon_periods=100), 1, "pause")
    assert further.gain.mean == pytest.approx(plain.gain.mean * 96 / 48)
    assert further.cost == plain.cost


def test_tests_as_long_as_the_horizon_are_not_offered():
    assert priced(a_problem(), horizon_periods=4) == ()
    assert priced(a_problem(), horizon_periods=5)


def test_the_cost_of_a_known_pause_is_what_it_loses_less_what_its_money_brings_elsewhere():
    one = the(priced(a_problem(spread=0.01)), 0, "pause")
    multiplier = 400 * 100 / 150**2  # of both curves at 50 a period
    assert one.cost.mean == pytest.approx(4 * (400 / 3 - 50 * multiplier), rel=0.01)
    assert the(priced(a_problem(spread=0.01)), 0, "double").cost.mean > 0


def test_where_all_money_has_one_place_a_test_takes_it_from_there():
    good = Item("search", michaelis_menten(np.full(400, 400.0), 1000.0), 5_000, observed_max_minor=30_000)
    poor = Item("social", michaelis_menten(np.full(400, 40.0), 1000.0), 5_000, observed_max_minor=30_000)
    bench = Replanner.of(Problem((good, poor), total_minor=10_000))
    slope = 400 * 1000 / 1100**2 / 100
    assert bench.prices == pytest.approx((slope, slope))
    assert all(one.cost.mean > 0 for one in priced(bench.problem))


def test_freed_money_without_room_elsewhere_brings_nothing():
    full = a_problem()
    items = tuple(replace(item, observed_max_minor=5_000) for item in full.items)
    one = the(priced(replace(full, items=items)), 0, "pause")
    assert one.cost.mean == pytest.approx(4 * 400 / 3)


def test_groups_and_bounds_are_kept_by_plans_after_a_reading():
    group = Group("both", ("search",), min_minor=4_500, max_minor=6_000)
    bench = Replanner.of(a_problem(groups=(group,)))
    found = bench.path(Readings(np.linspace(-300, 300, bench.replanned.n_draws), 10.0, np.zeros(400)))
    assert found.plans.sum(axis=1) == pytest.approx(np.full(len(found.plans), 10_000))
    assert (found.plans[:, 0] >= 4_500 - 1e-6).all()
    assert (found.plans[:, 0] <= 6_000 + 1e-6).all()


def test_too_exact_a_reading_is_taken_for_coarser():
    found = priced(a_problem(), noise_sd=0.01)
    best = the(found, 1, "pause")
    assert best.is_coarse
    assert best.standard_error < 0.01
    fair = the(priced(a_problem(), noise_sd=20.0), 1, "pause")
    assert not fair.is_coarse
    assert best.gain.mean > fair.gain.mean


def test_an_effect_that_comes_slowly_tells_less():
    slow = [np.array([[0.9, 0.1]])] * 2  # read from the first week, a tenth of it still to come
    found = price_experiments(a_problem(), adstock=slow, noise_sd=20.0, horizon_periods=52, lengths=(1,))
    late, whole = the(found, 1, "pause", 1), the(priced(a_problem(), lengths=(1,)), 1, "pause", 1)
    assert late.design == whole.design
    assert 0.5 * whole.gain.mean < late.gain.mean < 0.99 * whole.gain.mean


def test_the_value_of_outcomes_counts():
    plain = a_problem()
    double = replace(plain, items=tuple(replace(item, value=2.0) for item in plain.items))
    one, two = the(priced(plain), 1, "pause"), the(priced(double), 1, "pause")
    assert two.gain.mean == pytest.approx(2 * one.gain.mean)
    assert two.cost.mean == pytest.approx(2 * one.cost.mean)


def test_fewer_effective_draws_make_the_mean_less_sure():
    sure, unsure = (the(priced(a_problem(), n_effective=n), 1, "pause") for n in (N_DRAWS, N_DRAWS / 16))
    wide = [np.diff(one.net_mean_interval)[0] for one in (sure, unsure)]
    assert 2.5 < wide[1] / wide[0] < 6
    assert sure.net == unsure.net


REFUSED = [
    ({"risk": None, "periods": Periods(2)}, "periods"),
    ({"target_roas": 2.0}, "target_roas: 2.0 is not kept"),
    ({"total_minor": 100_000}, "No plan keeps these together"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_what_cannot_be_priced_is_refused_by_name(given, words):
    with pytest.raises(DataError, match=words):
        priced(replace(a_problem(), **given))


def test_overlapping_groups_are_refused():
    three = (*a_problem().items, replace(a_problem().items[0], name="tv"))
    groups = (Group("a", ("search", "social"), 1), Group("b", ("social", "tv"), 1))
    with pytest.raises(DataError, match="overlaps another"):
        priced(Problem(three, 10_000, groups=groups))


def test_s_shapes_too_few_draws_and_no_noise_are_refused():
    shaped = Item("tv", hill(np.full(400, 9.0), 5.0, 2.0), 5_000)
    with pytest.raises(DataError, match="tv has an S-shaped curve"):
        priced(Problem((shaped,), 10_000))
    with pytest.raises(NotEnoughData, match="100 draws are too few"):
        priced(Problem((Item("tv", logistic(np.full(100, 9.0), 5.0), 5_000),), 10_000))
    with pytest.raises(DataError, match="noise_sd"):
        priced(a_problem(), noise_sd=0.0)
    with pytest.raises(DataError, match="horizon_periods"):
        priced(a_problem(), horizon_periods=1)
