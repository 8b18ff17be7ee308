"""Runs inside the environment of Meridian: one national media mix and one allocation, from JSON to JSON.

The default model (geometric adstock, Hill saturation, its own default priors for an outcome without a price)
with a baseline of one knot a quarter, so that it can follow the season. Four chains of 1,000 warm-up steps,
as many of its adaptation, and 1,000 draws.
"""

from __future__ import annotations

import json
import sys
import time

import arviz as az
import numpy as np
import pandas as pd
from meridian.analysis import analyzer, optimizer
from meridian.data.data_frame_input_data_builder import DataFrameInputDataBuilder
from meridian.model import model, spec


def fitted(given: dict) -> tuple[model.Meridian, dict]:
    table = pd.DataFrame({"time": given["dates"], "kpi": given["outcome"], "geo": "national_geo"})
    table["population"] = 1.0
    names = list(given["spend"])
    table = table.assign(**given["spend"], **given["controls"])
    built = DataFrameInputDataBuilder(kpi_type="non_revenue").with_kpi(table)
    if given["controls"]:
        built = built.with_controls(table, control_cols=list(given["controls"]))
    data = built.with_media(table, media_cols=names, media_spend_cols=names, media_channels=names).build()
    mix = model.Meridian(input_data=data, model_spec=spec.ModelSpec(knots=max(1, len(table) // 13)))
    wall, cpu = time.perf_counter(), time.process_time()
    mix.sample_posterior(n_chains=4, n_adapt=1_000, n_burnin=1_000, n_keep=1_000, seed=2026)
    return mix, {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def quality(mix: model.Meridian) -> dict[str, float]:
    found = analyzer.Analyzer(model_context=mix.model_context, inference_data=mix.inference_data)
    r_hat = max(float(np.nanmax(np.asarray(v))) for v in found.get_rhat().values())
    sizes = az.ess(mix.inference_data)
    names = [n for n in sizes.data_vars if n in ("alpha_m", "ec_m", "slope_m", "beta_m", "roi_m", "sigma")]
    return {"ess": min(float(np.nanmin(sizes[n].to_numpy())) for n in names), "r_hat": r_hat}


def contributions(mix: model.Meridian, names: list[str]) -> dict[str, list[float]]:
    found = analyzer.Analyzer(model_context=mix.model_context, inference_data=mix.inference_data)
    draws = np.asarray(found.incremental_outcome(use_kpi=True)).reshape(-1, len(names))
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {name: [float(draws[:, c].mean()), float(low[c]), float(high[c])] for c, name in enumerate(names)}


def allocated(mix: model.Meridian, given: dict) -> dict:
    wall, cpu = time.perf_counter(), time.process_time()
    start = given["dates"][-given["n_periods"]]
    result = optimizer.BudgetOptimizer(mix).optimize(
        start_date=start,
        end_date=given["dates"][-1],
        budget=given["total_a_period"] * given["n_periods"],
        use_kpi=True,
    )
    return {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "split_a_period": [float(x) / given["n_periods"] for x in result.optimized_data["spend"].to_numpy()],
    }


given = json.load(sys.stdin)
mix, times = fitted(given)
answer = {**times, "contributions": contributions(mix, list(given["spend"]))}
answer["quality"] = quality(mix)
try:
    answer["allocation"] = allocated(mix, given)
except Exception as error:  # a failure of a peer is a figure of the table
    answer["allocation"] = {"error": f"{type(error).__name__}: {error}"[:300]}
print(json.dumps(answer))
