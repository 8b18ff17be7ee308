"""The best plan over several periods, overlapping limits or by risk: Newton's method along a barrier's path.

The objective is concave and the region a polyhedron, so that the path leads to the global optimum; weak
duality says how near its end is (Boyd & Vandenberghe 2004, chapter 11).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.budget.horizon import Horizon
from workbench.budget.problem import Risk
from workbench.budget.region import Region
from workbench.budget.risk import mean_cvar, smooth_tail
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

_SHRINK = 0.15  # of the barrier from one stage to the next
_GAP = 3e-10  # relative, at which the path ends
_MAX_STAGES = 40
_MAX_STEPS = 60
_HAIR = 1e-14  # of a limit: below this, differences of doubles are rounding
_CENTRED = 1e-10
_NEAR = 1e-4
_ROOM = 1e-3  # minor units: limits that leave less between them are moved apart by it


@dataclass(frozen=True)
class PathEnd:
    """A plan at the end of the path.

    Attributes
    ----------
    spend : ndarray, shape (n,)
    value : float
    upper_bound : float
        No plan in the region is better.
    multiplier : float
        What one minor unit more in all would bring; spread evenly where each period has its own total.
    """

    spend: Floats
    value: float
    upper_bound: float
    multiplier: float


@dataclass(frozen=True)
class _Polyhedron:
    """``rows @ x ≤ limits`` with an interior, and independent ``equal @ x = sums``, over free variables.

    ``by_total`` is how far each sum, and ``limits_by_total`` how far each limit moves with the total.
    """

    rows: Floats
    limits: Floats
    equal: Floats
    sums: Floats
    by_total: Floats
    limits_by_total: Floats


@dataclass(frozen=True)
class _Point:
    """Everything at one point of the path."""

    gradient: Floats  # of the barrier's objective, by (x, eta)
    curvature: Floats  # minus its second derivatives
    weights: Floats  # of the draws
    by_draw: Floats  # gradients of the outcome under each draw


def follow_path(horizon: Horizon, region: Region, risk: Risk | None) -> PathEnd:
    """Maximise the mean or mean–CVaR of a horizon's outcome over a region.

    Parameters
    ----------
    horizon : Horizon
        Concave.
    region : Region
        Feasible, in minor units; its variables are items × periods.
    risk : Risk or None

    Returns
    -------
    PathEnd

    Raises
    ------
    NotConverged
        If the path's end is not reached.
    """
    polyhedron, free, fixed = _polyhedron(region, horizon.n_periods)
    if not free.any():
        value = float(mean_cvar(horizon.outcomes(_plan(horizon, fixed)), risk))
        return PathEnd(fixed, value, value, 0.0)
    path = _Path(horizon, polyhedron, risk, free, fixed)
    x, eta = _interior(polyhedron), 0.0
    eta = path.start_of_eta(x)
    size = path.size(x)
    if not size:
        return PathEnd(path.full(x), 0.0, 0.0, 0.0)
    n_terms = polyhedron.limits.size + (2 * horizon.n_draws if path.weight else 0)
    barrier = size / n_terms
    best: PathEnd | None = None
    for _ in range(_MAX_STAGES):
        x, eta, point, prices = path.centre(x, eta, barrier)
        end = path.end(x, point, push=barrier / path.slack(x), prices=prices)
        best = end if best is None else _better(best, end)
        if best.upper_bound - best.value <= _GAP * size or barrier * n_terms < 1e-12 * size:
            break
        barrier *= _SHRINK
    if best is None:
        raise NotConverged(
            "The barrier's path has no stages.", next_step="Please report this: it is a defect."
        )
    if best.upper_bound - best.value <= _GAP * size:
        return best
    push, prices = path.exact_prices(x, point)
    return _better(best, path.end(x, point, push=push, prices=prices))


def _better(one: PathEnd, other: PathEnd) -> PathEnd:
    """Take the plan of the higher value and the lower bound: late stages lose the bound's last digits."""
    plan = other if other.value > one.value else one
    proof = other if other.upper_bound < one.upper_bound else one
    return replace(proof, spend=plan.spend, value=plan.value)


