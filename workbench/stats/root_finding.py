"""Roots of many increasing functions at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats


def find_roots(
    function: Callable[[Floats], Floats],
    low: Floats,
    high: Floats,
    *,
    x_tolerance: float = 1e-10,
    max_iterations: int = 200,
) -> Floats:
    """Find where each of many continuous functions crosses zero between its two bounds.

    Chandrupatla's method: inverse quadratic interpolation where it is safe, bisection elsewhere; never
    leaves the bracket.

    Parameters
    ----------
    function : callable
        Takes an array of arguments and returns the values, element by element.
    low, high : ndarray
        Bounds with values of opposite sign (or zero).
    x_tolerance : float
        Largest distance to the root, relative to the root or, near zero, to a thousandth of the bracket.
    max_iterations : int
        Evaluations after which it gives up.

    Returns
    -------
    ndarray
        The roots, of the bounds' shape.

    Raises
    ------
    NotConverged
        If a bracket holds no change of sign, or the tolerance is not reached.

    References
    ----------
    Chandrupatla (1997), Advances in Engineering Software 28(3), doi:10.1016/S0965-9978(96)00051-8.

    Examples
    --------
    >>> find_roots(lambda x: x**3 - np.array([8.0, 27.0]), np.zeros(2), np.full(2, 10.0)).round(6)
    array([2., 3.])
    """
    x1, x2 = np.array(high, dtype=np.float64), np.array(low, dtype=np.float64)
    f1, f2 = function(x1), function(x2)
    if (np.sign(f1) * np.sign(f2) > 0).any() or not np.isfinite(f1 + f2).all():
        raise NotConverged(
            "A bracket holds no root.", next_step="Please report this with the input: it is a defect."
        )
    t = np.full(x1.shape, 0.5)
    floor = np.maximum(1e-3 * np.abs(x1 - x2), 1e-300)
    for _ in range(max_iterations):
        best = np.where(np.abs(f1) < np.abs(f2), x1, x2)
        width = np.abs(x2 - x1)
        tolerance = x_tolerance * np.maximum(np.abs(best), floor)
        done = (width <= 2 * tolerance) | (np.minimum(np.abs(f1), np.abs(f2)) == 0)
        if done.all():
            return best
        edge = np.where(done, 0.5, np.minimum(tolerance / np.where(width > 0, width, 1.0), 0.5))
        x = np.where(done, best, x1 + np.clip(t, edge, 1 - edge) * (x2 - x1))
        f = function(x)
        same = np.sign(f) == np.sign(f1)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = np.where(done, best, x), np.where(done, 0.0, f)
        t = _next_step(np.stack([x1, x2, x3]), np.stack([f1, f2, f3]))
    raise NotConverged(
        f"No root to within {x_tolerance:g} after {max_iterations} steps.",
        next_step="Please report this with the input: it is a defect.",
        max_iterations=max_iterations,
    )


def _next_step(x: Floats, f: Floats) -> Floats:
    """Return where to look next, as a share of the way from the newest point to the other bound."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi = (x[0] - x[1]) / (x[2] - x[1])
        phi = (f[0] - f[1]) / (f[2] - f[1])
        smooth = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        t = f[0] / (f[1] - f[0]) * f[2] / (f[1] - f[2])
        t += (x[2] - x[0]) / (x[1] - x[0]) * f[0] / (f[2] - f[0]) * f[1] / (f[2] - f[1])
    step: Floats = np.where(smooth & np.isfinite(t), t, 0.5)
    return step
