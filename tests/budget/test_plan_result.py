"""What a plan says when the total is below what is spent now."""

from __future__ import annotations

import numpy as np

from workbench.budget.curves import michaelis_menten
from workbench.budget.plan import halves_of, plan
from workbench.budget.problem import Item, Problem


def planned(total_minor: int):
    size = np.random.default_rng(1).normal(400, 10, 400)
    search = Item("search", michaelis_menten(size, 100.0), current_minor=5_000)
    social = Item("social", michaelis_menten(size, 100.0), current_minor=5_000)
    return plan(Problem((search, social), total_minor=total_minor, currency="EUR"))


def test_a_cut_says_what_it_costs_and_not_that_it_gains_less_than_nothing():
    said = planned(6_000).summary()
    assert said.startswith("Spending €40.00 less costs 30.8 % [")
    assert "Leave it" not in said
    low, high = said.split("[")[1].split("]")[0].split(", ")
    assert 0 < float(low) <= 30.8 <= float(high)


def test_the_same_and_a_larger_total_speak_of_a_gain():
    assert planned(10_000).summary().startswith("Leave it: best gain")
    assert planned(14_000).summary().startswith("Move it: gain +")


def test_the_two_halves_share_no_draw_and_are_always_the_same():
    fitted, held_out = halves_of(1_001, seed=3)
    assert set(fitted) | set(held_out) == set(range(1_001))
    assert not set(fitted) & set(held_out)
    assert [part.tolist() for part in halves_of(1_001, seed=3)] == [fitted.tolist(), held_out.tolist()]
