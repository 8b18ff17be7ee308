"""How much one unit says about a relative change, for every kind of metric."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.experiments.options import refuse
from workbench.stats.counts import Floats

MetricKind = Literal["rates", "counts", "means", "ratios", "revenue"]
_FROM_DEVIATION = ("means", "ratios", "revenue")


@dataclass(frozen=True)
class UnitNoise:
    """The control of a planned test.

    Attributes
    ----------
    kind : {"rates", "counts", "means", "ratios", "revenue"}
    baseline : float
        Rate; events per exposure; mean, ratio or revenue per unit of the control.
    deviation : float or None
        Standard deviation of one unit's value, for means, ratios and revenue: see :func:`ratio_deviation` and
        :func:`revenue_deviation`. Rates and counts know theirs.

    Raises
    ------
    DataError
        If a field cannot be used; ``field`` names it.
    """

    kind: MetricKind
    baseline: float
    deviation: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("rates", "counts", *_FROM_DEVIATION):
            refuse(
                "kind", self.kind, "is not planned", f"Choose rates, counts, {', '.join(_FROM_DEVIATION)}."
            )
        if not math.isfinite(self.baseline) or self.baseline == 0:
            refuse("baseline", self.baseline, "has no relative change", "Give a figure that is not zero.")
        if self.kind in ("rates", "counts") and not 0 < self.baseline < self.highest:
            refuse(
                "baseline",
                self.baseline,
                f"is no baseline of {self.kind}",
                "Give one above 0, rates below 1.",
            )
        needs = self.kind in _FROM_DEVIATION
        if needs and not (self.deviation is not None and 0 < self.deviation < math.inf):
            refuse(
                "deviation",
                self.deviation,
                f"is no deviation of one unit of {self.kind}",
                "Give one above 0.",
            )

    @property
    def highest(self) -> float:
        """Largest possible figure."""
        return 1.0 if self.kind == "rates" else math.inf

    @property
    def lifts(self) -> tuple[float, float]:
        """Smallest and largest possible relative change."""
        low = -1.0 if self.kind in ("rates", "counts") else -math.inf
        return low, 1 / self.baseline - 1 if self.kind == "rates" else math.inf

    def variance(self, lift: Floats) -> Floats:
        """Return the variance of the estimated relative change with one unit in each arm.

        Parameters
        ----------
        lift : ndarray
            True relative change.

        Examples
        --------
        >>> UnitNoise("rates", 0.5).variance(np.array([0.0])), UnitNoise("counts", 4.0).variance(np.zeros(1))
        (array([2.]), array([0.5]))
        """
        change = np.clip(np.asarray(lift, dtype=np.float64), *self.lifts)
        if self.kind == "rates":
            p, q = self.baseline, self.baseline * (1 + change)
            out: Floats = (p * (1 - p) + q * (1 - q)) / p**2
        elif self.kind == "counts":
            out = (2 + change) / self.baseline
        else:
            out = np.full_like(change, 2 * ((self.deviation or 0.0) / self.baseline) ** 2)
        return out


def revenue_deviation(paying_rate: float, value: float, value_deviation: float) -> float:
    """Return the deviation of revenue per unit, of which only a share pays.

    Parameters
    ----------
    paying_rate : float
        Share of units that pay, in (0, 1].
    value, value_deviation : float
        Mean and standard deviation of what a paying unit pays.

    Examples
    --------
    >>> round(revenue_deviation(0.02, 60.0, 45.0), 3)
    10.539
    """
    if not 0 < paying_rate <= 1:
        refuse("paying_rate", paying_rate, "is no share of units", "Give one above 0 and at most 1.")
    return math.sqrt(paying_rate * (value_deviation**2 + value**2) - (paying_rate * value) ** 2)


def ratio_deviation(
    means: tuple[float, float], deviations: tuple[float, float], *, correlation: float
) -> float:
    """Return the deviation of one unit's contribution to a ratio of sums, by the delta method.

    Parameters
    ----------
    means, deviations : (numerator, denominator)
        Of one unit's numerator and denominator.
    correlation : float
        Of the two, in [−1, 1].

    Examples
    --------
    >>> round(ratio_deviation((2.0, 4.0), (3.0, 2.0), correlation=0.5), 4)
    0.6614
    """
    if not (means[1] != 0 and -1 <= correlation <= 1):
        refuse(
            "correlation",
            correlation,
            "or a denominator of zero gives no ratio",
            "Check means and correlation.",
        )
    ratio = means[0] / means[1]
    spread = deviations[0] ** 2 + (ratio * deviations[1]) ** 2
    return math.sqrt(max(spread - 2 * ratio * correlation * deviations[0] * deviations[1], 0.0)) / abs(
        means[1]
    )
