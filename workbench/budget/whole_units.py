"""Whole minor units where periods, overlapping limits or risk couple the items: exchanges by the draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from workbench.budget.horizon import Horizon
from workbench.budget.problem import Risk
from workbench.budget.region import Region
from workbench.budget.risk import mean_cvar, worst_weights
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

_MAX_EXCHANGES = 2000
_ROUNDING = 4e-15  # of the value: smaller differences are noise of the sums


def round_coupled(horizon: Horizon, region: Region, spend: Floats, risk: Risk | None) -> np.ndarray:
    """Round a plan to whole units within the region, and exchange single units until none improves.

    No more than 2,000 exchanges are made: where the optimum is so flat that more would improve the plan, all
    of them together are worth less than the gap that the certificate says.

    Parameters
    ----------
    horizon : Horizon
    region : Region
    spend : ndarray, shape (n,)
        Feasible, in minor units.
    risk : Risk or None

    Returns
    -------
    ndarray of int, shape (n,)
    """
    steps = _Steps(horizon, _nearest(region, spend), risk)
    for _ in range(_MAX_EXCHANGES):
        pair = steps.best(_allowed(region, steps.units))
        if pair is None:
            return steps.units
        steps.move(*pair)
    return steps.units


def _nearest(region: Region, spend: Floats) -> np.ndarray:
    """Return a whole plan within the region near a plan that need not be whole.

    Where less than the total may be spent, the sum is rounded up as far as that is allowed: the path to the
    optimum ends a hair before its limits, and no unit brings less than nothing.
    """
    from scipy.optimize import Bounds, milp

    n, base = region.n, np.floor(spend + 1e-7)
    rows = _distance_rows(region, spend, base)
    cost = np.concatenate([np.full(n, 0.0 if region.is_exact else -2.0), np.ones(n)])
    whole = np.concatenate([np.ones(n), np.zeros(n)])
    for width in (1, 10, 1_000):
        low, high = np.maximum(-width, region.lower - base), np.minimum(1 + width, region.upper - base)
        if (low > high).any():
            continue
        bounds = Bounds(np.append(low, np.zeros(n)), np.append(high, np.full(n, np.inf)))
        found = milp(cost, integrality=whole, bounds=bounds, constraints=rows)
        if found.status == 0:
            return cast("np.ndarray", (base + np.round(found.x[:n])).astype(np.int64))
    raise NotConverged(
        "No plan of whole minor units was found near the best one.",
        next_step="Loosen the step limit or the bounds by some cents.",
    )


def _distance_rows(region: Region, spend: Floats, base: Floats) -> list[LinearConstraint]:
    """Limit how far each variable moves from ``base``, then how far it comes to lie from the plan at least.

    Moves instead of spends: whole limits of large sums keep their last digits.
    """
    from scipy.optimize import LinearConstraint
    from scipy.sparse import csr_array, eye_array, hstack

    n, each = region.n, eye_array(region.n, format="csr")
    total = round(region.total) if region.is_exact else min(int(spend.sum() + 1e-6) + 1, int(region.total))
    matrix, limits = region.inequalities()
    rest, room = total - base.sum(), limits - matrix @ base
    by_move = csr_array(np.append(np.ones(n), np.zeros(n))[None])
    rows = [
        LinearConstraint(by_move, rest if region.is_exact else -np.inf, rest),
        LinearConstraint(hstack([each, -each]), -np.inf, spend - base),
        LinearConstraint(hstack([each, each]), spend - base, np.inf),
    ]
    if limits.size:
        wide = hstack([csr_array(matrix), csr_array(matrix.shape)])
        rows.append(LinearConstraint(wide, -np.inf, room + 1e-9 * np.maximum(np.abs(room), 1)))
    return rows


def _allowed(region: Region, units: np.ndarray) -> np.ndarray:
    """Return which exchanges (to, from) stay within the region, shape (n, n)."""
    matrix, limits = region.inequalities()
    slack = limits - matrix @ units + 1e-6
    out = (units + 1 <= region.upper)[:, None] & (units - 1 >= region.lower)[None, :]
    for row, room in zip(matrix, slack, strict=True):
        out &= row[:, None] - row[None, :] <= room
    np.fill_diagonal(out, val=False)
    return cast("np.ndarray", out)


class _Steps:
    """What one unit more and one less of each variable changes, under each draw."""

    def __init__(self, horizon: Horizon, units: np.ndarray, risk: Risk | None) -> None:
        self.horizon, self.units, self.risk = horizon, units.copy(), risk
        self.n_periods = horizon.n_periods
        n = units.size
        self.up, self.down = np.empty((n, horizon.n_draws)), np.empty((n, horizon.n_draws))
        self.own: list[Floats] = [self._of_item(i) for i in range(n // self.n_periods)]

    def _of_item(self, item: int) -> Floats:
        """Fill in an item's steps; return what exchanges between its own periods change."""
        here = slice(item * self.n_periods, (item + 1) * self.n_periods)
        self.up[here], self.down[here], own = self.horizon.unit_steps(
            item, self.units[here].astype(np.float64)
        )
        return own

    def change(self, to: int, source: int) -> Floats:
        """Return the change of the outcome under each draw by one exchange."""
        n = self.n_periods
        if to // n == source // n:
            out: Floats = self.own[to // n][to % n, source % n]
        else:
            out = self.up[to] + self.down[source]
        return out

    def best(self, allowed: np.ndarray) -> tuple[int, int] | None:
        """Return an allowed exchange that improves the objective, or nothing."""
        outcomes = self.horizon.outcomes(self.units.reshape(-1, self.n_periods).astype(np.float64))
        weights = worst_weights(outcomes, self.risk)
        bound = (self.up @ weights)[:, None] + (self.down @ weights)[None, :]
        n = self.n_periods
        for i, own in enumerate(self.own):
            bound[i * n : (i + 1) * n, i * n : (i + 1) * n] = own @ weights
        value = float(mean_cvar(outcomes, self.risk))
        least = _ROUNDING * abs(value)
        bound = np.where(allowed, bound, -np.inf)
        order = np.argsort(-bound, axis=None)
        for flat in order[: int((bound > least).sum())]:
            to, source = (int(k) for k in np.unravel_index(flat, bound.shape))
            if self.risk is None:
                return to, source
            if float(mean_cvar(outcomes + self.change(to, source), self.risk)) - value > least:
                return to, source
        return None

    def move(self, to: int, source: int) -> None:
        """Make an exchange."""
        self.units[to] += 1
        self.units[source] -= 1
        for item in {to // self.n_periods, source // self.n_periods}:
            self.own[item] = self._of_item(item)
