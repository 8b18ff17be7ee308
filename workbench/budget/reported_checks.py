"""Whether a fit of items' own reported results may be believed: counts against their prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.contributions import predict_counts
from workbench.budget.fit import MixFit
from workbench.budget.priors import refused
from workbench.budget.reported import ReportedMixModel
from workbench.budget.reported_drifting import DriftingMixModel
from workbench.stats.counts import Floats, tail_of

if TYPE_CHECKING:
    import pandas as pd

_SMALLEST_P = 0.01
_FARTHEST = 4.0


@dataclass(frozen=True)
class ReportedChecks:
    """What each item's counts say about the model's assumptions.

    Attributes
    ----------
    items : tuple of str
    coverage : ndarray, shape (n_items,)
        Share of periods with spend whose count lies inside its posterior predictive interval.
    uniform_p : ndarray, shape (n_items,)
        That the counts' randomised places in their predictions are uniform (Dunn & Smyth 1996): dispersion
        and shape are right. By Kolmogorov and Smirnov, so a little too large for a fit to the same data.
    correlation : ndarray, shape (n_items,)
        Of those places, as normal scores, with the period's before.
    correlation_p : ndarray, shape (n_items,)
        That there is none.
    level : float
        Of the interval.
    weight : float
        Of a period in the fit, below one where drift was allowed for.
    wanders : bool
        Whether the fit lets rates wander.
    """

    items: tuple[str, ...]
    coverage: Floats
    uniform_p: Floats
    correlation: Floats
    correlation_p: Floats
    level: float
    weight: float = 1.0
    wanders: bool = False

    @property
    def concerns(self) -> tuple[str, ...]:
        """What to look at, in words; empty if nothing. The p-values are adjusted for the number of items."""
        n, out = len(self.items), []
        shaped = [name for name, p in zip(self.items, self.uniform_p, strict=True) if p * n < _SMALLEST_P]
        if shaped:
            out.append(f"Counts are spread otherwise than predicted: {', '.join(shaped)}.")
        moving = (self.correlation_p * n < _SMALLEST_P) & (self.correlation > 0)
        if moving.any():
            r = float(self.correlation[moving].mean())
            out.append(
                f"Results drift from period to period (correlation {r:.2f}): "
                f"{', '.join(name for name, m in zip(self.items, moving, strict=True) if m)}. "
                f"{self._meant_for_drift(r)}"
            )
        return tuple(out)

    def _meant_for_drift(self, r: float) -> str:
        if self.wanders:
            return "The fit lets rates wander, and looks ahead from where they are."
        if self.weight < 1:
            return f"Intervals were made {self.weight**-0.5:.1f} times as wide for it."
        return f"Intervals there are too narrow, by about a factor of {((1 + r) / (1 - r)) ** 0.5:.1f}."

    def table(self) -> pd.DataFrame:
        """Return one row an item."""
        import pandas as pd

        names = ("coverage", "uniform_p", "correlation", "correlation_p")
        return pd.DataFrame({"item": self.items, **{name: getattr(self, name) for name in names}})

    def summary(self) -> str:
        """Say how many counts the intervals held, and what is of concern."""
        held = f"{self.level:.0%} predictive intervals held {self.coverage.mean():.0%} of the items' counts."
        return " ".join([held, *self.concerns])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "level": self.level,
            "items": self.table().to_dict("records"),
            "concerns": list(self.concerns),
        }


def check_reported(fit: MixFit) -> ReportedChecks:
    """Check each item's counts of the fitted periods with spend.

    Parameters
    ----------
    fit : MixFit
        Of items' own reported results, as it was fitted: not scaled to a channel.

    Raises
    ------
    DataError
        If the fit explains the total.
    """
    model = fit.model
    if not isinstance(model, ReportedMixModel):
        raise refused("fit", model.explains, "is not of items' own results", "Use `check_residuals`.")
    rng, tail = np.random.default_rng(fit.seed), tail_of(model.spec.level)
    found = [_item(fit, model, c, rng=rng, tail=tail) for c in range(model.n_channels)]
    coverage, uniform_p, r, r_p = (np.array(column) for column in zip(*found, strict=True))
    wanders = isinstance(model, DriftingMixModel)
    return ReportedChecks(
        model.data.channels, coverage, uniform_p, r, r_p, model.spec.level, model.weight, wanders
    )


def _item(
    fit: MixFit, model: ReportedMixModel, c: int, *, rng: np.random.Generator, tail: float
) -> tuple[float, float, float, float]:
    """Return coverage, p of uniform places, and their correlation with its p, for one item."""
    from scipy.special import ndtr, ndtri
    from scipy.stats import kstest

    drawn = predict_counts(model, fit.draws, c, rng=rng, n_periods=model.n_used)
    is_reached = (drawn > 0).any(axis=0) | (model.totals.counts[c] > 0)
    drawn, seen = drawn[:, is_reached], model.totals.counts[c][is_reached]
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    places = (drawn < seen).mean(axis=0) + rng.random(len(seen)) * (drawn == seen).mean(axis=0)
    scores = np.clip(ndtri(places), -_FARTHEST, _FARTHEST)
    off = scores - scores.mean()
    follows = np.diff(np.flatnonzero(is_reached)) == 1
    n, pairs = int(follows.sum()), (off[1:] * off[:-1])[follows]
    r = float(pairs.mean() / max(float(off.var()), 1e-12)) if n else 0.0
    p = float(2 * ndtr(-abs(r) * max(n, 1) ** 0.5))
    return float(((low <= seen) & (seen <= high)).mean()), float(kstest(places, "uniform").pvalue), r, p
