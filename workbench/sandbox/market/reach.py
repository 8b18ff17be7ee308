"""People reached: a count of its own for every object and range of days, never the sum of the parts."""

from __future__ import annotations

import numpy as np

from workbench.sandbox.market.noise import Floats, Ints

#: Shape of how unevenly impressions fall on people; smaller is more uneven.
_SHAPE = 1.2


def reach(impressions: Ints, audience: Floats) -> Ints:
    """Return the people that impressions reach in an audience (negative binomial exposure).

    ``audience · (1 − (1 + impressions / (k · audience))^−k)``: concave in the impressions, so that reach of a
    longer range lies below the sum of its days, and never above the impressions.

    Examples
    --------
    >>> reach(np.array([0, 1, 5000]), np.array(20_000.0))
    array([   0,    1, 4063])
    """
    people = np.maximum(audience, 1.0)
    seen = np.rint(people * -np.expm1(-_SHAPE * np.log1p(impressions / (_SHAPE * people)))).astype(np.int64)
    return np.asarray(np.clip(seen, (impressions > 0).astype(np.int64), impressions))


def unique_clickers(clicks: Ints, people: Ints) -> Ints:
    """Return the people who clicked at least once, clicks falling on the people reached at random.

    Examples
    --------
    >>> unique_clickers(np.array([0, 1, 60]), np.array([0, 900, 900]))
    array([ 0,  1, 58])
    """
    base = np.maximum(people, 1).astype(np.float64)
    clickers = np.rint(-base * np.expm1(-clicks / base)).astype(np.int64)
    return np.asarray(np.clip(clickers, (clicks > 0).astype(np.int64), np.minimum(clicks, people)))


def united(parts: Ints, group: Ints, universe: Floats) -> Ints:
    """Return the people that at least one part of a group reaches, parts overlapping at random.

    Parameters
    ----------
    parts : ndarray (n_parts,)
        People of each part.
    group : ndarray (n_parts,)
        Group of each part, from 0 to the number of groups less one.
    universe : ndarray (n_groups,)
        People there are to reach in each group.

    Returns
    -------
    ndarray (n_groups,)
        Never below the largest part or above the sum of the parts.

    Examples
    --------
    >>> united(np.array([50, 50]), np.array([0, 0]), np.array([100.0]))
    array([75])
    """
    n = len(universe)
    most = np.zeros(n, np.int64)
    np.maximum.at(most, group, parts)
    total = np.bincount(group, parts, minlength=n).astype(np.int64)
    base = np.maximum(universe, most + 1.0)
    missed = np.bincount(group, np.log1p(-parts / base[group]), minlength=n)
    together = np.rint(-base * np.expm1(missed)).astype(np.int64)
    return np.asarray(np.clip(together, most, total))
