"""The law of a rate times a value, such as revenue per unit: the share that pays times what a payer pays.

``f(x) = ∫ f_P(p) f_V(x / p) / p dp``, integrated between the breakpoints of both laws, so that it does not
matter which of the two is the narrower one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.laws import BetaLaw, Law
from workbench.stats.panels import gauss_legendre
from workbench.stats.tabulated_law import TabulatedLaw, tabulate

_N_NODES = 20
_MOST_AT_ONCE = 2_000
#: A narrow law of the value seen through a rate near 0 or 1 bends within so much of the rate's coordinate.
_WIDEST = 3.0


def product_law(rate: BetaLaw, value: Law) -> TabulatedLaw:
    """Return the law of the product of an independent rate and value.

    Parameters
    ----------
    rate : BetaLaw
        Of paying.
    value : Law
        Of the mean of what is paid; on the coordinate of this law the product's is tabulated: logarithms
        for what is above zero, plain values else.

    Examples
    --------
    >>> from workbench.stats.laws import GammaLaw
    >>> law = product_law(BetaLaw(10.0, 20.0), GammaLaw(30.0, 2.0))  # Gamma(10, 2) exactly
    >>> law.quantile(0.5).__round__(10), GammaLaw(10.0, 2.0).quantile(0.5).__round__(10)
    (4.8343573074, 4.8343573074)
    """
    in_logs = value.support[0] >= 0
    own, rates = value.breakpoints(), rate.value(rate.breakpoints())
    middle = rate.mean
    if in_logs:
        shifts = np.log([rates[0], middle, rates[-1]])
        ends = np.concatenate([own[:1] + shifts[0], own + shifts[1], own[-1:] + shifts[2]])
    else:
        outer = np.outer(own[[0, -1]], rates[[0, -1]]).ravel()
        ends = np.concatenate([own * middle, [outer.min(), outer.max()]])
    return tabulate(
        lambda z: _density(rate, value, z),
        ends,
        in_logs=in_logs,
        mean=rate.mean * value.mean,
        mean_inverse=rate.mean_inverse * value.mean_inverse,
    )


def _density(rate: BetaLaw, value: Law, z: Floats) -> Floats:
    parts = [z[k : k + _MOST_AT_ONCE] for k in range(0, len(z), _MOST_AT_ONCE)]
    return np.concatenate([_density_of_some(rate, value, part) for part in parts])


def _density_of_some(rate: BetaLaw, value: Law, z: Floats) -> Floats:
    x = value.value(z)[:, None]
    own = _split(rate.breakpoints())
    lowest, highest = rate.value(own[[0, -1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        bends = x / value.value(value.breakpoints())
    bends = np.where((bends > lowest) & (bends < highest), bends, lowest)
    ends = np.sort(
        np.concatenate([np.broadcast_to(own, (len(z), len(own))), rate.coordinate(bends)], axis=1), axis=1
    )
    rule = gauss_legendre(_N_NODES)
    half, middle = np.diff(ends)[:, :, None] / 2, (ends[:, 1:] + ends[:, :-1])[:, :, None] / 2
    row, panel, _ = np.nonzero(half > 0)
    at = middle[row, panel] + half[row, panel] * rule.nodes
    share = rate.value(at)
    paid = x[row] / share
    there = value.coordinate(paid)
    mass = rate.density(at) * value.density(there) / value.slope(there) / share
    per_panel = (mass * rule.weights).sum(axis=1) * half[row, panel, 0]
    total = np.bincount(row, weights=per_panel, minlength=len(z))
    out: Floats = total * value.slope(z)
    return out


def _split(ends: Floats) -> Floats:
    """Return panels' ends with none further apart than what a rule of so many nodes follows."""
    parts = [
        np.linspace(low, high, int(np.ceil((high - low) / _WIDEST)) + 1)[:-1] for low, high in pairwise(ends)
    ]
    return np.concatenate([*parts, ends[-1:]])
