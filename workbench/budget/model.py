"""The media mix model, and its density with all linear effects integrated out.

``outcome_t = baseline_t + Σ_c amplitude_c f_c(adstock(spend_c)_t) + noise``: the baseline (level, trend,
season, controls) and the channels' amplitudes enter linearly, so given the curves' parameters and the noise
they have a normal posterior. The baseline's is integrated out exactly; the channels' amplitudes are at least
zero, and are drawn one after the other from cut-off normal laws whose probabilities enter the weight (Geweke
1991, Hajivassiliou & Keane), so that the joint weight is exact too. What is left to search are the curves'
parameters and the noise: a few dimensions, all as standard normal scores of their priors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from workbench.budget.baseline import Baseline, make_baseline
from workbench.budget.data import FEWEST_PERIODS_WITH_SPEND, MixData
from workbench.budget.priors import WorthPrior, refused
from workbench.budget.spec import LiftTest, MixSpec
from workbench.budget.transforms import adstock_weights, lagged, saturate
from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats

_MOST_NUMBERS_AT_ONCE = 1_000_000
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class LinearPart:
    """Normal posterior of the channels' worths, before they are cut off at zero, for many draws of curves.

    Attributes
    ----------
    log_density : ndarray, shape (n_draws,)
        Of the data, linear effects integrated out.
    mean : ndarray, shape (n_draws, n_channels)
    factor : ndarray, shape (n_draws, n_channels, n_channels)
        Lower Cholesky factor of the covariance.
    """

    log_density: Floats
    mean: Floats
    factor: Floats


@dataclass(frozen=True)
class MixModel:
    """A specification with its data, ready to be evaluated.

    Attributes
    ----------
    data : MixData
    spec : MixSpec
    baseline : Baseline
    lags : ndarray, shape (n_channels, n_lags, n_periods)
        Spend of this and earlier periods, as a share of the channel's spend scale.
    spend_scale : ndarray, shape (n_channels,)
        Highest spend of each channel, in currency units.
    outcome_scale : float
        Mean absolute outcome, the unit of the baseline's and the noise's priors.
    lift_tests : tuple of LiftTest
    n_used : int
        The likelihood sees the first so many periods; the rest can be predicted.
    """

    data: MixData
    spec: MixSpec
    baseline: Baseline
    lags: Floats
    spend_scale: Floats
    outcome_scale: float
    lift_tests: tuple[LiftTest, ...]
    n_used: int

    #: Whether the total outcome is explained, or what is reported of each item.
    explains: ClassVar[Literal["total", "reported"]] = "total"

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self.data.channels)

    @property
    def n_curve(self) -> int:
        """Number of searched dimensions: the curves' parameters and the noise."""
        return len(self.spec.curve_parameters) * self.n_channels + 1

    @cached_property
    def worths(self) -> tuple[WorthPrior, ...]:
        """The channels' priors, in their order."""
        return self.spec.worths_of(self.data.channels)

    @cached_property
    def worth_units(self) -> Floats:
        """Outcome of all used periods that one unit of each channel's worth is, shape (n_channels,)."""
        spent = self.data.spend[: self.n_used].sum(axis=0)
        total = self.outcome_scale * self.n_used
        return np.array([s if w.kind == "roas" else total for w, s in zip(self.worths, spent, strict=True)])

    def curves_of(self, scores: Floats) -> tuple[dict[str, Floats], Floats]:
        """Return the curves' parameters, each (n_draws, n_channels), and the noise, (n_draws,)."""
        priors = self.spec.all_priors
        curves = {
            name: priors[name].values(self.curve_scores(scores, k))
            for k, name in enumerate(self.spec.curve_parameters)
        }
        return curves, priors["noise"].values(scores[:, -1]) * self.outcome_scale

    def curve_scores(self, scores: Floats, parameter: int) -> Floats:
        """Return the channels' scores of one curve parameter, (n_draws, n_channels)."""
        return scores[:, parameter * self.n_channels : (parameter + 1) * self.n_channels]

    def worth_law(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return mean and deviation of the worths before they are cut off, (1 or n_draws, n_channels)."""
        return np.array([[w.mean for w in self.worths]]), np.array([[w.sd for w in self.worths]])

    def log_worth_scale(self, scores: Floats) -> Floats | float:
        """Return what of the worths' law varies with the scores, beside its quadratic form: here nothing."""
        return 0.0

    def season(self, scores: Floats, *, n_periods: int) -> Floats:
        """Return what raises and lowers all effects, (1 or n_draws, n_periods): here nothing."""
        return np.ones((1, n_periods))

    def effects(self, curves: dict[str, Floats], channel: int, *, n_periods: int) -> Floats:
        """Return the saturated adstock of one channel, shape (n_draws, n_periods), in [0, 1)."""
        own = {name: values[:, channel] for name, values in curves.items()}
        weights = adstock_weights(self.spec.adstock, self.spec.n_lags_of(self.data), own)
        # In pieces so small that the linear algebra library does not wake threads that only wait.
        pieces = [weights[k : k + _ROWS_AT_ONCE] for k in range(0, len(weights), _ROWS_AT_ONCE)]
        carried = np.concatenate([piece @ self.lags[channel][:, :n_periods] for piece in pieces])
        shared = {name: values[:, None] for name, values in own.items()}
        return saturate(self.spec.saturation, carried, shared)

    def worth_columns(self, curves: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Return each channel's column per unit of worth, (n_draws, n_channels, n_used), and its height."""
        columns = np.stack(
            [self.effects(curves, c, n_periods=self.n_used) for c in range(self.n_channels)], axis=1
        )
        per_worth = self.worth_units / np.maximum(columns.sum(axis=2), 1e-12)
        columns *= per_worth[:, :, None]
        return columns, per_worth

    def linear_part(self, scores: Floats) -> LinearPart:
        """Integrate the linear effects out at each row of scores, shape (n_draws, n_curve)."""
        size = max(1, _MOST_NUMBERS_AT_ONCE // (self.n_channels * self.n_used))
        parts = [self._linear_part(scores[k : k + size]) for k in range(0, len(scores), size)]
        if len(parts) == 1:
            return parts[0]
        return LinearPart(*(np.concatenate(x) for x in zip(*(vars(p).values() for p in parts), strict=True)))

    def _linear_part(self, scores: Floats) -> LinearPart:
        curves, noise = self.curves_of(scores)
        columns, per_worth = self.worth_columns(curves)
        y, base = self.data.outcome[: self.n_used] - self.baseline.prior_mean[: self.n_used], self.baseline
        variance = noise**2
        # (noise² I + Z D Z')⁻¹ = (I − U diag(shrunk) U') / noise², with U of the thin decomposition of Z D^½.
        shrunk = base.singular**2 / (variance[:, None] + base.singular**2)
        seen, seen_y = columns @ base.left, base.left.T @ y
        precision = columns @ columns.transpose(0, 2, 1) - (seen * shrunk[:, None]) @ seen.transpose(0, 2, 1)
        pull = columns @ y - (seen * shrunk[:, None]) @ seen_y
        fit = y @ y - shrunk @ seen_y**2
        precision, pull, fit = precision / variance[:, None, None], pull / variance[:, None], fit / variance
        log_scale = self.n_used * np.log(variance) + np.log1p(base.singular**2 / variance[:, None]).sum(
            axis=1
        )
        for rows, target in self._lift_rows(curves, per_worth):
            precision += rows[:, :, None] * rows[:, None, :]
            pull += rows * target
        means, sds = self.worth_law(scores)
        each = np.arange(self.n_channels)
        precision[:, each, each] += 1 / sds**2
        pull += means / sds**2
        lower = np.linalg.cholesky(precision)
        inverse = np.linalg.inv(lower)
        whitened = (inverse @ pull[:, :, None])[:, :, 0]
        mean = (inverse.transpose(0, 2, 1) @ whitened[:, :, None])[:, :, 0]
        log_density = 0.5 * ((whitened**2).sum(axis=1) - fit - log_scale)
        log_density -= np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        log_density += self.log_worth_scale(scores)
        return LinearPart(log_density, mean, np.linalg.cholesky(inverse.transpose(0, 2, 1) @ inverse))

    def _lift_rows(self, curves: dict[str, Floats], per_worth: Floats) -> list[tuple[Floats, float]]:
        """Return what each lift test adds: a row (n_draws, n_channels) and its target, in standard errors."""
        rows = []
        for test in self.lift_tests:
            c = self.data.channels.index(test.channel)
            own = {name: values[:, c, None] for name, values in curves.items()}
            ends = np.array([test.spend_before, test.spend_before + test.spend_change]) / self.spend_scale[c]
            before, after = saturate(self.spec.saturation, ends, own).T
            row = np.zeros_like(per_worth)
            row[:, c] = (after - before) * per_worth[:, c] / test.standard_error
            rows.append((row, test.effect / test.standard_error))
        return rows

    def log_prior(self, scores: Floats) -> Floats:
        """Return the log density of the scores' prior, a standard normal law, up to a constant."""
        out: Floats = -0.5 * (scores**2).sum(axis=1)
        return out


def draw_above_zero(part: LinearPart, uniforms: Floats) -> tuple[Floats, Floats]:
    """Draw worths above zero one after the other, and return them with the logs of their probabilities.

    Parameters
    ----------
    part : LinearPart
    uniforms : ndarray, shape (n_draws, n_channels)
        In (0, 1).

    Returns
    -------
    tuple of ndarray
        Worths (n_draws, n_channels) and the log weight that makes them draws of the law that is cut off.
    """
    from scipy.special import log_ndtr, ndtri_exp

    z = np.zeros_like(part.mean)
    log_weight = np.zeros(len(z))
    for c in range(z.shape[1]):
        centre = part.mean[:, c] + (part.factor[:, c, :c] * z[:, :c]).sum(axis=1)
        spread = part.factor[:, c, c]
        log_above = log_ndtr(centre / spread)
        z[:, c] = -ndtri_exp(log_above + np.log(uniforms[:, c]))
        log_weight += log_above
    worths = part.mean + (part.factor @ z[:, :, None])[:, :, 0]
    return np.maximum(worths, 0.0), log_weight


def check_spend(data: MixData, n_used: int) -> None:
    """Refuse channels that spent in too few of the first ``n_used`` periods."""
    for name, spent in zip(data.channels, data.spend[:n_used].T, strict=True):
        if (spent > 0).sum() < FEWEST_PERIODS_WITH_SPEND:
            raise NotEnoughData(
                f"{name}: spend in {(spent > 0).sum()} of the fitted periods only.",
                next_step=f"A curve takes {FEWEST_PERIODS_WITH_SPEND} of them: leave the channel out.",
                field=name,
            )


def make_model(
    data: MixData,
    spec: MixSpec,
    *,
    lift_tests: tuple[LiftTest, ...] = (),
    n_used: int | None = None,
    kind: type[MixModel] = MixModel,
) -> MixModel:
    """Join data and specification, refusing too little data for the model asked for.

    Parameters
    ----------
    data : MixData
    spec : MixSpec
    lift_tests : tuple of LiftTest
    n_used : int, optional
        The first so many periods are fitted; by default all.
    kind : type
        `MixModel`, or the one whose items are pooled in groups.

    Raises
    ------
    NotEnoughData
        If there are fewer than one and a half periods for each parameter.
    DataError
        If a lift test or a prior names no channel.
    """
    n_used = data.n_periods if n_used is None else n_used
    check_spend(data, n_used)
    scale = spec.outcome_scale or float(np.abs(data.outcome[:n_used]).mean())
    baseline = make_baseline(data, spec, outcome_scale=scale, n_used=n_used)
    spend_scale = data.spend.max(axis=0)
    n_lags = spec.n_lags_of(data)
    lags = np.stack([lagged(x / top, n_lags) for x, top in zip(data.spend.T, spend_scale, strict=True)])
    for test in lift_tests:
        if test.channel not in data.channels:
            raise refused(
                "lift_tests", test.channel, "is no channel", f"Channels are {', '.join(data.channels)}."
            )
    model = kind(data, spec, baseline, lags, spend_scale, scale, tuple(lift_tests), n_used)
    n_parameters = model.n_curve + model.n_channels + len(baseline.names)
    if n_used < 1.5 * n_parameters:
        raise NotEnoughData(
            f"dates: {n_used} {data.period}s are too few for {n_parameters} parameters.",
            next_step=f"Give {int(np.ceil(1.5 * n_parameters))} or more, or ask for fewer columns or waves.",
            field="dates",
            n_periods=n_used,
        )
    _ = model.worths  # checks the names of the priors
    return model
