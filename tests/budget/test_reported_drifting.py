"""Rates that wander: what was is told by its path, what comes is wider, and who says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.budget import fit as fit_module
from workbench.budget.contributions import contributions_by_period
from workbench.budget.fit import fit_reported, refit
from workbench.budget.reported_checks import check_reported
from workbench.budget.reported_drifting import DriftingMixModel, drifting
from workbench.budget.reported_scale import scaled_to
from workbench.budget.reported_simulate import simulate_reported
from workbench.core.errors import NotConverged

PLAIN = simulate_reported(
    ("a",) * 3, n_periods=70, rng=np.random.default_rng(2), n_fourier=0, curve_pooling=1.0
)


@pytest.fixture(scope="module")
def drifted():
    """Return counts whose rates wander, what was expected of them, and the coming four weeks' rates."""
    rng, model = np.random.default_rng(8), PLAIN.model
    path = rng.standard_normal((3, 124))
    for t in range(1, 124):
        path[:, t] = 0.85 * path[:, t - 1] + np.sqrt(1 - 0.85**2) * path[:, t]
    rates = PLAIN.rates[:, None] * np.exp(0.35 * path[:, 50:])
    expected = model.exposure(PLAIN.scores[None])[0] * rates[:, :70]
    counts = rng.poisson(expected).T.astype(float)
    data = replace(model.data, outcome=counts.sum(axis=1))
    return data, counts, expected.sum(axis=1), rates[:, 70:].mean(axis=1)


@pytest.fixture(scope="module")
def fit(drifted):
    return fit_reported(drifted[0], drifted[1], PLAIN.model.spec, method="fast", n_draws=1_000)


def test_what_was_is_told_by_its_path_and_what_comes_is_wider(drifted, fit):
    assert isinstance(fit.model, DriftingMixModel)
    low, high = np.quantile(fit.draws.contribution, [0.005, 0.995], axis=0)
    assert ((low < drifted[2]) & (drifted[2] < high)).all()
    low, high = np.quantile(fit.draws.worths, [0.005, 0.995], axis=0)
    assert ((low < drifted[3]) & (drifted[3] < high)).all()
    past, coming = (np.log(x).std(axis=0) for x in (fit.draws.contribution, fit.draws.worths))
    assert (coming > 2 * past).all()


def test_spread_and_correlation_are_found(fit):
    deviation, correlation = (np.quantile(x, [0.02, 0.98]) for x in fit.model.drift_of(fit.draws.scores))
    assert deviation[0] < 0.35 < deviation[1]
    assert correlation[0] < 0.85 < correlation[1]


def test_the_fit_says_what_its_figures_are_about(fit):
    assert "Rates wander: by" in fit.summary()
    assert "of the coming 28 days" in fit.summary()
    kept = fit.to_dict()
    assert 0 < kept["period_weight"] < 1
    assert kept["drift"]["days_ahead"] == 28
    assert f"correlated by {kept['drift']['correlation']:.2f}" in fit.summary()
    assert not any("too narrow" in one for one in check_reported(fit).concerns)


def test_every_period_adds_up_to_what_was_brought_also_when_scaled(fit):
    for one in (fit, scaled_to(fit, np.linspace(200.0, 300.0, 500))):
        by_period = contributions_by_period(one.model, one.draws)
        np.testing.assert_allclose(
            by_period.mean.sum(axis=0)[1:], one.draws.contribution.mean(axis=0), rtol=1e-9
        )


def test_counts_lie_in_their_predictions(fit):
    found = check_reported(fit)
    assert (found.coverage > 0.8).all()
    assert (found.uniform_p > 1e-4).all()


def test_a_shorter_past_is_fitted_by_the_same_model(fit):
    past = refit(fit, n_used=60, method="fast", n_draws=200)
    assert isinstance(past.model, DriftingMixModel)
    assert (past.model.n_used, past.model.weight) == (60, fit.model.weight)


def test_where_the_gate_stays_shut_or_a_chain_is_asked_for_periods_tell_less(drifted, monkeypatch):
    def shut(model, **how):
        if isinstance(model, DriftingMixModel):
            raise NotConverged("The fast path's gate does not open.")
        return found(model, **how)

    found = fit_module.fit_model
    monkeypatch.setattr(fit_module, "fit_model", shut)
    fit = fit_reported(drifted[0], drifted[1], PLAIN.model.spec, method="fast", n_draws=200)
    assert not isinstance(fit.model, DriftingMixModel)
    assert fit.model.weight < 1
    assert "Results drift: a week tells" in fit.summary()


def test_a_model_that_hardly_wanders_is_the_plain_one():
    model = drifting(PLAIN.model)
    scores = np.concatenate([[-6.0, 0.0], PLAIN.scores])[None]  # a deviation of .1 %
    both = np.concatenate([scores, scores], axis=0)
    both[1, 2] += 0.5
    density, _ = model.density_and_drawn(both)
    plain, _ = PLAIN.model.density_and_drawn(both[:, 2:])
    assert density[1] - density[0] == pytest.approx(plain[1] - plain[0], abs=0.02)
