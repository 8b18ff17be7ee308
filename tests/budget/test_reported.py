"""Campaigns explained by their own reported results: density, exposure, season, pools, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import nbinom, norm

from workbench.budget.contributions import complete_draws, contributions_by_period
from workbench.budget.diagnostics import check_residuals
from workbench.budget.fast_fit import MixDraws
from workbench.budget.fit import fit_reported, refit
from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.learned import information_nats, prior_draws
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.reported import make_reported
from workbench.budget.reported_simulate import simulate_reported
from workbench.core.errors import DataError, NotEnoughData

GROUPS = ("a", "a", "a", "b")


@pytest.fixture(scope="module")
def made():
    return simulate_reported(GROUPS, n_periods=60, rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def fit(made):
    return fit_reported(made.model.data, made.model.reported, made.model.spec, method="fast", n_draws=1_000)


def test_the_density_is_the_counts_and_the_pools_written_out(made):
    """The integral over each rate, by brute force over SciPy's negative-binomial and normal laws."""
    model = made.model
    scores = 0.5 * np.random.default_rng(5).standard_normal((2, model.n_curve))
    density, _ = model.density_and_worths(scores)
    exposure, (_, noise) = model.exposure(scores), model.curves_of(scores)
    means, spread = model.pool_of(scores)
    want = np.zeros(2)
    for k in range(2):
        size = noise[k] ** -2
        for i in range(model.n_channels):
            at = np.log(means[k, i]) + np.linspace(-8, 8, 2_001) * spread[k]
            mean = np.exp(at)[:, None] * exposure[k, i]
            logs = nbinom.logpmf(model.totals.counts[i], size, size / (size + mean)).sum(axis=1)
            logs += norm.logpdf(at, np.log(means[k, i]), spread[k])
            want[k] += logs.max() + np.log(np.exp(logs - logs.max()).sum() * (at[1] - at[0]))
        want[k] -= 0.5 * (scores[k] ** 2).sum()
    np.testing.assert_allclose(density, want, rtol=1e-6)


def test_exposure_adds_up_to_the_spend_and_the_season_to_one(made):
    scores = np.random.default_rng(6).standard_normal((20, made.model.n_curve))
    exposure = made.model.exposure(scores)
    np.testing.assert_allclose(
        exposure.sum(axis=2), np.tile(made.model.data.spend.sum(axis=0), (20, 1)), rtol=1e-9
    )
    np.testing.assert_allclose(made.model.season(scores, n_periods=60).mean(axis=1), 1.0)


def test_what_items_brought_is_their_rate_times_their_spend_and_adds_up(made, fit):
    spend = made.model.data.spend.sum(axis=0)
    np.testing.assert_allclose(fit.draws.contribution, fit.draws.worths * spend)
    total = fit.draws.contribution.sum(axis=1)
    assert np.quantile(total, 0.01) < made.model.reported.sum() < np.quantile(total, 0.99)
    assert (fit.baseline.mean, fit.draws.baseline.shape) == (0.0, (1_000, 0))
    assert fit.diagnostics.method == "importance"
    assert fit.to_dict()["explains"] == "reported"
    assert "as reported of each item" in fit.summary()


def test_every_period_adds_up_to_the_contribution(made, fit):
    by_period = contributions_by_period(fit.model, fit.draws)
    np.testing.assert_allclose(by_period.mean.sum(axis=0)[1:], fit.draws.contribution.mean(axis=0))
    assert by_period.waterfall()["total"].iloc[0] == 0


def test_intervals_hold_what_made_the_data(made, fit):
    one = MixDraws(made.scores[None], made.rates[None])
    truth = complete_draws(made.model, one, np.random.default_rng(0))
    for name in ("worths", "amplitude", "marginal"):
        draws, true = getattr(fit.draws, name), getattr(truth, name)[0]
        off = (draws.mean(axis=0) - true) / draws.std(axis=0)
        assert np.abs(off).max() < 3.5


