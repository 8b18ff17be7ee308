"""Runs inside the environment of PyMC-Marketing: one media mix and one allocation, from JSON to JSON.

The model is the one that its own guide fits to such data: geometric adstock over eight weeks, logistic
saturation, a straight trend as a control, two yearly harmonics, priors of the guide's widths. Four chains of
1,000 warm-up steps and 1,000 draws with nutpie.
"""

from __future__ import annotations

import json
import sys
import time

import arviz as az
import numpy as np
import pandas as pd
from pymc_extras.prior import Prior
from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation


def fitted(given: dict) -> tuple[MMM, dict]:
    table = pd.DataFrame({"date": pd.to_datetime(given["dates"]), **given["spend"], **given["controls"]})
    table["trend"] = np.arange(len(table), dtype=float)
    spend = np.array([sum(given["spend"][name]) for name in given["spend"]])
    mix = MMM(
        date_column="date",
        channel_columns=list(given["spend"]),
        target_column="y",
        control_columns=[*given["controls"], "trend"],
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        yearly_seasonality=2,
        model_config={
            "intercept": Prior("Normal", mu=0.5, sigma=0.2),
            "saturation_beta": Prior("HalfNormal", sigma=len(spend) * spend / spend.sum(), dims="channel"),
            "gamma_control": Prior("Normal", mu=0, sigma=0.05, dims="control"),
            "gamma_fourier": Prior("Laplace", mu=0, b=0.2, dims="fourier_mode"),
            "likelihood": Prior("Normal", sigma=Prior("HalfNormal", sigma=6)),
        },
    )
    wall, cpu = time.perf_counter(), time.process_time()
    mix.fit(
        table,
        pd.Series(given["outcome"], name="y"),
        chains=4,
        cores=2,
        tune=1_000,
        draws=1_000,
        target_accept=0.95,
        nuts_sampler="nutpie",
        random_seed=2026,
        progressbar=False,
    )
    times = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    return mix, times


def contributions(mix: MMM, names: list[str]) -> dict[str, list[float]]:
    scale = float(mix.get_scales_as_xarray()["target_scale"])
    totals = mix.idata.posterior["channel_contribution"].sum("date") * scale
    found = {}
    for name in names:
        draws = totals.sel(channel=name).to_numpy().ravel()
        found[name] = [float(draws.mean()), *(float(q) for q in np.quantile(draws, [0.05, 0.95]))]
    return found


def quality(mix: MMM) -> dict[str, float]:
    kept = [name for name in mix.idata.posterior.data_vars if "contribution" not in name and name != "mu"]
    table = az.summary(mix.idata, var_names=[n for n in kept if "date" not in mix.idata.posterior[n].dims])
    ess = min(pd.to_numeric(table[c]).min() for c in table.columns if c.startswith("ess"))
    return {"ess": float(ess), "r_hat": float(pd.to_numeric(table["r_hat"]).max())}


def allocated(mix: MMM, given: dict) -> dict:
    last = pd.to_datetime(given["dates"][-1])
    step = last - pd.to_datetime(given["dates"][-2])
    wall, cpu = time.perf_counter(), time.process_time()
    optimiser = mix.budget_optimizer(last + step, last + given["n_periods"] * step)
    result = optimiser.allocate_budget(total_budget=given["total_a_period"])
    return {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "split_a_period": [float(x) for x in np.ravel(result.budgets.to_numpy())],
    }


given = json.load(sys.stdin)
mix, times = fitted(given)
answer = {**times, "contributions": contributions(mix, list(given["spend"])), "quality": quality(mix)}
try:
    answer["allocation"] = allocated(mix, given)
except Exception as error:  # a failure of a peer is a figure of the table
    answer["allocation"] = {"error": f"{type(error).__name__}: {error}"[:300]}
print(json.dumps(answer))
