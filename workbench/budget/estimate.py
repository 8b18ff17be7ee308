"""A figure of the posterior: its mean with an equal-tailed interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.stats.counts import Floats, tail_of


@dataclass(frozen=True)
class Estimate:
    """A posterior mean with its equal-tailed interval.

    Attributes
    ----------
    mean : float
        The posterior mean, or the median where it is said so.
    interval : tuple of float
    """

    mean: float
    interval: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"mean": self.mean, "interval": list(self.interval)}


def estimate(draws: Floats, level: float, *, by_median: bool = False) -> Estimate:
    """Summarise draws, shape (n_draws,).

    Examples
    --------
    >>> estimate(np.arange(101.0), 0.5)
    Estimate(mean=50.0, interval=(25.0, 75.0))
    """
    tail = tail_of(level)
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail])
    return Estimate(float(middle if by_median else draws.mean()), (float(low), float(high)))