@dataclass(frozen=True)
class _Path:
    horizon: Horizon
    polyhedron: _Polyhedron
    risk: Risk | None
    free: np.ndarray
    fixed: Floats

    @property
    def weight(self) -> float:
        return 0.0 if self.risk is None or self.risk.is_mean else self.risk.weight

    def full(self, x: Floats) -> Floats:
        out = self.fixed.copy()
        out[self.free] = x
        return out

    def value(self, x: Floats) -> float:
        return float(mean_cvar(self.horizon.outcomes(_plan(self.horizon, self.full(x))), self.risk))

    def size(self, x: Floats) -> float:
        """Return the objective's scale: the mean outcome, as the worst draws may bring nothing at all."""
        return float(np.abs(self.horizon.outcomes(_plan(self.horizon, self.full(x)))).mean())

    def slack(self, x: Floats) -> Floats:
        """Return the room to every limit; where rounding leaves none, a hair of it."""
        limits = self.polyhedron.limits
        return np.maximum(limits - self.polyhedron.rows @ x, _HAIR * np.maximum(np.abs(limits), 1.0))

    def start_of_eta(self, x: Floats) -> float:
        if self.risk is None:
            return 0.0
        outcomes = self.horizon.outcomes(_plan(self.horizon, self.full(x)))
        return float(np.quantile(outcomes, self.risk.tail_share))

    def at(self, x: Floats, eta: float, barrier: float) -> _Point:
        """Evaluate the barrier's objective at one point."""
        n_draws = self.horizon.n_draws
        outcomes, by_draw, bends = self.horizon.derivatives(_plan(self.horizon, self.full(x)))
        by_draw = by_draw[:, self.free]
        weights = np.full(n_draws, (1 - self.weight) / n_draws)
        n = x.size + (1 if self.weight else 0)
        gradient, curvature = np.zeros(n), np.zeros((n, n))
        if self.risk is not None and self.weight:
            factor = self.weight / (self.risk.tail_share * n_draws)
            tail = smooth_tail(eta - outcomes, factor, barrier)
            weights = weights + tail.weights
            gradient[-1] = self.weight - tail.weights.sum()
            by_shortfall = np.column_stack([-by_draw, np.ones(n_draws)])
            curvature += by_shortfall.T @ (by_shortfall * tail.bends[:, None])
        m = x.size
        gradient[:m] += weights @ by_draw
        curvature[:m, :m] -= self.horizon.bend(bends, weights)[np.ix_(self.free, self.free)]
        slack = self.slack(x)
        gradient[:m] -= barrier * (self.polyhedron.rows.T @ (1 / slack))
        curvature[:m, :m] += barrier * (self.polyhedron.rows.T * slack**-2) @ self.polyhedron.rows
        return _Point(gradient, curvature, weights, by_draw)

    def centre(self, x: Floats, eta: float, barrier: float) -> tuple[Floats, float, _Point, Floats]:
        """Take Newton steps until the barrier's objective is all but at its maximum."""
        point = self.at(x, eta, barrier)
        equal = self.polyhedron.equal
        before = np.inf
        for _ in range(_MAX_STEPS):
            step, prices = _newton(point, equal)
            rise = float(point.gradient @ step)
            # so near, each step squares what is left; where it does not, all that is left is rounding
            if rise <= _CENTRED * barrier or 0.25 * before <= rise <= _NEAR * barrier:
                break
            before = rise
            slack = self.slack(x)
            speed = self.polyhedron.rows @ step[: x.size]
            length = min(
                1.0, float(0.99 * np.min(np.where(speed > 0, slack / np.where(speed > 0, speed, 1), np.inf)))
            )
            for _ in range(40):
                moved = x + length * step[: x.size]
                further = eta + length * float(step[-1]) if self.weight else eta
                following = self.at(moved, further, barrier)
                if following.gradient @ step >= -0.5 * rise:
                    break
                length *= 0.5
            x, eta, point = moved, further, following
        return x, eta, point, prices

    def exact_prices(self, x: Floats, point: _Point) -> tuple[Floats, Floats]:
        """Return the limits' and the sums' prices from here by a linear program.

        Those of the path lose their last digits with the room to the limits that they are divided by.
        """
        from scipy.optimize import linprog

        shape, slack = self.polyhedron, self.slack(x)
        gradient = self._allowed(point.weights) @ point.by_draw
        size, width = float(np.abs(gradient).max()), float(self._widths(x).max())
        found = linprog(
            -gradient / size,
            A_ub=shape.rows,
            b_ub=slack / width,
            A_eq=shape.equal if shape.equal.size else None,
            b_eq=np.zeros(len(shape.equal)) if shape.equal.size else None,
            bounds=(None, None),
        )
        if found.status != 0:
            return np.zeros(len(slack)), np.zeros(len(shape.equal))
        prices = -found.eqlin.marginals * size if shape.equal.size else np.zeros(0)
        return np.maximum(-found.ineqlin.marginals, 0.0) * size, prices

    def end(self, x: Floats, point: _Point, *, push: Floats, prices: Floats) -> PathEnd:
        """Bound the objective over the whole region from here, by any prices of its limits and sums.

        For weights ``p`` of the draws that sum to one and weigh none more than CVaR may, mean–CVaR is at most
        ``p · O``, which is concave: its tangent's maximum over the polyhedron bounds it, by weak duality.
        """
        shape = self.polyhedron
        weights = self._allowed(point.weights)
        outcomes = self.horizon.outcomes(_plan(self.horizon, self.full(x)))
        slack = self.slack(x)
        gradient = weights @ point.by_draw
        rest = gradient - push @ shape.rows - prices @ shape.equal
        reach = np.abs(rest) @ self._widths(x)
        bound = float(weights @ outcomes + push @ slack + reach)
        value = float(mean_cvar(outcomes, self.risk))
        multiplier = float(prices @ shape.by_total + push @ shape.limits_by_total)
        return PathEnd(self.full(x), value, max(bound, value), multiplier)

    def _allowed(self, weights: Floats) -> Floats:
        """Return weights of the draws that sum to exactly one and keep within CVaR's limits."""
        if self.risk is None or not self.weight:
            return weights
        n = weights.size
        base, cap = (1 - self.weight) / n, self.weight / (self.risk.tail_share * n)
        tail = weights - base
        for _ in range(50):
            tail = np.clip(tail * (self.weight / tail.sum()), 0.0, cap)
        return (base + tail) / (base + tail).sum()

    def _widths(self, x: Floats) -> Floats:
        """Return how far each variable can be from here at most: its own bounds are the first rows."""
        n = x.size
        return np.maximum(self.polyhedron.limits[:n] - x, x + self.polyhedron.limits[n : 2 * n])


