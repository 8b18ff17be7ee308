"""Fit a media mix model: by the fast path where its gate opens, else by NUTS; and say which."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.budget.contributions import PosteriorDraws, complete_draws
from workbench.budget.data import MixData
from workbench.budget.estimate import Estimate, estimate
from workbench.budget.fast_fit import fit_fast
from workbench.budget.learned import Learned, learned_of
from workbench.budget.model import MixModel, make_model
from workbench.budget.pooled import PooledMixModel
from workbench.budget.priors import refused
from workbench.budget.reported import ReportedMixModel, make_reported
from workbench.budget.reported_drift import may_drift, period_weight
from workbench.budget.reported_drifting import DriftingMixModel, drifting
from workbench.budget.slow_fit import fit_slow
from workbench.budget.spec import LiftTest, MixSpec
from workbench.core.errors import NotConverged
from workbench.core.number_text import number
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["auto", "fast", "nuts"]


@dataclass(frozen=True)
class ChannelResult:
    """One channel over the fitted periods.

    Attributes
    ----------
    name : str
    spend : float
        Currency units, in all.
    contribution : Estimate
        Outcome brought, in all.
    share : Estimate
        Of the outcome, in all.
    roas, marginal_roas : Estimate
        Outcome per currency unit: of all spend, and of one more unit spread as spend was.
    cost_per_result : Estimate
        Currency units per unit of outcome; by its median, since a mean need not exist.
    learned : tuple of Learned
        Prior against posterior, for each parameter of the curve and for the channel's worth.
    """

    name: str
    spend: float
    contribution: Estimate
    share: Estimate
    roas: Estimate
    marginal_roas: Estimate
    cost_per_result: Estimate
    learned: tuple[Learned, ...]

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Parameters on which the data say next to nothing."""
        return tuple(one.parameter for one in self.learned if not one.is_identified)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = {
            name: value.to_dict() if isinstance(value, Estimate) else value
            for name, value in vars(self).items()
            if name != "learned"
        }
        return {
            **plain,
            "learned": [asdict(one) for one in self.learned],
            "not_identified": list(self.not_identified),
        }


@dataclass(frozen=True)
class FitDiagnostics:
    """How the posterior was computed, and how far that may be trusted.

    Attributes
    ----------
    method : {"importance", "nuts"}
    pareto_k, ess : float or None
        Of the importance sample; under NUTS ``ess`` is the chains' smallest.
    r_hat : float or None
        Of the chains; ``None`` for the fast path, which has none.
    n_divergent : int
    fell_back_because : str
        Why the fast path was not used; empty if it was, or if NUTS was asked for.
    """

    method: Literal["importance", "nuts"]
    pareto_k: float | None
    ess: float
    r_hat: float | None = None
    n_divergent: int = 0
    fell_back_because: str = ""


