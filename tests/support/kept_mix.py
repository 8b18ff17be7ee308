"""A small simulated media mix, fitted and kept as a model run."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from workbench.budget.data import MixData
from workbench.budget.fit import fit_mix
from workbench.budget.model_run import write_model_run
from workbench.budget.spec import MixSpec

CHANNELS = ("Retargeting", "Lead form", "Broad video", "Lookalike, 1 %", "Test cell B")
_SPEND = np.array([900, 800, 1400, 2600, 150.0])
_HALF = np.array([1500, 1600, 2500, 1400, 900.0])
_TOP = np.array([190, 150, 120, 110, 12.0])


def mix_of_five(*, currency: str = "EUR", n_weeks: int = 156) -> MixData:
    """Draw weekly leads of five channels, of which two get too much and two too little."""
    rng = np.random.default_rng(4)
    waves = np.sin(np.arange(n_weeks)[:, None] / np.array([5, 7, 9, 11, 4]) + np.arange(5))
    spend = _SPEND * rng.gamma(6, 1 / 6, (n_weeks, 5)) * (1 + 0.4 * waves)
    spend[-4:] = _SPEND * np.array([0.8, 0.7, 1.1, 1.3, 0.8]) * rng.uniform(0.9, 1.1, (4, 5))
    spend = np.round(spend, 2)
    lasting = spend.copy()
    for week in range(1, n_weeks):
        lasting[week] = 0.7 * spend[week] + 0.3 * lasting[week - 1]
    season = 12 * np.sin(np.arange(n_weeks) * 2 * np.pi / 52)
    leads = 150 + (_TOP * lasting / (_HALF + lasting)).sum(axis=1) + season + rng.normal(0, 6, n_weeks)
    days = tuple(date(2023, 11, 27) + timedelta(days=7 * k) for k in range(n_weeks))
    nothing = np.zeros((n_weeks, 0))
    return MixData(days, np.round(leads), spend, CHANNELS, nothing, outcome_name="leads", currency=currency)


def keep_mix(runs: Path, *, currency: str = "EUR", n_draws: int = 2000, **kept: object) -> str:
    """Fit it and keep the run; return its id."""
    fit = fit_mix(mix_of_five(currency=currency), MixSpec(saturation="michaelis_menten"), n_draws=n_draws)
    return write_model_run(fit, runs, source="leads.csv", **kept)
