"""What a size of a two-arm comparison would do, before it is run."""

from __future__ import annotations

import math

import numpy as np

from workbench.experiments.options import refuse
from workbench.experiments.unit_noise import UnitNoise
from workbench.stats.best_of import spread_nodes
from workbench.stats.confidence_sequence import sequence_radius
from workbench.stats.counts import Floats, tail_of
from workbench.stats.normal_effect import NormalEffect

#: Deviations of the prior beyond which nothing is left to integrate.
_REACH = 8.0


class Design:
    """What a size of a two-arm comparison would do, whatever the metric.

    Parameters
    ----------
    noise : UnitNoise
    lift : float
        Prior mean of the relative change.
    prior_sd : float or None
        Its prior standard deviation; ``None`` for half the lift.
    level : float
    anytime : bool
        As for :func:`plan`.
    """

    def __init__(
        self, noise: UnitNoise, lift: float, prior_sd: float | None, *, level: float, anytime: bool
    ) -> None:
        from scipy.special import ndtri

        low, high = noise.lifts
        if not (math.isfinite(lift) and low < lift < high):
            refuse("lift", lift, "leads out of the possible figures", "Give a relative change such as 0.1.")
        sd = abs(lift) / 2 if prior_sd is None else prior_sd
        if not 0 < sd < math.inf:
            refuse("prior_sd", sd, "is no spread of changes", "Give one above 0, such as 0.05.")
        self.noise, self.lift, self.sd = noise, lift, sd
        at_end = float(sequence_radius(1.0, 1.0, alpha=1 - level, planned_n=1.0))
        self.critical = at_end if anytime else -float(ndtri(tail_of(level)))

    def deviation(self, n: float, lift: Floats) -> Floats:
        """Return the standard error of the relative change with ``n`` units an arm."""
        out: Floats = np.sqrt(self.noise.variance(lift) / n)
        return out

    def power(self, n: float) -> float:
        """Return the probability to find the lift, on its side, if it is exactly that."""
        from scipy.special import ndtr

        s = float(self.deviation(n, np.array([self.lift]))[0])
        return float(ndtr(abs(self.lift) / s - self.critical))

    def assurance(self, n: float) -> float:
        """Return the probability of a decision, either way, under the prior."""
        from scipy.special import ndtr

        edge = self.critical * float(self.deviation(n, np.array([0.0]))[0])
        change, weight = self._prior(np.array([-2 * edge, -edge, -edge / 2, 0.0, edge / 2, edge, 2 * edge]))
        z = change / self.deviation(n, change)
        return float((ndtr(z - self.critical) + ndtr(-z - self.critical)) @ weight)

    def interval_width(self, n: float) -> float:
        """Return the expected width of the interval of the relative change."""
        change, weight = self._prior(np.zeros(1))
        return float(2 * self.critical * self.deviation(n, change) @ weight)

    def expected_loss(self, n: float) -> float:
        """Return the loss left when the arm with the better posterior is taken, in the metric's unit."""
        best = NormalEffect(self.lift, self.sd).mean_above
        if n <= 0:
            return (best - max(self.lift, 0.0)) * abs(self.noise.baseline)
        error = float(self.deviation(n, np.array([self.lift]))[0])
        learned = self.sd**2 / math.hypot(self.sd, error)
        return max(best - NormalEffect(self.lift, learned).mean_above, 0.0) * abs(self.noise.baseline)

    def _prior(self, edges: Floats) -> tuple[Floats, Floats]:
        low, high = self.noise.lifts
        ends = self.lift + self.sd * np.array([-_REACH, -3.0, 0.0, 3.0, _REACH])
        ends = np.clip(ends, low, high)
        inside = edges[(edges > ends[0]) & (edges < ends[-1])]
        change, weight = spread_nodes(np.concatenate([ends, inside]))
        weight = weight * np.exp(-(((change - self.lift) / self.sd) ** 2) / 2)
        return change, weight / weight.sum()
