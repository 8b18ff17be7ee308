"""Mean values of payers, against draws from their posteriors and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from workbench.core.errors import DataError
from workbench.stats.best_of import spread_nodes
from workbench.stats.value_laws import (
    GammaPrior,
    LognormalPrior,
    NormalPrior,
    gamma_mean_law,
    lognormal_mean_law,
    normal_mean_law,
)


def table_mean(law, power=1):
    z, weights = spread_nodes(law.breakpoints())
    return float((law.density(z) * law.value(z) ** power) @ weights)


@pytest.mark.parametrize("n", [0, 1, 2, 15, 400, 300_000])
def test_means_and_reciprocals_are_those_of_the_table(n):
    logs = np.random.default_rng(n).normal(3.0, 1.1, n)
    paid = np.exp(logs)
    laws = [
        lognormal_mean_law(n, logs.sum(), (logs**2).sum(), LognormalPrior(3.0, 1.0, 0.5, 4.0)),
        gamma_mean_law(n, paid.sum(), logs.sum(), GammaPrior(2.5, 30.0)),
    ]
    for law in laws:
        assert table_mean(law) == pytest.approx(law.mean, rel=1e-6)
        assert table_mean(law, -1) == pytest.approx(law.mean_inverse, rel=1e-6)


@pytest.mark.parametrize("n", [2, 25, 900])
def test_a_lognormal_mean_is_the_law_of_weighted_draws(n):
    logs = np.random.default_rng(n).normal(3.0, 0.9, n)
    prior = LognormalPrior(2.0, 2.0, 1.5, 2.0, decay=1.5)
    law = lognormal_mean_law(n, logs.sum(), (logs**2).sum(), prior)
    rng = np.random.default_rng(5)
    strength, size = prior.strength + n, 400_000
    scale = prior.scale + ((logs - logs.mean()) ** 2).sum() / 2
    scale += prior.strength * n * (logs.mean() - prior.log_mean) ** 2 / (2 * strength)
    variance = scale / rng.gamma(prior.shape + n / 2, 1, size)
    centre = (prior.strength * prior.log_mean + logs.sum()) / strength
    mean = np.exp(rng.normal(centre, np.sqrt(variance / strength)) + variance / 2)
    weights = np.exp(-prior.decay * variance)
    weights /= weights.sum()
    for p in (0.02, 0.5, 0.98):
        error = np.sqrt(p * (1 - p) * (weights**2).sum())
        assert weights[mean <= law.quantile(p)].sum() == pytest.approx(p, abs=4.5 * error)


def test_a_gamma_mean_meets_brute_force():
    paid = np.random.default_rng(3).gamma(1.7, 20.0, 30)
    prior = GammaPrior(3.0, 50.0, 1.5, 0.8)
    law = gamma_mean_law(30, paid.sum(), np.log(paid).sum(), prior)
    form, mean = np.meshgrid(np.exp(np.linspace(-2, 3, 1_200)), np.linspace(5, 90, 1_500), indexing="ij")
    log = -((np.log(form / 1.5) / 0.8) ** 2) / 2 - 4.0 * np.log(mean) - 50.0 / mean
    log += 30 * (form * np.log(form / mean) - gammaln(form)) + (form - 1) * np.log(paid).sum()
    log -= form * paid.sum() / mean
    mass = np.exp(log - log.max()).sum(axis=0)
    below = np.cumsum(mass) / mass.sum()
    found = np.interp([0.05, 0.5, 0.95], below, mean[0])
    assert found == pytest.approx([law.quantile(p) for p in (0.05, 0.5, 0.95)], abs=0.06)


def test_normal_values_without_payers_are_the_prior():
    law = normal_mean_law(0, 0.0, 0.0, NormalPrior(30.0, 4.0, 1.5, 6.0))
    assert (law.freedom, law.centre, law.scale) == (3.0, 30.0, 1.0)


def test_a_lognormal_mean_without_an_expectation_is_refused():
    with pytest.raises(DataError, match="without an expectation"):
        lognormal_mean_law(4, 12.0, 40.0, LognormalPrior(3.0, 1.0, 0.5, 1.0, decay=0.69))
    lognormal_mean_law(4, 12.0, 40.0, LognormalPrior(3.0, 1.0, 0.5, 1.0, decay=0.7))
    with pytest.raises(DataError, match="do not make a mean"):
        normal_mean_law(1, 3.0, 9.0, NormalPrior(0.0, 0.0, 0.0, 0.0))
