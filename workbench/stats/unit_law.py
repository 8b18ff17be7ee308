"""One unit's own law in a tree: a mixture of its conjugate laws over what its parent may be."""

from __future__ import annotations

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.leaf_models import Kind, prior_shapes
from workbench.stats.mixture_law import MixtureLaw

#: Parts of a mixture lie at most so many of their own standard deviations apart, and so many of the law's
#: that they are taken from: a sum of normal laws in steps of one deviation ripples by 2 exp(−2π²) = 5e-9.
_STEP = 1.0
#: Weight of all parts that are left out.
_MOST_REFINED, _LEFT_OUT = 64, 1e-7


def unit_law(
    kind: Kind, seen: tuple[float, float], spreads: Floats, *, coordinate: Floats, parent_law: Floats
) -> MixtureLaw:
    """Return the posterior law of one unit's rate.

    Parameters
    ----------
    kind : {"rates", "counts"}
    seen : tuple of float
        Successes and trials, or events and exposure.
    spreads : ndarray, shape (n_spreads,)
    coordinate : ndarray, shape (n_grid,)
        Evenly spaced coordinates of the parent.
    parent_law : ndarray, shape (n_spreads, n_grid)
        Joint weight of both given all counts, summing to one and all but nothing at the grid's ends.

    Examples
    --------
    >>> at = np.linspace(-3, -1, 41)
    >>> weight = np.exp(-0.5 * ((at + 2) / 0.2) ** 2)
    >>> shared = (weight / weight.sum())[None, :]
    >>> law = unit_law("counts", (9.0, 100.0), np.array([0.3]), coordinate=at, parent_law=shared)
    >>> round(law.mean, 3)
    0.11
    """
    parts = [
        _parts(kind, seen, float(spread), (coordinate, weight))
        for spread, weight in zip(spreads, parent_law, strict=True)
        if weight.sum() > _LEFT_OUT / len(spreads)
    ]
    first, second, weight = np.concatenate(parts, axis=1)
    order = np.argsort(weight)
    heavy = order[np.cumsum(weight[order]) > _LEFT_OUT * weight.sum()]
    return MixtureLaw(
        "beta" if kind == "rates" else "gamma",
        first[heavy],
        second[heavy],
        weight[heavy] / weight[heavy].sum(),
    )


def _parts(kind: Kind, seen: tuple[float, float], spread: float, law: tuple[Floats, Floats]) -> Floats:
    """Shapes and weights for one spread, (3, n_parts): as close to each other as they are narrow."""
    at, weight = law
    width, pull = _width_and_pull(kind, seen, spread, at)
    alive = weight > 1e-9 * weight.max()
    step = at[1] - at[0]
    share = weight / weight.sum()
    deviation = np.sqrt(max(float(share @ (at - share @ at) ** 2), step**2 / 16))
    shared = share > 1e-7 * share.max()
    wanted = _STEP * min(deviation, float((width / pull)[shared].min()))
    if wanted >= step:
        kept = slice(None, None, int(wanted / step))
        at, weight = at[kept], weight[kept]
    else:
        at, weight = _refined(at[alive], weight[alive], min(int(np.ceil(step / wanted)), _MOST_REFINED))
    a, b = prior_shapes(kind, np.array(spread), at)
    y, size = seen
    after = (a + y, b + size - y) if kind == "rates" else (a + y, b + size)
    return np.stack([*after, weight * (law[1].sum() / weight.sum())])


def _width_and_pull(
    kind: Kind, seen: tuple[float, float], spread: float, at: Floats
) -> tuple[Floats, Floats]:
    """Width of the unit's law given its parent's coordinate, and how far it moves when the parent does."""
    y, size = seen
    a, b = prior_shapes(kind, np.array(spread), at)
    if kind == "rates":
        return np.sqrt(1 / (a + y) + 1 / (b + size - y)), (a + b) / (a + b + size)
    return 1 / np.sqrt(a + y), b / (b + size)


def _refined(at: Floats, weight: Floats, times: int) -> tuple[Floats, Floats]:
    """Read a law between its nodes: a cubic through its logarithm."""
    from scipy.interpolate import CubicSpline

    if len(at) < 3 or times < 2:
        return at, weight
    finer = np.linspace(at[0], at[-1], (len(at) - 1) * times + 1)
    return finer, np.exp(CubicSpline(at, np.log(weight))(finer))
