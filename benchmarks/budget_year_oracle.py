"""The best split of a month's budget by the truth of the simulated market.

Campaigns of these worlds do not feed each other (none is for awareness), so a campaign's results depend on
its own budget alone: one forecast of all campaigns at the same budget gives a point of every response curve.
The curves are interpolated and the split found by dynamic programming over whole shares of the total, which
needs no concavity. It is the best of this month in the state that the past left: what it does to later
months, by tiring people of the ads, it does not weigh.
"""

from __future__ import annotations

import numpy as np

from benchmarks.budget_year_world import N_CAMPAIGNS, budgets_of, days_of_month, edits_of
from workbench.sandbox.market.world import World
from workbench.stats.counts import Floats

#: Shares of the total at which every campaign's response is asked for.
LEVELS = np.array([0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.27, 0.35, 0.5, 0.7, 1.0])
N_UNITS = 500


def responses(world: World, shares: Floats, n_days: int) -> Floats:
    """Return each campaign's expected results of the days to come at shares of the total, (n_campaigns,)."""
    forecast = world.expected(edits_of(world, shares * budgets_of(world).sum()), n_days)
    by_adset = forecast.figures["results"].sum(axis=0)
    ids = {campaign: c for c, campaign in enumerate(dict.fromkeys(forecast.campaign_ids))}
    out: Floats = np.bincount([ids[c] for c in forecast.campaign_ids], by_adset, N_CAMPAIGNS)
    return out


def curves(world: World, n_days: int) -> Floats:
    """Return the response of each campaign at every whole unit of the total, (n_campaigns, N_UNITS + 1)."""
    from scipy.interpolate import PchipInterpolator

    seen = np.stack([responses(world, np.full(N_CAMPAIGNS, level), n_days) for level in LEVELS], axis=1)
    units = np.linspace(0.0, 1.0, N_UNITS + 1)
    out: Floats = PchipInterpolator(LEVELS, seen, axis=1)(units)
    return out


def best_units(values: Floats, lower: Floats | None = None, upper: Floats | None = None) -> Floats:
    """Return the whole units of each item that sum to all of them and have the greatest value.

    Parameters
    ----------
    values : ndarray (n_items, n_units + 1)
        Value of each number of units.
    lower, upper : ndarray (n_items,), optional
        Limits of the units, both included.

    Examples
    --------
    >>> best_units(np.array([[0, 5, 6, 6], [0, 4, 7, 9]]))
    array([1., 2.])
    """
    n_items, n = values.shape[0], values.shape[1] - 1
    units = np.arange(n + 1)
    allowed = np.array(values, dtype=np.float64)
    for limit, is_outside in ((lower, np.less), (upper, np.greater)):
        if limit is not None:
            allowed[is_outside(units[None, :], limit[:, None])] = -np.inf
    given = units[:, None] - units[None, :]  # what is left for the items before
    best, chosen = np.where(units == 0, 0.0, -np.inf), []
    for own in allowed:
        sums = np.where(given >= 0, best[np.maximum(given, 0)] + own[None, :], -np.inf)
        chosen.append(sums.argmax(axis=1))
        best = sums.max(axis=1)
    out, left = np.zeros(n_items), n
    for c in reversed(range(n_items)):
        out[c] = chosen[c][left]
        left -= int(out[c])
    return out


def best_split(world: World, *, n_days: int = 0, now: Floats | None = None, step: float = 0.0) -> Floats:
    """Return the shares of the total that bring the most in the days to come.

    Parameters
    ----------
    world : World
        In the state that its own past left.
    n_days : int
        Days that the split is for; by default those up to the end of the month.
    now : ndarray (n_campaigns,), optional
        Shares now, where each may change by at most ``step`` of itself.
    step : float
    """
    values = curves(world, n_days or days_of_month(world))
    if now is None:
        return best_units(values) / N_UNITS
    lower, upper = np.ceil(now * (1 - step) * N_UNITS), np.floor(now * (1 + step) * N_UNITS)
    return best_units(values, lower, upper) / N_UNITS


def room_left(world: World, shares: Floats, sizes: tuple[float, ...] = (0.01, 0.0025)) -> float:
    """Return the greatest relative gain of moving a small part of the total between two campaigns."""
    n_days = days_of_month(world)
    base = responses(world, shares, n_days)
    most = 0.0
    for size in sizes:
        up = responses(world, shares + size, n_days) - base
        is_enough = shares >= size
        down = responses(world, np.where(is_enough, shares - size, shares), n_days) - base
        gains = up[:, None] + np.where(is_enough, down, -np.inf)[None, :]
        np.fill_diagonal(gains, 0.0)
        most = max(most, float(gains.max()) / float(base.sum()))
    return most
