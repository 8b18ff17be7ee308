"""An upper bound of any response curve over an interval: the concave hull of points above it.

Between two nodes every draw's curve is convex up to its inflection (below its chord), concave beyond (below
its tangents), or changes once (below its steepest line and its right end). The means of these three bounds
are concave, so that the hull of their corners lies above the mean curve everywhere, not only at the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.curves import ResponseCurve, kernel
from workbench.stats.counts import Floats

_N_NODES = 160


@dataclass(frozen=True)
class Envelope:
    """Corners of a concave upper bound, from left to right."""

    spend: Floats
    bound: Floats

    def segments(self) -> tuple[Floats, Floats]:
        """Return the segments' lengths and slopes, the steepest first."""
        length = np.diff(self.spend)
        return length, np.diff(self.bound) / length

    def at(self, spend: float) -> float:
        """Return the bound at one spend."""
        return float(np.interp(spend, self.spend, self.bound))


def envelope_of(curve: ResponseCurve, low: float, high: float, *, value: float = 1.0) -> Envelope:
    """Return a concave upper bound of ``value`` times the mean curve between two spends.

    Parameters
    ----------
    curve : ResponseCurve
    low, high : float
        In the curve's unit of spend.
    value : float
        Of one outcome.
    """
    if high <= low:
        return Envelope(np.array([low]), np.array([value * curve.mean_value(low)]))
    share = np.linspace(0, 1, _N_NODES + 1)
    x = low + (high - low) * 0.5 * (share + share**2)  # closer where curves bend most
    x[-1] = high
    points, bounds = _corners(curve, x)
    order = np.argsort(points, kind="stable")
    kept = _hull(points[order], bounds[order])
    return Envelope(points[order][kept], value * bounds[order][kept])


def _corners(curve: ResponseCurve, x: Floats) -> tuple[Floats, Floats]:
    """Return nodes, and the points between them where the bounds' pieces meet."""
    g, first, _ = kernel(curve.family, curve.rate * x[:, None], curve.slope)
    f, slope = curve.scale * g, curve.scale * curve.rate * first
    turn, steepest = _inflection(curve)
    left, right = x[:-1, None], x[1:, None]
    convex, concave = turn >= right, turn <= left
    mixed = ~convex & ~concave
    n = curve.n_draws

    def mean(values: Floats, which: np.ndarray) -> Floats:
        return np.asarray(np.where(which, values, 0.0).sum(axis=1) / n)

    width = np.diff(x)
    chord = (mean(f[:-1], convex), mean(f[1:], convex))
    tangents = (
        mean(f[:-1], concave),
        mean(slope[:-1], concave),
        mean(f[1:], concave),
        mean(slope[1:], concave),
    )
    rise, ends = (
        mean(np.broadcast_to(steepest, mixed.shape), mixed),
        (mean(f[:-1], mixed), mean(f[1:], mixed)),
    )
    meet_tangents = _meeting(tangents, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        meet_mixed = np.clip(np.nan_to_num((ends[1] - ends[0]) / rise), 0.0, width)

    def bound(at: Floats) -> Floats:
        line = chord[0] + (chord[1] - chord[0]) * at / width
        a = np.minimum(tangents[0] + tangents[1] * at, tangents[2] - tangents[3] * (width - at))
        return np.asarray(line + a + np.minimum(ends[0] + rise * at, ends[1]))

    inner = [x[:-1] + at for at in (meet_tangents, meet_mixed)]
    above = [bound(meet_tangents), bound(meet_mixed)]
    return np.concatenate([x, *inner]), np.concatenate([f.mean(axis=1), *above])


def _meeting(tangents: tuple[Floats, Floats, Floats, Floats], width: Floats) -> Floats:
    """Return where the tangents of both ends cross, from the left end on."""
    at_left, left, at_right, right = tangents
    with np.errstate(divide="ignore", invalid="ignore"):
        out = (at_right - right * width - at_left) / (left - right)
    return np.clip(np.nan_to_num(out, nan=0.0, posinf=0.0, neginf=0.0), 0.0, width)


def _inflection(curve: ResponseCurve) -> tuple[Floats, Floats]:
    """Return where each draw's curve turns from convex to concave, and its slope there."""
    if curve.slope is None:
        return np.zeros(curve.n_draws), np.zeros(curve.n_draws)
    s = curve.slope
    z = np.where(s > 1, np.maximum(s - 1, 0) / (s + 1), 0.0) ** (1 / s)
    return z / curve.rate, curve.scale * curve.rate * kernel(curve.family, z, s)[1]


def _hull(x: Floats, y: Floats) -> list[int]:
    """Return which points make the upper concave hull, from left to right."""
    kept: list[int] = []
    for k in range(x.size):
        if kept and x[k] <= x[kept[-1]]:
            if y[k] <= y[kept[-1]]:
                continue
            kept.pop()
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (y[b] - y[a]) * (x[k] - x[a]) > (y[k] - y[a]) * (x[b] - x[a]):
                break
            kept.pop()
        kept.append(k)
    return kept
