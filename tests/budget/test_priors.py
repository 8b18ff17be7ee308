"""Priors as standard normal scores, and the laws of a channel's worth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.budget.priors import Prior, WorthPrior
from workbench.core.errors import DataError

LAWS = {
    Prior("beta", 1, 3): stats.beta(1, 3),
    Prior("beta", 2.5, 4): stats.beta(2.5, 4),
    Prior("gamma", 3, 2): stats.gamma(3, scale=1 / 2),
    Prior("lognormal", 0.5, 0.8): stats.lognorm(0.8, scale=0.5),
}


@pytest.mark.parametrize("prior", LAWS)
def test_a_score_is_the_quantile_of_its_probability(prior):
    z = np.linspace(-7, 7, 29)
    law = LAWS[prior]
    expected = np.where(z < 0, law.ppf(stats.norm.cdf(z)), law.isf(stats.norm.sf(z)))
    np.testing.assert_allclose(prior.values(z), expected, rtol=1e-8)


@pytest.mark.parametrize("prior", LAWS)
def test_scores_undo_values(prior):
    z = np.linspace(-5, 5, 21)
    np.testing.assert_allclose(prior.scores(prior.values(z)), z, atol=1e-8)


@pytest.mark.parametrize("mean", [-3.0, 0.0, 2.0])
def test_worth_is_a_normal_law_cut_off_at_zero(mean):
    worth, p = WorthPrior("roas", mean, 1.5), np.array([0.02, 0.3, 0.9])
    law = stats.truncnorm(-mean / 1.5, np.inf, loc=mean, scale=1.5)
    np.testing.assert_allclose(worth.quantiles(p), law.ppf(p), rtol=1e-7)
    np.testing.assert_allclose(stats.norm.cdf(worth.scores(law.ppf(p))), p, rtol=1e-7)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Prior("cauchy", 1, 1), "prior"),
        (lambda: Prior("beta", 0, 1), "prior"),
        (lambda: WorthPrior("roas", 1, 0), "worth"),
        (lambda: WorthPrior("cpa", 1, 1), "worth"),
    ],
)
def test_what_is_no_law_is_refused_by_name(make, field):
    with pytest.raises(DataError) as error:
        make()
    assert error.value.field == field
    assert error.value.next_step
