"""Items whose rate of results wanders: what it was over the fitted periods, and what it will be next.

The logarithm of item i's rate in period t is ``η_i + u_it``: ``η_i`` is pooled as in
:mod:`workbench.budget.reported`, and ``u_i`` is a stationary first-order autoregression, each item's by
itself, with one deviation and one memory for all items. Both are searched with the rest: they are integrated
over, and not plugged in. What an item brought follows the path that its rate took. Its curve, and so every
plan, is about where the path goes from its end: the mean rate of the next four weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from workbench.budget.priors import Prior
from workbench.budget.reported import ReportedMixModel
from workbench.budget.reported_path import PathLaw, PathPrior, path_law
from workbench.budget.reported_rates import CountTotals
from workbench.stats.counts import Floats

#: Deviation of the logarithm of an item's rate about its level.
DEVIATION_PRIOR = Prior("lognormal", 0.15, 0.8)
#: Days after which the correlation of the logarithm has fallen to 1 / e.
MEMORY_DAYS_PRIOR = Prior("lognormal", 21.0, 1.0)
#: What a plan is about.
DAYS_AHEAD = 28
_MOST_NUMBERS_AT_ONCE = 100_000


@dataclass(frozen=True)
class DriftingMixModel(ReportedMixModel):
    """Items of groups with their own reported results, at rates that wander.

    The first two scores are the deviation and the memory of the paths; the others are those of
    `ReportedMixModel`. A drawn worth is the mean rate of the next `DAYS_AHEAD` days.

    Attributes
    ----------
    data, spec, baseline, lags, spend_scale, outcome_scale, lift_tests, n_used, reported, waves
        As in `ReportedMixModel`.
    weight : float
        What a period tells of a rate that is taken for constant. It does not enter the density here.
    """

    @property
    def n_curve(self) -> int:
        """Number of searched dimensions."""
        return super().n_curve + 2

    @property
    def n_ahead(self) -> int:
        """Number of periods that are looked ahead."""
        return max(1, DAYS_AHEAD // self.data.step_days)

    @cached_property
    def totals(self) -> CountTotals:
        """Results of the used periods, each with all it tells."""
        return CountTotals.of(self.reached_counts)

    def curve_scores(self, scores: Floats, parameter: int) -> Floats:
        """Return the items' scores of one curve parameter, (n_draws, n_items), standard normal a priori."""
        return super().curve_scores(scores[:, 2:], parameter)

    def drift_of(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return the paths' deviation, and the correlation of neighbouring periods, each (n_draws,)."""
        memory_days = MEMORY_DAYS_PRIOR.values(scores[:, 1])
        return DEVIATION_PRIOR.values(scores[:, 0]), np.exp(-self.data.step_days / memory_days)

    def density_and_drawn(
        self, scores: Floats, rng: np.random.Generator | None = None
    ) -> tuple[Floats, dict[str, Floats]]:
        """Return the log density, paths integrated out, (n_draws,), and drawn rates, (n_draws, n_items).

        ``worths`` are those of the next periods, ``past`` the mean ones of the used periods' spend. Without a
        generator both are the levels.
        """
        size = max(1, _MOST_NUMBERS_AT_ONCE // (self.n_channels * self.n_used))
        parts = [self._piece(scores[k : k + size], rng) for k in range(0, len(scores), size)]
        density, coming, past = (np.concatenate(x) for x in zip(*parts, strict=True))
        return density, {"worths": coming, "past": past}

    def _piece(self, scores: Floats, rng: np.random.Generator | None) -> tuple[Floats, Floats, Floats]:
        law, seen, exposure = self.path_law(scores)
        density = seen + law.log_integral.sum(axis=1) + self.log_prior(scores)
        if rng is None:
            return density, np.exp(law.level), np.exp(law.level)
        levels, path = law.draw(rng)
        past = np.einsum("nit,tni->ni", exposure, np.exp(path)) / self.worth_units
        return density, self._coming(scores, levels, path[-1], rng), past

    def _coming(self, scores: Floats, levels: Floats, last: Floats, rng: np.random.Generator) -> Floats:
        """Let the paths go on from their last period, and return their mean rates."""
        deviation, correlation = (x[:, None] for x in self.drift_of(scores))
        step, off, out = deviation * np.sqrt(1 - correlation**2), last - levels, np.zeros_like(levels)
        for _ in range(self.n_ahead):
            off = correlation * off + step * rng.standard_normal(off.shape)
            out += np.exp(levels + off) / self.n_ahead
        return out

    def path_law(self, scores: Floats) -> tuple[PathLaw, Floats, Floats]:
        """Return the law of the paths, what of the density does not depend on them, and the exposure."""
        exposure, (_, noise) = self.exposure(scores), self.curves_of(scores)
        means, spread = self.pool_of(scores)
        size, counts = noise**-2.0, self.totals.counts
        prior = PathPrior(np.log(means), spread, *self.drift_of(scores))
        law = path_law(counts, exposure, size=size, prior=prior)
        logs = np.log(exposure[:, counts > 0]) @ counts[counts > 0]
        return law, self.totals.log_scale(size) + logs, exposure

    def own_scores(self, scores: Floats, worths: Floats, channel: int) -> Floats:
        """Return how far an item's coming rate lies from its group's, as scores of its prior."""
        means, spread = self.pool_of(scores)
        wide = np.sqrt(spread**2 + self.drift_of(scores)[0] ** 2)
        off = np.log(np.maximum(worths[:, channel], 1e-300) / means[:, channel])
        out: Floats = np.clip(off / wide, -8.0, 8.0)
        return out

    def wander(self, scores: Floats, n_periods: int, rng: np.random.Generator) -> Floats:
        """Draw by how much a single period's rate is off the mean one, (n_draws, n_periods)."""
        deviation = self.drift_of(scores)[0][:, None]
        out: Floats = np.exp(deviation * rng.standard_normal((len(scores), n_periods)) - deviation**2 / 2)
        return out

    def told(self, scores: Floats) -> dict[str, Any]:
        """Return what is to be known of the rates: medians of their drift, and the days they look ahead."""
        deviation, correlation = (float(np.median(x)) for x in self.drift_of(scores))
        drift = {"deviation": deviation, "correlation": correlation, "days_ahead": DAYS_AHEAD}
        return super().told(scores) | {"drift": drift}

    def drift_said(self, scores: Floats) -> str:
        """Say how far and how long rates wander, and what that means for the figures."""
        drift, period = self.told(scores)["drift"], self.data.period
        return (
            f"Rates wander: by {drift['deviation']:.0%} about their level, neighbouring {period}s correlated "
            f"by {drift['correlation']:.2f}. What was brought is of the {period}s fitted; curves, and what "
            f"the next unit brings, are of the coming {DAYS_AHEAD} days."
        )


def drifting(model: ReportedMixModel, *, weight: float = 1.0) -> DriftingMixModel:
    """Let the rates of a model wander.

    Parameters
    ----------
    model : ReportedMixModel
    weight : float
        What a period tells of a rate that is taken for constant, to be said.
    """
    given = {one.name: getattr(model, one.name) for one in fields(model)}
    return DriftingMixModel(**{**given, "weight": weight})
