"""What each channel brought: contributions, ROAS, marginal ROAS, cost per result, curves; with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.fast_fit import MixDraws
from workbench.budget.model import MixModel
from workbench.budget.priors import refused
from workbench.budget.reported import ReportedMixModel
from workbench.budget.transforms import adstock_weights, saturate, saturation_gain
from workbench.stats.counts import Floats, tail_of

if TYPE_CHECKING:
    import pandas as pd

_DRAWS_AT_ONCE = 500


@dataclass(frozen=True)
class PosteriorDraws:
    """The posterior as arrays, each row a draw: what an allocator and an app work with.

    The steady-state response of channel ``c`` to a spend ``x`` a period is
    ``amplitude[:, c] * saturate(saturation, x / spend_scale[c], curves)``.

    Attributes
    ----------
    curves : dict of str to ndarray, shape (n_draws, n_channels)
        ``retention``, ``delay``, ``rate``, ``half_saturation``, ``slope``, as far as the model has them;
        spend in units of ``spend_scale``.
    amplitude : ndarray, shape (n_draws, n_channels)
        Outcome a period at full saturation; of the coming periods where rates wander, as are ``marginal`` and
        ``worths``.
    contribution, marginal : ndarray, shape (n_draws, n_channels)
        Outcome brought over all used periods; outcome of one more currency unit, spread as spend was.
    worths : ndarray, shape (n_draws, n_channels)
        In units of the prior: ROAS, or share of the outcome.
    noise : ndarray, shape (n_draws,)
        Standard deviation a period.
    baseline : ndarray, shape (n_draws, n_columns)
        Coefficients of the baseline's columns.
    scores : ndarray, shape (n_draws, n_curve)
        Curves' parameters and noise as standard normal scores of their priors.
    """

    curves: dict[str, Floats]
    amplitude: Floats
    contribution: Floats
    marginal: Floats
    worths: Floats
    noise: Floats
    baseline: Floats
    scores: Floats = field(repr=False)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.noise)


def complete_draws(model: MixModel, draws: MixDraws, rng: np.random.Generator) -> PosteriorDraws:
    """Add to draws of the curves and worths all that follows from them.

    Parameters
    ----------
    model : MixModel
    draws : MixDraws
    rng : numpy.random.Generator
        For the baseline's coefficients, which are drawn from their exact law given the rest.
    """
    curves, noise = model.curves_of(draws.scores)
    amplitude, marginal = np.empty_like(draws.worths), np.empty_like(draws.worths)
    rest = np.empty((len(noise), model.n_used))
    spent = model.data.spend[: model.n_used].sum(axis=0)
    start = (model.data.outcome - model.baseline.prior_mean)[: model.n_used]
    n_lags = model.lags.shape[1]
    for k in range(0, len(noise), _DRAWS_AT_ONCE):
        rows = slice(k, k + _DRAWS_AT_ONCE)
        explained = np.zeros((len(noise[rows]), model.n_used))
        for c in range(model.n_channels):
            own = {name: values[rows, c] for name, values in curves.items()}
            carried = adstock_weights(model.spec.adstock, n_lags, own) @ model.lags[c][:, : model.n_used]
            shaped = {name: values[:, None] for name, values in own.items()}
            effect = saturate(model.spec.saturation, carried, shaped)
            season = model.season(draws.scores[rows], n_periods=model.n_used)
            effect = effect * season
            gain = (saturation_gain(model.spec.saturation, carried, shaped) * season).sum(axis=1)
            per_worth = model.worth_units[c] / np.maximum(effect.sum(axis=1), 1e-12)
            amplitude[rows, c] = draws.worths[rows, c] * per_worth
            marginal[rows, c] = amplitude[rows, c] * gain / spent[c]
            explained += amplitude[rows, c, None] * effect
        rest[rows] = start - explained
    baseline = model.baseline.draw(rest, noise, rng)
    contribution = (draws.worths if draws.past is None else draws.past) * model.worth_units
    return PosteriorDraws(
        curves, amplitude, contribution, marginal, draws.worths, noise, baseline, draws.scores
    )


@dataclass(frozen=True)
class CurveBand:
    """The steady-state response of one channel to a constant spend.

    Attributes
    ----------
    channel : str
    spend : ndarray, shape (n_points,)
        Currency units a period.
    mean, low, high : ndarray, shape (n_points,)
        Outcome a period.
    marginal_mean, marginal_low, marginal_high : ndarray, shape (n_points,)
        Outcome of one more currency unit.
    saturation_mean, saturation_low, saturation_high : ndarray, shape (n_points,)
        Share of the greatest effect that is reached.
    current_spend, highest_spend : float
        Mean and highest observed spend a period; beyond the latter the curve is an extrapolation.
    """

    channel: str
    spend: Floats
    mean: Floats
    low: Floats
    high: Floats
    marginal_mean: Floats
    marginal_low: Floats
    marginal_high: Floats
    saturation_mean: Floats
    saturation_low: Floats
    saturation_high: Floats
    current_spend: float
    highest_spend: float

    def table(self) -> pd.DataFrame:
        """Return one row a point."""
        import pandas as pd

        arrays = {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        return pd.DataFrame({**arrays, "is_extrapolated": self.spend > self.highest_spend})


def curve_band(
    model: MixModel, draws: PosteriorDraws, channel: str, *, spend: Floats | None = None
) -> CurveBand:
    """Return a channel's curve with its band.

    Parameters
    ----------
    model : MixModel
    draws : PosteriorDraws
    channel : str
    spend : ndarray, shape (n_points,), optional
        Currency units a period, above 0; by default 60 points up to the highest observed spend.

    Raises
    ------
    DataError
        If there is no such channel, or a spend is not above zero.
    """
    if channel not in model.data.channels:
        raise refused("channel", channel, "is unknown", f"Channels are {', '.join(model.data.channels)}.")
    c = model.data.channels.index(channel)
    top = float(model.spend_scale[c])
    at = np.linspace(top / 60, top, 60) if spend is None else np.asarray(spend, dtype=np.float64)
    if not (np.isfinite(at).all() and (at > 0).all()):
        raise refused("spend", at.min(), "is not above zero", "Give spends a period above zero.")
    own = {name: values[:, c, None] for name, values in draws.curves.items()}
    reached = saturate(model.spec.saturation, at / top, own)
    gain = saturation_gain(model.spec.saturation, at / top, own)
    amplitude = draws.amplitude[:, c, None]
    level = model.spec.level
    bands = [_band(x, level) for x in (amplitude * reached, amplitude * gain / at, reached)]
    current = float(model.data.spend[: model.n_used, c].mean())
    return CurveBand(channel, at, *bands[0], *bands[1], *bands[2], current, top)


def _band(draws: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    tail = tail_of(level)
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return draws.mean(axis=0), low, high


@dataclass(frozen=True)
class PeriodContributions:
    """Who brought the outcome, period by period.

    Attributes
    ----------
    dates : tuple of date
    names : tuple of str
        ``baseline``, then the channels.
    mean, low, high : ndarray, shape (n_periods, 1 + n_channels)
    outcome : ndarray, shape (n_periods,)
    """

    dates: tuple[date, ...]
    names: tuple[str, ...]
    mean: Floats
    low: Floats
    high: Floats
    outcome: Floats

    def table(self) -> pd.DataFrame:
        """Return one row a period and source."""
        import pandas as pd

        n = len(self.names)
        return pd.DataFrame(
            {
                "date": np.repeat(np.array(self.dates, dtype="datetime64[D]"), n),
                "source": list(self.names) * len(self.dates),
                "mean": self.mean.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
            }
        )

    def waterfall(self) -> pd.DataFrame:
        """Return the sums over all periods: baseline, channels, what is left over, and the outcome."""
        import pandas as pd

        parts = [*self.mean.sum(axis=0)]
        total = float(self.outcome.sum())
        return pd.DataFrame(
            {
                "source": [*self.names, "not explained", "outcome"],
                "total": [*parts, total - sum(parts), total],
            }
        )


def contributions_by_period(model: MixModel, draws: PosteriorDraws) -> PeriodContributions:
    """Split every period's outcome between baseline and channels."""
    n = model.data.n_periods
    season = model.season(draws.scores, n_periods=n)
    bands = [_band(draws.baseline @ model.baseline.columns.T, model.spec.level)]
    for c in range(model.n_channels):
        effect = model.effects(draws.curves, c, n_periods=n) * season
        bands.append(_band(past_amplitude(model, draws, c)[:, None] * effect, model.spec.level))
    mean, low, high = (np.stack(x, axis=1) for x in zip(*bands, strict=True))
    names = ("baseline", *model.data.channels)
    return PeriodContributions(model.data.dates, names, mean, low, high, model.data.outcome)


