r"""How much of a day's results is known when: the curve along which figures mature.

A conversion is credited to the day of the ad contact and comes days later, so a young day shows only a share
:math:`F(a)` of its final results, :math:`a` days after it. The share is learned in one of two ways.

*From delays.* Where conversions are kept with both days, their reverse hazards give the curve
(:mod:`workbench.stats.delay_curve`).

*From beliefs.* What was believed at earlier moments of days that are final by now, over what they came to.

With final results of Poisson mean :math:`\lambda s_d` on a day of spend :math:`s_d`, the results seen have
mean :math:`\lambda s_d F(a_d)`; so the cost per result once all have come is
:math:`\sum s_d F(a_d) / \sum r_d`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.stats.delay_curve import reverse_risk

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

#: Networks restate conversions for so many days; older ones are final.
FINAL_AFTER_DAYS = 28
#: With fewer results than this a curve is mostly noise and is not learned.
MIN_RESULTS = 100
#: A day counts as complete from this share of its results on.
COMPLETE = 0.99
#: Older days may have had other delays and teach nothing about today's.
LEARNED_FROM_DAYS = 180


@dataclass(frozen=True)
class Maturity:
    """Share of a day's final results that is known, by the day's age.

    Attributes
    ----------
    share : ndarray, shape (FINAL_AFTER_DAYS + 1,)
        Share in [0, 1] at the age of 0, 1, … days, never falling; age 0 is the last whole day of the data.
    source : {"conversions", "history"}
        Learned from the delays of conversions, or from what was believed earlier.
    n_results : float
        Results it was learned from.
    n_days : int
        Days they belong to.
    """

    share: Array
    source: Literal["conversions", "history"]
    n_results: float
    n_days: int

    @property
    def delay_days(self) -> int:
        """Days after which a day is complete, by :data:`COMPLETE`."""
        return int(np.argmax(self.share >= COMPLETE))

    def at(self, ages: ArrayLike) -> Array:
        """Return the share at ages in days; a day older than the curve is final, one yet to come has none."""
        age = np.asarray(ages, dtype=np.int64)
        known = self.share[np.clip(age, 0, len(self.share) - 1)]
        return np.where(age >= len(self.share) - 1, 1.0, np.where(age < 0, 0.0, known))

    def newest(self, n_days: int = 7) -> float:
        """Return the share that the newest days show together, each with as many final results."""
        return float(self.share[:n_days].mean())

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain values."""
        return {
            "source": self.source,
            "n_results": self.n_results,
            "n_days": self.n_days,
            "delay_days": self.delay_days,
            "share": [round(float(s), 4) for s in self.share],
        }


def from_delays(conversions: pd.DataFrame, *, data_to: date) -> Maturity | None:
    """Learn the curve from conversions with the day of the contact and the day they happened.

    Parameters
    ----------
    conversions : pandas.DataFrame
        ``date_start``, ``converted_on`` (days) and ``conversions`` (count) of one kind of result.
    data_to : datetime.date
        Last whole day whose conversions are in the frame.

    Returns
    -------
    Maturity or None
        ``None`` with fewer than :data:`MIN_RESULTS` conversions.
    """
    last = np.datetime64(data_to, "D")
    contact = _days(conversions["date_start"])
    delay = (_days(conversions["converted_on"]) - contact).astype(np.int64)
    age = (last - contact).astype(np.int64)
    usable = (delay >= 0) & (delay <= FINAL_AFTER_DAYS) & (age >= delay) & (age < LEARNED_FROM_DAYS)
    count = conversions["conversions"].to_numpy(dtype="float64")[usable]
    delay, age = delay[usable], age[usable]
    if count.sum() < MIN_RESULTS or age.max() < FINAL_AFTER_DAYS:
        return None
    share = reverse_risk(delay, age, count, horizon=FINAL_AFTER_DAYS).curve()
    return Maturity(share, "conversions", float(count.sum()), len(np.unique(contact[usable])))


def from_beliefs(beliefs: pd.DataFrame, *, data_to: date) -> Maturity | None:
    """Learn the curve from what was believed earlier of days that are final by now.

    Parameters
    ----------
    beliefs : pandas.DataFrame
        ``date_start``, ``age_days`` (of the day when it was believed, 0 for the last whole day then),
        ``results_then`` and ``results_now``.
    data_to : datetime.date
        Last whole day of the figures now.

    Returns
    -------
    Maturity or None
        ``None`` where fewer than :data:`MIN_RESULTS` final results belong to days seen within their first
        week, or an age of the first week was never seen.
    """
    days = _days(beliefs["date_start"])
    now_age = (np.datetime64(data_to, "D") - days).astype(np.int64)
    age = beliefs["age_days"].to_numpy(dtype="int64")
    usable = (now_age >= FINAL_AFTER_DAYS) & (age >= 0) & (age <= FINAL_AFTER_DAYS)
    then, now = (
        np.bincount(
            age[usable],
            np.nan_to_num(beliefs[name].to_numpy(dtype="float64"))[usable],
            FINAL_AFTER_DAYS + 1,
        )
        for name in ("results_then", "results_now")
    )
    if now[:7].sum() < MIN_RESULTS or (now[:7] <= 0).any():
        return None
    now[-1], then[-1] = max(now[-1], 1.0), max(now[-1], 1.0)  # by definition final at the last age
    share = np.minimum(_never_falling(then, now), 1.0)
    return Maturity(share, "history", float(now[:-1].sum()), len(np.unique(days[usable])))


def _never_falling(then: Array, now: Array) -> Array:
    """Return the closest shares that never fall with age: isotonic regression weighted by ``now``."""
    n = len(now)
    sums_then, sums_now = (np.concatenate([[0.0], np.cumsum(x)]) for x in (then, now))
    start, stop = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    weight = sums_now[stop] - sums_now[start]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where((stop > start) & (weight > 0), (sums_then[stop] - sums_then[start]) / weight, np.inf)
    share = np.empty(n)
    for at in range(n):  # the largest, over starts, of the smallest mean over stops
        smallest = mean[: at + 1, at:].min(axis=1)
        share[at] = smallest[np.isfinite(smallest)].max() if np.isfinite(smallest).any() else 1.0
    return share


def matured_spend(rows: pd.DataFrame, maturity: Maturity, *, data_to: date) -> float:
    """Return the spend, in currency units, whose results are known: each day's times its share.

    Dividing it by the results seen gives the cost per result once all have come.

    Parameters
    ----------
    rows : pandas.DataFrame
        Daily rows with ``date_start`` and ``spend_micros``.
    maturity : Maturity
        The curve.
    data_to : datetime.date
        Last whole day of the data.
    """
    ages = (np.datetime64(data_to, "D") - _days(rows["date_start"])).astype(np.int64)
    spend = np.nan_to_num(rows["spend_micros"].to_numpy(dtype="float64", na_value=np.nan)) / 1e6
    return float((spend * maturity.at(ages)).sum())


def _days(values: pd.Series[Any]) -> NDArray[np.datetime64]:
    return np.asarray(values.to_numpy(), dtype="datetime64[D]")
