"""Prior against posterior: nothing learned without data, much with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix

from workbench.budget.fit import fit_mix
from workbench.budget.learned import LEAST_INFORMATION_NATS, information_nats, learned_of, prior_draws


def test_the_prior_has_learned_nothing():
    model = made_mix().model
    draws = prior_draws(model, np.random.default_rng(1), n_draws=8_000)
    for one in learned_of(model, draws, 1):
        assert not one.is_identified, one
        np.testing.assert_allclose(one.posterior, one.prior, rtol=0.12, atol=0.01)


def test_loud_noise_leaves_the_prior_and_little_noise_does_not():
    made = made_mix(seed=3)
    told = []
    for noise in (300.0, 60_000.0):
        change = np.random.default_rng(1).normal(0, noise, 104)
        data = replace(made.model.data, outcome=made.model.data.outcome + change)
        told.append([one.information_nats for one in fit_mix(data, made.model.spec).channels[1].learned])
    assert (np.array(told[0]) > np.array(told[1])).all()
    assert min(told[0]) > LEAST_INFORMATION_NATS


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.7), (0.46, 1.0)])
def test_a_tenth_of_a_nat_is_what_is_said(mean, sd):
    scores = mean + sd * np.random.default_rng(1).standard_normal(200_000)
    assert information_nats(scores) == pytest.approx(LEAST_INFORMATION_NATS, abs=0.02)
