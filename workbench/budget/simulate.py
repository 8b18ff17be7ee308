"""Data drawn from the model's own prior, with the truth: the other half of simulation-based calibration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from workbench.budget.data import MixData
from workbench.budget.model import MixModel, make_model
from workbench.budget.priors import WorthPrior
from workbench.budget.spec import MixSpec
from workbench.stats.counts import Floats


@dataclass(frozen=True)
class SimulatedMix:
    """A data set with the parameters that made it.

    Attributes
    ----------
    model : MixModel
    scores : ndarray, shape (n_curve,)
    worths : ndarray, shape (n_channels,)
    baseline : ndarray, shape (n_columns,)
    contributions : ndarray, shape (n_channels,)
        Outcome that each channel brought in all.
    """

    model: MixModel
    scores: Floats
    worths: Floats
    baseline: Floats
    contributions: Floats


def simulated_spend(n_periods: int, n_channels: int, rng: np.random.Generator) -> Floats:
    """Draw spend that comes and goes in flights, in currency units, shape (n_periods, n_channels)."""
    level = rng.gamma(2.0, 0.5, (n_periods, n_channels))
    on = rng.random((n_periods, n_channels)) < rng.uniform(0.4, 1.0, n_channels)
    return 1_000 * level * on


def simulate_mix(
    spec: MixSpec, *, n_periods: int, n_channels: int, rng: np.random.Generator, step_days: int = 7
) -> SimulatedMix:
    """Draw parameters from the prior and an outcome from them.

    Parameters
    ----------
    spec : MixSpec
        ``outcome_scale`` must be given: a scale taken from the outcome would make the prior depend on it.
    n_periods, n_channels : int
    rng : numpy.random.Generator
    step_days : int
        1 or 7.

    Examples
    --------
    >>> made = simulate_mix(
    ...     MixSpec(outcome_scale=1e4), n_periods=104, n_channels=2, rng=np.random.default_rng(1)
    ... )
    >>> made.model.data.outcome.shape, bool((made.contributions > 0).all())
    ((104,), True)
    """
    from scipy.special import log_ndtr, ndtri_exp

    spend = simulated_spend(n_periods, n_channels, rng)
    dates = tuple(date(2023, 1, 2) + timedelta(days=step_days * k) for k in range(n_periods))
    channels = tuple(f"channel_{k + 1}" for k in range(n_channels))
    blank = MixData(dates, np.arange(n_periods, dtype=np.float64), spend, channels, np.zeros((n_periods, 0)))
    model = make_model(blank, spec)
    scores = rng.standard_normal(model.n_curve)
    means, sds = np.array([w.mean for w in model.worths]), np.array([w.sd for w in model.worths])
    worths = means - sds * ndtri_exp(log_ndtr(means / sds) + np.log(1 - rng.random(n_channels)))
    base = model.baseline.mean + model.baseline.sd * rng.standard_normal(len(model.baseline.sd))
    curves, noise = model.curves_of(scores[None])
    columns, _ = model.worth_columns(curves)
    outcome = model.baseline.columns @ base + worths @ columns[0] + noise * rng.standard_normal(n_periods)
    done = make_model(replace(blank, outcome=outcome), spec)
    return SimulatedMix(done, scores, worths, base, worths * model.worth_units)


def roas_spec(channels: int, *, outcome_scale: float = 10_000.0, **given: object) -> MixSpec:
    """Return a specification whose priors do not depend on the outcome: ROAS half-normal with sd 2."""
    worth = {f"channel_{k + 1}": WorthPrior("roas", 0.0, 2.0) for k in range(channels)}
    return MixSpec(worth=worth, outcome_scale=outcome_scale, **given)  # type: ignore[arg-type]
