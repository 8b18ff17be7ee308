"""Honest intervals for many small rates: pooled as far as the data say they are alike, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats, checked_counts, tail_of
from workbench.stats.hyperposterior import HyperPosterior, hyper_posterior
from workbench.stats.intervals import Interval, rate_interval
from workbench.stats.root_finding import find_roots

if TYPE_CHECKING:
    import pandas as pd

#: Units whose quantiles are sought at once, which bounds the memory.
_CHUNK = 256
_NEWTON_STEPS = 8
#: A last step of this size in ``log x`` leaves an error of its square.
_NEWTON_TOLERANCE = 1e-5


@dataclass(frozen=True)
class PooledRates:
    """Rates of several units, each with its interval; arrays have shape (n_units,).

    Attributes
    ----------
    rate : ndarray
        Posterior median of each unit's rate; its reciprocal is the median cost per result.
    low, high : ndarray
        Ends of the equal-tailed interval.
    weight_to_mean : ndarray
        How far each unit was drawn towards the common mean, from 0 (not at all) to 1 (entirely).
    level, dispersion : float
        As they were asked for.
    hyper : HyperPosterior or None
        Posterior of what the units have in common; ``None`` if they could not be pooled (a single unit, or
        no event at all).
    """

    rate: Floats
    low: Floats
    high: Floats
    weight_to_mean: Floats
    level: float
    dispersion: float
    hyper: HyperPosterior | None

    @property
    def is_pooled(self) -> bool:
        """Whether the units were pooled."""
        return self.hyper is not None

    @cached_property
    def pooled_mean(self) -> float:
        """Posterior median of the mean rate over units like these; NaN if nothing was pooled."""
        return float("nan") if self.hyper is None else self.hyper.median_mean()

    @cached_property
    def spread(self) -> float:
        """Posterior median of the coefficient of variation of the true rates; NaN if nothing was pooled."""
        return float("nan") if self.hyper is None else self.hyper.median_spread()

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.rate)

    def cost_per_result(self) -> Interval:
        """Return cost per result for exposures in currency units: the reciprocal, its ends swapped."""
        return Interval(self.rate, self.low, self.high, self.level).inverted()

    def summary(self) -> str:
        """Say in a sentence what was pooled and how far."""
        if not self.is_pooled:
            why = "a single one has no neighbours" if self.n_units == 1 else "none has a result yet"
            return f"Not pooled: {why}."
        drawn = self.weight_to_mean
        return (
            f"{self.n_units} estimates pooled: drawn towards their mean by {drawn.min():.0%} to "
            f"{drawn.max():.0%}; true rates differ by about {self.spread:.0%} of it."
        )

    def table(self) -> pd.DataFrame:
        """Return one row per unit: rate, low, high, weight_to_mean."""
        import pandas as pd

        return pd.DataFrame(
            {"rate": self.rate, "low": self.low, "high": self.high, "weight_to_mean": self.weight_to_mean}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON types."""
        return {
            "rate": self.rate.tolist(),
            "interval": np.stack([self.low, self.high], axis=1).tolist(),
            "weight_to_mean": self.weight_to_mean.tolist(),
            "pooled_mean": self.pooled_mean if self.is_pooled else None,
            "spread": self.spread if self.is_pooled else None,
            "level": self.level,
            "dispersion": self.dispersion,
            "is_pooled": self.is_pooled,
        }


