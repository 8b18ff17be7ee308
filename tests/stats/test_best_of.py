"""Several laws at once: sums, two against the pair's figures, samples, extremes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.stats.best_of import best_of
from workbench.stats.beta_pair import order_betas
from workbench.stats.laws import BetaLaw, GammaLaw, StudentLaw

shape = st.floats(0.5, 1e6)
laws = st.lists(st.builds(BetaLaw, shape, shape), min_size=2, max_size=6)


@settings(deadline=None, max_examples=60)
@given(laws, st.booleans())
def test_chances_add_up_and_losses_are_not_negative(some, higher):
    race = best_of(some, higher_is_better=higher)
    assert race.prob_best.sum() == pytest.approx(1)
    assert (race.prob_best >= 0).all()
    assert (race.expected_loss >= 0).all()
    means = np.array([law.mean for law in some]) * (1 if higher else -1)
    assert np.ptp(race.expected_loss + means) < 1e-8  # E max is one number


@settings(deadline=None, max_examples=60)
@given(shape, shape, shape, shape)
@example(1.0, 622_650.0, 622_843.0, 1.0)  # one rate near 0, one near 1: nothing but empty space between
def test_two_laws_are_the_pair(a0, b0, a1, b1):
    race, pair = best_of([BetaLaw(a0, b0), BetaLaw(a1, b1)]), order_betas(a0, b0, a1, b1)
    assert race.prob_best[1] == pytest.approx(float(pair.prob_above), abs=1e-10)
    assert race.expected_loss == pytest.approx([float(pair.mean_above), float(pair.mean_below)], abs=1e-10)


@pytest.mark.parametrize(
    "some",
    [
        [BetaLaw(1.0, 30.0), BetaLaw(400.0, 9_000.0), BetaLaw(1.0, 1.0), BetaLaw(0.5, 2.0)],
        [GammaLaw(0.5, 10.0), GammaLaw(900.0, 9_000.0), GammaLaw(3.0, 50.0)],
        [StudentLaw(3.0, 1.0, 0.4), StudentLaw(1e6, 1.2, 0.01), StudentLaw(12.0, 0.9, 2.0)],
    ],
)
@pytest.mark.parametrize("higher", [True, False])
def test_many_against_a_sample(some, higher):
    rng = np.random.default_rng(5)
    n = 300_000
    draws = np.stack([draw(law, rng, n) for law in some]) * (1 if higher else -1)
    race = best_of(some, higher_is_better=higher)
    won = np.bincount(draws.argmax(axis=0), minlength=len(some)) / n
    assert race.prob_best == pytest.approx(won, abs=4e-3)
    lost = draws.max(axis=0) - draws
    assert (np.abs(race.expected_loss - lost.mean(axis=1)) < 5 * lost.std(axis=1) / np.sqrt(n)).all()


def draw(law, rng, n):
    if isinstance(law, BetaLaw):
        return rng.beta(law.a, law.b, n)
    if isinstance(law, GammaLaw):
        return rng.gamma(law.shape, 1 / law.rate, n)
    return law.centre + law.scale * rng.standard_t(law.freedom, n)


def test_fifty_alike_share_the_chances():
    race = best_of([BetaLaw(20.0, 480.0)] * 50)
    assert race.prob_best == pytest.approx(np.full(50, 0.02))
    assert best_of([BetaLaw(2.0, 3.0)]).expected_loss == pytest.approx([0], abs=1e-12)