def predict(
    model: MixModel, draws: PosteriorDraws, rng: np.random.Generator, *, first: int, last: int
) -> Floats:
    """Draw the outcome of periods ``first`` to ``last``, noise included, shape (n_draws, last − first)."""
    expected = draws.baseline @ model.baseline.columns[first:last].T
    if isinstance(model, ReportedMixModel):
        for c in range(model.n_channels):
            expected += predict_counts(model, draws, c, rng=rng, n_periods=last)[:, first:]
        return expected
    for c in range(model.n_channels):
        expected += draws.amplitude[:, c, None] * model.effects(draws.curves, c, n_periods=last)[:, first:]
    out: Floats = expected + draws.noise[:, None] * rng.standard_normal(expected.shape)
    return out


def past_amplitude(model: MixModel, draws: PosteriorDraws, channel: int) -> Floats:
    """Return the amplitude over the used periods, (n_draws,): not the coming one where rates wander."""
    coming: Floats = draws.amplitude[:, channel]
    if not isinstance(model, ReportedMixModel):
        return coming
    out: Floats = coming * draws.contribution[:, channel] / (draws.worths * model.worth_units)[:, channel]
    return out


def predict_counts(
    model: ReportedMixModel, draws: PosteriorDraws, channel: int, *, rng: np.random.Generator, n_periods: int
) -> Floats:
    """Draw what is reported of one item in the first ``n_periods`` periods, shape (n_draws, n_periods)."""
    effect = model.effects(draws.curves, channel, n_periods=n_periods)
    effect = effect * model.season(draws.scores, n_periods=n_periods)
    was, next_one = past_amplitude(model, draws, channel), draws.amplitude[:, channel]
    is_past = np.arange(n_periods) < model.n_used
    expected = np.where(is_past, was[:, None], next_one[:, None]) * effect
    expected = expected * model.wander(draws.scores, n_periods, rng)
    size = draws.noise[:, None] ** -2.0
    return rng.poisson(np.minimum(expected * rng.gamma(size, 1 / size, expected.shape), 1e15)).astype(float)
