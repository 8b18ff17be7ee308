r"""What a result of each item is worth: learned from the days' revenue, pooled, or given.

An item's revenue per result is its own, with :math:`\log v_i \sim N(\mu, \tau^2)`; single results of an item
scatter about it by a coefficient of variation :math:`c` that all items share, so that the mean of :math:`n`
results tells :math:`\log v_i` to :math:`c / \sqrt n`. :math:`\tau` stands on a grid, :math:`\mu` and the
:math:`v_i` are normal given it: an item with few results is taken for like the others, and stays uncertain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.budget.problem import refused
from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats

#: Results with revenue that are the least to learn from.
LEAST_VALUED = 20
_SPREADS = np.array([0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9, 1.3])
_USUAL_SPREAD = 0.5  # a half-normal law's
_PRIOR_DAYS = 10.0  # of an item, at a coefficient of variation of one


@dataclass(frozen=True)
class DailyWorth:
    """Posterior of what a result of each item is worth, currency units.

    Attributes
    ----------
    items : tuple of str
    log_mean, precision : ndarray, shape (n_items,)
        What an item's own results tell of the logarithm; a precision of zero tells nothing, an infinite one
        that it is given.
    of_spread : ndarray, shape (n_spreads,)
        Probability of how far items differ.
    scatter : float
        Coefficient of variation of single results; zero where worths are given.
    n_results : float
        Results that it rests on, older ones counting less; zero where worths are given.
    """

    items: tuple[str, ...]
    log_mean: Floats
    precision: Floats
    of_spread: Floats
    scatter: float
    n_results: float

    @property
    def is_given(self) -> bool:
        """Whether worths were given and not learned."""
        return bool(np.isinf(self.precision).all())

    @property
    def is_same(self) -> bool:
        """Whether all worths are given as the same: then budgets are those of results."""
        return self.is_given and bool(np.ptp(self.log_mean) < 1e-12)

    def draws(self, rng: np.random.Generator, n_draws: int) -> Floats:
        """Draw worths, shape (n_items, n_draws)."""
        if self.is_given:
            return np.repeat(np.exp(self.log_mean)[:, None], n_draws, axis=1)
        spread = _SPREADS[rng.choice(_SPREADS.size, size=n_draws, p=self.of_spread)]
        pull = _pulls(self.precision, spread)
        total = pull.sum(axis=0)
        middle = (pull * self.log_mean[:, None]).sum(axis=0) / total
        middle = middle + rng.standard_normal(n_draws) / np.sqrt(total)
        own, shared = self.precision[:, None], spread**-2.0
        mean = (own * self.log_mean[:, None] + shared * middle) / (own + shared)
        out: Floats = np.exp(mean + rng.standard_normal(mean.shape) / np.sqrt(own + shared))
        return out


def given_worth(items: Sequence[str], worths: Mapping[str, float] | float) -> DailyWorth:
    """Take what a result is worth as given, one amount for all or one for each item.

    Raises
    ------
    DataError
        If an item has none, or one is not above zero.
    """
    each = dict.fromkeys(items, worths) if isinstance(worths, int | float) else dict(worths)
    for name in [*items, *each]:
        if name not in each or name not in items:
            known = ", ".join(items[:10])
            raise refused("value_per_result", name, "has no worth or is no item", f"Items are {known}.")
        if not (math.isfinite(each[name]) and each[name] > 0):
            raise refused("value_per_result", each[name], "is no worth of a result", "Give one above zero.")
    logs = np.log([float(each[name]) for name in items])
    one = np.full(_SPREADS.size, 1 / _SPREADS.size)
    return DailyWorth(tuple(items), logs, np.full(len(items), np.inf), one, 0.0, 0.0)


def learn_worth(
    items: Sequence[str], values: ArrayLike, results: ArrayLike, *, half_life_days: float = 28.0
) -> DailyWorth:
    """Learn what a result of each item is worth from the revenue of its days.

    Late results do no harm: revenue comes with its result.

    Parameters
    ----------
    items : sequence of str
    values : array_like, shape (n_days, n_items)
        Revenue in currency units of the results below; the latest day last.
    results : array_like, shape (n_days, n_items)
    half_life_days : float
        After which a day counts half.

    Returns
    -------
    DailyWorth

    Raises
    ------
    NotEnoughData
        If there are fewer than twenty results, or no revenue.

    Examples
    --------
    >>> results = [[10, 10]] * 20
    >>> worth = learn_worth(["a", "b"], [[500.0, 200.0]] * 20, results)
    >>> [round(x) for x in worth.draws(np.random.default_rng(1), 4000).mean(axis=1)]
    [50, 20]
    """
    value, count = np.asarray(values, dtype=np.float64), np.asarray(results, dtype=np.float64)
    weight = (2.0 ** (-np.arange(len(value))[::-1] / half_life_days))[:, None]
    revenue, brought = (weight * value).sum(axis=0), (weight * count).sum(axis=0)
    if brought.sum() < LEAST_VALUED or revenue.sum() <= 0:
        raise NotEnoughData(
            f"objective: {brought.sum():.0f} results with revenue of {revenue.sum():,.2f} tell too little of "
            f"what a result is worth; it takes {LEAST_VALUED} with revenue.",
            next_step="Give what a result is worth by --value-per-result, or ask for results.",
            field="objective",
        )
    overall = revenue.sum() / brought.sum()
    mean = (revenue + 0.5 * overall) / (brought + 0.5)
    square = _square_of_scatter(value, count, mean, weight)
    told = np.maximum(brought / square, 0.0)
    logs = np.log(mean) + 1 / (2 * np.maximum(told, 0.5)) * (told > 0)  # of the mean of skewed values
    return DailyWorth(
        tuple(items), logs, told, _spread_law(logs, told), math.sqrt(square), float(brought.sum())
    )


def _square_of_scatter(value: Floats, count: Floats, mean: Floats, weight: Floats) -> float:
    """Return the squared coefficient of variation of single results, of all items together."""
    counts = weight * (count > 0)
    ratio = (value - mean * count) ** 2 / (np.maximum(count, 1e-300) * mean**2)
    days = float(counts.sum())
    lost = float((counts.sum(axis=0) > 0).sum())
    total = float(np.where(count > 0, counts * ratio, 0.0).sum()) + _PRIOR_DAYS
    return max(total / max(days + _PRIOR_DAYS - lost, 1.0), 1e-4)


def _pulls(precision: Floats, spread: Floats) -> Floats:
    """Return how much each item tells of the items' middle, (n_items, n_spreads)."""
    own = precision[:, None]
    out: Floats = own / (1 + own * spread**2)
    return out


def _spread_law(logs: Floats, precision: Floats) -> Floats:
    pull = _pulls(precision, _SPREADS)
    total = pull.sum(axis=0)
    middle = (pull * logs[:, None]).sum(axis=0) / total
    told = pull > 0
    log = 0.5 * np.log(np.where(told, pull, 1.0)).sum(axis=0) - 0.5 * np.log(total)
    log = log - 0.5 * (pull * (logs[:, None] - middle) ** 2).sum(axis=0)
    log = log - 0.5 * (_SPREADS / _USUAL_SPREAD) ** 2
    weights = np.exp(log - log.max()) * np.gradient(_SPREADS)
    out: Floats = weights / weights.sum()
    return out
