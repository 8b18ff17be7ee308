"""Diagnostics find what was planted, and are quiet where the model is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix

from workbench.budget.data import MixData
from workbench.budget.diagnostics import check_collinearity, check_residuals
from workbench.budget.fit import fit_mix


@pytest.fixture(scope="module")
def right():
    made = made_mix()
    return fit_mix(made.model.data, made.model.spec)


def spoiled(fit, change):
    data = fit.model.data
    return fit_mix(replace(data, outcome=data.outcome + change), fit.model.spec)


def test_a_right_model_raises_no_concern(right):
    found = check_residuals(right)
    assert found.concerns == ()
    assert 0.8 < found.predictive_coverage <= 1
    assert 0 < found.r_squared < 1
    assert found.to_dict()["concerns"] == []


def test_a_missing_wave_shows_as_correlation_in_time(right):
    wave = 4 * right.draws.noise.mean() * np.sin(np.arange(right.model.n_used) / 3)
    found = check_residuals(spoiled(right, wave))
    assert found.ljung_box_p < 0.01
    assert any("correlated in time" in words for words in found.concerns)


def test_outliers_show_as_noise_that_is_not_normal(right):
    burst = np.zeros(right.model.n_used)
    burst[[20, 70]] = 15 * right.draws.noise.mean()
    found = check_residuals(spoiled(right, burst))
    assert any("not normal" in words for words in found.concerns)


def test_two_channels_that_move_together_are_named(right):
    data = right.model.data
    spend = data.spend.copy()
    spend[:, 1] = spend[:, 0] * 0.5 * np.random.default_rng(1).normal(1, 0.02, len(spend))
    twins: MixData = replace(data, spend=spend)
    found = check_collinearity(fit_mix(twins, right.model.spec))
    assert found.nearest == ("channel_2", "channel_1")
    assert len(found.concerns) == 2
    assert "lift test" in found.concerns[0]
    quiet = check_collinearity(right)
    assert quiet.concerns == ()
    assert quiet.table()["channels"].tolist() == ["channel_1", "channel_2"]


def test_a_channel_that_always_spends_the_same_cannot_be_told_from_the_level(right):
    data = right.model.data
    steady = replace(data, spend=np.column_stack([np.full(len(data.spend), 1_000.0), data.spend[:, 1]]))
    found = check_collinearity(fit_mix(steady, replace(right.model.spec, adstock="none")))
    assert found.nearest[0] == "level"
    assert found.correlation[0] == 1
    assert "channel_1 moves with level" in found.concerns[0]
