"""Rates that wander: ranks of what made the data are uniform, of what was and of what comes.

``WORKBENCH_SIMULATIONS`` raises the number of data sets.
"""

from __future__ import annotations

import os

import numpy as np
from scipy.stats import binom

from workbench.budget.sbc import calibrate_reported

N_SIMULATIONS = min(int(os.environ.get("WORKBENCH_SIMULATIONS", "6")), 400)


def test_intervals_of_rates_that_wander_hold_what_made_the_data():
    found = calibrate_reported(
        N_SIMULATIONS, seed=12, groups=("a", "a", "b"), n_periods=50, method="fast", drifts=True
    )
    assert found.fell_back.mean() <= 0.2
    n, n_names = found.covered.shape
    assert (found.covered.sum(axis=0) >= binom.ppf(1e-5, n, 0.9)).all()
    total = found.covered.mean()
    assert abs(total - 0.9) < 4 * np.sqrt(0.09 / n / n_names * 3)  # names of one data set go together
    assert {"coming results per unit of item_1", "correlation of rates"} <= set(found.names)
