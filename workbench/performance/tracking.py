r"""Whether counting broke: one change of level in counts against what they should follow.

Counts :math:`x_t` (results, or events of a pixel) should follow a reference :math:`e_t` (leads received, or
link clicks) at one rate. For every day that could split the days in two the Poisson likelihood ratio of two
rates against one is computed; the largest is compared with the largest of the same days in random order. So
the chance of an alarm where nothing broke is what is stated, whatever the spread of the counts, as long as
days could be exchanged; and a small change of level is no break, however certain.

References
----------
Worsley, K. J. (1983). The power of likelihood ratio and cumulative sum tests for a change in a binomial
probability. Biometrika 70, 455-464. doi:10.1093/biomet/70.2.455
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

#: Chance of an alarm where nothing broke.
FALSE_ALARM = 0.01
#: A rate that stays within these factors of what it was is no break.
LEAST_FALL, LEAST_RISE = 0.7, 1.4
#: A level lasts at least so many days.
MIN_LEVEL_DAYS = 3
#: With fewer days, or fewer counts, there is nothing to tell a break by.
MIN_DAYS, MIN_COUNT = 14, 30
_N_ORDERS = 499


@dataclass(frozen=True)
class TrackingBreak:
    """A day from which counts follow their reference at another rate.

    Attributes
    ----------
    day : datetime.date
        First day of the new level.
    before, after : float
        Counts per unit of the reference, before that day and from it on.
    p_value : float
        Share of random orders of the days that show as large a change.
    """

    day: date
    before: float
    after: float
    p_value: float

    @property
    def change(self) -> float:
        """Relative change of the rate."""
        return self.after / self.before - 1 if self.before > 0 else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """Return the break as plain values."""
        return {
            "day": self.day.isoformat(),
            "before": self.before,
            "after": self.after,
            "p_value": self.p_value,
        }


@dataclass(frozen=True)
class TrackingSeries:
    """Counts and what they should follow, by day.

    Attributes
    ----------
    days : tuple of datetime.date
        In order.
    counted, reference : ndarray, shape (n_days,)
        The two counts.
    counted_words, reference_words : str
        What they are, such as ``leads counted by the network`` and ``leads received``.
    """

    days: tuple[date, ...]
    counted: Array
    reference: Array
    counted_words: str
    reference_words: str

    @property
    def is_enough(self) -> bool:
        """Whether there are days and counts enough to tell a break by."""
        return (
            len(self.days) >= MIN_DAYS
            and float(self.counted.sum()) >= MIN_COUNT
            and float(self.reference.sum()) >= MIN_COUNT
        )


def find_break(
    days: Sequence[date],
    counted: ArrayLike,
    reference: ArrayLike,
    *,
    rng: np.random.Generator,
) -> TrackingBreak | None:
    """Look for the one day from which counts follow their reference at a clearly other rate.

    Parameters
    ----------
    days : sequence of datetime.date, shape (n_days,)
        In order.
    counted, reference : array_like, shape (n_days,)
        Counts, not negative; days without either are left out.
    rng : numpy.random.Generator
        Draws the random orders.

    Returns
    -------
    TrackingBreak or None
        ``None`` if no change is beyond chance (:data:`FALSE_ALARM`), or it is a small one.

    Examples
    --------
    >>> from datetime import date, timedelta
    >>> days = [date(2026, 11, 1) + timedelta(days=i) for i in range(20)]
    >>> found = find_break(days, [10] * 12 + [1] * 8, [100] * 20, rng=np.random.default_rng(1))
    >>> found.day, round(found.change, 1)
    (datetime.date(2026, 11, 13), -0.9)
    """
    x, e = np.asarray(counted, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    told = (x > 0) | (e > 0)
    kept = [day for day, is_told in zip(days, told, strict=True) if is_told]
    x, e = x[told], e[told]
    if len(kept) < 2 * MIN_LEVEL_DAYS or not x.sum() or not e.sum():
        return None
    observed = _likelihood_ratios(x[None, :], e[None, :])[0]
    at = int(observed.argmax())
    split = at + MIN_LEVEL_DAYS
    before, after = (_rate(x[part], e[part]) for part in (slice(None, split), slice(split, None)))
    if before > 0 and LEAST_FALL < after / before < LEAST_RISE:
        return None
    orders = rng.permuted(np.tile(np.arange(len(x)), (_N_ORDERS, 1)), axis=1)
    shuffled = _likelihood_ratios(x[orders], e[orders]).max(axis=1)
    p_value = float((1 + (shuffled >= observed[at] - 1e-9).sum()) / (1 + _N_ORDERS))
    if p_value > FALSE_ALARM:
        return None
    return TrackingBreak(kept[split], before, after, p_value)


def _rate(counted: Array, reference: Array) -> float:
    whole = float(reference.sum())
    return float(counted.sum()) / whole if whole > 0 else float("inf")


def _likelihood_ratios(x: Array, e: Array) -> Array:
    """Return the log likelihood ratio of every split, shape ``(n_orders, n_splits)``."""
    sums_x, sums_e = np.cumsum(x, axis=1), np.cumsum(e, axis=1)
    all_x, all_e = sums_x[:, -1:], sums_e[:, -1:]
    inner = slice(MIN_LEVEL_DAYS - 1, x.shape[1] - MIN_LEVEL_DAYS)
    first_x, first_e = sums_x[:, inner], sums_e[:, inner]
    ratio = _term(first_x, first_e) + _term(all_x - first_x, all_e - first_e) - _term(all_x, all_e)
    return np.asarray(ratio, dtype=np.float64)


def _term(x: Array, e: Array) -> Array:
    """Return ``x log(x/e)``, 0 without counts; counts without any reference count as one unit of it."""
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0) / np.maximum(e, 1.0)), 0.0)
