"""How much more counts vary from day to day than chance alone would have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats

#: Degrees of freedom that the value 1 is worth before any day was seen.
PRIOR_DF = 3.0


def dispersion(
    events_by_day: ArrayLike,
    expected_by_day: ArrayLike,
    *,
    n_parameters: int | None = None,
    prior_df: float = PRIOR_DF,
) -> float:
    """Estimate the overdispersion φ: variance of a day's count over its mean.

    Pearson's estimate ``χ²/df = Σ (y − μ)²/μ / (n_days − n_parameters)``, drawn towards 1 as if 1 had been
    seen on ``prior_df`` degrees of freedom, and never below 1. Feed it to the intervals of this room so
    that they stay honest for counts that move together within a day.

    Parameters
    ----------
    events_by_day : array_like, shape (n_days,) or (n_days, n_units)
        Counts.
    expected_by_day : array_like of the same shape
        Expected counts, such as the day's spend times the period's rate; days expecting none are left out.
    n_parameters : int, optional
        Rates that were estimated from the same counts; default one per unit.
    prior_df : float
        Weight of the value 1.

    Returns
    -------
    float
        φ ≥ 1; 1 if nothing is left to estimate it from.

    Raises
    ------
    DataError
        If the shapes differ, a value is negative or not finite, or events happened where none were expected.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, §4.5.2 and §6.2.

    Examples
    --------
    >>> dispersion([4, 6, 5, 5], [5, 5, 5, 5])
    1.0
    >>> dispersion([0, 12, 2, 10, 1, 9], [5.67] * 6) > 2
    True
    """
    observed = np.asarray(events_by_day, dtype=np.float64)
    expected = np.asarray(expected_by_day, dtype=np.float64)
    _require_counts(observed, expected)
    n_units = 1 if observed.ndim == 1 else observed.shape[1]
    seen = expected > 0
    df = int(seen.sum()) - (n_units if n_parameters is None else n_parameters)
    if df <= 0:
        return 1.0
    chi_square = float(((observed - expected)[seen] ** 2 / expected[seen]).sum())
    return max(1.0, (chi_square + prior_df) / (df + prior_df))


def _require_counts(observed: Floats, expected: Floats) -> None:
    if observed.shape != expected.shape:
        raise DataError(
            f"Events of shape {observed.shape} do not fit expectations of shape {expected.shape}.",
            next_step="Give one expectation per count.",
        )
    values = np.concatenate([observed.ravel(), expected.ravel()])
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise DataError(
            "Counts and their expectations must be finite and at least 0.",
            next_step="Leave out days whose counts are not known.",
        )
    if (observed[expected == 0] > 0).any():
        raise DataError(
            "Events happened on a day that expected none.",
            next_step="Expect something wherever there was exposure.",
        )
