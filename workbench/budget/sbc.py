"""Whether the fits' intervals mean what they say: simulation-based calibration of the whole path.

Parameters are drawn from the prior, data from the parameters, and a posterior from the data: then the truth's
rank among the posterior's draws is uniform (Cook et al. 2006, Talts et al. 2018, arXiv:1804.06788), for every
parameter and every figure made of them, if and only if the fit is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.contributions import complete_draws
from workbench.budget.fast_fit import MixDraws
from workbench.budget.fit import Method, MixFit, fit_mix, fit_model, fit_reported
from workbench.budget.pooled import SPREAD_PRIOR
from workbench.budget.reported_drifting import DriftingMixModel
from workbench.budget.reported_simulate import SimulatedReports, simulate_reported
from workbench.budget.simulate import SimulatedMix, roas_spec, simulate_mix
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.budget.spec import MixSpec

#: The truth and the draws of all that is ranked.
Ranked = dict[str, tuple[float, Floats]]

_N_RANKED = 99  # draws that the truth is ranked among, so that there are 100 ranks
_N_BINS = 20


@dataclass(frozen=True)
class Calibration:
    """Ranks of the truth and coverage of intervals, over many simulated data sets.

    Attributes
    ----------
    names : tuple of str
        What was ranked: parameters of the curves, contributions, marginal ROAS, noise, level of the baseline.
    ranks : ndarray of int, shape (n_ranked, n_names)
        From 0 to 99.
    covered : ndarray of bool, shape (n_ranked, n_names)
        Whether the 90 % interval held the truth.
    fell_back : ndarray of bool, shape (n_simulations,)
        Whether the gate sent the fit to NUTS, or would have.
    pareto_k : ndarray, shape (n_ranked,)
        NaN where it did.
    """

    names: tuple[str, ...]
    ranks: Floats
    covered: Floats
    fell_back: Floats
    pareto_k: Floats

    def p_values(self) -> Floats:
        """Return the chi-squared tests of uniform ranks, one for each name."""
        from scipy.stats import chisquare

        width = (_N_RANKED + 1) // _N_BINS
        counts = [np.bincount(column.astype(int) // width, minlength=_N_BINS) for column in self.ranks.T]
        return np.array([chisquare(count).pvalue for count in counts])

    def holm(self) -> Floats:
        """Return the p-values adjusted for their number (Holm 1979)."""
        p = self.p_values()
        order = np.argsort(p)
        steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
        out = np.empty_like(p)
        out[order] = np.minimum(steps, 1.0)
        return out

    def table(self) -> pd.DataFrame:
        """Return one row a parameter or figure."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": self.names,
                "coverage_90": self.covered.mean(axis=0),
                "p": self.p_values(),
                "p_holm": self.holm(),
            }
        )

    def summary(self) -> str:
        """Say whether ranks are uniform and intervals cover, and how often the fast path was not used."""
        coverage = self.covered.mean(axis=0)
        k = self.pareto_k[~np.isnan(self.pareto_k)]
        return (
            f"{len(self.fell_back)} simulations: smallest p after Holm {self.holm().min():.3f}; "
            f"90 % intervals cover {coverage.min():.3f} to {coverage.max():.3f}; "
            f"{self.fell_back.mean():.1%} fell back to NUTS; "
            f"Pareto k̂ {np.median(k):.2f} at the median, {np.quantile(k, 0.99):.2f} at 99 %."
        )


