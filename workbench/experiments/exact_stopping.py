"""Anytime-valid badges for what is known more exactly: conversions, cost, normal estimates, the split.

Each takes the place of the asymptotic one where its condition holds:
``dataclasses.replace(badges(...), anytime_valid=conversions_badge(...))``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from workbench.experiments.options import count_field, refuse
from workbench.experiments.stopping import Badge
from workbench.stats.counts import Floats, tail_of
from workbench.stats.mixture_sequence import mixture_radius
from workbench.stats.multinomial_process import (
    EFFECT_STRENGTH,
    LOG_RATIO_DEVIATION,
    SPLIT_STRENGTH,
    log_e_split,
    ratio_interval_by_spend,
    ratio_interval_by_split,
)


def conversions_badge(
    conversions: ArrayLike,
    *,
    shares: ArrayLike = (0.5, 0.5),
    strength: float = EFFECT_STRENGTH,
    level: float = 0.95,
    higher_is_better: bool = True,
) -> Badge:
    """Compare two arms' conversions at any time, from the conversions and the planned shares alone.

    Parameters
    ----------
    conversions : array_like, shape (2,)
        So far, the control first; each unit converts once and is assigned by the shares.
    shares : array_like, shape (2,)
        Planned shares of units.
    strength : float
        Of the average over ratios, chosen before the start: 100 looks for changes near ± 20 %.
    level : float
        Probability that the interval holds the relative change at all times at once.
    higher_is_better : bool

    Examples
    --------
    >>> badge = conversions_badge([400, 520])
    >>> badge.says_better, round(badge.low, 3), round(badge.high, 3)
    (True, 0.056, 0.604)
    """
    tail_of(level)
    n, rho = count_field("conversions", conversions), _checked_shares(shares, 2)
    if len(n) != 2:
        refuse("conversions", len(n), "is not the number of arms of a comparison", "Give two arms.")
    low, high = ratio_interval_by_split(n, rho, alpha=1 - level, strength=strength)
    return _badge(
        "conditional multinomial e-process",
        (float(low) - 1, float(high) - 1),
        level=level,
        higher_is_better=higher_is_better,
        given="units are assigned at random in the planned shares",
    )


def cost_badge(
    results: ArrayLike,
    spend: ArrayLike,
    *,
    deviation: float = LOG_RATIO_DEVIATION,
    level: float = 0.95,
) -> Badge:
    """Compare two arms' cost per result at any time, from each interval's results and spend.

    Given the results of an interval, each is the second arm's with that arm's share of the interval's spend,
    if a result costs the same in both; so neither the market's ups and downs nor an uneven spend matters.

    Parameters
    ----------
    results : array_like, shape (n_intervals, 2)
        Whole numbers, in each interval, the control first.
    spend : array_like, shape (n_intervals, 2)
        In currency units; an interval in which an arm did not spend says nothing of the difference.
    deviation : float
        Of the log ratio of costs under the average, chosen before the start.
    level : float
        Probability that the interval holds the relative change of the cost at all times at once.

    Returns
    -------
    Badge
        Of the change of the second arm's cost per result; lower is better.

    Examples
    --------
    >>> badge = cost_badge([[30, 70], [25, 60]], [[100.0, 120.0], [90.0, 80.0]])
    >>> badge.says_better, round(badge.high, 2)
    (True, -0.16)
    """
    tail_of(level)
    n, e = _interval_rows("results", results), _interval_rows("spend", spend)
    if n.shape != e.shape:
        refuse("spend", e.shape, f"does not fit results of shape {n.shape}", "Give both for each interval.")
    if (n != np.floor(n)).any():
        refuse("results", float(n[n != np.floor(n)][0]), "is not a whole number", "Results are counted.")
    if (n[e == 0] > 0).any():
        refuse(
            "results",
            float(n[(e == 0) & (n > 0)][0]),
            "came without spend",
            "Book them where they were paid.",
        )
    both = (e > 0).all(axis=1)
    low, high = 0.0, math.inf
    if both.any():
        low, high = ratio_interval_by_spend(n[both], e[both], alpha=1 - level, deviation=deviation)
    cost = (1 / high - 1 if high > 0 else math.inf, 1 / low - 1 if low > 0 else math.inf)
    return _badge(
        "conditional multinomial e-process with spend shares",
        cost,
        level=level,
        higher_is_better=False,
        given="results follow the spend of their interval and do not come in clusters",
    )


def mixture_badge(
    estimate: float,
    deviation: float,
    *,
    prior_deviation: float,
    level: float = 0.95,
    higher_is_better: bool = True,
) -> Badge:
    """Read a normal estimate at any time, by the normal mixture: narrowest for effects of a size expected.

    Parameters
    ----------
    estimate, deviation : float
        Of the effect, and its standard error, which is as good as known.
    prior_deviation : float
        Of the effects expected, chosen before the start; best learned from past tests.
    level : float
        Probability that the interval holds the effect at all times at once.
    higher_is_better : bool

    Examples
    --------
    >>> badge = mixture_badge(0.08, 0.02, prior_deviation=0.05)
    >>> badge.says_better, round(badge.low, 4)
    (True, 0.0192)
    """
    tail_of(level)
    for field, value in (("deviation", deviation), ("prior_deviation", prior_deviation)):
        if not (math.isfinite(estimate) and 0 < value < math.inf):
            refuse(
                field, value, "is no standard deviation of an estimate", "Give one above 0, and an estimate."
            )
    radius = float(mixture_radius(deviation**2, prior_variance=prior_deviation**2, alpha=1 - level))
    return _badge(
        "normal mixture",
        (estimate - radius, estimate + radius),
        level=level,
        higher_is_better=higher_is_better,
        given="the estimate is normal with a known error",
    )


def sequential_split_p(counts: ArrayLike, shares: ArrayLike, *, strength: float = SPLIT_STRENGTH) -> float:
    """Return a p-value of the split that stays valid however often it was read.

    Parameters
    ----------
    counts : array_like, shape (n_looks, n_arms)
        Units of each arm at each look, running sums.
    shares : array_like, shape (n_arms,)
        Planned shares.
    strength : float
        Of the average over other shares: 1,000 looks for a split that is off by some hundredths.

    Returns
    -------
    float
        One over the largest evidence at any look, at most 1.

    Examples
    --------
    >>> sequential_split_p([[500, 480], [5_100, 4_900], [52_000, 48_000]], [0.5, 0.5]) < 1e-9
    True
    """
    seen = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    rho = _checked_shares(shares, seen.shape[-1])
    if seen.ndim != 2 or not np.isfinite(seen).all() or (seen < 0).any() or (np.diff(seen, axis=0) < 0).any():
        refuse(
            "counts", counts, "are not running sums of units", "Give one row for each look, never falling."
        )
    return float(min(1.0, math.exp(-max(float(log_e_split(seen, rho, strength=strength).max()), 0.0))))


def _badge(
    method: str, ends: tuple[float, float], *, level: float, higher_is_better: bool, given: str
) -> Badge:
    return Badge(
        "anytime-valid", method, *ends, level, higher_is_better, f"valid at any time and any size, if {given}"
    )


def _checked_shares(shares: ArrayLike, n_arms: int) -> Floats:
    from workbench.experiments.options import Options

    return Options(shares=tuple(np.asarray(shares, dtype=np.float64).tolist())).shares_of(n_arms)


def _interval_rows(field: str, values: ArrayLike) -> Floats:
    out: Floats = np.asarray(values, dtype=np.float64)
    if out.ndim != 2 or out.shape[1] != 2 or not (np.isfinite(out) & (out >= 0)).all():
        refuse(
            field, out.shape, "is not two arms of figures of at least 0", "Give one row for each interval."
        )
    return out
