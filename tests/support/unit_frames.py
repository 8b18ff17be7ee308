"""Made-up experiments, one row a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd


def unit_rows(n=600, seed=3, effect=0.4):
    """Give a two-arm experiment with outcomes of every kind, covariates, strata and clusters."""
    rng = np.random.default_rng(seed)
    before = rng.normal(10, 3, n)
    treated = rng.permutation(n) % 2
    value = 5 + 0.8 * before + effect * treated + rng.normal(0, 1, n)
    return pd.DataFrame(
        {
            "unit": np.arange(n),
            "group": np.where(treated, "variant", "control"),
            "value": value,
            "bought": (value > np.quantile(value, 0.7)).astype(int),
            "sessions": rng.poisson(4, n) + 1,
            "orders": rng.poisson(2 + 0.2 * treated, n),
            "before": before,
            "region": rng.choice(["north", "south", "west"], n),
            "shop": rng.integers(0, 25, n) * 2 + treated,
        }
    )
