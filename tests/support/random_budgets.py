"""Random budget problems: curves of every family, bounds, groups and totals that can be kept."""

from __future__ import annotations

import numpy as np

from workbench.budget.curves import ResponseCurve, hill, logistic, michaelis_menten, tanh
from workbench.budget.problem import Group, Item, Problem


def random_curve(rng: np.random.Generator, n_draws: int, family: int) -> ResponseCurve:
    scale = rng.lognormal(5, 0.5) * np.exp(rng.normal(0, 0.2, n_draws))
    half = rng.lognormal(6, 0.7) * np.exp(rng.normal(0, 0.3, n_draws))
    makers = (
        lambda: logistic(scale, 1 / half),
        lambda: tanh(scale, 1 / half),
        lambda: michaelis_menten(scale, half),
        lambda: hill(scale, half, rng.uniform(0.4, 1, n_draws)),
    )
    return makers[family % 4]()


def random_problem(
    seed: int, *, n_items: int = 0, n_draws: int = 40, plain: bool = False, **options
) -> Problem:
    """Return a problem that has a plan: ``plain`` ones have a total and no other limits."""
    rng = np.random.default_rng(seed)
    n = n_items or int(rng.integers(1, 9))
    current = rng.integers(0, 60_000, n)
    items, groups = [], []
    low = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 20_000, n))
    high = low + (rng.uniform(0, 150_000, n) * 10 ** rng.uniform(-4, 0, n)).astype(int)
    inside = low + ((high - low) * rng.random(n)).astype(int)
    total = int(inside.sum()) if not plain else int(rng.integers(1, 40_000 * n))
    for k in range(n):
        limits = {} if plain else {"min_minor": int(low[k]), "max_minor": int(high[k])}
        curve = random_curve(rng, n_draws, int(rng.integers(4)))
        items.append(Item(f"item {k}", curve, int(current[k]), **limits))
    if not plain and n > 2:
        members = rng.permutation(n)[: n // 2]
        spent = int(inside[members].sum())
        bounds = (int(spent * rng.uniform(0.5, 1)), int(spent * rng.uniform(1, 1.5)) + 1)
        groups.append(Group("some", tuple(f"item {k}" for k in members), *bounds))
    return Problem(tuple(items), total, groups=tuple(groups), **options)
