"""Conversions that come late: how long they take, what a mature cohort shows, what the rest will come to.

Two views beside the plain one, from unit rows:

- **Mature cohort**: units at least as old as the lag's 90th percentile, with the conversions that came within
  it. It needs no model, only time.
- **Nowcast**: all units, and the posterior of each arm's rate within the horizon given today's partial
  conversions. It leans on one curve of lags for all arms.

Neither gives a verdict before the lag's 90th percentile: the mature view has no cohort until then, and the
nowcast waits until nine in ten of its conversions are expected to have come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.core.number_text import number, percent
from workbench.experiments.checks import MATURE_SHARE, Check, check_mature
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.decision import with_checks
from workbench.experiments.exposures import Exposures, read_exposures
from workbench.experiments.options import Options
from workbench.experiments.rates import FLAT, analyse_rates
from workbench.experiments.result import ExperimentResult
from workbench.stats.best_of import best_of
from workbench.stats.counts import Floats, tail_of
from workbench.stats.delay_curve import reverse_log_rank
from workbench.stats.lagged_rate import lagged_rate_law, likely_curves

if TYPE_CHECKING:
    import pandas as pd

#: Longest time from the contact to a conversion that counts, unless told.
HORIZON_DAYS = 28
#: A curve is learned from at least so many conversions.
LEAST_CONVERSIONS = 50
#: Beyond so many deviations the arms' lags are called different (p < .01).
_LAGS_DIFFER = 2.576


@dataclass(frozen=True)
class LagModel:
    """Time from a contact to its conversion, in whole days.

    Attributes
    ----------
    share : ndarray, shape (horizon + 1,)
        Of the conversions within the horizon, those that have come by each day; 1 at the horizon.
    log_variance : ndarray, shape (horizon + 1,)
        Variance of its logarithm; zeros if the curve is taken as known.
    n_conversions : float
        It was learned from.
    """

    share: Floats
    log_variance: Floats
    n_conversions: float

    @property
    def horizon_days(self) -> int:
        """Longest delay that counts."""
        return len(self.share) - 1

    def percentile(self, p: float = MATURE_SHARE) -> int:
        """Return the days by which a share of the conversions has come."""
        return int(np.argmax(self.share >= p - 1e-12))


@dataclass(frozen=True)
class DelayedReading:
    """An experiment with late conversions, read in two ways.

    Attributes
    ----------
    lag : LagModel
    share_seen : float
        Of the final conversions of all units, those expected to have come.
    final_rates : tuple of tuple
        Of each arm: estimate, low and high of the rate within the horizon, the curve's error included.
    mature : ExperimentResult or None
        Of the mature cohort; ``None`` before there is one.
    nowcast : ExperimentResult
        Of all units; its comparisons take the curve as it is, as an error of it moves all arms alike.
    checks : tuple of Check
    """

    lag: LagModel
    share_seen: float
    final_rates: tuple[tuple[float, float, float], ...]
    mature: ExperimentResult | None
    nowcast: ExperimentResult
    checks: tuple[Check, ...]

    def table(self) -> pd.DataFrame:
        """Return one row for each arm: seen so far, mature cohort, and nowcast with its interval."""
        import pandas as pd

        mature = self.mature.arms if self.mature else [None] * len(self.nowcast.arms)
        rows = [
            {
                "arm": now.name,
                "seen_rate": now.observed,
                "mature_rate": None if old is None else old.observed,
                "final_rate": final[0],
                "low": final[1],
                "high": final[2],
            }
            for now, old, final in zip(self.nowcast.arms, mature, self.final_rates, strict=True)
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return both views in words."""
        days = number(self.lag.percentile())
        first = (
            f"Mature cohort, of units at least {days} days old: {self.mature.summary()}"
            if self.mature
            else f"No unit is {days} days old, by which nine in ten conversions come: no verdict yet."
        )
        seen = percent(self.share_seen, digits=2)
        return f"{first} Nowcast, with {seen} of the conversions in: {self.nowcast.summary()}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "lag": {
                "share_by_day": self.lag.share.round(6).tolist(),
                "p90_days": self.lag.percentile(),
                "horizon_days": self.lag.horizon_days,
                "n_conversions": self.lag.n_conversions,
            },
            "share_seen": self.share_seen,
            "final_rates": [list(one) for one in self.final_rates],
            "mature": self.mature.to_dict() if self.mature else None,
            "nowcast": self.nowcast.to_dict(),
            "checks": [check.to_dict() for check in self.checks],
            "summary": self.summary(),
        }


