"""What is left to gain, against samples; hundreds of laws; ties."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.best_of import best_of
from workbench.stats.laws import BetaLaw, GammaLaw
from workbench.stats.value_remaining import race_of_many, value_remaining

LAWS = [GammaLaw(40.5, 1_000.0), GammaLaw(55.5, 1_000.0), GammaLaw(5.25, 100.0), GammaLaw(900.0, 90_000.0)]


@pytest.mark.parametrize("higher", [True, False])
def test_against_a_sample(higher):
    left = value_remaining(LAWS, higher_is_better=higher)
    rng = np.random.default_rng(1)
    draws = np.stack([rng.gamma(law.shape, 1 / law.rate, 400_000) for law in LAWS])
    best = draws.max(axis=0) if higher else draws.min(axis=0)
    gain = np.abs(best - draws[left.chosen])
    share = gain / (best if higher else draws[left.chosen])
    assert left.chosen == (1 if higher else 3)
    assert left.expected == pytest.approx(gain.mean(), rel=0.02)
    assert left.quantile == pytest.approx(np.quantile(gain, 0.95), rel=0.02, abs=1e-9)
    assert left.relative_expected == pytest.approx(share.mean(), rel=0.02)
    assert left.relative_quantile == pytest.approx(np.quantile(share, 0.95), rel=0.02, abs=1e-9)


@pytest.mark.parametrize("higher", [True, False])
def test_the_race_is_that_of_few(higher):
    many, few = race_of_many(LAWS, higher_is_better=higher), best_of(LAWS, higher_is_better=higher)
    assert many.prob_best == pytest.approx(few.prob_best, abs=1e-9)
    assert many.expected_loss == pytest.approx(few.expected_loss, abs=1e-9)


def test_hundreds_are_no_trouble():
    rng = np.random.default_rng(2)
    laws = [
        BetaLaw(float(a), float(b))
        for a, b in zip(rng.uniform(1, 80, 300), rng.uniform(500, 3_000, 300), strict=True)
    ]
    race = race_of_many(laws)
    assert race.prob_best.sum() == pytest.approx(1)
    means = np.array([law.mean for law in laws])
    assert np.ptp(race.expected_loss + means) < 1e-7  # E max is one number


def test_a_clear_winner_leaves_nothing():
    left = value_remaining([BetaLaw(500.0, 500.0), BetaLaw(5.0, 5_000.0)])
    assert (left.chosen, left.expected, left.quantile, left.relative_quantile) == (0, 0, 0, 0)


def test_it_falls_as_results_come_in():
    gains = [
        value_remaining([GammaLaw(4.0 * n, 100.0 * n), GammaLaw(5.0 * n, 100.0 * n)]).relative_expected
        for n in (1, 10, 100, 1_000)
    ]
    assert gains == sorted(gains, reverse=True)
    with pytest.raises(DataError, match="p: 1 is no probability"):
        value_remaining(LAWS, p=1)
