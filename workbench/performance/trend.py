"""Cost per result over time, with the band that its noise leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.performance.sums import sum_by

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from workbench.core.dates import Period

#: Below this many results on a typical day a daily cost is mostly noise, and weeks are drawn instead.
MIN_RESULTS_PER_DAY = 8
#: A longer period is drawn by week: its days would be a thicket.
MAX_DAILY_STEPS = 45


@dataclass(frozen=True)
class Trend:
    """One value per day or week of the period, arrays of shape ``(n_steps,)``.

    Attributes
    ----------
    step : {"day", "week"}
        What one value stands for; a week is seven days counted back from the period's last day.
    days : tuple of datetime.date
        First day of each step.
    spend, results : ndarray
        Currency units and counts; NaN where there are no rows.
    cost, low, high : ndarray
        Cost per result with its interval, currency units; NaN without results.
    before : ndarray or None
        Cost per result in the step at the same place of the comparison, NaN without results.
    """

    step: Literal["day", "week"]
    days: tuple[object, ...]
    spend: NDArray[np.float64]
    results: NDArray[np.float64]
    cost: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    before: NDArray[np.float64] | None
    level: float


def trend(
    rows: pd.DataFrame,
    before: pd.DataFrame | None,
    period: Period,
    comparison: Period | None,
    *,
    dispersion: float,
    level: float = 0.9,
) -> Trend | None:
    """Compute cost per result by day, or by week where days have too few results.

    Parameters
    ----------
    rows, before : pandas.DataFrame
        Daily rows of the two periods with ``date_start``, ``spend_micros`` and ``results``.
    period, comparison : Period
        The days they cover.
    dispersion : float
        Variance of the daily counts relative to a Poisson distribution, at least 1.
    level : float
        Probability of the equal-tailed interval.

    Returns
    -------
    Trend or None
        ``None`` if the rows have no results at all.
    """
    from workbench.stats.intervals import rate_interval

    if not len(rows) or not rows["results"].notna().any():
        return None
    step: Literal["day", "week"] = "day" if _shows_days(rows, period) else "week"
    starts, spend, results = _by_step(rows, period, step)
    known = (np.nan_to_num(spend) > 0) & (np.nan_to_num(results) > 0)
    interval = rate_interval(
        np.where(known, results, 1.0), np.where(known, spend, 1.0), level=level, dispersion=dispersion
    )
    old = None
    if before is not None and comparison is not None:
        _, old_spend, old_results = _by_step(before, comparison, step)
        old = _cost(old_spend, old_results)[: len(starts)]
        old = np.pad(old, (0, len(starts) - len(old)), constant_values=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = 1 / interval.high, 1 / interval.low
    return Trend(
        step=step,
        days=tuple(starts),
        spend=spend,
        results=results,
        cost=_cost(spend, results),
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
        before=old,
        level=level,
    )


def _shows_days(rows: pd.DataFrame, period: Period) -> bool:
    typical = float(np.median(sum_by(rows, "date_start", ["results"]).columns["results"]))
    return period.n_days < 14 or (typical >= MIN_RESULTS_PER_DAY and period.n_days <= MAX_DAILY_STEPS)


def _cost(spend: NDArray[np.float64], results: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = np.nan_to_num(results) > 0
    return np.where(usable, spend / np.where(usable, results, 1.0), np.nan)


def _by_step(
    rows: pd.DataFrame, period: Period, step: str
) -> tuple[list[object], NDArray[np.float64], NDArray[np.float64]]:
    """Add up by day or by whole week, counted back from the last day; a broken first week is left out."""
    days = list(period.days())
    sums = sum_by(rows, "date_start", ["spend_micros", "results"])
    pairs = zip(sums.floats("spend_micros"), sums.floats("results"), strict=True)
    of_day = dict(zip(sums.keys, pairs, strict=True))
    daily = np.array([of_day.get(day, (np.nan, np.nan)) for day in days]).reshape(-1, 2)
    if step == "week":
        n_weeks = len(days) // 7
        days = days[len(days) - 7 * n_weeks :]
        blocks = daily[daily.shape[0] - 7 * n_weeks :].reshape(n_weeks, 7, 2)
        empty = np.isnan(blocks).all(axis=1)
        daily = np.where(empty, np.nan, np.nansum(blocks, axis=1))
        days = days[::7]
    return list(days), daily[:, 0] / 1_000_000, daily[:, 1]
