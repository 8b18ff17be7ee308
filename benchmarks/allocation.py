"""How long certified allocations take, how near the best they are, and SciPy's SLSQP beside them.

``python -m benchmarks.allocation [n_random]`` allocates over random response curves of four families, first
in two sizes beside SLSQP on the same functions, then many small random problems with bounds and groups, and
one each with S-shaped curves, risk and periods. Times are processor seconds of the whole process, the least
of five runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from workbench.budget.allocation import allocate, curves_of
from workbench.budget.curves import ResponseCurve, hill, logistic, michaelis_menten, tanh
from workbench.budget.plan import plan
from workbench.budget.problem import Group, Item, Periods, Problem, Risk


def curve(rng: np.random.Generator, n_draws: int, family: int, *, slope: float = 0.0) -> ResponseCurve:
    scale = rng.lognormal(5, 0.5) * np.exp(rng.normal(0, 0.2, n_draws))
    half = rng.lognormal(6, 0.7) * np.exp(rng.normal(0, 0.3, n_draws))
    if slope:
        return hill(scale, half, slope * np.exp(rng.normal(0, 0.1, n_draws)))
    if family % 4 == 0:
        return logistic(scale, 1 / half)
    if family % 4 == 1:
        return tanh(scale, 1 / half)
    if family % 4 == 2:
        return michaelis_menten(scale, half)
    return hill(scale, half, rng.uniform(0.5, 1, n_draws))


def problem(n_items: int, n_draws: int, seed: int = 1, *, slope: float = 0.0) -> Problem:
    rng = np.random.default_rng(seed)
    items = (Item(f"item {k}", curve(rng, n_draws, k, slope=slope), 30_000) for k in range(n_items))
    return Problem(tuple(items), 30_000 * n_items)


def limited(seed: int) -> Problem:
    """Return a small random problem with bounds and a group, which some plan keeps."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    low = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 20_000, n))
    high = low + (rng.uniform(0, 150_000, n) * 10 ** rng.uniform(-4, 0, n)).astype(int)
    inside = low + ((high - low) * rng.random(n)).astype(int)
    items = tuple(
        Item(str(k), curve(rng, 40, int(rng.integers(4))), 0, min_minor=int(low[k]), max_minor=int(high[k]))
        for k in range(n)
    )
    members = rng.permutation(n)[: n // 2]
    spent = int(inside[members].sum())
    group = Group("some", tuple(str(k) for k in members), int(spent * 0.8), int(spent * 1.2) + 1)
    return Problem(items, int(inside.sum()), groups=(group,) if members.size else ())


def slsqp(asked: Problem) -> tuple[float, float]:
    """Return the value of SLSQP's answer from an equal split, scaled to the total, and its time."""
    from scipy.optimize import minimize

    curves, total, n = curves_of(asked), float(asked.total_minor), len(asked.items)
    start = time.process_time()
    size = curves.moments(np.full(n, total / n))[0].sum()
    found = minimize(
        lambda x: -curves.moments(np.maximum(x, 0) * total)[0].sum() / size,
        np.full(n, 1 / n),
        jac=lambda x: -curves.moments(np.maximum(x, 1e-9) * total)[1] * total / size,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    spent = time.process_time() - start
    shares = np.maximum(found.x, 0)
    return float(curves.moments(shares / shares.sum() * total)[0].sum()), spent


def least_seconds(run: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def sizes() -> None:
    print("items × draws      seconds   relative gap   value beside SLSQP's   SLSQP seconds")
    for n_items, n_draws in ((5, 4_000), (50, 4_000), (200, 1_000), (1_000, 1_000)):
        asked = problem(n_items, n_draws)
        found = allocate(asked)
        seconds = least_seconds(lambda asked=asked: allocate(asked))  # type: ignore[misc]
        line = f"{n_items:>5} × {n_draws:<6}   {seconds:>10.4f}   {found.certificate.relative_gap:>12.1e}"
        if n_items <= 200:
            theirs, theirs_s = slsqp(asked)
            line += f"   {found.certificate.value / theirs - 1:>+20.2e}   {theirs_s:>13.3f}"
        print(line)


def many(n: int) -> None:
    gaps, missed, start = [], 0, time.process_time()
    for seed in range(n):
        asked = limited(seed)
        found = allocate(asked)
        missed += int(found.units.sum() != asked.total_minor)
        gaps.append(found.certificate.relative_gap)
    seconds = time.process_time() - start
    print(f"\n{n} random problems with bounds and groups: {missed} miss the total, largest relative gap")
    print(f"{max(gaps):.1e}, {1000 * seconds / n:.1f} ms each")


def unchanged(n: int = 200) -> None:
    kept = worse = 0
    for seed in range(n):
        asked = problem(4, 200, seed)
        found = allocate(asked)
        units = found.units[:, 0]
        slopes = curves_of(asked).moments(np.full(4, 30_000.0))[1]
        kept += int((units == 30_000).all() and np.ptp(slopes) > 1e-6 * slopes.max())
        worse += int(found.certificate.value < slsqp(asked)[0] * (1 - 1e-12))
    print(
        f"{n} problems from an equal split: {kept} unchanged though it could be bettered, {worse} below SLSQP"
    )


def others() -> None:
    print("\nkind                                    seconds   relative gap")
    rng = np.random.default_rng(3)
    carried = tuple(
        replace(item, carry_over=rng.beta(4, 4, 500), carried_in_minor=10_000.0)
        for item in problem(4, 500).items
    )
    year = Problem(carried, 30_000 * 48, periods=Periods(12, n_after=4), step_limit=0.2)
    cases = {
        "mean–CVaR, 20 × 2,000": replace(problem(20, 2_000), risk=Risk(0.1)),
        "12 periods with steps, 4 × 500": year,
        "S-shaped, 5 × 500": problem(5, 500, slope=2.0),
    }
    for name, asked in cases.items():
        found = allocate(asked)
        seconds = least_seconds(lambda asked=asked: allocate(asked), 1)  # type: ignore[misc]
        print(f"{name:<36} {seconds:>10.3f}   {found.certificate.relative_gap:>12.1e}")
    asked = problem(50, 4_000)
    print(f"{'whole plan, judged on held-out draws':<36} {least_seconds(lambda: plan(asked)):>10.3f}")


if __name__ == "__main__":
    sizes()
    many(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    unchanged()
    others()
