"""Items pooled in their group: one curve a group, effects near one another, totals that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pooled_mixes import pooled_mix

from workbench.budget.fit import fit_mix
from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.model import make_model
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.pooled import SPREAD_PRIOR, PooledMixModel
from workbench.budget.priors import WorthPrior
from workbench.budget.spec import MixSpec
from workbench.core.errors import DataError


@pytest.fixture(scope="module")
def made():
    return pooled_mix(3)


@pytest.fixture(scope="module")
def fit(made):
    return fit_mix(made.data, made.spec, method="fast")


def test_each_item_has_its_effect_and_a_curve_near_that_of_its_group(made, fit):
    assert made.model.groups == ("a", "b")
    assert made.model.n_curve == 2 * (2 + 4) + 2 + 1 + 1  # the only item of a group has nothing of its own
    for values in fit.draws.curves.values():
        assert (values[:, 0] != values[:, 3]).all()
        assert (values[:, 0] != values[:, 4]).any()
    assert np.corrcoef(fit.draws.worths[:, 0], fit.draws.worths[:, 1])[0, 1] < 0.99


def test_pooled_wholly_a_group_has_one_curve(made):
    spec = replace(made.spec, curve_pooling=1.0)
    one = fit_mix(made.data, spec, method="fast")
    assert one.model.n_curve == 2 * 2 + 2 + 1 + 1
    for values in one.draws.curves.values():
        np.testing.assert_array_equal(values[:, 0], values[:, 3])


def test_of_a_curves_prior_the_stated_share_is_the_groups(made):
    model = replace(made.model, spec=replace(made.spec, curve_pooling=0.3))
    scores = np.random.default_rng(1).standard_normal((200_000, model.n_curve))
    for k, name in enumerate(made.spec.curve_parameters):
        seen = model.curve_scores(scores, k)
        correlation = np.corrcoef(seen.T)
        np.testing.assert_allclose(seen.std(axis=0), 1.0, atol=0.01)
        np.testing.assert_allclose(correlation[0, 1:4], 0.3, atol=0.01)
        np.testing.assert_allclose(correlation[4, :4], 0.0, atol=0.01)
        curves, _ = model.curves_of(scores[:3])
        np.testing.assert_allclose(made.spec.all_priors[name].values(seen[:3]), curves[name])


def test_many_items_share_one_curve_unless_it_is_said_otherwise():
    assert MixSpec().curve_pooling_of(12) < 1
    assert MixSpec().curve_pooling_of(13) == 1
    assert MixSpec(curve_pooling=0.2).curve_pooling_of(40) == 0.2
    with pytest.raises(DataError, match=r"curve_pooling: 1\.5 is no share"):
        MixSpec(curve_pooling=1.5)


def test_the_density_is_that_of_the_effects_law_written_out(made):
    """The integral over the effects, normalised: two pools differ as their laws say, cut-off included."""
    from scipy.stats import multivariate_normal, norm

    model = made.model
    scores = np.random.default_rng(5).standard_normal((2, model.n_curve)) * 0.5
    part = model.linear_part(scores)
    curves, noise = model.curves_of(scores)
    columns, _ = model.worth_columns(curves)
    means, sds = model.worth_law(scores)
    base = model.baseline
    want = []
    for k in range(2):
        effect = columns[k]
        covariance = (
            noise[k] ** 2 * np.eye(model.n_used)
            + (base.columns * base.sd**2) @ base.columns.T
            + (effect.T * sds[k] ** 2) @ effect
        )
        law = multivariate_normal(base.columns @ base.mean + means[k] @ effect, covariance)
        want.append(law.logpdf(made.data.outcome) - norm.logcdf(means[k] / sds[k]).sum())
    assert np.diff(part.log_density)[0] == pytest.approx(np.diff(want)[0], abs=1e-6)


def test_pools_and_their_scores_are_inverse(made):
    scores = np.random.default_rng(2).standard_normal((50, made.model.n_curve))
    means, spread = made.model.pool_of(scores)
    first_of_each = means[:, [0, 4]]
    back = np.concatenate(made.model.pool_scores(first_of_each, spread), axis=1)
    np.testing.assert_allclose(back, scores[:, -4:-1], atol=1e-6)


def test_what_the_data_do_not_tell_is_the_pools_and_said_so(made):
    """An item without any days of its own kind: two items that always run alike cannot be told apart."""
    spend = made.data.spend.copy()
    spend[:, 1] = spend[:, 0]
    fit = fit_mix(replace(made.data, spend=spend), made.spec, method="fast")
    unlike = fit.draws.contribution[:, 0] - fit.draws.contribution[:, 1]
    assert abs(unlike.mean()) < 0.25 * unlike.std()


def test_a_prior_alone_identifies_nothing(made):
    own = made.model.own_scores
    rng = np.random.default_rng(4)
    scores = rng.standard_normal((20_000, made.model.n_curve))
    means, sds = made.model.worth_law(scores)
    from scipy.special import log_ndtr, ndtri_exp

    worths = means - sds * ndtri_exp(log_ndtr(means / sds) + np.log1p(-rng.random(means.shape)))
    found = own(scores, worths, 2)
    assert (found.mean(), found.std()) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.03))


def test_groups_have_to_be_whole_and_go_without_single_priors(made):
    with pytest.raises(DataError, match="item_5 belongs to none"):
        fit_mix(made.data, replace(made.spec, groups={f"item_{k}": "a" for k in range(1, 5)}))
    with pytest.raises(DataError, match="effects are pooled"):
        MixSpec(groups={"x": "a"}, worth={"x": WorthPrior("roas", 1.0, 1.0)})


def test_a_run_keeps_the_groups_and_gives_curves_to_the_allocator(fit, tmp_path):
    stored = read_model_run(tmp_path, write_model_run(fit, tmp_path))
    assert stored.about["groups"]["item_1"] == "a"
    assert list(curves_of_run(stored)) == list(stored.channels)


def test_without_groups_the_model_is_as_it_was(made):
    plain = make_model(made.data, MixSpec(n_fourier=0, n_lags=7, outcome_scale=1e4))
    assert not isinstance(plain, PooledMixModel)
    assert plain.log_worth_scale(np.zeros((1, plain.n_curve))) == 0.0
    assert SPREAD_PRIOR.first < 1


@pytest.mark.slow
def test_nuts_gives_the_same_answer(made, fit):
    slow = fit_mix(made.data, made.spec, method="nuts")
    spread = fit.draws.contribution.std(axis=0)
    gap = np.abs(slow.draws.contribution.mean(axis=0) - fit.draws.contribution.mean(axis=0)) / spread
    assert gap.max() < 0.2
    np.testing.assert_allclose(slow.draws.contribution.std(axis=0), spread, rtol=0.15)
