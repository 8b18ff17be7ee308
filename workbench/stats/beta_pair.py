"""Which of two beta variables is larger, and by how much, for very many pairs at once.

``P(Y > X)``, ``E[(Y − X)⁺]`` and ``E[(X − Y)⁺]`` by quadrature, without sampling. On the logit scale the
integrals run over where both laws have mass, in three panels between the two modes and the ends. In each
panel one set of Gauss–Legendre nodes carries both densities; a matrix that is the same for all pairs turns
the wider one's density into its distribution function, and that into its integral. Six elementary functions
a node, no special function but at the ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.logit_beta import fall, log_peak, windows
from workbench.stats.panels import Rule, gauss_legendre

#: Pairs that go through the processor's cache together.
_CHUNK = 1024
#: Rows a matrix product takes at once: more would wake the linear algebra's threads, which cost more than
#: they bring.
_BLOCK = 32
#: From this smallest shape of a pair on: whether to split at the modes, and the nodes of a panel. Small
#: shapes have long tails and steep fronts beside the mode; large ones are nearly normal.
_PLANS = ((24.0, False, 36), (4.0, True, 20), (1.0, True, 28), (0.0, True, 40))


@dataclass(frozen=True)
class PairOrder:
    """Which of two random variables is larger.

    Attributes
    ----------
    prob_above : ndarray
        Probability that the second is larger than the first.
    mean_above : ndarray
        Expected ``max(second − first, 0)``: what is lost on average by keeping the first.
    mean_below : ndarray
        Expected ``max(first − second, 0)``: what is lost on average by taking the second.
    """

    prob_above: Floats
    mean_above: Floats
    mean_below: Floats


@dataclass(frozen=True)
class _Law:
    a: Floats
    b: Floats
    mode: Floats
    low: Floats
    high: Floats
    peak: Floats

    @property
    def mean(self) -> Floats:
        return self.a / (self.a + self.b)

    def log_density(self, z: Floats) -> Floats:
        return self.peak - fall(self.a, self.b, z - self.mode)


def order_betas(a0: ArrayLike, b0: ArrayLike, a1: ArrayLike, b1: ArrayLike) -> PairOrder:
    """Compare pairs of independent beta variables ``X ~ Beta(a0, b0)`` and ``Y ~ Beta(a1, b1)``.

    Absolute errors stay below 1e-10 for shapes from ½ to 10⁷ and more.

    Parameters
    ----------
    a0, b0, a1, b1 : array_like
        Shapes, finite and above 0; broadcast against one another.

    Returns
    -------
    PairOrder
        Arrays of the common shape.

    Raises
    ------
    DataError
        If a shape is not finite and above 0.

    Examples
    --------
    >>> order = order_betas(2, 430, 1, 354)
    >>> float(order.prob_above.round(12))
    0.301134147927
    """
    shapes = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (a0, b0, a1, b1)))
    flat = np.stack([x.ravel() for x in shapes])
    if not (np.isfinite(flat).all() and (flat > 0).all()):
        raise DataError(
            "A shape of a beta law is not a positive number.",
            next_step="Shapes are the prior's plus the counts: check both.",
        )
    out = np.empty((3, flat.shape[1]))
    smallest = flat.min(axis=0)
    above = np.inf
    for bound, at_modes, n_nodes in _PLANS:
        chosen = np.flatnonzero((smallest >= bound) & (smallest < above))
        above = bound
        for start in range(0, chosen.size, _CHUNK):
            part = chosen[start : start + _CHUNK]
            out[:, part] = _order(flat[:, part], gauss_legendre(n_nodes), at_modes=at_modes)
    return PairOrder(*(x.reshape(shapes[0].shape) for x in out))


def _order(shapes: Floats, rule: Rule, *, at_modes: bool) -> Floats:
    """Return P(Y > X), E(Y − X)⁺ and E(X − Y)⁺ of the pairs in the columns, shape (3, n)."""
    a0, b0, a1, b1 = shapes
    # Rates near one keep their digits as distances from one: Y > X where 1 − X > 1 − Y.
    mirrored = a0 * a1 > b0 * b1
    both = np.where(mirrored, np.stack([b1, a1, b0, a0]), shapes).reshape(2, 2, -1)  # X or Y; a or b
    mode, low, high = windows(both[:, 0], both[:, 1])
    parts = (both[:, 0], both[:, 1], mode, low, high, log_peak(both[:, 0], both[:, 1]))
    narrow_is_first = (high - low)[0] < (high - low)[1]
    choice = np.where(narrow_is_first, 0, 1)
    at = np.arange(choice.size)

    def law(which: NDArray[np.intp]) -> _Law:
        return _Law(*(part[which, at] for part in parts))

    narrow, wide = law(choice), law(1 - choice)
    prob, excess = _wide_below_narrow(narrow, wide, rule, at_modes=at_modes)
    shortfall = np.maximum(excess + wide.mean - narrow.mean, 0)
    # The narrower one is Y where `narrow_is_first` is false.
    return np.stack(
        [
            np.clip(np.where(narrow_is_first, 1 - prob, prob), 0, 1),
            np.where(narrow_is_first, shortfall, excess),
            np.where(narrow_is_first, excess, shortfall),
        ]
    )


def _wide_below_narrow(narrow: _Law, wide: _Law, rule: Rule, *, at_modes: bool) -> tuple[Floats, Floats]:
    """Return P(W < N) and E(N − W)⁺."""
    start = np.minimum(np.maximum(narrow.low, wide.low), narrow.high)
    stop = np.maximum(np.minimum(narrow.high, wide.high), start)
    centre = (start + stop) / 2
    rate = 1 / (1 + np.exp(-centre))
    modes = [np.minimum(narrow.mode, wide.mode), np.maximum(narrow.mode, wide.mode)] if at_modes else []
    ends = np.clip(np.stack([start, *modes, stop]), start, stop) - centre
    half, middle = (ends[1:] - ends[:-1]) / 2, (ends[1:] + ends[:-1]) / 2
    d = middle[:, :, None] + half[:, :, None] * rule.nodes  # panel, pair, node
    grown = np.expm1(d)
    one = rate[:, None] * grown
    growth = np.log1p(one)
    one += 1
    grown += 1
    slope = (rate * (1 - rate))[:, None] * grown / (one * one)  # d rate / d logit
    f = _density(narrow, centre, d, growth)
    g = _density(wide, centre, d, growth)

    below0, excess0 = _until(wide, start)
    below, _ = _running(g, half, below0, rule)
    excess, _ = _running(below * slope, half, excess0, rule)
    f *= half[:, :, None] * rule.weights
    prob, mean = (f * below).sum(axis=(0, 2)), (f * excess).sum(axis=(0, 2))
    beyond, mean_beyond = _beyond(narrow, stop, wide.mean)
    return prob + beyond, np.maximum(mean + mean_beyond, 0)


def _density(law: _Law, centre: Floats, d: Floats, growth: Floats) -> Floats:
    total = (law.a + law.b)[:, None]
    log_density = law.a[:, None] * d
    log_density -= total * growth
    log_density += law.log_density(centre)[:, None]
    return np.exp(log_density, out=log_density)


def _running(values: Floats, half: Floats, before: Floats, rule: Rule) -> tuple[Floats, Floats]:
    """Integrate values from the start of the first panel up to each node, and over everything."""
    n_panels, _, n_nodes = values.shape
    rows = values.reshape(-1, n_nodes)
    n_whole = len(rows) // _BLOCK * _BLOCK
    out = np.empty_like(rows)
    blocks = rows[:n_whole].reshape(-1, _BLOCK, n_nodes)
    np.matmul(blocks, rule.running, out=out[:n_whole].reshape(blocks.shape))
    np.matmul(rows[n_whole:], rule.running, out=out[n_whole:])
    running = out.reshape(values.shape)
    running *= half[:, :, None]
    total = before
    for k in range(n_panels):
        running[k] += total[:, None]
        total = total + half[k] * (values[k] @ rule.weights)
    return running, total


def _until(law: _Law, z: Floats) -> tuple[Floats, Floats]:
    """Return P(W < x) and E(x − W)⁺ at ``x = expit(z)``; both are 0 where z is no higher than the window."""
    from scipy.special import betainc

    below, excess = np.zeros_like(z), np.zeros_like(z)
    inside = np.flatnonzero(z > law.low)
    if inside.size:
        a, b, x = law.a[inside], law.b[inside], 1 / (1 + np.exp(-z[inside]))
        below[inside] = betainc(a, b, x)
        density = np.exp(law.log_density(z)[inside])
        excess[inside] = (x - a / (a + b)) * below[inside] + density / (a + b)
    return below, np.maximum(excess, 0)


def _beyond(law: _Law, z: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Return P(N > x) and E(N − level; N > x) at ``x = expit(z)``; both are 0 above the window."""
    from scipy.special import betaincc

    above, mean = np.zeros_like(z), np.zeros_like(z)
    inside = np.flatnonzero(z < law.high)
    if inside.size:
        a, b, x = law.a[inside], law.b[inside], 1 / (1 + np.exp(-z[inside]))
        above[inside] = betaincc(a, b, x)
        density = np.exp(law.log_density(z)[inside])
        mean[inside] = (a / (a + b) - level[inside]) * above[inside] + density / (a + b)
    return above, mean
