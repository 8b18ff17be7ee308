"""How many units a test gets by which day: uneven weeks, and visitors who come back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.experiments.options import refuse
from workbench.stats.counts import Floats

_WEEK = 7
_MOST_DAYS = 3_650


@dataclass(frozen=True)
class Traffic:
    """Units that meet the test, by day since its start.

    Distinct units grow as a power of the visits (Heaps' law): the power is one where nobody comes back, and
    is found from the distinct units of a week where they do.

    Attributes
    ----------
    daily_units : float or sequence of float
        Units a day; or of each day from the first on, of which the last week repeats.
    weekday_shape : sequence of float
        Seven relative sizes of the days from the first on, for a constant ``daily_units``.
    weekly_units : float or None
        Distinct units of a week, if some come back.

    Raises
    ------
    DataError
        If a field cannot be used; ``field`` names it.

    Examples
    --------
    >>> Traffic(1_000.0).days_for(3_500)
    4
    >>> Traffic(1_000.0, weekly_units=3_500.0).days_for(3_500)
    7
    """

    daily_units: float | Sequence[float]
    weekday_shape: Sequence[float] = ()
    weekly_units: float | None = None

    def __post_init__(self) -> None:
        daily = np.atleast_1d(np.asarray(self.daily_units, dtype=np.float64))
        if daily.ndim != 1 or not (np.isfinite(daily) & (daily >= 0)).all() or not daily[-_WEEK:].sum() > 0:
            refuse(
                "daily_units", self.daily_units, "is no traffic", "Give units a day, some of them above 0."
            )
        shape = np.asarray(self.weekday_shape, dtype=np.float64)
        if len(shape) and (
            len(shape) != _WEEK or len(daily) > 1 or not (shape >= 0).all() or shape.sum() <= 0
        ):
            refuse(
                "weekday_shape",
                self.weekday_shape,
                "is not the shape of a week",
                "Give seven sizes, beside one number of daily units.",
            )
        if self.weekly_units is not None:
            week = float(self._visits(_WEEK).sum())
            if not week / _WEEK <= self.weekly_units <= week:
                refuse(
                    "weekly_units",
                    self.weekly_units,
                    f"does not fit {week:g} visits in a week",
                    "Distinct units are at least a day's and at most a week's visits.",
                )

    def units_by_day(self, n_days: int = _MOST_DAYS) -> Floats:
        """Return the distinct units up to the end of each day, shape (n_days,)."""
        visits = np.cumsum(self._visits(n_days))
        if self.weekly_units is None:
            return visits
        week = float(self._visits(_WEEK).sum())
        day = week / _WEEK
        power = math.log(self.weekly_units / day) / math.log(_WEEK)
        out: Floats = day * (visits / day) ** power
        return out

    def days_for(self, n_units: float) -> int | None:
        """Return the day by whose end there are so many distinct units; ``None`` beyond ten years."""
        units = self.units_by_day()
        enough = units >= n_units * (1 - 1e-12)
        return int(np.argmax(enough)) + 1 if enough.any() else None

    def _visits(self, n_days: int) -> Floats:
        daily = np.atleast_1d(np.asarray(self.daily_units, dtype=np.float64))
        if len(self.weekday_shape):
            shape = np.asarray(self.weekday_shape, dtype=np.float64)
            daily = daily[0] * shape / shape.mean()
        last = daily[-_WEEK:]
        more = np.resize(last, max(n_days - len(daily), 0))
        return np.concatenate([daily, more])[:n_days]
