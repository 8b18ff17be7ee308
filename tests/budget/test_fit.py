"""Fitting: truth recovered, honest about what is not known, the same on both paths."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix, mix_frame

from workbench.budget.contributions import contributions_by_period, curve_band
from workbench.budget.data import mix_data
from workbench.budget.fit import fit_mix
from workbench.budget.spec import LiftTest, MixSpec
from workbench.core.errors import DataError, NotConverged

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def example(shared_data):
    import pandas as pd

    frame = pd.read_csv(shared_data / "budget" / "mmm_example.csv")
    return mix_data(
        frame, date_column="date_week", spend=["x1", "x2"], outcome="y", controls=["event_1", "event_2"]
    )


@pytest.fixture(scope="module")
def fitted():
    made = made_mix()
    return made, fit_mix(made.model.data, made.model.spec)


def test_the_public_example_is_within_three_per_cent_and_covered(example):
    fit = fit_mix(example)
    for channel, truth in zip(fit.channels, (274_848, 65_906), strict=True):
        assert channel.contribution.mean == pytest.approx(truth, rel=0.03)
        assert channel.contribution.interval[0] < truth < channel.contribution.interval[1]
    assert fit.diagnostics.method == "importance"
    assert fit.diagnostics.pareto_k <= 0.7
    assert fit.diagnostics.r_hat is None


def test_small_business_is_covered_by_its_own_curve(shared_data):
    import pandas as pd

    folder = shared_data / "budget"
    truth = (
        pd.read_csv(folder / "small_business_truth_transformed_spend.csv").filter(like="contribution").sum()
    )
    data = mix_data(
        pd.read_csv(folder / "small_business_data.csv"),
        date_column="date",
        spend=[name.removeprefix("contribution_") for name in truth.index],
        outcome="y",
        controls=["c1", "c2"],
    )
    fit = fit_mix(data, MixSpec(saturation="hill"))
    errors = [c.contribution.mean / t - 1 for c, t in zip(fit.channels, truth, strict=True)]
    assert np.abs(errors).max() < 0.15
    assert all(
        c.contribution.interval[0] < t < c.contribution.interval[1]
        for c, t in zip(fit.channels, truth, strict=True)
    )


def test_the_same_seed_gives_the_same_draws(fitted):
    made, fit = fitted
    again = fit_mix(made.model.data, made.model.spec)
    np.testing.assert_array_equal(fit.draws.contribution, again.draws.contribution)
    other = fit_mix(made.model.data, made.model.spec, seed=2)
    assert not np.array_equal(fit.draws.contribution, other.draws.contribution)
    np.testing.assert_allclose(
        fit.draws.contribution.mean(axis=0), other.draws.contribution.mean(axis=0), rtol=0.05
    )


def test_every_draw_adds_up(fitted):
    _, fit = fitted
    for c in range(2):
        effect = fit.model.effects(fit.draws.curves, c, n_periods=fit.model.n_used)
        total = fit.draws.amplitude[:, c] * effect.sum(axis=1)
        np.testing.assert_allclose(total, fit.draws.contribution[:, c], rtol=1e-9)
    periods = contributions_by_period(fit.model, fit.draws)
    totals = [one.contribution.mean for one in fit.channels]
    np.testing.assert_allclose(periods.mean.sum(axis=0), [fit.baseline.mean, *totals], rtol=1e-9)
    waterfall = periods.waterfall()
    assert waterfall["total"][:-1].sum() == pytest.approx(waterfall["total"].iloc[-1])
    assert len(periods.table()) == 3 * fit.model.n_used


def test_marginal_roas_is_what_one_per_cent_more_spend_brings(fitted):
    made, fit = fitted
    more = replace(made.model.data, spend=made.model.data.spend * 1.000_1)
    from workbench.budget.model import make_model

    lags = make_model(more, made.model.spec).lags * 1.000_1  # in the old spend's scale
    effects = replace(fit.model, lags=lags)
    spent = made.model.data.spend.sum(axis=0)
    for c in range(2):
        extra = effects.effects(fit.draws.curves, c, n_periods=104) - fit.model.effects(
            fit.draws.curves, c, n_periods=104
        )
        gain = fit.draws.amplitude[:, c] * extra.sum(axis=1) / (spent[c] * 1e-4)
        np.testing.assert_allclose(gain, fit.draws.marginal[:, c], rtol=1e-3, atol=1e-9)


def test_a_curve_with_no_data_keeps_its_prior_and_says_so():
    made = made_mix(seed=8, n_channels=1)
    loud = replace(
        made.model.data,
        outcome=made.model.data.outcome + np.random.default_rng(1).normal(0, 60_000, 104),
    )
    fit = fit_mix(loud, made.model.spec)
    assert set(fit.channels[0].not_identified) >= {"retention", "rate"}
    assert "the prior speaks" in fit.summary()
    for one in fit.channels[0].learned[:2]:
        np.testing.assert_allclose(one.prior, one.posterior, rtol=0.35)


def test_a_lift_test_narrows_the_channel_it_tests(fitted):
    made, fit = fitted
    truth = made.worths[0] * made.model.data.spend[:, 0].sum()
    curve = curve_band(fit.model, fit.draws, "channel_1", spend=np.array([500.0, 1_500.0]))
    effect = float(curve.mean[1] - curve.mean[0])
    tight = LiftTest("channel_1", 500, 1_000, effect, (effect * 0.97, effect * 1.03))
    with_test = fit_mix(made.model.data, made.model.spec, lift_tests=[tight])
    after = curve_band(with_test.model, with_test.draws, "channel_1", spend=np.array([500.0, 1_500.0]))
    assert after.mean[1] - after.mean[0] == pytest.approx(effect, rel=0.05)
    assert np.ptp(with_test.channels[0].contribution.interval) < np.ptp(fit.channels[0].contribution.interval)
    assert truth > 0


def test_curves_rise_and_stay_within_their_bands(fitted):
    _, fit = fitted
    curve = curve_band(fit.model, fit.draws, "channel_2")
    assert (np.diff(curve.mean) > 0).all()
    assert (curve.low <= curve.mean).all()
    assert (curve.mean <= curve.high).all()
    assert not curve.table()["is_extrapolated"].any()
    with pytest.raises(DataError, match="radio is unknown"):
        curve_band(fit.model, fit.draws, "radio")
    with pytest.raises(DataError, match="above zero"):
        curve_band(fit.model, fit.draws, "channel_2", spend=np.array([0.0]))


def test_a_result_reads_as_table_sentence_and_document(fitted):
    _, fit = fitted
    table = fit.table()
    assert table["channel"].tolist() == ["channel_1", "channel_2"]
    assert (table["contribution_low"] <= table["contribution"]).all()
    document = json.loads(json.dumps(fit.to_dict()))
    assert {"name", "contribution", "roas", "marginal_roas"} <= set(document["channels"][0])
    assert {"method", "pareto_k", "ess", "r_hat"} <= set(document["diagnostics"])
    assert "Pareto k̂" in fit.summary()
    assert "2023-01-02" in fit.summary()


@pytest.mark.parametrize(
    "given", [{"adstock": "delayed"}, {"saturation": "tanh"}, {"saturation": "michaelis_menten"}]
)
def test_other_shapes_recover_their_own_data(given):
    made = made_mix(seed=11, **given)
    fit = fit_mix(made.model.data, made.model.spec, method="fast")
    for channel, truth in zip(fit.channels, made.contributions, strict=True):
        reach = 3 * np.ptp(channel.contribution.interval) / 3.29
        assert abs(channel.contribution.mean - truth) < reach


def test_daily_data_have_a_week(fitted):
    data = mix_data(
        mix_frame(200, step_days=1), date_column="day", spend=["social", "search"], outcome="sales"
    )
    fit = fit_mix(data)
    assert sum(name.startswith("week_") for name in fit.model.baseline.names) == 6
    assert fit.model.lags.shape[1] == 28
    assert fit.to_dict()["period"] == "day"


def test_a_closed_gate_is_said_or_falls_back(fitted, monkeypatch):
    made, fit = fitted
    monkeypatch.setattr("workbench.budget.fast_fit.LARGEST_USABLE_K", -2.0)
    with pytest.raises(NotConverged, match="gate does not open: Pareto k̂"):
        fit_mix(made.model.data, made.model.spec, method="fast")
    asked = []

    def slow(model, *, seed, n_draws):
        from workbench.budget.fast_fit import MixDraws
        from workbench.stats.nuts import NutsSample

        asked.append((seed, n_draws))
        return MixDraws(fit.draws.scores, fit.draws.worths), NutsSample({}, 1.002, 900.0, 0)

    monkeypatch.setattr("workbench.budget.fit.fit_slow", slow)
    done = fit_mix(made.model.data, made.model.spec, seed=5)
    assert asked == [(5, 4_000)]
    assert (done.diagnostics.method, done.diagnostics.r_hat) == ("nuts", 1.002)
    assert "because the fast path failed: Pareto k̂" in done.summary()


def test_an_unknown_method_is_refused(fitted):
    made, _ = fitted
    with pytest.raises(DataError, match="method: vb is unknown"):
        fit_mix(made.model.data, made.model.spec, method="vb")