def test_shares_differ_where_results_do_though_spends_are_the_same(made):
    """What the total alone cannot tell: two items always run alike, and one brings five times more."""
    spend = made.model.data.spend.copy()
    spend[:, 1] = spend[:, 0]
    rng = np.random.default_rng(2)
    reported = made.model.reported.copy()
    reported[:, 0], reported[:, 1] = rng.poisson(spend[:, 0] * 0.05), rng.poisson(spend[:, 1] * 0.01)
    found = fit_reported(
        replace(made.model.data, spend=spend), reported, made.model.spec, method="fast", n_draws=500
    )
    assert found.channels[0].roas.interval[0] > 3 * found.channels[1].roas.interval[1]


def test_few_results_are_the_pools_and_are_called_not_identified():
    made = simulate_reported(("a",) * 4, n_periods=40, rng=np.random.default_rng(8))
    reported = np.zeros_like(made.model.reported)
    reported[[5, 20], [0, 1]] = 1.0
    spec = replace(made.model.spec, outcome_scale=None)
    found = fit_reported(made.model.data, reported, spec, method="fast", n_draws=2_000)
    assert all(set(one.not_identified) == {"rate", "effect"} for one in found.channels)
    assert found.channels[2].roas.interval[1] > 5 * found.channels[2].roas.interval[0]


def test_the_prior_alone_identifies_nothing(made):
    drawn = prior_draws(made.model, np.random.default_rng(4), n_draws=20_000)
    for c in range(2):
        assert information_nats(made.model.own_scores(drawn.scores, drawn.worths, c)) < 0.01
        assert information_nats(made.model.worths[c].scores(drawn.worths[:, c])) < 0.02


def test_results_without_spend_are_left_out_and_counted(made):
    spend, reported = made.model.data.spend, made.model.reported.copy()
    idle = spend == 0
    reported[idle] = 2.0
    model = make_reported(made.model.data, reported, made.model.spec)
    assert model.n_unreached == 2 * idle.sum()
    np.testing.assert_array_equal(model.totals.counts, made.model.totals.counts)
    carried = make_reported(made.model.data, reported, replace(made.model.spec, adstock="geometric"))
    assert carried.n_unreached < model.n_unreached / 2


def test_a_year_of_data_has_years_waves_and_days_have_weekdays(made):
    names = {
        (n, step): simulate_reported(("a", "a"), n_periods=n, rng=np.random.default_rng(1), step_days=step)
        for n, step in ((40, 7), (60, 7), (60, 1))
    }
    waves = {key: one.model.waves.names for key, one in names.items()}
    assert not any("year" in name for name in waves[40, 7] + waves[60, 1])
    assert "year_sin_1" in waves[60, 7]
    assert "week_sin_1" in waves[60, 1]


def test_refits_and_checks_are_of_the_same_model(fit):
    past = refit(fit, n_used=50, method="fast", n_draws=400)
    assert (past.model.explains, past.model.n_used) == ("reported", 50)
    found = check_residuals(fit)
    assert 0.75 < found.predictive_coverage <= 1


def test_a_run_keeps_what_was_explained_and_gives_curves_to_the_allocator(fit, tmp_path):
    stored = read_model_run(tmp_path, write_model_run(fit, tmp_path))
    assert stored.about["result"]["explains"] == "reported"
    assert curves_of_run(stored)["item_2"].n_draws == 1_000


def test_what_cannot_be_used_is_refused_by_name(made):
    data, reported, spec = made.model.data, made.model.reported, made.model.spec
    with pytest.raises(DataError, match=r"reported: .* is no shape"):
        make_reported(data, reported[:, :2], spec)
    with pytest.raises(DataError, match=r"reported: -1\.0 is no count"):
        make_reported(data, np.full_like(reported, -1.0), spec)
    with pytest.raises(DataError, match="item_4 belongs to none"):
        make_reported(data, reported, replace(spec, groups={f"item_{k}": "a" for k in (1, 2, 3)}))
    with pytest.raises(NotEnoughData, match="too few for"):
        make_reported(data, reported, spec, n_used=6)
