"""Items pooled in groups: intervals of what each brought hold the truth as often as they say.

``WORKBENCH_SIMULATIONS`` raises the number of data sets.
"""

from __future__ import annotations

import os

import numpy as np
from pooled_mixes import pooled_mix
from scipy.stats import binom, kstest

from workbench.budget.fit import fit_mix
from workbench.core.errors import NotConverged

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))
FIRST_SEED = 1_000


def test_ranks_are_uniform_and_intervals_cover():
    ranks = []
    for seed in range(FIRST_SEED, FIRST_SEED + N_SIMULATIONS):
        made = pooled_mix(seed)
        try:
            fit = fit_mix(made.data, made.spec, method="fast", n_draws=1_000)
        except NotConverged:  # a user's fit goes on to NUTS, a minute each
            continue
        ranks.append((fit.draws.contribution < made.contributions).mean(axis=0))
    found = np.array(ranks)
    assert len(found) >= 0.95 * N_SIMULATIONS
    covered = ((found > 0.05) & (found < 0.95)).mean(axis=0)
    assert (covered >= binom.ppf(0.001, N_SIMULATIONS, 0.9) / N_SIMULATIONS).all()
    assert min(kstest(column, "uniform").pvalue for column in found.T) > 0.01 / found.shape[1]
