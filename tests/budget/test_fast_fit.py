"""The fast path against a sum over a grid, where the channel may well be worth nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix
from scipy.special import log_ndtr
from scipy.stats import truncnorm

from workbench.budget.fast_fit import find_modes, fit_fast
from workbench.budget.model import make_model


def thin_model():
    """One channel, two searched dimensions, and noise that leaves its worth near zero."""
    made = made_mix(seed=4, n_channels=1, saturation="michaelis_menten", adstock="none")
    noise = np.random.default_rng(6).normal(0, 8_000, 104)
    return make_model(replace(made.model.data, outcome=10_000 + noise), made.model.spec)


def by_grid(model):
    """Return means of the scores and of the worth, everything but two dimensions in closed form."""
    ends = (np.linspace(-5, 5, 161), np.linspace(-1, 5, 241))
    z = np.stack([x.ravel() for x in np.meshgrid(*ends)], axis=1)
    part = model.linear_part(z)
    mean, spread = part.mean[:, 0], part.factor[:, 0, 0]
    logs = part.log_density + model.log_prior(z) + log_ndtr(mean / spread)
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    return mass @ z, mass @ truncnorm(-mean / spread, np.inf, loc=mean, scale=spread).mean()


def test_means_equal_the_grids_where_worth_is_cut_off_at_zero():
    model = thin_model()
    fit = fit_fast(model, np.random.default_rng(1))
    assert fit.is_usable
    scores, worth = by_grid(model)
    weights = fit.sample.smoothed.weights
    np.testing.assert_allclose(weights @ fit.sample.points, scores, atol=0.05)
    assert weights @ fit.sample.drawn["worths"][:, 0] == pytest.approx(worth, rel=0.05)


def test_draws_of_equal_weight_have_the_samples_means():
    fit = fit_fast(thin_model(), np.random.default_rng(1))
    draws = fit.draws(4_000, np.random.default_rng(2))
    weights = fit.sample.smoothed.weights
    np.testing.assert_allclose(draws.scores.mean(axis=0), weights @ fit.sample.points, atol=0.02)
    assert (draws.worths >= 0).all()


def test_both_of_two_modes_are_found():
    def log_density(z):
        first, second = -4 * ((z - 1.5) ** 2).sum(axis=1), -4 * ((z + 1.5) ** 2).sum(axis=1)
        return np.logaddexp(first, second)

    found = [find_modes(log_density, 1, np.random.default_rng(seed))[0] for seed in range(10)]
    both = [np.sort(modes[:, 0]).round(2).tolist() == [-1.5, 1.5] for modes in found]
    assert sum(both) >= 3
    assert all(np.abs(np.abs(modes) - 1.5).max() < 0.01 for modes in found)