@dataclass(frozen=True)
class MixFit:
    """A fitted media mix model.

    Attributes
    ----------
    model : MixModel
    draws : PosteriorDraws
        Arrays, each row a draw of equal weight.
    channels : tuple of ChannelResult
    baseline : Estimate
        Outcome without any spend, over the fitted periods.
    diagnostics : FitDiagnostics
    seed : int
    cpu_seconds : float
        Processor time of the whole process.
    """

    model: MixModel
    draws: PosteriorDraws
    channels: tuple[ChannelResult, ...]
    baseline: Estimate
    diagnostics: FitDiagnostics
    seed: int
    cpu_seconds: float

    @property
    def dates(self) -> tuple[date, date]:
        """First and last period that was fitted."""
        days = self.model.data.dates
        return days[0], days[self.model.n_used - 1]

    def table(self) -> pd.DataFrame:
        """Return one row a channel."""
        import pandas as pd

        rows = []
        for one in self.channels:
            row: dict[str, Any] = {"channel": one.name, "spend": one.spend}
            for name in ("contribution", "share", "roas", "marginal_roas", "cost_per_result"):
                value: Estimate = getattr(one, name)
                row |= {name: value.mean, f"{name}_low": value.interval[0], f"{name}_high": value.interval[1]}
            rows.append({**row, "not_identified": ", ".join(one.not_identified)})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Say what each channel brought, in a sentence each, and how that was computed."""
        data, level = self.model.data, f"{self.model.spec.level:.0%}"
        unit = data.currency or "unit of spend"
        first, last = self.dates
        of_what = {"total": "", "reported": ", as reported of each item"}[self.model.explains]
        lines = [f"{first} to {last}, {self.model.n_used} {data.period}s of {data.outcome_name}{of_what}:"]
        for one in self.channels:
            lines.append(
                f"{one.name} brought {_said(one.contribution)} ({one.share.mean:.1%} of all) for "
                f"{number(one.spend)}: {_said(one.roas)} per {unit}, the next one {_said(one.marginal_roas)}."
            )
            if one.not_identified:
                lines.append(
                    f"  The data do not identify its {', '.join(one.not_identified)}: the prior speaks."
                )
        found = self.diagnostics
        if found.method == "importance":
            how = f"by importance sampling (Pareto k̂ {found.pareto_k:.2f}, {found.ess:.0f} effective draws)"
        else:
            how = f"by NUTS (R̂ {found.r_hat:.3f}, {found.ess:.0f} effective draws)"
        because = (
            f", because the fast path failed: {found.fell_back_because}" if found.fell_back_because else ""
        )
        lines.append(f"Intervals hold {level}; computed {how}{because}.")
        if isinstance(self.model, DriftingMixModel):
            lines.append(self.model.drift_said(self.draws.scores))
        elif isinstance(self.model, ReportedMixModel) and self.model.weight < 1:
            lines.append(
                f"Results drift: a {data.period} tells {self.model.weight:.2f} of what an independent one "
                f"would, and intervals are {self.model.weight**-0.5:.1f} times as wide for it."
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        data, spec = self.model.data, self.model.spec
        return {
            "dates": {"first": self.dates[0].isoformat(), "last": self.dates[1].isoformat()},
            "period": data.period,
            "n_periods": self.model.n_used,
            "outcome": data.outcome_name,
            "explains": self.model.explains,
            **(self.model.told(self.draws.scores) if isinstance(self.model, ReportedMixModel) else {}),
            "currency": data.currency or None,
            "level": spec.level,
            "adstock": spec.adstock,
            "saturation": spec.saturation,
            "groups": dict(spec.groups),
            "channels": [one.to_dict() for one in self.channels],
            "baseline": self.baseline.to_dict(),
            "diagnostics": {**asdict(self.diagnostics), "n_draws": self.draws.n_draws},
            "n_lift_tests": len(self.model.lift_tests),
            "seed": self.seed,
            "cpu_seconds": self.cpu_seconds,
        }


def fit_mix(
    data: MixData,
    spec: MixSpec | None = None,
    *,
    lift_tests: Sequence[LiftTest] = (),
    n_used: int | None = None,
    method: Method = "auto",
    seed: int = 1,
    n_draws: int = 4_000,
) -> MixFit:
    """Fit a media mix model at channel level.

    Parameters
    ----------
    data : MixData
    spec : MixSpec, optional
    lift_tests : sequence of LiftTest
        What experiments found; they enter the likelihood with their intervals.
    n_used : int, optional
        Fit the first so many periods only.
    method : {"auto", "fast", "nuts"}
        ``auto`` takes the fast path and falls back to NUTS; ``fast`` never falls back; ``nuts`` asks for it.
    seed : int
        The same seed gives the same draws.
    n_draws : int
        Draws of equal weight that are kept.

    Raises
    ------
    NotEnoughData
        If there are too few periods for the model.
    NotConverged
        If neither path, or not the one asked for, gives draws that may be used.

    Examples
    --------
    >>> from workbench.budget.simulate import roas_spec, simulate_mix
    >>> made = simulate_mix(roas_spec(1), n_periods=104, n_channels=1, rng=np.random.default_rng(1))
    >>> fit = fit_mix(made.model.data, made.model.spec)
    >>> low, high = fit.channels[0].contribution.interval
    >>> bool(low < made.contributions[0] < high), fit.diagnostics.method
    (True, 'importance')
    """
    spec = spec or MixSpec()
    kind = PooledMixModel if spec.groups else MixModel
    model = make_model(data, spec, lift_tests=tuple(lift_tests), n_used=n_used, kind=kind)
    return fit_model(model, method=method, seed=seed, n_draws=n_draws)


def fit_reported(
    data: MixData,
    reported: Floats,
    spec: MixSpec,
    *,
    n_used: int | None = None,
    method: Method = "auto",
    seed: int = 1,
    n_draws: int = 4_000,
    weight: float | None = None,
) -> MixFit:
    """Fit campaigns or ad sets to what is reported of each, negative-binomial counts pooled in their group.

    What comes out are reported results: whether they would have come without the spend is not asked. Where
    results drift from period to period, the fit is made again with rates that wander, and where that model's
    gate stays shut with what a period then tells.

    Parameters
    ----------
    data : MixData
    reported : ndarray, shape (n_periods, n_items)
        Results that the network credits to each item.
    spec : MixSpec
        ``groups`` names each item's group. ``adstock="none"`` suits results that are booked on the day of
        their impression.
    n_used, method, seed, n_draws
        As for `fit_mix`.
    weight : float, optional
        Of a period's log density, at most 1; by default as `workbench.budget.reported_drift` finds it.

    Raises
    ------
    NotEnoughData
        If there are too few figures for the model.
    NotConverged
        If neither path, or not the one asked for, gives draws that may be used.

    Examples
    --------
    >>> from workbench.budget.reported_simulate import simulate_reported
    >>> made = simulate_reported(("a", "a"), n_periods=60, rng=np.random.default_rng(1))
    >>> fit = fit_reported(made.model.data, made.model.reported, made.model.spec, n_draws=400)
    >>> low, high = fit.channels[0].roas.interval
    >>> bool(low < made.rates[0] < high), fit.diagnostics.method
    (True, 'importance')
    """
    how: dict[str, Any] = {"method": method, "seed": seed, "n_draws": n_draws}
    model = replace(make_reported(data, reported, spec, n_used=n_used), weight=weight or 1.0)
    fit = fit_model(model, **how)
    if weight is not None:
        return fit
    again = _with_drift(model, fit, **how)
    return fit if again is None else replace(again, cpu_seconds=fit.cpu_seconds + again.cpu_seconds)


def _with_drift(model: ReportedMixModel, fit: MixFit, *, method: Method, **how: Any) -> MixFit | None:
    """Fit again with rates that wander, else with periods that tell less; nothing if there is no drift."""
    weight = period_weight(model, fit.draws)
    if method != "nuts" and may_drift(model, fit.draws):
        wandering = _fit_drifting(drifting(model, weight=weight), **how)
        if wandering is not None:
            return wandering
    return fit_model(replace(model, weight=weight), method=method, **how) if weight < 1 else None


def _fit_drifting(model: DriftingMixModel, **how: Any) -> MixFit | None:
    try:
        return fit_model(model, method="fast", **how)
    except NotConverged:
        return None


def refit(fit: MixFit, *, n_used: int, method: Method = "auto", n_draws: int = 4_000) -> MixFit:
    """Fit the same model to the first ``n_used`` periods only."""
    old = fit.model
    how: dict[str, Any] = {"n_used": n_used, "method": method, "seed": fit.seed, "n_draws": n_draws}
    if isinstance(old, DriftingMixModel):
        shorter = make_reported(old.data, old.reported, old.spec, n_used=n_used)
        found = _fit_drifting(drifting(shorter, weight=old.weight), seed=fit.seed, n_draws=n_draws)
        if found is not None:
            return found
    if isinstance(old, ReportedMixModel):
        return fit_reported(old.data, old.reported, old.spec, weight=old.weight, **how)
    return fit_mix(old.data, old.spec, lift_tests=old.lift_tests, **how)


def fit_model(model: MixModel, *, method: Method, seed: int, n_draws: int) -> MixFit:
    """Fit a model of any kind that is made already; see `fit_mix`."""
    if method not in ("auto", "fast", "nuts"):
        raise refused("method", method, "is unknown", "Use auto, fast or nuts.")
    started = time.process_time()
    draws, diagnostics = _posterior(model, method, seed, n_draws)
    channels = tuple(_channel(model, draws, c) for c in range(model.n_channels))
    baseline = draws.baseline @ model.baseline.columns[: model.n_used].sum(axis=0)
    taken = time.process_time() - started
    return MixFit(model, draws, channels, estimate(baseline, model.spec.level), diagnostics, seed, taken)


def _posterior(
    model: MixModel, method: Method, seed: int, n_draws: int
) -> tuple[PosteriorDraws, FitDiagnostics]:
    rng, reason = np.random.default_rng(seed), ""
    if method != "nuts":
        fast = fit_fast(model, rng)
        found = fast.sample.smoothed
        if fast.is_usable:
            draws = complete_draws(model, fast.draws(n_draws, rng), rng)
            return draws, FitDiagnostics("importance", found.pareto_k, found.ess)
        if method == "fast":
            raise NotConverged(
                f"The fast path's gate does not open: {fast.reason}.",
                next_step="Leave the method to auto, which falls back to NUTS.",
                pareto_k=found.pareto_k,
                ess=found.ess,
            )
        reason = fast.reason
    slow, chains = fit_slow(model, seed=seed, n_draws=n_draws)
    diagnostics = FitDiagnostics("nuts", None, chains.ess, chains.r_hat, chains.n_divergent, reason)
    return complete_draws(model, slow, rng), diagnostics


def _channel(model: MixModel, draws: PosteriorDraws, c: int) -> ChannelResult:
    level, spend = model.spec.level, float(model.data.spend[: model.n_used, c].sum())
    brought = draws.contribution[:, c]
    return ChannelResult(
        model.data.channels[c],
        spend,
        estimate(brought, level),
        estimate(brought / model.data.outcome[: model.n_used].sum(), level),
        estimate(brought / spend, level),
        estimate(draws.marginal[:, c], level),
        estimate(spend / np.maximum(brought, 1e-300), level, by_median=True),
        learned_of(model, draws, c),
    )


def _said(value: Estimate) -> str:
    return f"{number(value.mean)} [{number(value.interval[0])}, {number(value.interval[1])}]"
