"""People reached: a count of its own at every level, never the sum of the parts."""

from __future__ import annotations

import numpy as np

from workbench.sandbox.rates import Floats, Ints


def reach(impressions: Ints, audience: Floats) -> Ints:
    """Return the people reached when impressions fall on an audience at random.

    ``audience · (1 − exp(−impressions / audience))``: with one audience for a campaign and its parts, a
    parent's reach lies between its largest part and the sum of its parts.

    Parameters
    ----------
    impressions : ndarray of int64
        Times an ad was on screen.
    audience : ndarray
        People who can be reached in the day, of a shape that broadcasts.

    Examples
    --------
    >>> reach(np.array([0, 1, 5000]), np.array(20_000.0))
    array([   0,    1, 4424])
    """
    people = np.rint(-audience * np.expm1(-impressions / audience)).astype(np.int64)
    out: Ints = np.clip(people, (impressions > 0).astype(np.int64), impressions)
    return out


def unique_clickers(link_clicks: Ints, people: Ints) -> Ints:
    """Return the people who clicked a link at least once, clicks falling on the people reached at random.

    Examples
    --------
    >>> unique_clickers(np.array([0, 1, 60]), np.array([0, 900, 900]))
    array([ 0,  1, 58])
    """
    base = np.maximum(people, 1).astype(np.float64)
    clickers = np.rint(-base * np.expm1(-link_clicks / base)).astype(np.int64)
    out: Ints = np.clip(clickers, (link_clicks > 0).astype(np.int64), np.minimum(link_clicks, people))
    return out


def between_parts(parent: Ints, parts: Ints) -> Ints:
    """Keep a parent's count between its largest part and the sum of its parts (last axis)."""
    out: Ints = np.clip(parent, parts.max(axis=-1), parts.sum(axis=-1))
    return out