def _plan(horizon: Horizon, x: Floats) -> Floats:
    return x.reshape(-1, horizon.n_periods)


def _newton(point: _Point, equal: Floats) -> tuple[Floats, Floats]:
    """Solve for the step that keeps the sums, and for their prices."""
    n, k = point.gradient.size, equal.shape[0]
    scale = 1 / np.sqrt(np.maximum(np.diag(point.curvature), 1e-300))
    padded = np.zeros((k, n))
    padded[:, : equal.shape[1]] = equal
    rows = padded * scale
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    system = np.zeros((n + k, n + k))
    system[:n, :n] = point.curvature * scale[:, None] * scale
    system[:n, n:] = (rows / norms).T
    system[n:, :n] = rows / norms
    right = np.concatenate([point.gradient * scale, np.zeros(k)])
    solution = np.linalg.solve(system, right)
    return solution[:n] * scale, solution[n:] / norms[:, 0]


def _polyhedron(region: Region, n_periods: int) -> tuple[_Polyhedron, np.ndarray, Floats]:
    """Return the region's interior over the variables that are free: bounds first, equalities apart."""
    free = region.upper > region.lower
    fixed = np.where(free, 0.0, region.lower)
    matrix, limits = region.inequalities()
    limits = limits - matrix @ fixed
    grows = _grows(matrix, n_periods, is_exact=region.is_exact)
    matrix = matrix[:, free]
    pairs = _pairs(matrix, limits)
    n_free = int(free.sum())
    equal, sums, by_total = [], [], []
    if region.is_exact:
        equal.append(np.ones(n_free))
        sums.append(region.total - fixed.sum())
        by_total.append(1.0)
    equal += [matrix[k] for k in pairs]
    sums += [limits[k] for k in pairs]
    by_total += [grows[k] for k in pairs]
    single = np.array([k not in pairs and k not in pairs.values() for k in range(limits.size)], dtype=bool)
    single &= np.abs(matrix).sum(axis=1) > 0 if limits.size else single
    one = np.eye(n_free)
    rows = np.vstack([one, -one, matrix[single]])
    bounds = np.concatenate([region.upper[free], -region.lower[free], limits[single]])
    kept = _independent(equal)
    shape = _Polyhedron(
        rows,
        bounds,
        np.array([equal[k] for k in kept]).reshape(len(kept), n_free),
        np.array([sums[k] for k in kept]),
        np.array([by_total[k] for k in kept]),
        np.concatenate([np.zeros(2 * n_free), grows[single]]),
    )
    return shape, free, fixed


