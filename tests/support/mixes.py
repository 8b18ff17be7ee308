"""Small media mixes with known truth, and frames to spoil."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.budget.simulate import SimulatedMix, roas_spec, simulate_mix


def made_mix(seed: int = 3, *, n_channels: int = 2, n_periods: int = 104, **given: Any) -> SimulatedMix:
    """Draw a data set from the model's own prior."""
    rng = np.random.default_rng(seed)
    return simulate_mix(roas_spec(n_channels, **given), n_periods=n_periods, n_channels=n_channels, rng=rng)


def mix_frame(n_periods: int = 60, *, step_days: int = 7) -> Any:
    """Return a usable pandas frame: ``day``, ``social``, ``search``, ``price``, ``sales``."""
    import pandas as pd

    rng = np.random.default_rng(5)
    days = [date(2024, 1, 1) + timedelta(days=step_days * k) for k in range(n_periods)]
    social, search = rng.gamma(2, 50, n_periods), rng.gamma(2, 30, n_periods)
    sales = 1_000 + 3 * social + 2 * search + rng.normal(0, 60, n_periods)
    price = rng.choice([9.0, 10.0], n_periods)
    return pd.DataFrame({"day": days, "social": social, "search": search, "price": price, "sales": sales})
