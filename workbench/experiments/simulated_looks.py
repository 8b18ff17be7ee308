"""Two simulated arms as they look at each reading of a schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.experiments.options import refuse
from workbench.stats.counts import Floats

Kind = Literal["rates", "counts", "means"]

_MOST_CELLS = 200_000_000


@dataclass(frozen=True)
class Seen:
    """What simulated tests show at each look.

    Attributes
    ----------
    relative, deviation : ndarray, shape (n_runs, n_looks)
        Relative change so far, and its standard error.
    units : ndarray, shape (n_runs, n_looks)
        Of both arms together.
    results : ndarray, shape (n_runs, n_looks, 2), or None
        Conversions or events of each arm so far; ``None`` for means.
    """

    relative: Floats
    deviation: Floats
    units: Floats
    results: Floats | None


@dataclass(frozen=True)
class SimulatedArms:
    """Two arms of one law.

    Attributes
    ----------
    kind : {"rates", "counts", "means"}
    baseline : float
        Figure of the control.
    deviation : float or None
        Of one unit's value; means only.
    n_new : ndarray, shape (n_looks,)
        New units (or exposure) of each arm at each look.
    """

    kind: Kind
    baseline: float
    deviation: float | None
    n_new: Floats

    def check(self, n_runs: int, lift: float | None) -> None:
        """Refuse what cannot be drawn.

        Raises
        ------
        DataError
            If a field is refused; ``field`` names it.
        """
        if self.kind not in ("rates", "counts", "means"):
            refuse("kind", self.kind, "is not simulated", "Choose rates, counts or means.")
        top = 1.0 if self.kind == "rates" else math.inf
        if not 0 < self.baseline < top or not math.isfinite(self.baseline):
            refuse(
                "baseline",
                self.baseline,
                f"is no baseline of {self.kind}",
                "Give one above 0 (rates: below 1).",
            )
        if self.kind == "means" and not (self.deviation and self.deviation > 0):
            refuse("deviation", self.deviation, "is no deviation of one unit", "Give one above 0 for means.")
        if self.kind != "counts" and (self.n_new < 1).any():
            refuse("n_per_look", float(self.n_new.min()), "is less than one unit", "Give at least 1.")
        if n_runs < 1 or n_runs * len(self.n_new) > _MOST_CELLS:
            refuse("n_runs", n_runs, "is none, or too many for this many looks", "Try 20,000.")
        if lift is not None and not (lift > -1 and 0 < self.baseline * (1 + lift) < top):
            refuse("lift", lift, "leads out of the possible figures", "Give a relative change such as 0.1.")

    def draw(self, lift: float, n_runs: int, rng: np.random.Generator) -> Seen:
        """Draw both arms many times and run up their sums.

        Parameters
        ----------
        lift : float
            Relative, of the second arm.
        n_runs : int
        rng : numpy.random.Generator
        """
        mean = self.baseline * np.array([1, 1 + lift])
        n = np.floor(self.n_new) if self.kind != "counts" else self.n_new
        shape = (n_runs, len(n), 2)
        if self.kind == "rates":
            new = rng.binomial(n.astype(np.int64)[:, None], mean, shape).astype(np.float64)
        elif self.kind == "counts":
            new = rng.poisson(n[:, None] * mean, shape).astype(np.float64)
        else:
            return self._seen_means(mean, n, shape, rng)
        total, units = np.cumsum(new, axis=1), np.cumsum(n)
        return self._seen(total, units)

    def _seen_means(self, mean: Floats, n: Floats, shape: tuple[int, ...], rng: np.random.Generator) -> Seen:
        """Draw sums and sums of squares of normal values: their variance is estimated, as in a test."""
        sd, new = self.deviation or 0.0, n[:, None]
        # About the baseline: squares of values far from zero would lose their digits.
        total = rng.normal(new * (mean - self.baseline), sd * np.sqrt(new), shape)
        within = np.where(new > 1, sd**2 * rng.chisquare(np.maximum(new - 1, 1), shape), 0.0)
        squares = np.cumsum(within + total**2 / new, axis=1)
        total, units = np.cumsum(total, axis=1), np.cumsum(n)[:, None]
        rest = np.maximum(squares - total**2 / units, 0.0)
        variance = np.where(units > 1, rest / np.maximum(units - 1, 1), sd**2) / units
        relative = (total[..., 1] - total[..., 0]) / units[:, 0] / self.baseline
        deviation = np.sqrt(variance.sum(axis=-1)) / abs(self.baseline)
        return Seen(relative, deviation, np.broadcast_to(2 * units[:, 0], relative.shape), None)

    def _seen(self, total: Floats, units: Floats) -> Seen:
        mean = total / units[:, None]
        if self.kind == "rates":
            variance = np.maximum(mean * (1 - mean), 0.5 / units[:, None]) / units[:, None]
        else:
            variance = np.maximum(mean, 0.5 / units[:, None]) / units[:, None]
        # Relative to what both arms say of the baseline: relative to the control alone, a low control would
        # have a large change *and* a large variance.
        base = np.maximum(mean.mean(axis=-1), 0.5 / units)
        relative = (mean[..., 1] - mean[..., 0]) / base
        deviation = np.sqrt(variance.sum(axis=-1)) / base
        return Seen(relative, deviation, np.broadcast_to(2 * units, relative.shape), total)
