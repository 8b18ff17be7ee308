"""Counts and exposures as checked float arrays, and their size once overdispersion is allowed for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import DataError

Floats = NDArray[np.float64]


def checked_counts(events: ArrayLike, exposure: ArrayLike, dispersion: float) -> tuple[Floats, Floats]:
    """Return events and exposure as arrays of one shape, both divided by the dispersion.

    Dividing both keeps every rate and makes a quasi-Poisson variance ``dispersion · mean`` out of a
    Poisson one (McCullagh & Nelder 1989, §6.2).

    Parameters
    ----------
    events : array_like
        Counts, at least 0.
    exposure : array_like
        What they came from (currency units, impressions, clicks), above 0.
    dispersion : float
        Variance over mean of a day's count, at least 1.

    Raises
    ------
    DataError
        If an event count is negative or not finite, an exposure is not above zero, or the dispersion is
        below one.

    Examples
    --------
    >>> checked_counts([4, 0], 10.0, 2.0)
    (array([2., 0.]), array([5., 5.]))
    """
    counts, exposures = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    )
    _require(counts, "Events", (counts >= 0) & np.isfinite(counts), "Counts are finite and at least 0.")
    _require(
        exposures,
        "Exposure",
        (exposures > 0) & np.isfinite(exposures),
        "Leave out what had no spend, impressions or clicks: it says nothing about its rate.",
    )
    require_dispersion(dispersion)
    return counts / dispersion, exposures / dispersion


def require_dispersion(dispersion: float) -> None:
    """Refuse a dispersion below one or not finite."""
    if not (np.isfinite(dispersion) and dispersion >= 1):
        raise DataError(
            f"A dispersion of {dispersion!r} would make counts less variable than chance.",
            next_step="Give the variance over the mean, at least 1; workbench.stats.dispersion estimates it.",
            dispersion=dispersion,
        )


def tail_of(level: float) -> float:
    """Return the probability below an equal-tailed interval of the given level.

    Examples
    --------
    >>> round(tail_of(0.9), 12)
    0.05
    """
    if not 0 < level < 1:
        raise DataError(
            f"{level!r} is not the level of an interval.",
            next_step="Give a probability such as 0.9.",
            level=level,
        )
    return (1 - level) / 2


def _require(values: Floats, name: str, allowed: NDArray[np.bool_], next_step: str) -> None:
    if not allowed.all():
        value = float(values[~allowed].flat[0])
        raise DataError(f"{name} of {value:g} cannot be used.", next_step=next_step, value=value)
