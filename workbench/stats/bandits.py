"""How to share traffic or money among arms while learning: Thompson's rule and top-two, by exact integrals.

Shares follow from the posterior laws alone; nothing is sampled, so the same data give the same shares.
Lower is better works by the direction of the race itself, not by swapping columns afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.laws import Law
from workbench.stats.value_remaining import products_of_others, race_of_many

_TIE = 1e-12


def thompson_shares(laws: Sequence[Law], *, higher_is_better: bool = True) -> Floats:
    """Return each arm's probability of being the best: what Thompson's sampling gives on average.

    Parameters
    ----------
    laws : sequence of Law
        Posterior of each arm, at least one, all of one kind.
    higher_is_better : bool
        False for cost per result.

    Returns
    -------
    ndarray, shape (n_arms,)
        Sums to one.

    References
    ----------
    Thompson (1933), Biometrika 25, 285–294, doi:10.1093/biomet/25.3-4.285.

    Examples
    --------
    >>> from workbench.stats.laws import GammaLaw
    >>> cost = [GammaLaw(40.0, 2.0), GammaLaw(40.0, 3.0)]
    >>> thompson_shares(cost, higher_is_better=False).round(3)
    array([0.036, 0.964])
    """
    _require_arms(laws)
    return race_of_many(laws, higher_is_better=higher_is_better).prob_best


def top_two_shares(laws: Sequence[Law], *, higher_is_better: bool = True, beta: float = 0.5) -> Floats:
    """Return shares of top-two Thompson sampling: the leader gets ``beta``, whoever may overtake it the rest.

    A second arm is drawn until it differs from the first, so arm ``k`` gets
    ``p_k (β + (1 − β) Σ_{j≠k} p_j / (1 − p_j))``. It learns faster which arm is the best than
    Thompson's rule, which hardly looks at the second once the first is ahead.

    Parameters
    ----------
    laws, higher_is_better
        As for :func:`thompson_shares`.
    beta : float
        In (0, 1): how often the first arm drawn is shown.

    Raises
    ------
    DataError
        If ``beta`` is outside (0, 1) or there is no arm.

    References
    ----------
    Russo (2020), Operations Research 68(6), 1625–1647, doi:10.1287/opre.2019.1911.

    Examples
    --------
    >>> from workbench.stats.laws import BetaLaw
    >>> top_two_shares([BetaLaw(30.0, 970.0), BetaLaw(60.0, 940.0), BetaLaw(50.0, 950.0)]).round(3)
    array([0.001, 0.5  , 0.499])
    """
    if not 0 < beta < 1:
        raise DataError(
            f"beta: {beta!r} is not between 0 and 1.", next_step="Give a share such as 0.5.", field="beta"
        )
    prob = thompson_shares(laws, higher_is_better=higher_is_better)
    if len(prob) == 1:
        return np.ones(1)
    rest = np.maximum(prob.sum() - prob, _TIE * (products_of_others(prob[:, None])[:, 0] + 1))
    odds = prob / rest
    shares = prob * (beta + (1 - beta) * (odds.sum() - odds))
    out: Floats = shares / shares.sum()
    return out


def limited_step(
    wanted: ArrayLike, present: ArrayLike, *, largest_change: float, floor: float = 0.0
) -> Floats:
    """Move from the present shares towards the wanted ones, no further than a day allows.

    Each share changes by at most ``largest_change`` of itself and ends no lower than ``floor``. Of all shares
    that keep to this and sum to one, those nearest to the wanted ones (in squares) are returned. Where a
    present share lies so far below the floor that both cannot hold, the floor wins.

    Parameters
    ----------
    wanted, present : array_like, shape (n_arms,)
        Shares, at least 0, each summing to one.
    largest_change : float
        Above 0: .2 lets a share of 50 % move to 40 or 60 % in a day. Networks learn anew after larger steps.
    floor : float
        Smallest share, at most one over the number of arms.

    Raises
    ------
    DataError
        If shares do not sum to one, or the limit or the floor cannot be met.

    Examples
    --------
    >>> limited_step([0.9, 0.1, 0.0], [0.4, 0.3, 0.3], largest_change=0.25, floor=0.05).round(4)
    array([0.5  , 0.275, 0.225])
    """
    goal, now = _shares("wanted", wanted), _shares("present", present)
    if goal.shape != now.shape:
        raise DataError(
            f"wanted: {len(goal)} shares do not fit {len(now)} present ones.",
            next_step="Give one share for each arm in both.",
            field="wanted",
        )
    if not (np.isfinite(largest_change) and largest_change > 0):
        raise DataError(
            f"largest_change: {largest_change!r} is not above 0.",
            next_step="Give a relative change such as 0.2.",
            field="largest_change",
        )
    if not 0 <= floor <= 1 / len(now):
        raise DataError(
            f"floor: {floor!r} cannot be given to {len(now)} arms.",
            next_step=f"Give a share from 0 to {1 / len(now):g}.",
            field="floor",
        )
    low = np.maximum(now * (1 - min(largest_change, 1.0)), floor)
    high = np.maximum(now * (1 + largest_change), low)
    if low.sum() > 1:  # arms lifted to the floor: the others give way, in proportion, as far as they must
        spare = low - floor
        low = floor + spare * (1 - floor * len(low)) / spare.sum() if spare.sum() > 0 else low / low.sum()
        high = np.maximum(high, low)
    if high.sum() < 1:
        high = np.ones_like(high)
    return _nearest(goal, low, high)


def split_money(shares: ArrayLike, total_minor: int) -> list[int]:
    """Split a budget by shares into whole minor units that add up to it exactly (largest remainders).

    Parameters
    ----------
    shares : array_like, shape (n_arms,)
        Summing to one.
    total_minor : int
        Budget in minor units (cents), at least 0.

    Raises
    ------
    DataError
        If the shares do not sum to one or the budget is negative.

    Examples
    --------
    >>> split_money([1 / 3, 1 / 3, 1 / 3], 10_000)
    [3334, 3333, 3333]
    """
    from fractions import Fraction

    if total_minor < 0 or total_minor != int(total_minor):
        raise DataError(
            f"total_minor: {total_minor} is no budget.",
            next_step="Give whole minor units of at least 0.",
            field="total_minor",
        )
    exact = [Fraction(float(share)) for share in _shares("shares", shares)]
    whole = sum(exact)
    parts = [share * int(total_minor) / whole for share in exact]
    out = [int(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda k: (out[k] - parts[k], k))
    for k in order[: int(total_minor) - sum(out)]:
        out[k] += 1
    return out


def _nearest(goal: Floats, low: Floats, high: Floats) -> Floats:
    """Project onto the simplex within bounds: ``clip(goal + shift)``, shifted until the sum is one."""
    below, above = float((low - goal).min()), float((high - goal).max())
    for _ in range(200):
        middle = (below + above) / 2
        if np.clip(goal + middle, low, high).sum() < 1:
            below = middle
        else:
            above = middle
    shares = np.clip(goal + (below + above) / 2, low, high)
    free = int(np.argmax(np.minimum(shares - low, high - shares)))  # the last digits go where there is room
    shares[free] += 1 - shares.sum()
    out: Floats = shares
    return out


def _shares(field: str, values: ArrayLike) -> Floats:
    shares = np.asarray(values, dtype=np.float64)
    fine = shares.ndim == 1 and len(shares) > 0 and np.isfinite(shares).all() and (shares >= 0).all()
    if not fine or abs(shares.sum() - 1) > 1e-6:
        raise DataError(
            f"{field}: {values!r} are no shares.",
            next_step="Give one number of at least 0 for each arm, adding up to 1.",
            field=field,
        )
    return shares


def _require_arms(laws: Sequence[Law]) -> None:
    if not laws:
        raise DataError("laws: there is no arm.", next_step="Give at least one.", field="laws")
