"""Media mix fits are calibrated: ranks of the truth are uniform, and both paths give one posterior.

``WORKBENCH_SIMULATIONS`` raises the number of data sets; the full run is
`python -m benchmarks.budget_fit --sbc`.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix
from scipy.stats import binom

from workbench.budget.fit import fit_mix
from workbench.budget.sbc import calibrate
from workbench.budget.simulate import roas_spec
from workbench.budget.spec import LiftTest

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))


def test_ranks_are_uniform_and_intervals_cover():
    found = calibrate(N_SIMULATIONS, seed=11, n_channels=2)
    assert found.holm().min() > 0.01
    # Each of the coverages, at one in a thousand.
    fewest = binom.ppf(0.001, N_SIMULATIONS, 0.9) / N_SIMULATIONS
    assert (found.covered.mean(axis=0) >= fewest).all()
    assert found.fell_back.mean() <= 0.05
    assert found.table().shape == (len(found.names), 4)
    assert f"{N_SIMULATIONS} simulations" in found.summary()


def test_an_overconfident_fit_would_be_caught(monkeypatch):
    from workbench.budget import sbc

    def shrunk(data, spec, **given):
        fit = fit_mix(data, spec, **given)
        middle = fit.draws.contribution.mean(axis=0)
        return replace(
            fit, draws=replace(fit.draws, contribution=middle + 0.3 * (fit.draws.contribution - middle))
        )

    monkeypatch.setattr(sbc, "fit_mix", shrunk)
    assert calibrate(60, seed=11, n_channels=1).holm().min() < 0.01


CASES = [
    ({"saturation": "logistic", "adstock": "geometric"}, False),
    ({"saturation": "logistic", "adstock": "geometric"}, True),
    ({"saturation": "hill", "adstock": "delayed"}, True),
    ({"saturation": "michaelis_menten", "adstock": "none"}, False),
]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("shape", "with_test"), CASES)
def test_both_paths_sample_the_same_posterior(shape, with_test):
    made = made_mix(seed=21, **shape)
    scale = made.model.spend_scale[0]
    brought = float(made.contributions[0] / 104)
    lift = LiftTest("channel_1", scale / 4, scale / 4, brought / 3, (brought / 5, brought / 2.14))
    tests = [lift] if with_test else []
    fits = [
        fit_mix(made.model.data, roas_spec(2, **shape), lift_tests=tests, method=method, n_draws=4_000)
        for method in ("fast", "nuts")
    ]
    for name in ("scores", "worths", "contribution", "marginal", "noise", "baseline"):
        one, other = (getattr(fit.draws, name).reshape(4_000, -1) for fit in fits)
        sizes = [min(fit.diagnostics.ess, 4_000) for fit in fits]
        error = np.sqrt(one.var(axis=0) / sizes[0] + other.var(axis=0) / sizes[1])
        assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 4.5 * error).all(), name
        np.testing.assert_allclose(one.std(axis=0), other.std(axis=0), rtol=0.2, err_msg=name)
