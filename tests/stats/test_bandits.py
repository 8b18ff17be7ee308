"""Shares of traffic: direction, ties, limits, cents, and regret beside a fixed split."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.bandits import limited_step, split_money, thompson_shares, top_two_shares
from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "20"))
raw = st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda x: sum(x) > 0.1)


def test_lower_is_better_gives_the_cheapest_most():
    # cost of 8, 10 and 12 per result: the first is the best, and gets the traffic
    laws = [StudentLaw(500.0, cost, 0.7) for cost in (8.0, 10.0, 12.0)]
    for rule in (thompson_shares, top_two_shares):
        low, high = rule(laws, higher_is_better=False), rule(laws)
        assert low.argmax() == 0
        assert high.argmax() == 2
        assert low.sum() == pytest.approx(1)
    assert thompson_shares(laws, higher_is_better=False)[0] > 0.95
    assert top_two_shares(laws, higher_is_better=False)[0] >= 0.49


@pytest.mark.parametrize("higher", [True, False])
def test_mirrored_laws_get_mirrored_shares(higher):
    laws = [StudentLaw(30.0, m, 1.0) for m in (-1.0, 0.0, 2.0)]
    mirrored = [StudentLaw(30.0, -law.centre, 1.0) for law in laws]
    for rule in (thompson_shares, top_two_shares):
        shares, others = rule(laws, higher_is_better=higher), rule(mirrored, higher_is_better=not higher)
        assert shares == pytest.approx(others, abs=1e-9)


def test_top_two_is_what_drawing_twice_gives():
    laws = [BetaLaw(30.0, 970.0), BetaLaw(38.0, 962.0), BetaLaw(35.0, 965.0)]
    p, rng = thompson_shares(laws), np.random.default_rng(3)
    n = 40_000
    first, second = rng.choice(3, n, p=p), rng.choice(3, n, p=p)
    while (same := first == second).any():
        second[same] = rng.choice(3, same.sum(), p=p)
    shown = np.where(rng.random(n) < 0.7, first, second)
    assert top_two_shares(laws, beta=0.7) == pytest.approx(np.bincount(shown) / n, abs=0.01)


def test_certainty_and_a_single_arm():
    sure = [GammaLaw(9_000.0, 100.0), GammaLaw(90.0, 100.0), GammaLaw(91.0, 100.0)]
    assert thompson_shares(sure).round(6).tolist() == [1, 0, 0]
    assert top_two_shares(sure)[0] >= 0.5
    assert top_two_shares(sure).sum() == pytest.approx(1)
    assert (
        thompson_shares([BetaLaw(1.0, 1.0)]).tolist() == top_two_shares([BetaLaw(1.0, 1.0)]).tolist() == [1]
    )
    assert thompson_shares([BetaLaw(5.0, 95.0)] * 50) == pytest.approx(np.full(50, 0.02))


@given(raw, raw, st.floats(0.01, 3), st.floats(0, 1))
def test_a_step_keeps_its_limits(wanted, present, change, part):
    n = min(len(wanted), len(present))
    goal, now = np.array(wanted[:n]) + 1e-3, np.array(present[:n]) + 1e-3
    goal, now, floor = goal / goal.sum(), now / now.sum(), part * 0.5 / n
    got = limited_step(goal, now, largest_change=change, floor=floor)
    assert got.sum() == pytest.approx(1, abs=1e-12)
    assert (got >= floor - 1e-12).all()
    if (now >= floor).all():
        assert (np.abs(got - now) <= change * now + 1e-9).all()
    assert limited_step(now, now, largest_change=change) == pytest.approx(now, abs=1e-12)


@given(raw, st.integers(0, 10**9))
def test_money_adds_up_to_the_cent(parts, total):
    shares = np.array(parts) / sum(parts)
    split = split_money(shares, total)
    assert sum(split) == total
    exact = [Fraction(float(s)) for s in shares]
    assert all(abs(got - part * total / sum(exact)) < 1 for got, part in zip(split, exact, strict=True))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: thompson_shares([]), "laws: there is no arm"),
        (lambda: top_two_shares([BetaLaw(1.0, 1.0)] * 2, beta=1.0), "beta: 1.0 is not"),
        (lambda: limited_step([0.5, 0.6], [0.5, 0.5], largest_change=0.2), "wanted: .* are no shares"),
        (lambda: limited_step([1.0], [0.5, 0.5], largest_change=0.2), "wanted: 1 shares do not fit"),
        (lambda: limited_step([0.5, 0.5], [0.5, 0.5], largest_change=0), "largest_change: 0 is not above"),
        (lambda: limited_step([0.5, 0.5], [0.5, 0.5], largest_change=1, floor=0.6), "floor: 0.6 cannot"),
        (lambda: split_money([0.5, 0.5], -1), "total_minor: -1 is no budget"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(DataError, match=said):
        call()


def regret(rule, rates: np.ndarray, rng: np.random.Generator, *, higher: bool, n_days: int = 30) -> float:
    """Results lost (or paid too much) over the days against always showing the best arm."""
    won, shown = np.zeros(len(rates)), np.zeros(len(rates))
    shares, lost = np.full(len(rates), 1 / len(rates)), 0.0
    best = rates.max() if higher else rates.min()
    for _ in range(n_days):
        trials = np.floor(shares * 1_000)
        won, shown = won + rng.binomial(trials.astype(int), rates), shown + trials
        lost += float(trials @ np.abs(best - rates))
        if rule is not None:
            laws = [BetaLaw(1 + a, 1 + b - a) for a, b in zip(won, shown, strict=True)]
            wanted = rule(laws, higher_is_better=higher)
            shares = limited_step(wanted, shares, largest_change=0.5, floor=0.02)
    return lost


@pytest.mark.parametrize("higher", [True, False])
def test_less_is_lost_than_by_a_fixed_split(higher, record_property):
    rates, lost = np.array([0.04, 0.05, 0.03, 0.035]), {}
    for name, rule in (("fixed", None), ("thompson", thompson_shares), ("top two", top_two_shares)):
        rng = np.random.default_rng(6)
        runs = [regret(rule, rates, rng, higher=higher) for _ in range(max(4, N_SIMULATIONS // 4))]
        lost[name] = float(np.mean(runs))
        record_property(name, round(lost[name], 1))
    assert lost["thompson"] < 0.5 * lost["fixed"]
    assert lost["top two"] < 0.75 * lost["fixed"]
