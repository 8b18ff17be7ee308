"""The marginalised density against the plain one, written down without any algebra."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import made_mix, mix_frame
from scipy import stats

from workbench.budget.data import mix_data
from workbench.budget.model import LinearPart, draw_above_zero, make_model
from workbench.budget.spec import LiftTest, MixSpec
from workbench.core.errors import DataError, NotEnoughData


def direct(model, scores):
    """Integrate the linear effects out by the definition: the outcome's covariance in full."""
    curves, noise = model.curves_of(scores[None])
    columns, per_worth = model.worth_columns(curves)
    media, base = columns[0].T, model.baseline
    means, sds = np.array([w.mean for w in model.worths]), np.array([w.sd for w in model.worths])
    rows = [row[0] for row, _ in model._lift_rows(curves, per_worth)]
    targets = [target for _, target in model._lift_rows(curves, per_worth)]
    design = np.vstack(
        [np.hstack([media, base.columns]), *(np.append(r, np.zeros(len(base.sd))) for r in rows)]
    )
    prior_mean, prior_sd = np.append(means, base.mean), np.append(sds, base.sd)
    errors = np.append(np.full(model.n_used, noise[0]), np.ones(len(rows)))
    cov = (design * prior_sd**2) @ design.T + np.diag(errors**2)
    seen = np.append(model.data.outcome, targets)
    log_density = stats.multivariate_normal(design @ prior_mean, cov).logpdf(seen)
    gain = np.linalg.solve(cov, design[:, : len(means)] * sds**2).T
    posterior_mean = means + gain @ (seen - design @ prior_mean)
    posterior_cov = np.diag(sds**2) - gain @ design[:, : len(means)] * sds**2
    return log_density, posterior_mean, posterior_cov


@pytest.mark.parametrize("saturation", ["logistic", "hill"])
@pytest.mark.parametrize("adstock", ["geometric", "delayed", "none"])
def test_density_and_moments_equal_the_definition(saturation, adstock):
    made = made_mix(saturation=saturation, adstock=adstock, n_fourier=1)
    test = LiftTest("channel_1", 500, 300, 400.0, (100.0, 700.0))
    model = make_model(made.model.data, made.model.spec, lift_tests=(test,))
    scores = np.random.default_rng(2).normal(0, 0.5, (3, model.n_curve))
    part = model.linear_part(scores)
    expected = [direct(model, z) for z in scores]
    known = np.array([e[0] for e in expected])
    np.testing.assert_allclose(np.diff(part.log_density), np.diff(known), rtol=1e-7)
    for k, (_, mean, cov) in enumerate(expected):
        np.testing.assert_allclose(part.mean[k], mean, rtol=1e-6)
        np.testing.assert_allclose(part.factor[k] @ part.factor[k].T, cov, rtol=1e-5, atol=1e-12)


def test_many_draws_are_evaluated_as_one_by_one(monkeypatch):
    model = made_mix().model
    scores = np.random.default_rng(2).standard_normal((7, model.n_curve))
    whole = model.linear_part(scores)
    monkeypatch.setattr("workbench.budget.model._MOST_NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(model.linear_part(scores).log_density, whole.log_density)


def test_draws_above_zero_have_the_cut_off_law():
    mean, cov = np.array([0.2, -0.5]), np.array([[1.0, 0.6], [0.6, 0.8]])
    n, rng = 40_000, np.random.default_rng(4)
    part = LinearPart(np.zeros(n), np.tile(mean, (n, 1)), np.tile(np.linalg.cholesky(cov), (n, 1, 1)))
    draws, log_weight = draw_above_zero(part, 1 - rng.random((n, 2)))
    plain = rng.multivariate_normal(mean, cov, 400_000)
    kept = plain[(plain > 0).all(axis=1)]
    weight = np.exp(log_weight)
    assert (draws >= 0).all()
    assert weight.mean() == pytest.approx(len(kept) / len(plain), abs=0.004)
    np.testing.assert_allclose(weight @ draws / weight.sum(), kept.mean(axis=0), atol=0.01)


def test_a_worth_by_roas_is_outcome_per_spend_and_by_share_a_share():
    made = made_mix()
    spent = made.model.data.spend.sum(axis=0)
    np.testing.assert_allclose(made.contributions, made.worths * spent)
    data = mix_data(mix_frame(), date_column="day", spend=["social", "search"], outcome="sales")
    np.testing.assert_allclose(make_model(data, MixSpec()).worth_units, data.outcome.sum())


def test_too_little_data_for_the_model_is_refused_with_what_is_missing():
    data = mix_data(mix_frame(28), date_column="day", spend=["social", "search"], outcome="sales")
    with pytest.raises(NotEnoughData, match="20 weeks are too few for 14 parameters") as error:
        make_model(data, MixSpec(saturation="hill", n_fourier=3, trend=False, adstock="none"), n_used=20)
    assert error.value.field == "dates"


def test_a_channel_that_began_too_late_is_refused_by_name():
    frame = mix_frame()
    late = frame.assign(search=frame["search"].where(frame.index > 50, 0.0))
    data = mix_data(late, date_column="day", spend=["social", "search"], outcome="sales")
    make_model(data, MixSpec())
    with pytest.raises(NotEnoughData, match="search: spend in 2 of the fitted periods") as error:
        make_model(data, MixSpec(), n_used=53)
    assert error.value.field == "search"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"saturation": "linear"}, "saturation"),
        ({"adstock": "weibull"}, "adstock"),
        ({"n_lags": 0}, "n_lags"),
        ({"n_fourier": -1}, "n_fourier"),
        ({"outcome_scale": 0.0}, "outcome_scale"),
        ({"priors": {"alpha": None}}, "priors"),
    ],
)
def test_a_specification_is_refused_at_the_field(given, field):
    with pytest.raises(DataError) as error:
        MixSpec(**given)
    assert error.value.field == field


@pytest.mark.parametrize(
    "given",
    [
        {"interval": (30.0, 10.0)},
        {"interval": (21.0, 30.0)},
        {"spend_change": 0.0},
        {"spend_change": -101.0},
        {"effect": float("nan")},
    ],
)
def test_a_lift_test_that_is_none_is_refused(given):
    usual = {
        "channel": "a",
        "spend_before": 100.0,
        "spend_change": 50.0,
        "effect": 20.0,
        "interval": (10.0, 30.0),
    }
    with pytest.raises(DataError):
        LiftTest(**{**usual, **given})


def test_a_lift_test_of_an_unknown_channel_is_refused():
    made = made_mix()
    with pytest.raises(DataError, match="radio is no channel"):
        make_model(made.model.data, made.model.spec, lift_tests=(LiftTest("radio", 1, 1, 1.0, (0.0, 2.0)),))
