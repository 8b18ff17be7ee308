"""A fitted curve and the allocator's are the same function."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import made_mix

from workbench.budget.contributions import curve_band
from workbench.budget.fit import fit_mix
from workbench.budget.fitted_curves import curves_of_fit, curves_of_run
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.transforms import SATURATIONS


@pytest.mark.parametrize("saturation", SATURATIONS)
def test_the_allocators_curve_is_the_fitted_one(saturation, tmp_path):
    made = made_mix(saturation=saturation)
    fit = fit_mix(made.model.data, made.model.spec, n_draws=1_000)
    spend = np.array([10.0, 400.0, 3_000.0])
    stored = read_model_run(tmp_path, write_model_run(fit, tmp_path))
    for curves in (curves_of_fit(fit), curves_of_run(stored)):
        for name, curve in curves.items():
            expected = curve_band(fit.model, fit.draws, name, spend=spend).mean
            np.testing.assert_allclose(curve.at(spend).mean(axis=1), expected, rtol=1e-9)
