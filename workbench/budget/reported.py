"""Campaigns or ad sets explained by what was reported of each: negative-binomial counts, pooled in groups.

``y_it ~ NB(r_i E_it, φ)``. ``E_it`` is item i's spend as it counts: bent by its curve, raised and lowered by
the season that all items share, and scaled to add up to what it spent, so that ``r_i`` is its results per
currency unit. ``log r_i ~ N(log m_g, τ²)`` in group g. The rates are integrated out and drawn exactly
(:mod:`workbench.budget.reported_rates`); curves, season, ``m_g``, ``τ`` and ``φ`` are searched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from workbench.budget.baseline import Baseline, make_baseline
from workbench.budget.data import MixData
from workbench.budget.model import check_spend
from workbench.budget.pooled import SPREAD_PRIOR, PooledMixModel
from workbench.budget.priors import Prior, WorthPrior, refused
from workbench.budget.reported_rates import CountTotals, RateLaw, rate_law
from workbench.budget.spec import MixSpec
from workbench.budget.transforms import lagged
from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats

#: Deviation of the logarithm of a group's results per currency unit about that of all.
MEAN_SD = 1.5
LEAST_EXTRA_NOISE = 1e-3  # below, the law is Poisson's for any count there is
_DAYS_IN_YEAR = 365
_MOST_NUMBERS_AT_ONCE = 300_000


@dataclass(frozen=True)
class RateWorth(WorthPrior):
    """What an item's results per currency unit are before the data: a log-normal law.

    Attributes
    ----------
    kind : {"roas"}
    mean, sd : float
        Of the law itself.
    """

    @property
    def law(self) -> Prior:
        """The same by its median and the deviation of its logarithm."""
        variance = math.log1p((self.sd / self.mean) ** 2)
        return Prior("lognormal", self.mean * math.exp(-variance / 2), math.sqrt(variance))

    def scores(self, values: Floats) -> Floats:
        """Return standard normal scores of values."""
        return np.clip(self.law.scores(np.maximum(values, 1e-300)), -8.0, 8.0)

    def quantiles(self, p: Floats) -> Floats:
        """Return quantiles; ``p`` in (0, 1)."""
        from scipy.special import ndtri

        return self.law.values(ndtri(p))


@dataclass(frozen=True)
class ReportedMixModel(PooledMixModel):
    """Items of groups with their own reported results.

    The scores are the groups' curve parameters, the groups' mean rates, the season, the spread and the noise:
    ``1 / √φ``, the deviation of a count beyond Poisson's as a share of its mean.

    Attributes
    ----------
    data, spec, baseline, lags, spend_scale, outcome_scale, lift_tests, n_used
        As in `PooledMixModel`; the baseline has no columns: all that is reported is credited to an item.
    reported : ndarray, shape (n_periods, n_items)
        Results that the network credits to each item; they add up to the outcome.
    waves : Baseline
        Columns of the season, on the scale of the logarithm.
    weight : float
        Of a period's log density, at most one: see `workbench.budget.reported_drift`.
    """

    reported: Floats
    waves: Baseline
    weight: float = 1.0

    explains: ClassVar[Literal["total", "reported"]] = "reported"

    @property
    def n_curve(self) -> int:
        """Number of searched dimensions."""
        return super().n_curve + len(self.waves.names)

    @cached_property
    def totals(self) -> CountTotals:
        """Results of the used periods, weighed, without those of periods to which no spend reaches."""
        return CountTotals.of(self.reached_counts, self.weight)

    @property
    def reached_counts(self) -> Floats:
        """Results of the used periods to which spend reaches, shape (n_items, n_used)."""
        reach = (self.lags if self.spec.adstock != "none" else self.lags[:, :1]).sum(axis=1)
        return np.where(reach > 0, self.reported.T, 0.0)[:, : self.n_used]

    @property
    def n_unreached(self) -> float:
        """Results of used periods to which no spend of their item reaches."""
        return float(self.reported[: self.n_used].sum() - self.totals.counts.sum())

    @cached_property
    def centre(self) -> float:
        """Results per currency unit of all items, about which the groups' are believed to lie."""
        return self.outcome_scale * self.n_used / float(self.data.spend[: self.n_used].sum())

    @cached_property
    def worth_units(self) -> Floats:
        """What each item spent, in currency units, shape (n_items,)."""
        return self.data.spend[: self.n_used].sum(axis=0)

    @cached_property
    def worths(self) -> tuple[WorthPrior, ...]:
        """What is believed of each item's results per currency unit alone."""
        spread2 = SPREAD_PRIOR.first**2 * math.exp(2 * SPREAD_PRIOR.second**2)
        variance = MEAN_SD**2 + spread2
        mean = self.centre * math.exp(variance / 2)
        return (RateWorth("roas", mean, mean * math.sqrt(math.expm1(variance))),) * self.n_channels

    def told(self, scores: Floats) -> dict[str, Any]:
        """Return what is to be known of the rates besides their size, as plain values for JSON."""
        return {"period_weight": self.weight}

    def curves_of(self, scores: Floats) -> tuple[dict[str, Floats], Floats]:
        """Return the items' curve parameters, each (n_draws, n_items), and the noise, (n_draws,)."""
        curves, _ = super().curves_of(scores)
        noise = self.spec.all_priors["noise"].values(scores[:, -1])
        return curves, np.maximum(noise, LEAST_EXTRA_NOISE)

    def pool_of(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return each item's group mean rate, (n_draws, n_items), and the spread, (n_draws,)."""
        last = -2 - len(self.waves.names)
        means = self.centre * np.exp(MEAN_SD * scores[:, last - len(self.groups) : last])
        return means[:, self.group_of], SPREAD_PRIOR.values(scores[:, -2])

    def season(self, scores: Floats, *, n_periods: int) -> Floats:
        """Return the shared season, shape (n_draws, n_periods); its mean over the used periods is one."""
        own = scores[:, -2 - len(self.waves.names) : -2] * self.waves.sd
        values = np.exp(own @ self.waves.columns[:n_periods].T)
        out: Floats = values / values[:, : self.n_used].mean(axis=1, keepdims=True)
        return out

    def exposure(self, scores: Floats) -> Floats:
        """Return spend as it counts, (n_draws, n_items, n_used): each item's adds up to what it spent."""
        curves, _ = self.curves_of(scores)
        season = self.season(scores, n_periods=self.n_used)
        out = np.stack(
            [self.effects(curves, c, n_periods=self.n_used) for c in range(self.n_channels)], axis=1
        )
        out *= season[:, None]
        out *= (self.worth_units / np.maximum(out.sum(axis=2), 1e-300))[:, :, None]
        return out

    def density_and_worths(
        self, scores: Floats, rng: np.random.Generator | None = None
    ) -> tuple[Floats, Floats]:
        """Return the log density, rates integrated out, (n_draws,), and drawn rates, (n_draws, n_items).

        Without a generator the rates are those at the modes.
        """
        size = max(1, _MOST_NUMBERS_AT_ONCE // (self.n_channels * self.n_used))
        parts = [self._density_and_worths(scores[k : k + size], rng) for k in range(0, len(scores), size)]
        density, worths = (np.concatenate(x) for x in zip(*parts, strict=True))
        return density, worths

    def density_and_drawn(
        self, scores: Floats, rng: np.random.Generator | None = None
    ) -> tuple[Floats, dict[str, Floats]]:
        """Return the same, what is drawn by its name."""
        density, worths = self.density_and_worths(scores, rng)
        return density, {"worths": worths}

    def _density_and_worths(self, scores: Floats, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        law, seen = self.rate_law(scores)
        log_rates = law.centre if rng is None else law.draw(rng.random(law.centre.shape))
        return seen + law.log_integral.sum(axis=1) + self.log_prior(scores), np.exp(log_rates)

    def rate_law(self, scores: Floats) -> tuple[RateLaw, Floats]:
        """Return the law of the items' log rates, and what of the counts' density does not depend on them."""
        exposure, (_, noise) = self.exposure(scores), self.curves_of(scores)
        means, spread = self.pool_of(scores)
        size = noise**-2.0
        law = rate_law(self.totals, exposure, size=size, means=np.log(means), spread=spread)
        at = self.totals.counts > 0
        logs = np.log(exposure[:, at]) @ self.totals.counts[at]
        return law, self.totals.log_scale(size) + self.weight * logs

    def wander(self, scores: Floats, n_periods: int, rng: np.random.Generator) -> Floats:
        """Return by how much a single period's rate is off the mean one: here by nothing, (1, n_periods)."""
        return np.ones((1, n_periods))

    def own_scores(self, scores: Floats, worths: Floats, channel: int) -> Floats:
        """Return how far an item's rate lies from its group's, as standard normal scores of its prior."""
        means, spread = self.pool_of(scores)
        off = np.log(np.maximum(worths[:, channel], 1e-300) / means[:, channel])
        out: Floats = np.clip(off / spread, -8.0, 8.0)
        return out


def make_reported(
    data: MixData, reported: Floats, spec: MixSpec, *, n_used: int | None = None
) -> ReportedMixModel:
    """Join the items' spend and own reported results with a specification.

    Parameters
    ----------
    data : MixData
        Its outcome is not read but for its scale.
    reported : ndarray, shape (n_periods, n_items)
        Results credited to each item, at least 0.
    spec : MixSpec
        ``groups`` names each item's group. The year's waves are left out where there is less than a year.
    n_used : int, optional
        The first so many periods are fitted; by default all.

    Raises
    ------
    NotEnoughData
        If an item spent in too few periods, or there are fewer than 1.5 figures for each parameter.
    DataError
        If ``reported`` has another shape or a number below zero, or an item belongs to no group.
    """
    n_used = data.n_periods if n_used is None else n_used
    if reported.shape != data.spend.shape:
        raise refused("reported", reported.shape, "is no shape for this spend", f"It is {data.spend.shape}.")
    if not (np.isfinite(reported).all() and (reported >= 0).all()):
        raise refused("reported", reported.min(), "is no count of results", "Results are at least 0.")
    check_spend(data, n_used)
    scale = spec.outcome_scale or max(float(reported[:n_used].sum()) / n_used, 1e-9)
    lags = np.stack([lagged(x / x.max(), spec.n_lags_of(data)) for x in data.spend.T])
    none = np.zeros((data.n_periods, 0))
    empty = Baseline((), none, none[0], none[0], none[:n_used], none[0], np.zeros((0, 0)))
    model = ReportedMixModel(
        data,
        spec,
        empty,
        lags,
        data.spend.max(axis=0),
        scale,
        (),
        n_used,
        reported,
        _waves(data, spec, n_used),
    )
    n_parameters, n_figures = model.n_curve + model.n_channels, int((data.spend[:n_used] > 0).sum())
    if n_figures < 1.5 * n_parameters:
        raise NotEnoughData(
            f"dates: {n_figures} {data.period}s of all items are too few for {n_parameters} parameters.",
            next_step="Ask for more days, or fewer waves of the season.",
            field="dates",
            n_periods=n_used,
        )
    return model


def _waves(data: MixData, spec: MixSpec, n_used: int) -> Baseline:
    """Lay out the season: the baseline's columns but its level, their deviations now of the logarithm."""
    if n_used * data.step_days < _DAYS_IN_YEAR:
        spec = replace(spec, n_fourier=0)
    plain = replace(data, controls=np.zeros((data.n_periods, 0)), control_names=())
    found = make_baseline(plain, spec, outcome_scale=1.0, n_used=n_used)
    columns = found.columns[:, 1:] - found.columns[:n_used, 1:].mean(axis=0)
    return replace(found, names=found.names[1:], columns=columns, mean=0 * found.mean[1:], sd=found.sd[1:])