def pooled_rates(
    events: ArrayLike, exposure: ArrayLike, *, level: float = 0.9, dispersion: float = 1.0
) -> PooledRates:
    """Estimate many rates together: units with few events are drawn towards the others.

    ``y_i ~ Poisson(λ_i E_i)`` with variance φ times the mean, ``λ_i ~ Gamma(shape a, mean m)``. Given
    ``(a, m)`` each posterior is ``Gamma(a + y_i, a/m + E_i)``, which weighs the common mean by
    ``a / (a + m E_i)``. The hyperparameters are not plugged in but integrated out on a grid under their
    marginal (negative-binomial) likelihood, a flat prior on ``log m`` and a half-Cauchy prior of scale ½
    on the coefficient of variation ``1/√a``: with three campaigns their similarity is hardly known, and
    the intervals say so. The result is a mixture of gammas whose quantiles are found by root finding;
    nothing is sampled.

    Assumes that the units are exchangeable: that nothing but their counts tells which is better.

    Parameters
    ----------
    events : array_like, shape (n_units,)
        Counts such as leads per campaign.
    exposure : array_like, shape (n_units,)
        What they came from: spend in currency units (for cost per result), impressions or clicks; above 0.
    level : float
        Probability inside each interval.
    dispersion : float
        φ ≥ 1, from :func:`workbench.stats.dispersion.dispersion`.

    Returns
    -------
    PooledRates
        A single unit, or units without any event, come back unpooled (Jeffreys' gamma posterior), with
        ``is_pooled`` False.

    Raises
    ------
    DataError
        If there is no unit, a count is negative, an exposure not positive, the dispersion below 1 or the
        level outside (0, 1).

    See Also
    --------
    workbench.stats.intervals.rate_interval : one rate by itself.

    References
    ----------
    Robbins (1956), Proc. Third Berkeley Symposium 1, 157–163. Morris (1983), JASA 78(381), 47–55,
    doi:10.1080/01621459.1983.10477920. Gelman (2006), Bayesian Analysis 1(3), 515–534,
    doi:10.1214/06-BA117A. Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., §2.6 and ch. 5.

    Examples
    --------
    >>> campaigns = pooled_rates([458, 182, 246, 3], [14_764.6, 6_645.7, 5_369.4, 60.0])
    >>> campaigns.cost_per_result().estimate.round(1)
    array([32.1, 36. , 22.2, 27.1])
    >>> bool(campaigns.weight_to_mean[3] > 0.6 > campaigns.weight_to_mean[0])
    True
    """
    tail = tail_of(level)
    counts, exposures = checked_counts(events, exposure, dispersion)
    if counts.ndim != 1 or len(counts) == 0:
        raise DataError(
            f"Rates of shape {counts.shape} cannot be pooled.",
            next_step="Give one count and one exposure per unit, as flat arrays with at least one unit.",
            shape=counts.shape,
        )
    if len(counts) == 1 or counts.sum() == 0:
        return _unpooled(counts, exposures, level=level, dispersion=dispersion)
    hyper = hyper_posterior(counts, exposures)
    low, middle, high = (_quantiles(hyper, counts, exposures, p) for p in (tail, 0.5, 1 - tail))
    return PooledRates(
        rate=middle,
        low=low,
        high=high,
        weight_to_mean=hyper.weight_to_mean(exposures),
        level=level,
        dispersion=dispersion,
        hyper=hyper,
    )


def _unpooled(counts: Floats, exposures: Floats, *, level: float, dispersion: float) -> PooledRates:
    from scipy.special import gammaincinv

    alone = rate_interval(counts, exposures, level=level)
    return PooledRates(
        rate=gammaincinv(counts + 0.5, 0.5) / exposures,
        low=alone.low,
        high=alone.high,
        weight_to_mean=np.zeros(len(counts)),
        level=level,
        dispersion=dispersion,
        hyper=None,
    )


def _quantiles(hyper: HyperPosterior, counts: Floats, exposures: Floats, p: float) -> Floats:
    chunks = range(0, len(counts), _CHUNK)
    return np.concatenate(
        [_mixture_quantiles(hyper, counts[i : i + _CHUNK], exposures[i : i + _CHUNK], p) for i in chunks]
    )


def _mixture_quantiles(hyper: HyperPosterior, counts: Floats, exposures: Floats, p: float) -> Floats:
    """Invert ``Σ_k w_k P(Gamma(a_k + y_i, a_k/m_k + E_i) ≤ x) = p`` for every unit, in ``log x``.

    Newton's method from the gamma distribution of the same mean and variance, which is nearly the mixture;
    where it does not settle at once, a bracket that holds the root for certain.
    """
    from scipy.special import gammainc, gammaincinv, gammaln

    shape = hyper.shape[None, :] + counts[:, None]
    inverse_scale = (hyper.shape / hyper.mean)[None, :] + exposures[:, None]
    log_scale = shape * np.log(inverse_scale) - gammaln(shape)

    def excess(log_rate: Floats) -> Floats:
        out: Floats = gammainc(shape, np.exp(log_rate)[:, None] * inverse_scale) @ hyper.weight - p
        return out

    def slope(log_rate: Floats) -> Floats:
        x = log_rate[:, None]
        out: Floats = np.exp(log_scale + shape * x - np.exp(x) * inverse_scale) @ hyper.weight
        return out

    part_mean = shape / inverse_scale
    mean = part_mean @ hyper.weight
    variance = (part_mean / inverse_scale + part_mean**2) @ hyper.weight - mean**2
    log_rate = np.log(np.maximum(gammaincinv(mean**2 / variance, p) * variance / mean, 1e-250))
    for _ in range(_NEWTON_STEPS):
        step = np.clip(excess(log_rate) / np.maximum(slope(log_rate), 1e-300), -1.0, 1.0)
        log_rate = log_rate - step
        if np.abs(step).max() < _NEWTON_TOLERANCE:
            found: Floats = np.exp(log_rate)
            return found
    # The mixture's quantile lies between the smallest and the largest of its components' quantiles.
    of_parts = np.maximum(gammaincinv(shape, p) / inverse_scale, 1e-250)
    low, high = np.log(of_parts.min(axis=1)), np.log(of_parts.max(axis=1))
    found = np.exp(find_roots(excess, low - 1e-6, high + 1e-6, x_tolerance=1e-9))
    return found