def _grows(matrix: Floats, n_periods: int, *, is_exact: bool) -> Floats:
    """Return how far each row's limit moves with the total: a period's total by its even share of it."""
    out = np.zeros(len(matrix))
    if not is_exact:
        out[-1] = 1.0  # the total itself, where it need not be spent, is the last row
    period = np.arange(matrix.shape[1]) % n_periods
    for t in range(n_periods if n_periods > 1 else 0):
        whole = (period == t).astype(float)
        for sign in (1.0, -1.0):
            out[(matrix == sign * whole).all(axis=1)] = sign / n_periods
    return out


def _pairs(matrix: Floats, limits: Floats) -> dict[int, int]:
    """Return rows that together say an equality: one's number and its opposite's."""
    seen: dict[bytes, int] = {}
    out = {}
    for k, row in enumerate(matrix):
        opposite = seen.get((-row + 0.0).tobytes())
        if opposite is not None and limits[k] + limits[opposite] <= 1e-9:
            out[opposite] = k
        seen[(row + 0.0).tobytes()] = k
    return out


def _independent(rows: list[Floats]) -> list[int]:
    """Return which rows are independent of those before them."""
    kept: list[int] = []
    for k, row in enumerate(rows):
        if np.linalg.matrix_rank(np.array([rows[j] for j in kept] + [row])) > len(kept):
            kept.append(k)
    return kept


def _interior(shape: _Polyhedron) -> Floats:
    """Return a point with room on every side; limits that leave none are moved apart, in place, by a hair."""
    from scipy.optimize import linprog

    n = shape.rows.shape[1]
    norms = np.maximum(np.linalg.norm(shape.rows, axis=1), 1e-300)
    for _ in range(2):
        found = linprog(
            np.append(np.zeros(n), -1.0),
            A_ub=np.column_stack([shape.rows, norms]),
            b_ub=shape.limits,
            A_eq=np.column_stack([shape.equal, np.zeros(len(shape.sums))]) if shape.sums.size else None,
            b_eq=shape.sums if shape.sums.size else None,
            bounds=[(None, None)] * n + [(None, None)],
        )
        if found.status == 0 and found.x[-1] >= 0.1 * _ROOM:
            point: Floats = found.x[:n]
            return point
        shape.limits[:] += _ROOM * norms
    raise NotConverged(
        "The constraints leave no room to begin in.", next_step="Please report this with the input: a defect."
    )
