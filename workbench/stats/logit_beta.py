"""Beta laws on the logit scale: where their mass is, and their density without loss of digits.

With ``p = a / (a + b)`` and ``d`` the distance from the mode ``log(a / b)``, the density of ``z = logit(x)``
falls below its peak by ``exp(−(a + b) (log(1 + p (eᵈ − 1)) − p d))``. Written so, nothing cancels: neither
``log B(a, b)`` nor ``a z`` appears, which are of the size of the counts and would cost their digits.
"""

from __future__ import annotations

import numpy as np

from workbench.stats.counts import Floats

#: The density at an end of a window is ``exp(−DROP)`` of its peak.
DROP = 27.0
_STIRLING_FROM = 12.0
_HALF_LOG_TWO_PI = 0.91893853320467274178
#: From where they start these reach seven digits; two would do.
_NEWTON_STEPS = 3


def stirling_rest(x: Floats) -> Floats:
    """Return ``log Γ(x) − (x − ½) log x + x − ½ log 2π``, which falls as ``1 / (12 x)``.

    Parameters
    ----------
    x : ndarray
        Above 0.

    Examples
    --------
    >>> stirling_rest(np.array([1e6])).round(12)
    array([8.3333e-08])
    """
    y = 1 / np.maximum(x, _STIRLING_FROM)
    y2 = y * y
    rest: Floats = y * (1 / 12 - y2 * (1 / 360 - y2 * (1 / 1260 - y2 * (1 / 1680 - y2 * (1 / 1188)))))
    small = x < _STIRLING_FROM
    if small.any():
        from scipy.special import gammaln

        few = x[small]
        rest[small] = gammaln(few) - (few - 0.5) * np.log(few) + few - _HALF_LOG_TWO_PI
    return rest


def log_peak(a: Floats, b: Floats) -> Floats:
    """Return the logarithm of the highest density of ``logit(x)``, ``x ~ Beta(a, b)``."""
    total = a + b
    rest = stirling_rest(np.stack([a, b, total]))
    out: Floats = 0.5 * (np.log(a / total * b) - 2 * _HALF_LOG_TWO_PI) + rest[2] - rest[0] - rest[1]
    return out


def fall(a: Floats, b: Floats, distance: Floats) -> Floats:
    """Return by how much the log density is below its peak at a distance from the mode."""
    p = np.minimum(a, b) / (a + b)  # the rarer side keeps its digits
    d = np.clip(np.where(a <= b, distance, -distance), -700, 700)
    out: Floats = (a + b) * (np.log1p(p * np.expm1(d)) - p * d)
    return out


def windows(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mode of ``logit(x)`` and the ends beyond which its density is negligible.

    Parameters
    ----------
    a, b : ndarray
        Shapes, above 0.

    Returns
    -------
    tuple of ndarray
        Mode, low end and high end, of the shapes' shape.
    """
    mode = np.log(a) - np.log(b)
    reach = _reach(np.stack([a, b]), a + b)
    return mode, mode - reach[0], mode + reach[1]


def _reach(shape: Floats, total: Floats) -> Floats:
    """Solve ``fall = DROP`` below the mode of a Beta law with this first shape, by Newton's method."""
    p = shape / total
    q = p[::-1]
    share = DROP / total
    curved = share / (p * q)
    near = np.sqrt(2 * curved)
    far = (share + np.log1p(p / q)) / p  # from log(1 − p + p eᵈ) > log(1 − p): surely outside
    d = -np.minimum(far, np.log1p(curved + near))  # right for steep fronts, where Newton's steps are short
    for _ in range(_NEWTON_STEPS):
        e = np.exp(d)
        value = np.log(q + p * e) - p * d - share
        slope = p * (e / (q + p * e) - 1)
        d = np.minimum(d - value / slope, -1e-3 * near)
    out: Floats = -d
    return out
