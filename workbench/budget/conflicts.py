"""Which constraints cannot hold together: the smallest set of them, in words with figures.

The smallest set is found by its dual: it meets every set of constraints whose removal leaves the rest
possible. Each candidate that is still possible gives one such set more (Liffiton & Sakallah 2008,
doi:10.1007/s10817-007-9084-z).
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from workbench.budget.limits import Limit
from workbench.budget.problem import Problem
from workbench.core.errors import DataError
from workbench.stats.counts import Floats

_MAX_CANDIDATES = 400
_SLACK = 1e-6  # minor units
#: A row is weighted by its figure, but none more than a thousand times the largest.
_LEAST_SHARE = 1e-3
_ROUNDING = 1e-12


def refuse_conflicts(problem: Problem, limits: list[Limit]) -> None:
    """Raise if no plan keeps all constraints.

    Parameters
    ----------
    problem : Problem
    limits : list of Limit
        From `workbench.budget.limits.limits_of`.

    Raises
    ------
    DataError
        If there is none; ``conflict`` names the smallest set of constraints that cannot hold together.
    """
    n = len(problem.items) * problem.periods.n
    matrix, bounds, owner = _rows(limits, n)
    if not _violated(matrix, bounds, owner, set(range(len(limits)))).size:
        return
    words = [limits[k].words for k in smallest_conflict(matrix, bounds, owner)]
    found = [limit for limit in limits if limit.words in words]
    raise DataError(
        f"No plan keeps these together: {'; '.join(words)}. {_figures(problem, found)}".rstrip(),
        next_step=_next_step(words),
        field="constraints",
        conflict=tuple(words),
    )


def smallest_conflict(matrix: Floats, bounds: Floats, owner: np.ndarray) -> list[int]:
    """Return the fewest constraints that cannot hold together with spends of at least zero."""
    ways_out: list[np.ndarray] = []
    n = int(owner.max()) + 1
    chosen: set[int] = set()
    for _ in range(_MAX_CANDIDATES):
        chosen = _fewest_that_meet(ways_out, n)
        violated = _violated(matrix, bounds, owner, chosen)
        if not violated.size:
            violated = _outside(matrix, bounds, owner, chosen)
            ways_out.append(violated)
            continue
        return sorted(chosen)
    return _thinned(matrix, bounds, owner, n)


def _rows(limits: list[Limit], n: int) -> tuple[Floats, Floats, np.ndarray]:
    """Return all constraints as ``matrix @ x ≤ bounds``, and the limit that each row belongs to.

    What holds in every period, in the same words, is one constraint: that of the first.
    """
    rows, bounds, owner = [], [], []
    first: dict[str, int] = {}
    for at, limit in enumerate(limits):
        k = first.setdefault(limit.words, at)
        for sign, bound in ((1.0, limit.high), (-1.0, -limit.low)):
            if math.isfinite(bound):
                rows.append(sign * limit.row(n))
                bounds.append(bound)
                owner.append(k)
    return np.array(rows), np.array(bounds), np.array(owner)


def _slacks(matrix: Floats, bounds: Floats, hard: np.ndarray) -> Floats | None:
    """Return by how much each row is missed when the hard ones hold and the sum of the others is least."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack

    n, whole = matrix.shape[1], max(float(np.abs(bounds).max(initial=0.0)), 1.0)
    # In shares of the largest figure, as the solver's tolerances are absolute.
    share = bounds / whole
    slack = csr_array(np.diag(np.where(hard, 0.0, -1.0)))
    found = linprog(
        np.concatenate([np.zeros(n), 1 / np.maximum(np.abs(share), _LEAST_SHARE)]),
        A_ub=hstack([csr_array(matrix), slack]),
        b_ub=share,
        bounds=(0, None),
    )
    if found.status != 0:
        return None
    missed = found.x[n:]
    return cast("Floats", np.where(missed > _ROUNDING, missed * whole, 0.0))


def _violated(matrix: Floats, bounds: Floats, owner: np.ndarray, chosen: set[int]) -> np.ndarray:
    """Return the chosen constraints that are missed when only they count; none if they can hold together."""
    inside = np.isin(owner, list(chosen))
    if not inside.any():
        return np.empty(0, dtype=int)
    slack = _slacks(matrix[inside], bounds[inside], np.zeros(int(inside.sum()), dtype=bool))
    missed = np.ones(int(inside.sum()), dtype=bool) if slack is None else slack > _SLACK
    return np.unique(owner[inside][missed])


def _outside(matrix: Floats, bounds: Floats, owner: np.ndarray, chosen: set[int]) -> np.ndarray:
    """Return constraints whose removal leaves the rest, the chosen ones among them, possible."""
    slack = _slacks(matrix, bounds, np.isin(owner, list(chosen)))
    missed = ~np.isin(owner, list(chosen)) if slack is None else slack > _SLACK
    return np.unique(owner[missed])


def _fewest_that_meet(sets: list[np.ndarray], n: int) -> set[int]:
    """Return the fewest constraints of which every set holds one."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not sets:
        return set()
    matrix = np.zeros((len(sets), n))
    for k, members in enumerate(sets):
        matrix[k, members] = 1.0
    found: Any = milp(
        np.ones(n), constraints=LinearConstraint(matrix, lb=1.0), integrality=np.ones(n), bounds=Bounds(0, 1)
    )
    return set(np.flatnonzero(found.x > 0.5).tolist())


def _thinned(matrix: Floats, bounds: Floats, owner: np.ndarray, n: int) -> list[int]:
    """Leave out one constraint after another for as long as the rest conflicts: no part of it conflicts."""
    kept = set(range(n))
    reach = np.zeros(n)
    np.maximum.at(reach, owner, np.abs(bounds))
    for k in np.argsort(reach):
        if _violated(matrix, bounds, owner, kept - {int(k)}).size:
            kept.discard(int(k))
    return sorted(kept)


def _figures(problem: Problem, found: list[Limit]) -> str:
    """Say the sums that do not fit, where the constraints are a sum and its parts."""
    whole = max(found, key=lambda limit: len(limit.index))
    parts = [limit for limit in found if limit is not whole]
    if not parts or any(limit.factors for limit in found):
        return ""
    members = [k for limit in parts for k in limit.index]
    if len(set(members)) < len(members) or not set(members) <= set(whole.index):
        return ""
    least = sum(limit.low for limit in parts)
    most = sum(limit.high for limit in parts)
    if least > whole.high:
        return f"They ask for {problem.money(least)}, {problem.money(least - whole.high)} too much."
    if most < whole.low:
        return f"They leave room for {problem.money(most)}, {problem.money(whole.low - most)} too little."
    return ""


def _next_step(words: list[str]) -> str:
    if any(word.startswith("nothing beyond") for word in words):
        return "Lower the total, allow extrapolation on purpose, or loosen one of the others."
    return "Loosen one of them: each of them alone is enough to make a plan possible."