def calibrate(
    n_simulations: int,
    *,
    seed: int,
    spec: MixSpec | None = None,
    n_periods: int = 104,
    n_channels: int = 3,
    method: Method = "auto",
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Simulate and fit many data sets.

    Parameters
    ----------
    n_simulations : int
    seed : int
    spec : MixSpec, optional
        With priors that do not depend on the outcome (`roas_spec`, the default).
    n_periods, n_channels : int
    method : {"auto", "fast", "nuts"}
    progress : callable, optional
        Told after each hundredth data set.
    """
    spec = spec or roas_spec(n_channels)

    def one(rng: np.random.Generator) -> tuple[MixFit, Ranked]:
        made = simulate_mix(spec, n_periods=n_periods, n_channels=n_channels, rng=rng)
        fit = fit_mix(made.model.data, spec, method=method, seed=int(rng.integers(2**31)))
        return fit, _ranked(made, fit)

    return _calibrate(one, n_simulations, seed=seed, progress=progress)


def calibrate_reported(
    n_simulations: int,
    *,
    seed: int,
    groups: tuple[str, ...] = ("a", "a", "a", "a", "b"),
    n_periods: int = 104,
    step_days: int = 7,
    method: Method = "auto",
    drifts: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Simulate and fit many data sets of items with their own reported results.

    Parameters
    ----------
    n_simulations, seed, method, progress
        As for `calibrate`. Under ``fast`` the data sets at which the gate stays shut are counted as such, and
        are not ranked.
    groups : tuple of str
        The group of each item.
    n_periods, step_days : int
    drifts : bool
        Whether rates wander, and are fitted so; by the fast path only.
    """

    def one(rng: np.random.Generator) -> tuple[MixFit, Ranked]:
        made = simulate_reported(groups, n_periods=n_periods, rng=rng, step_days=step_days, drifts=drifts)
        model = made.model
        how: dict[str, Any] = {"method": method, "seed": int(rng.integers(2**31)), "n_draws": 2_000}
        if isinstance(model, DriftingMixModel):
            fit = fit_model(model, **{**how, "method": "fast"})
            return fit, _ranked_reported(made, fit) | _ranked_drift(made, fit, model)
        fit = fit_reported(model.data, model.reported, model.spec, **how)
        return fit, _ranked_reported(made, fit)

    return _calibrate(one, n_simulations, seed=seed, progress=progress)


def _calibrate(
    one: Callable[[np.random.Generator], tuple[MixFit, Ranked]],
    n_simulations: int,
    *,
    seed: int,
    progress: Callable[[int], None] | None,
) -> Calibration:
    ranks, covered, fell_back, pareto_k = [], [], [], []
    names: tuple[str, ...] = ()
    for k in range(n_simulations):
        rng = np.random.default_rng([seed, k])
        try:
            fit, ranked = one(rng)
        except NotConverged:
            fell_back.append(True)
            continue
        names = tuple(ranked)
        below = {name: draws < truth for name, (truth, draws) in ranked.items()}
        chosen = rng.choice(fit.draws.n_draws, _N_RANKED, replace=False)
        ranks.append([below[name][chosen].sum() for name in names])
        share = np.array([below[name].mean() for name in names])
        covered.append((share > 0.05) & (share < 0.95))
        fell_back.append(fit.diagnostics.method == "nuts")
        pareto_k.append(np.nan if fit.diagnostics.pareto_k is None else fit.diagnostics.pareto_k)
        if progress is not None and (k + 1) % 100 == 0:
            progress(k + 1)
    return Calibration(names, *(np.array(x) for x in (ranks, covered, fell_back, pareto_k)))


def _ranked(made: SimulatedMix, fit: MixFit) -> Ranked:
    """Return the truth and the draws of all that is ranked."""
    model = made.model
    one = MixDraws(made.scores[None], made.worths[None])
    truth = complete_draws(model, one, np.random.default_rng(0))
    out: Ranked = {}
    for c, channel in enumerate(model.data.channels):
        for name in model.spec.curve_parameters:
            out[f"{name} of {channel}"] = (truth.curves[name][0, c], fit.draws.curves[name][:, c])
        out[f"contribution of {channel}"] = (made.contributions[c], fit.draws.contribution[:, c])
        out[f"marginal ROAS of {channel}"] = (truth.marginal[0, c], fit.draws.marginal[:, c])
    out["noise"] = (float(truth.noise[0]), fit.draws.noise)
    out["level"] = (made.baseline[0], fit.draws.baseline[:, 0])
    out["trend"] = (made.baseline[1], fit.draws.baseline[:, 1])
    return out


def _ranked_reported(made: SimulatedReports, fit: MixFit) -> Ranked:
    model, scores = made.model, fit.draws.scores
    one = MixDraws(made.scores[None], made.coming[None], made.rates[None])
    truth = complete_draws(model, one, np.random.default_rng(0))
    out: Ranked = {}
    for c, item in enumerate(model.data.channels):
        for name in model.spec.curve_parameters:
            out[f"{name} of {item}"] = (truth.curves[name][0, c], fit.draws.curves[name][:, c])
        out[f"results per unit of {item}"] = (truth.contribution[0, c], fit.draws.contribution[:, c])
        out[f"marginal results of {item}"] = (truth.marginal[0, c], fit.draws.marginal[:, c])
    first = -2 - len(model.waves.names)
    for k, name in enumerate(model.waves.names):
        out[name] = (float(made.scores[first + k]), scores[:, first + k])
    spread = SPREAD_PRIOR.values(made.scores[-2:-1])
    out["spread of items"] = (float(spread[0]), SPREAD_PRIOR.values(scores[:, -2]))
    out["noise"] = (float(truth.noise[0]), fit.draws.noise)
    return out


def _ranked_drift(made: SimulatedReports, fit: MixFit, model: DriftingMixModel) -> Ranked:
    names = ("deviation of rates", "correlation of rates")
    true, drawn = model.drift_of(made.scores[None]), model.drift_of(fit.draws.scores)
    out = {name: (float(t[0]), d) for name, t, d in zip(names, true, drawn, strict=True)}
    for c, item in enumerate(model.data.channels):
        out[f"coming results per unit of {item}"] = (made.coming[c], fit.draws.worths[:, c])
    return out
