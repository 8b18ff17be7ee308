"""How fast and how right media mix fits are: public examples with known truth, and calibration by simulation.

``python -m benchmarks.budget_fit`` fits the public examples in ``../shared/data/budget`` and prints error,
interval, time and diagnostics. ``--sbc [n]`` draws n data sets (1,000) from the model's own prior, 3 channels
and 104 weeks each, fits them as a user would, falling back to NUTS where the gate says so, and checks that
the truth's ranks are uniform (Talts et al. 2018, arXiv:1804.06788). ``--campaigns`` splits a social channel
among its seven campaigns and scores the shares against the exact ones, by the protocol of decision 16, which
was written before the first fit. ``--sbc-reported [n]`` does as ``--sbc`` for items explained by their own
reported results (decision 19): five in two groups, 104 weeks, counting fits that would go to NUTS. Times are
processor seconds of the whole process.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a second thread only spins

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from workbench.budget.data import MixData, mix_data
from workbench.budget.fast_fit import fit_fast
from workbench.budget.fit import MixFit, fit_mix
from workbench.budget.model import make_model
from workbench.budget.pooled import PooledMixModel
from workbench.budget.sbc import calibrate, calibrate_reported
from workbench.budget.spec import MixSpec
from workbench.stats.counts import Floats
from workbench.stats.importance import ImportanceSample

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "budget"


def example() -> tuple[MixData, Floats, MixSpec]:
    import pandas as pd

    data = mix_data(
        pd.read_csv(FOLDER / "mmm_example.csv"),
        date_column="date_week",
        spend=["x1", "x2"],
        outcome="y",
        controls=["event_1", "event_2"],
    )
    return data, np.array([274_848.0, 65_906.0]), MixSpec()


def small_business(saturation: Any) -> tuple[MixData, Floats, MixSpec]:
    import pandas as pd

    truth = (
        pd.read_csv(FOLDER / "small_business_truth_transformed_spend.csv").filter(like="contribution").sum()
    )
    data = mix_data(
        pd.read_csv(FOLDER / "small_business_data.csv"),
        date_column="date",
        spend=[name.removeprefix("contribution_") for name in truth.index],
        outcome="y",
        controls=["c1", "c2"],
    )
    shares = json.loads((FOLDER / "small_business_truth.json").read_text())["attribution_percentages"][
        "Local"
    ]
    brought = truth.to_numpy()
    if not np.allclose(brought / brought.sum() * 100, list(shares.values()), atol=0.01):
        raise SystemExit("small_business: the truth's two files disagree about the shares")
    return data, brought, MixSpec(saturation=saturation)


def compare(name: str, case: tuple[MixData, Floats, MixSpec]) -> None:
    data, truth, spec = case
    fit_mix(data, spec)  # imports and tables
    fit = fit_mix(data, spec)
    found = fit.diagnostics
    quality = f"k̂ {found.pareto_k:.2f}" if found.pareto_k is not None else f"R̂ {found.r_hat:.3f}"
    print(
        f"\n{name}, {spec.saturation}: {fit.cpu_seconds:.2f} CPU s, "
        f"{found.method}, {quality}, ESS {found.ess:.0f}"
    )
    print(f"  {'channel':18}{'truth':>10}{'mean':>10}{'error':>8}{'in sd':>7}  90 % interval        why")
    for c, (channel, true) in enumerate(zip(fit.channels, truth, strict=True)):
        mean, (low, high) = channel.contribution.mean, channel.contribution.interval
        in_sd = (mean - true) / fit.draws.contribution[:, c].std()
        print(
            f"  {channel.name:18}{true:10,.0f}{mean:10,.0f}{mean / true - 1:+8.1%}{in_sd:+7.1f}  "
            f"[{low:9,.0f}, {high:9,.0f}]  {why(mean / true - 1, low < true < high)}"
        )


def why(error: float, covered: bool) -> str:
    """Say what makes an error of ten per cent or more."""
    if abs(error) < 0.1:
        return ""
    if covered:
        return "two years of noisy weeks say no more: the interval holds the truth"
    return "not covered: the true curve (Hill) is of another shape than this family's"


def sbc(n: int, *, reported: bool = False, drifts: bool = False) -> None:
    started = time.process_time()
    told: dict[str, Any] = {"seed": 2026, "progress": lambda k: print(f"  {k} of {n}", flush=True)}
    found = calibrate_reported(n, **told, method="fast", drifts=drifts) if reported else calibrate(n, **told)
    spent = (time.process_time() - started) / n
    print(found.table().to_string(index=False))
    print(found.summary())
    print(f"{spent:.2f} CPU s a data set, simulation included")


def campaigns() -> None:
    import pandas as pd

    folder = FOLDER / "campaign_credibility"
    truth_of = pd.read_csv(folder / "credibility_ground_truth_campaign_contributions.csv")
    first, names = campaign_data(folder, "reach")
    truth = truth_of[names].sum().to_numpy()
    print("\nCampaigns, the first protocol: delivery is reach, one curve a group")
    score_campaigns(fit_campaigns(first, names, curve_pooling=1.0), names, truth)
    print("\nCampaigns, the second protocol: half of a curve its own, delivery of the highest evidence")
    evidence = {}
    for delivery in ("reach", "impressions", "spend", "clicks"):
        found = campaign_evidence(campaign_data(folder, delivery)[0], names)
        evidence[delivery] = found.log_mass
        k = found.smoothed.pareto_k
        print(f"  {delivery:12} log evidence {found.log_mass:8.2f} up to a constant, k̂ {k:.2f}")
    chosen = max(evidence, key=evidence.__getitem__)
    print(f"  chosen: {chosen}")
    second, _ = campaign_data(folder, chosen)
    score_campaigns(fit_campaigns(second, names, curve_pooling=None), names, truth)


def campaign_data(folder: Path, delivery: str) -> tuple[MixData, list[str]]:
    import pandas as pd

    total = pd.read_csv(folder / "credibility_mmm_input_data.csv")
    delivered = pd.read_csv(folder / "credibility_campaign_daily_metrics.csv")
    names = list(dict.fromkeys(delivered["campaign"]))
    wide = delivered.pivot(index="date", columns="campaign", values=delivery)[names].reset_index()
    table = total[["date", "search", "trend", "y"]].merge(wide, on="date", validate="one_to_one")
    data = mix_data(table, date_column="date", spend=[*names, "search"], outcome="y", controls=["trend"])
    return data, names


def campaign_spec(names: list[str], curve_pooling: float | None) -> MixSpec:
    groups = {**dict.fromkeys(names, "social"), "search": "search"}
    return MixSpec(trend=False, n_fourier=0, groups=groups, curve_pooling=curve_pooling)


def fit_campaigns(data: MixData, names: list[str], *, curve_pooling: float | None) -> MixFit:
    return fit_mix(data, campaign_spec(names, curve_pooling), method="fast", seed=1, n_draws=4_000)


def campaign_evidence(data: MixData, names: list[str]) -> ImportanceSample:
    model = make_model(data, campaign_spec(names, None), kind=PooledMixModel)
    return fit_fast(model, np.random.default_rng(1)).sample


def score_campaigns(fit: MixFit, names: list[str], truth: Floats) -> None:
    brought = fit.draws.contribution[:, : len(names)]
    shares = brought / brought.sum(axis=1, keepdims=True)
    found = fit.diagnostics
    print(f"{fit.cpu_seconds:.2f} CPU s, k̂ {found.pareto_k:.2f}, ESS {found.ess:.0f}, {len(names)} campaigns")
    score_shares(names, shares, truth / truth.sum(), fit.model.data.spend[:, : len(names)].sum(axis=0))
    print(
        f"social: {brought.sum(axis=1).mean():,.0f} of the true {truth.sum():,.0f}, 90 % interval "
        f"{np.quantile(brought.sum(axis=1), [0.05, 0.95]).round(-3)}"
    )


def score_shares(names: list[str], shares: Floats, truth: Floats, delivered: Floats) -> None:
    """Print MAE of the means, CRPS of the draws, coverage, and the same MAE of the shares of delivery."""
    crps = [crps_of(shares[:, c], true) for c, true in enumerate(truth)]
    low, high = np.quantile(shares, [0.05, 0.95], axis=0)
    plain = delivered / delivered.sum()
    for c, name in enumerate(names):
        print(
            f"  {name:24}{truth[c]:8.4f}{shares[:, c].mean():8.4f}  [{low[c]:.4f}, {high[c]:.4f}]"
            f"  delivery {plain[c]:.4f}  CRPS {crps[c]:.4f}"
        )
    print(
        f"MAE {np.abs(shares.mean(axis=0) - truth).mean():.4f}, CRPS {np.mean(crps):.4f}, "
        f"90 % intervals hold {((low < truth) & (truth < high)).sum()} of {len(names)}; "
        f"MAE of shares of delivery {np.abs(plain - truth).mean():.4f}"
    )


def crps_of(draws: Floats, true: float) -> float:
    """Return ``E|X − x| − ½ E|X − X'|`` of draws."""
    ordered, n = np.sort(draws), len(draws)
    spread = 2 * ((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / n**2
    return float(np.abs(draws - true).mean() - spread / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbc", type=int, nargs="?", const=1_000, help="number of simulated data sets")
    parser.add_argument("--sbc-reported", type=int, nargs="?", const=200, help="the same, decision 19")
    parser.add_argument("--sbc-drifting", type=int, nargs="?", const=200, help="the same, rates wander")
    parser.add_argument("--campaigns", action="store_true", help="shares of campaigns, decision 16")
    asked = parser.parse_args()
    if asked.campaigns:
        campaigns()
        return
    n = asked.sbc or asked.sbc_reported or asked.sbc_drifting
    if n:
        sbc(n, reported=not asked.sbc, drifts=bool(asked.sbc_drifting))
        return
    compare("mmm_example", example())
    for saturation in ("hill", "logistic", "michaelis_menten"):
        compare("small_business", small_business(saturation))


if __name__ == "__main__":
    main()