def read_delayed(
    exposed_at: ArrayLike,
    converted_at: ArrayLike,
    arm: ArrayLike,
    *,
    now: object,
    lag: LagModel | None = None,
    horizon_days: int = HORIZON_DAYS,
    options: Options | None = None,
) -> DelayedReading:
    """Read an experiment whose conversions come late, from unit rows.

    Parameters
    ----------
    exposed_at, converted_at : array_like, shape (n_units,)
        When each unit was first exposed, and when it converted (NaN or NaT: not so far): datetimes, or days
        as numbers.
    arm : array_like, shape (n_units,)
        Name of each unit's arm. ``options.names`` says which there are, the control first; else by alphabet.
    now : datetime or float
        Up to when conversions are known. The day it falls in is not whole and is left out.
    lag : LagModel, optional
        Learned before, by :func:`learn_lag`; by default learned from these rows.
    horizon_days : int
        Longest time to a conversion that counts.
    options : Options, optional

    Raises
    ------
    NotEnoughData
        If the lag cannot be learned from these rows: the experiment is younger than the horizon, or has too
        few conversions.
    DataError
        If a field is refused; ``field`` names it.
    """
    options = options or Options()
    horizon = horizon_days if lag is None else lag.horizon_days
    seen = read_exposures(exposed_at, converted_at, arm, now=now, horizon_days=horizon, names=options.names)
    options = replace(options, names=seen.names)
    model = lag or learn_lag(seen)
    expected = seen.units * model.share
    share_seen = float(expected.sum() / seen.units.sum())
    found = (check_mature(share_seen, lag_days=model.percentile()), _check_lags(seen))
    final = tuple(_final_rate(seen, k, model, options.level) for k in range(len(seen.names)))
    return DelayedReading(
        lag=model,
        share_seen=share_seen,
        final_rates=final,
        mature=_mature(seen, model, options),
        nowcast=with_checks(_nowcast(seen, model, options), found),
        checks=found,
    )


def learn_lag(seen: Exposures) -> LagModel:
    """Learn the time to conversion of all arms together.

    Raises
    ------
    NotEnoughData
        If no unit is as old as the horizon, or fewer than :data:`LEAST_CONVERSIONS` have come.
    """
    oldest = int(np.flatnonzero(seen.units.sum(axis=0))[-1])
    if oldest < seen.horizon_days:
        raise NotEnoughData(
            f"now: the oldest unit is {oldest} days old: lags up to {seen.horizon_days} were never seen.",
            next_step="Wait, give a shorter horizon_days, or a lag learned from earlier conversions.",
            field="now",
        )
    risk = seen.risk()
    total = float(seen.conversions.sum())
    if total < LEAST_CONVERSIONS:
        raise NotEnoughData(
            f"converted_at: {total:g} conversions are too few to learn their lag.",
            next_step=f"Wait for {LEAST_CONVERSIONS}, or give a lag learned from earlier conversions.",
            field="converted_at",
        )
    return LagModel(np.maximum(risk.curve(), 1e-9), risk.log_curve_variance(), total)


def _mature(seen: Exposures, lag: LagModel, options: Options) -> ExperimentResult | None:
    old_from = lag.percentile()
    units = seen.units[:, old_from:].sum(axis=1)
    if (units < 1).any():
        return None
    converted = seen.conversions[:, old_from:, : old_from + 1].sum(axis=(1, 2))
    return analyse_rates(converted, units, options=options)


def _nowcast(seen: Exposures, lag: LagModel, options: Options) -> ExperimentResult:
    by_age, units = seen.conversions.sum(axis=2), seen.units.sum(axis=1)
    converted = by_age.sum(axis=1)
    laws = [
        lagged_rate_law(done, waiting, lag.share, prior=FLAT)
        for done, waiting in zip(by_age, seen.unconverted, strict=True)
    ]

    @cache
    def prob_above(i: int, j: int) -> float:
        return float(best_of([laws[i], laws[j]]).prob_best[1])

    posterior = Posterior(
        kind="rates",
        laws=laws,
        observed=converted / units,
        prob_above=prob_above,
        units=units,
        n_results=float(converted.sum()),
        prior=FLAT,
        prior_conflict_p=None,
    )
    return compare(posterior, options)


def _final_rate(seen: Exposures, k: int, lag: LagModel, level: float) -> tuple[float, float, float]:
    curves, weights = likely_curves(lag.share, lag.log_variance, seen.units[k])
    done = seen.conversions[k].sum(axis=1)
    law = lagged_rate_law(done, seen.unconverted[k], curves, weights=weights)
    tail = tail_of(level)
    return law.mean, law.quantile(tail), law.quantile(1 - tail)


def _check_lags(seen: Exposures) -> Check:
    """Compare each arm's lags with the control's: the nowcast takes one curve for all."""
    control = seen.risk(0)
    z = [reverse_log_rank(control, seen.risk(k)) for k in range(1, len(seen.names))]
    worst = max(range(len(z)), key=lambda k: abs(z[k]))
    if abs(z[worst]) < _LAGS_DIFFER:
        return Check("lags by arm", False, "the arms' conversions take equally long, as far as is seen.")
    pace = "later" if z[worst] > 0 else "sooner"
    names = seen.names[worst + 1], seen.names[0]
    text = f"conversions of {names[0]} come {pace} than those of {names[1]}; wait until all are in."
    return Check("lags by arm", True, text)
