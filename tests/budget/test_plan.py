"""Plans: judged on held-out draws, said in words and as JSON."""

import json

import numpy as np
import pytest
from random_budgets import random_problem

from workbench.budget.curves import michaelis_menten
from workbench.budget.plan import plan
from workbench.budget.problem import Item, Problem
from workbench.core.errors import NotEnoughData


def two(scale_a, scale_b, *, current=(5_000, 5_000), total=10_000, n_draws=2_000, spread=0.1, **options):
    rng = np.random.default_rng(7)
    noise = np.exp(rng.normal(0, spread, (2, n_draws)))
    items = [
        Item(name, michaelis_menten(scale * noise[k], 100.0), current[k], observed_max_minor=20_000)
        for k, (name, scale) in enumerate((("a", scale_a), ("b", scale_b)))
    ]
    return Problem(tuple(items), total, **options)


def test_moves_where_it_is_sure():
    found = plan(two(400.0, 50.0))
    assert found.verdict == "move"
    assert found.gain.interval[0] > 0
    assert found.prob_beats_current > 0.99
    assert found.summary().startswith("Move it: gain +")
    assert sum(item.spend_minor for item in found.items) == found.total_minor == 10_000


def test_leaves_it_where_nothing_is_gained():
    found = plan(two(100.0, 101.0, spread=0.3))
    assert found.verdict == "leave"
    assert found.summary().startswith("Leave it: best gain ")
    assert abs(found.relative_gain.mean) < 0.01


def test_says_move_if_and_only_if_the_interval_excludes_zero():
    for seed in range(25):
        found = plan(random_problem(seed, n_draws=200))
        moved = any(item.spend_minor != item.current_minor for item in found.items)
        assert (found.verdict == "move") == (moved and found.gain.interval[0] > 0)


def test_judged_on_draws_that_it_was_not_fitted_on():
    rng = np.random.default_rng(0)
    excess, held = [], []
    for seed in range(30):
        items = tuple(
            Item(str(k), michaelis_menten(np.exp(rng.normal(4, 2, 40)), 30.0), 3_000) for k in range(8)
        )
        found = plan(Problem(items, 24_000, seed=seed))
        excess.append(found.certificate.value - found.expected.mean)
        held.append(found.gain.mean)
        assert found.n_fitted_draws + found.n_held_out_draws == 40
    assert np.mean(excess) > 2 * np.std(excess) / np.sqrt(
        30
    )  # in-sample value is too good; the plan's is not


def test_marginal_outcomes_are_equal_where_nothing_binds():
    found = plan(two(200.0, 100.0, spread=1e-9))
    assert found.items[0].marginal == pytest.approx(found.items[1].marginal, rel=1e-3)
    assert found.multiplier == pytest.approx(found.items[0].marginal, rel=1e-3)
    more = plan(two(200.0, 100.0, spread=1e-9, total=10_100))
    assert more.expected.mean - found.expected.mean == pytest.approx(found.multiplier, rel=1e-2)


def test_flags():
    found = plan(two(400.0, 10.0, total=21_000, current=(16_000, 5_000)))
    flags = {item.name: item.flags for item in found.items}
    assert flags == {
        "a": ("held at the highest spend observed", "learning begins anew"),
        "b": ("learning begins anew",),
    }
    beyond = plan(two(400.0, 10.0, total=30_000, allow_extrapolation=True))
    assert "beyond observed spend" in beyond.items[0].flags
    assert "Spends more than was ever observed on a." in beyond.summary()


def test_steps_are_kept_when_asked():
    found = plan(two(400.0, 50.0, step_limit=0.2))
    assert [item.spend_minor for item in found.items] == [6_000, 4_000]
    assert not any("learning begins anew" in item.flags for item in found.items)


def test_gives_what_the_command_line_prints():
    found = plan(two(400.0, 50.0))
    document = json.loads(json.dumps(found.to_dict()))
    assert {"allocation", "expected", "prob_beats_current", "relative_gap", "multiplier"} <= set(document)
    assert document["allocation"][0].keys() >= {"name", "spend_minor"}
    assert document["expected"].keys() == {"mean", "interval"}
    assert document["relative_gap"] <= 1e-8
    table = found.table()
    assert table["planned"].sum() == pytest.approx(100.0)
    assert found.item_sentences()[0].startswith("a: €")


def test_same_seed_same_plan():
    assert plan(random_problem(3, n_draws=100)) == plan(random_problem(3, n_draws=100))


def test_too_few_draws_are_refused():
    with pytest.raises(NotEnoughData, match="39 draws are too few"):
        plan(random_problem(1, n_draws=39))
