"""A normal effect in closed form: for what is normal, and to show approximations beside exact answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.core.errors import DataError
from workbench.stats.counts import tail_of


@dataclass(frozen=True)
class NormalEffect:
    """An effect with a normal law.

    Attributes
    ----------
    mean : float
    deviation : float
        Standard deviation, above 0.

    Examples
    --------
    >>> effect = NormalEffect(0.1, 0.05)
    >>> round(effect.mean_above, 10), round(effect.mean_below, 10)
    (0.1004245351, 0.0004245351)
    """

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.deviation) and self.deviation > 0):
            raise DataError(
                f"An effect of {self.mean!r} with a deviation of {self.deviation!r} is no normal law.",
                next_step="Give a finite mean and a deviation above 0.",
                field="deviation",
            )

    @property
    def prob_above(self) -> float:
        """Probability that the effect is above zero."""
        from scipy.special import ndtr

        return float(ndtr(self.mean / self.deviation))

    @property
    def mean_above(self) -> float:
        """Expected ``max(effect, 0)``: what is lost on average by not taking it."""
        return self.mean_below + self.mean

    @property
    def mean_below(self) -> float:
        """Expected ``max(−effect, 0)``: what is lost on average by taking it."""
        from scipy.special import ndtr

        z = self.mean / self.deviation
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return max(0.0, self.deviation * density - self.mean * float(ndtr(-z)))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the equal-tailed interval of a level."""
        from scipy.special import ndtri

        reach = -float(ndtri(tail_of(level))) * self.deviation
        return self.mean - reach, self.mean + reach

    def shrunk(self, prior_mean: float, prior_variance: float) -> NormalEffect:
        """Return the posterior under a normal prior, the effect seen being this one."""
        seen, believed = 1 / self.deviation**2, 1 / prior_variance
        mean = (self.mean * seen + prior_mean * believed) / (seen + believed)
        return NormalEffect(mean, math.sqrt(1 / (seen + believed)))


def ratio_effect(mean0: float, mean1: float, variance0: float, variance1: float) -> NormalEffect:
    """Approximate ``Y / X − 1`` by the delta method.

    Parameters
    ----------
    mean0, mean1 : float
        Of X, far from zero, and of Y.
    variance0, variance1 : float
        Of the two means, not of single values.

    Raises
    ------
    DataError
        If the first mean is zero or the variances make no positive number.

    Examples
    --------
    >>> round(ratio_effect(10.0, 10.5, 0.025, 0.1).mean, 6)
    0.05
    """
    if mean0 == 0:
        raise DataError(
            "A change relative to a mean of zero has no size.",
            next_step="Use the absolute difference.",
            field="mean0",
        )
    variance = variance1 / mean0**2 + variance0 * mean1**2 / mean0**4
    return NormalEffect(mean1 / mean0 - 1, math.sqrt(max(variance, 0.0)))
