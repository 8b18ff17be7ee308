"""Whether a difference between two periods is more than noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.performance.sums import sum_by

if TYPE_CHECKING:
    import pandas as pd

    from workbench.performance.totals import Totals

#: A change is spoken of as one when its direction is at least this probable.
CLEAR = 0.95


@dataclass(frozen=True)
class Change:
    """A difference between two periods, with what noise leaves open.

    Attributes
    ----------
    value : float
        Relative change (0.14 is +14 %), or the difference of two rates when ``kind`` is ``points``.
    low, high : float or None
        Equal-tailed interval of the same quantity; ``None`` where the noise is not known.
    prob_higher : float or None
        Probability that the figure is truly higher than before.
    kind : {"relative", "points"}
        What ``value`` is.
    """

    value: float
    low: float | None
    high: float | None
    prob_higher: float | None
    kind: Literal["relative", "points"] = "relative"

    @property
    def is_clear(self) -> bool | None:
        """Whether the direction is beyond reasonable doubt; ``None`` where the noise is not known."""
        if self.prob_higher is None:
            return None
        return max(self.prob_higher, 1 - self.prob_higher) >= CLEAR


def daily_dispersion(rows: pd.DataFrame, before: pd.DataFrame | None) -> float:
    """Estimate how much more daily results vary than a Poisson count with the same cost per result would.

    Parameters
    ----------
    rows, before : pandas.DataFrame
        Daily rows of the two periods; each period has its own rate.
    """
    import numpy as np

    from workbench.stats.dispersion import dispersion

    observed, expected = [], []
    for frame in (rows, before):
        if frame is None or not len(frame) or not frame["results"].notna().any():
            continue
        daily = sum_by(frame, "date_start", ["spend_micros", "results"])
        spend, results = daily.floats("spend_micros"), daily.floats("results")
        bought = spend > 0  # results on a day without spend say nothing of how results vary with spend
        if bought.any() and results[bought].sum() > 0:
            observed.append(results[bought])
            expected.append(results[bought].sum() * spend[bought] / spend[bought].sum())
    if not observed:
        return 1.0
    return float(dispersion(np.concatenate(observed), np.concatenate(expected), n_parameters=len(observed)))


def compare(now: Totals, before: Totals, *, dispersion: float, level: float) -> Change | None:
    """Compare the cost per result of two periods.

    Returns
    -------
    Change or None
        Relative change of cost per result; ``None`` if a period has no results or no spend.
    """
    from workbench.stats.intervals import ratio_interval

    new, old = now.cost_per_result_micros, before.cost_per_result_micros
    if not new or not old:
        return None
    # Results per spend of the old period over the new one is the new cost over the old cost.
    ratio = ratio_interval(
        before.results or 0.0,
        before.spend_micros / 1e6,
        now.results or 0.0,
        now.spend_micros / 1e6,
        level=level,
        dispersion=dispersion,
    )
    return Change(
        value=float(new / old) - 1,
        low=float(ratio.low) - 1,
        high=float(ratio.high) - 1,
        prob_higher=float(ratio.prob_above),
    )


def click_rate_change(rows: pd.DataFrame, before: pd.DataFrame, *, level: float) -> Change | None:
    """Compare the click rates of two periods in points; clicks may vary more than binomially."""
    import numpy as np

    from workbench.stats.dispersion import dispersion
    from workbench.stats.intervals import proportion_difference_interval

    observed, expected, sums = [], [], []
    for frame in (before, rows):
        daily = sum_by(frame, "date_start", ["impressions", "link_clicks"])
        shown, clicks = daily.floats("impressions"), daily.floats("link_clicks")
        shown, clicks = shown[shown > 0], clicks[shown > 0]
        if not clicks.sum() or (clicks > shown).any():
            return None  # no clicks, or clicks that are no share of impressions
        observed.append(clicks)
        expected.append(clicks.sum() * shown / shown.sum())
        sums.append((clicks.sum(), shown.sum()))
    spread = float(dispersion(np.concatenate(observed), np.concatenate(expected), n_parameters=2))
    (old_clicks, old_shown), (new_clicks, new_shown) = sums
    difference = proportion_difference_interval(
        new_clicks, new_shown, old_clicks, old_shown, level=level, dispersion=spread
    )
    value = new_clicks / new_shown - old_clicks / old_shown
    return Change(
        float(value), float(difference.low), float(difference.high), float(difference.prob_above), "points"
    )
