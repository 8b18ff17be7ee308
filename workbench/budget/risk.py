"""Mean and conditional value at risk of a plan's outcome over posterior draws.

CVaR at a tail share is the mean of the worst draws, ``max_η η − E[(η − O)₊] / tail_share`` (Rockafellar &
Uryasev 2000, doi:10.21314/JOR.2000.038): concave in the spends where each draw's curve is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.problem import Risk
from workbench.stats.counts import Floats


def mean_cvar(outcomes: Floats, risk: Risk | None) -> Floats:
    """Return ``(1 − weight) mean + weight CVaR`` along the last axis; the mean where there is no risk.

    Examples
    --------
    >>> float(mean_cvar(np.arange(1.0, 11.0), Risk(tail_share=0.25)))
    1.8
    """
    mean: Floats = np.asarray(outcomes.mean(axis=-1))
    if risk is None or risk.is_mean:
        return mean
    n = outcomes.shape[-1]
    whole = min(int(np.floor(risk.tail_share * n + 1e-9)), n)
    rest = risk.tail_share * n - whole
    at = min(whole, n - 1)
    lowest = np.partition(outcomes, at, axis=-1)
    tail = lowest[..., :whole].sum(axis=-1) + max(rest, 0.0) * lowest[..., at]
    out: Floats = (1 - risk.weight) * mean + risk.weight * tail / (risk.tail_share * n)
    return out


def worst_weights(outcomes: Floats, risk: Risk | None) -> Floats:
    """Return the draws' weights that make up mean–CVaR: a supergradient, summing to one."""
    n = outcomes.size
    out = np.full(n, 1 / n)
    if risk is None or risk.is_mean:
        return out
    order = np.argsort(outcomes, kind="stable")
    share = np.clip(risk.tail_share * n - np.arange(n), 0, 1) / (risk.tail_share * n)
    out *= 1 - risk.weight
    out[order] += risk.weight * share
    return out


@dataclass(frozen=True)
class SmoothTail:
    """The shortfall ``factor · (η − O)₊`` with a barrier in place of its kink.

    Attributes
    ----------
    value : float
        Sum over the draws.
    weights : ndarray, shape (n_draws,)
        Its first derivatives by ``η − O``, between zero and ``factor``.
    bends : ndarray, shape (n_draws,)
        Its second derivatives, above zero.
    """

    value: float
    weights: Floats
    bends: Floats


def smooth_tail(shortfall: Floats, factor: float, barrier: float) -> SmoothTail:
    """Return ``min_u Σ factor·u − barrier·(log u + log(u − shortfall))``, which tends to ``factor·s₊``."""
    k = barrier / factor
    root = np.hypot(shortfall, 2 * k)
    u = k + 0.5 * np.where(shortfall > 0, shortfall + root, 4 * k * k / (root - np.minimum(shortfall, 0)))
    over = k + 0.5 * np.where(shortfall < 0, root - shortfall, 4 * k * k / (root + np.maximum(shortfall, 0)))
    value = float((factor * u - barrier * (np.log(u) + np.log(over))).sum())
    first = factor * k / over
    second = factor * k * (0.5 * (1 + shortfall / root)) / u**2
    return SmoothTail(value, first, second)
