"""Items by their own reported results: intervals hold the truth as often as they say; both paths agree.

``WORKBENCH_SIMULATIONS`` raises the number of data sets.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.stats import binom

from workbench.budget.fit import fit_reported
from workbench.budget.reported_simulate import simulate_reported
from workbench.budget.sbc import calibrate_reported

N_SIMULATIONS = min(int(os.environ.get("WORKBENCH_SIMULATIONS", "12")), 400)


def test_ranks_are_uniform_and_intervals_cover():
    found = calibrate_reported(N_SIMULATIONS, seed=11, groups=("a", "a", "b"), n_periods=60, method="fast")
    assert found.fell_back.mean() <= 0.1
    n, n_names = found.covered.shape
    # Each name's count lies above what a right fit stays below once in a hundred thousand.
    assert (found.covered.sum(axis=0) >= binom.ppf(1e-5, n, 0.9)).all()
    assert found.holm().min() > 0.001
    total = found.covered.mean()
    assert abs(total - 0.9) < 4 * np.sqrt(0.09 / n / n_names * 3)  # names of one data set go together


@pytest.mark.slow
def test_nuts_on_the_same_model_gives_the_same_posterior():
    model = simulate_reported(("a",) * 3, n_periods=40, rng=np.random.default_rng(3)).model
    given = (model.data, model.reported, model.spec)
    fast, slow = (fit_reported(*given, method=method) for method in ("fast", "nuts"))
    assert slow.diagnostics.method == "nuts"
    for name in ("worths", "marginal", "scores"):
        ours, theirs = getattr(fast.draws, name), getattr(slow.draws, name)
        off = (ours.mean(axis=0) - theirs.mean(axis=0)) / theirs.std(axis=0)
        assert np.abs(off).max() < 0.2  # 400 effective draws of each: deviation .07
        assert np.abs(np.log(ours.std(axis=0) / theirs.std(axis=0))).max() < 0.2


@pytest.mark.slow
def test_many_groups_need_no_chain():
    groups = tuple("abcde"[k % 5] for k in range(10))
    model = simulate_reported(groups, n_periods=104, rng=np.random.default_rng(4)).model
    assert model.n_curve > 20
    found = fit_reported(model.data, model.reported, model.spec, method="fast").diagnostics
    assert found.ess > 800
