"""What the outcome would be without spend: level, trend, season and controls, all linear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.data import MixData
from workbench.budget.spec import MixSpec
from workbench.stats.counts import Floats

_DAYS_IN_YEAR = 365.25
_EPOCH = 719_163  # 1 January 1970, as an ordinal
# Prior means and deviations, as shares of the mean outcome; a control's is that of its largest value.
_LEVEL = (0.5, 0.5)
_TREND_SD, _BEND_SD, _SEASON_SD, _CONTROL_SD = 0.5, 0.5, 0.2, 0.5


@dataclass(frozen=True)
class Baseline:
    """Columns of the baseline with their normal priors, and their decomposition over the used periods.

    Attributes
    ----------
    names : tuple of str
    columns : ndarray, shape (n_periods, n_columns)
    mean, sd : ndarray, shape (n_columns,)
        Priors of the coefficients, in the outcome's unit.
    left, singular, right : ndarray
        Thin decomposition of ``columns[:n_used] * sd``: (n_used, k), (k,), (k, n_columns).
    """

    names: tuple[str, ...]
    columns: Floats
    mean: Floats
    sd: Floats
    left: Floats
    singular: Floats
    right: Floats

    @property
    def prior_mean(self) -> Floats:
        """The baseline that is expected before the data, shape (n_periods,)."""
        out: Floats = self.columns @ self.mean
        return out

    def draw(self, rest: Floats, noise: Floats, rng: np.random.Generator) -> Floats:
        """Draw coefficients given what the channels leave over.

        Parameters
        ----------
        rest : ndarray, shape (n_draws, n_used)
            Outcome less prior baseline less the channels' effects.
        noise : ndarray, shape (n_draws,)
        rng : numpy.random.Generator

        Returns
        -------
        ndarray, shape (n_draws, n_columns)
        """
        seen, variance = rest @ self.left, noise[:, None] ** 2
        total = variance + self.singular**2
        scores = self.singular * seen / total + np.sqrt(variance / total) * rng.standard_normal(seen.shape)
        missing = rng.standard_normal((len(rest), len(self.sd)))
        missing -= (missing @ self.right.T) @ self.right  # directions that no period tells: as the prior
        out: Floats = self.mean + self.sd * (scores @ self.right + missing)
        return out


def make_baseline(data: MixData, spec: MixSpec, *, outcome_scale: float, n_used: int) -> Baseline:
    """Lay out the baseline's columns.

    Parameters
    ----------
    data : MixData
    spec : MixSpec
    outcome_scale : float
        Unit of the priors.
    n_used : int
        The first so many periods are seen.
    """
    ordinals = np.array([day.toordinal() - _EPOCH for day in data.dates], dtype=np.float64)
    parts: list[tuple[str, Floats, float, float]] = [("level", np.ones(data.n_periods), *_LEVEL)]
    if spec.trend:
        progress = np.arange(data.n_periods) / (n_used - 1)
        parts.append(("trend", progress - 0.5, 0.0, _TREND_SD))
        n_bends = spec.n_bends_of(n_used * data.step_days)
        for k in range(1, n_bends + 1):
            parts.append((f"bend_{k}", np.maximum(progress - k / (n_bends + 1), 0.0), 0.0, _BEND_SD))
    parts += _waves("year", ordinals / _DAYS_IN_YEAR, spec.n_fourier)
    if data.step_days == 1:
        parts += _waves("week", ordinals / 7, spec.n_weekday)
    for name, column in zip(data.control_names, data.controls.T, strict=True):
        largest = np.abs(column[:n_used]).max() or np.abs(column).max()
        parts.append((name, column / largest, 0.0, _CONTROL_SD))
    names, columns, means, sds = zip(*parts, strict=True)
    stacked, sd = np.stack(columns, axis=1), np.array(sds) * outcome_scale
    left, singular, right = np.linalg.svd(stacked[:n_used] * sd, full_matrices=False)
    return Baseline(names, stacked, np.array(means) * outcome_scale, sd, left, singular, right)


def _waves(name: str, cycles: Floats, n_pairs: int) -> list[tuple[str, Floats, float, float]]:
    parts: list[tuple[str, Floats, float, float]] = []
    for k in range(1, n_pairs + 1):
        angle = 2 * np.pi * k * cycles
        parts.append((f"{name}_sin_{k}", np.sin(angle), 0.0, _SEASON_SD))
        parts.append((f"{name}_cos_{k}", np.cos(angle), 0.0, _SEASON_SD))
    return parts
