"""A straight line through points with known errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError, NotEnoughData
from workbench.stats.counts import Floats, tail_of

_LEAST_POINTS = 3


@dataclass(frozen=True)
class Line:
    """A fitted line.

    Attributes
    ----------
    slope, low, high : float
        Change of y for one of x, and its interval.
    mean : float
        Weighted mean of y.
    level : float
    dispersion : float
        Mean squared distance from the line in units of the errors; about 1 if they are right.
    """

    slope: float
    low: float
    high: float
    mean: float
    level: float
    dispersion: float


def fit_line(x: ArrayLike, y: ArrayLike, deviation: ArrayLike, *, level: float = 0.95) -> Line:
    """Fit a line by weighted least squares.

    The interval is normal with the errors given; where the points scatter more than those allow, it is
    Student's with the scatter itself (Birge 1932, doi:10.1103/PhysRev.40.207), whichever is wider.

    Parameters
    ----------
    x, y, deviation : array_like, shape (n,)
        Places, values, and the values' standard errors, above 0.
    level : float
        Of the slope's interval.

    Raises
    ------
    NotEnoughData
        With fewer than three points, or all at one place.
    DataError
        If something is not finite, or an error not above zero.

    Examples
    --------
    >>> line = fit_line([0, 1, 2, 3], [5.0, 4.1, 2.9, 2.0], [0.1] * 4)
    >>> round(line.slope, 3), line.high < 0
    (-1.02, True)
    """
    from scipy.special import ndtri, stdtrit

    places, values, errors = _checked(x, y, deviation)
    tail = tail_of(level)
    weight = 1 / errors**2
    middle, mean = (weight @ v / weight.sum() for v in (places, values))
    spread = float(weight @ (places - middle) ** 2)
    if spread <= 0:
        raise NotEnoughData(
            "x: all points are at one place.", next_step="Give points of several days.", field="x"
        )
    slope = float(weight @ ((places - middle) * (values - mean))) / spread
    rest = float(weight @ (values - mean - slope * (places - middle)) ** 2)
    freedom = len(places) - 2
    scatter = -float(stdtrit(freedom, tail)) * math.sqrt(rest / freedom)
    reach = max(-float(ndtri(tail)), scatter) / math.sqrt(spread)
    return Line(slope, slope - reach, slope + reach, float(mean), level, rest / freedom)


def _checked(x: ArrayLike, y: ArrayLike, deviation: ArrayLike) -> tuple[Floats, Floats, Floats]:
    places, values, errors = (np.asarray(v, dtype=np.float64) for v in (x, y, deviation))
    if places.ndim != 1 or not places.shape == values.shape == errors.shape:
        raise DataError(
            f"x, y and deviation have the shapes {places.shape}, {values.shape} and {errors.shape}.",
            next_step="Give one of each for every point.",
            field="y",
        )
    if len(places) < _LEAST_POINTS:
        raise NotEnoughData(
            f"x: {len(places)} points show no trend.", next_step="Give three or more.", field="x"
        )
    if not (np.isfinite(places + values + errors) & (errors > 0)).all():
        raise DataError(
            "deviation: a point is not finite, or its error not above zero.",
            next_step="Leave such points out.",
            field="deviation",
        )
    return places, values, errors
