r"""Where a change came from: an exact split into volume, price, rates and mix.

Results of a period are

.. math:: R = S \sum_i w_i \, q_i \, c_i \, v_i

with total spend :math:`S` (volume), a campaign's share of spend :math:`w_i` (mix), impressions per unit of
spend :math:`q_i` (price), clicks per impression :math:`c_i` (click rate) and results per click :math:`v_i`
(conversion rate). Cost per result is :math:`S / R`. Each factor's part is its Shapley value: the mean, over
all orders in which the factors could have moved from their old to their new values, of what its own move
changed. The parts add up to the whole change, whatever the order, without a remainder.

References
----------
Shapley, L. S. (1953). A value for n-person games. doi:10.1515/9781400881970-018
Shorrocks, A. F. (2013). Decomposition procedures for distributional analysis: a unified framework based on
the Shapley value. Journal of Economic Inequality 11, 99-126. doi:10.1007/s10888-011-9214-z
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial, fsum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    _Factors = dict[str, tuple[Array, Array]]

#: Factors in the order they are shown, with the words a reader sees.
FACTORS: dict[str, str] = {
    "volume": "Spend",
    "price": "Price of impressions",
    "click_rate": "Click rate",
    "conversion_rate": "Conversion rate",
    "mix": "Mix of campaigns",
}


@dataclass(frozen=True)
class Slice:
    """Sums of one period by campaign, arrays of shape ``(n_campaigns,)`` in one order for both periods.

    Attributes
    ----------
    spend : ndarray
        Currency units.
    impressions, clicks, results : ndarray
        Counts; all zeros where the source has no such column.
    """

    spend: Array
    impressions: Array
    clicks: Array
    results: Array


@dataclass(frozen=True)
class Decomposition:
    """A change and the parts that add up to it.

    Attributes
    ----------
    metric : str
        ``cost_per_result`` or ``results``.
    before, after : float
        Value of the metric in the two periods.
    parts : dict of str to float
        Part of each factor, in the metric's unit; they sum to ``after - before``.
    mix_by_campaign : ndarray, shape (n_campaigns,)
        How much each campaign's change of share contributed to the mix part; sums to it.
    share_change : ndarray, shape (n_campaigns,)
        By how much each campaign's share of spend changed, in [-1, 1].
    """

    metric: str
    before: float
    after: float
    parts: dict[str, float]
    mix_by_campaign: Array
    share_change: Array

    @property
    def change(self) -> float:
        """Difference of the two periods."""
        return self.after - self.before

    def rounded(self, digits: int) -> dict[str, int]:
        """Return whole steps of ``10**-digits`` that still add up: before + parts = after.

        Each part is rounded, and what rounding leaves over goes to the parts it changes least.
        """
        scale = 10**digits
        target = round(self.after * scale) - round(self.before * scale)
        return spread_rounding({k: v * scale for k, v in self.parts.items()}, target)


def spread_rounding(parts: dict[str, float], total: int) -> dict[str, int]:
    """Round parts to whole numbers that add up to ``total`` (largest remainder).

    Examples
    --------
    >>> spread_rounding({"a": 1.4, "b": 1.4, "c": 0.2}, 3)
    {'a': 2, 'b': 1, 'c': 0}
    """
    rounded = {name: int(np.floor(value)) for name, value in parts.items()}
    missing = total - sum(rounded.values())
    by_remainder = sorted(parts, key=lambda name: rounded[name] - parts[name])
    for step in range(abs(missing)):
        name = (
            by_remainder[step % len(by_remainder)]
            if missing > 0
            else by_remainder[-1 - step % len(by_remainder)]
        )
        rounded[name] += 1 if missing > 0 else -1
    return rounded


def decompose_cost(before: Slice, after: Slice) -> Decomposition | None:
    """Split the change of cost per result into price, click rate, conversion rate and mix.

    Parameters
    ----------
    before, after : Slice
        The two periods, campaigns in the same order.

    Returns
    -------
    Decomposition or None
        ``None`` if a period has no results or no spend, or if the campaigns of one period at the rates of
        the other would have none: then there is no cost per result to split.
    """
    if min(before.results.sum(), after.results.sum(), before.spend.sum(), after.spend.sum()) <= 0:
        return None
    factors = _factors(before, after)
    volume = factors.pop("volume")  # at the same rates, twice the spend costs the same per result
    free = tuple(_free_results(p) / float(v) for p, v in zip((before, after), volume, strict=True))
    values = _coalitions(
        factors, lambda chosen: _product(factors, chosen) + free["conversion_rate" in chosen]
    )
    if min(values.values()) <= 0:  # halfway between the two periods nothing would have been achieved
        return None
    return _shapley("cost_per_result", factors, {chosen: 1 / value for chosen, value in values.items()})


def decompose_results(before: Slice, after: Slice) -> Decomposition:
    """Split the change of the number of results into volume, price, rates and mix.

    Parameters
    ----------
    before, after : Slice
        The two periods, campaigns in the same order.
    """
    factors = _factors(before, after)
    free = (_free_results(before), _free_results(after))
    values = _coalitions(
        factors, lambda chosen: _product(factors, chosen) + free["conversion_rate" in chosen]
    )
    return _shapley("results", factors, values)


def _free_results(period: Slice) -> float:
    """Results of campaigns that spent nothing: no factor of spend explains them."""
    return float(period.results[period.spend <= 0].sum())


def _pick(pair: tuple[Array, Array], new: bool) -> Array:
    return pair[1] if new else pair[0]


def _product(factors: _Factors, chosen: frozenset[str]) -> float:
    """Return the bought results once the chosen factors have moved; per unit of spend without volume."""
    product = np.ones_like(factors["mix"][0])
    for name, pair in factors.items():
        product = product * _pick(pair, name in chosen)
    # Results without spend are added by the caller: nothing that was bought produced them.
    return float(product.sum())


def _coalitions(factors: _Factors, value: Callable[[frozenset[str]], float]) -> dict[frozenset[str], float]:
    """Return the value of every subset of factors that may have moved."""
    names = tuple(factors)
    subsets = (frozenset(s) for k in range(len(names) + 1) for s in combinations(names, k))
    return {subset: value(subset) for subset in subsets}


def _factors(before: Slice, after: Slice) -> _Factors:
    """Return each factor's old and new values so that their product gives back each campaign's results."""
    totals = tuple(max(float(p.spend.sum()), 0.0) for p in (before, after))
    share = tuple(
        np.where(p.spend > 0, p.spend, 0.0) / (t or 1.0) for p, t in zip((before, after), totals, strict=True)
    )
    yields = tuple(_divide(p.results, p.spend) for p in (before, after))
    price = _borrow(*(_divide(p.impressions, p.spend) for p in (before, after)))
    click_rate = _borrow(*(_divide(p.clicks, p.impressions) for p in (before, after)))
    # The last link of the chain closes it. Where it cannot (results without a click, spend without an
    # impression), links are taken out one by one and the conversion rate stands for the longer stretch.
    broken = np.zeros(before.spend.shape, dtype=bool)
    for link in ((), click_rate, price):
        for old_or_new in link:
            old_or_new[broken] = 1.0
        conversion = _borrow(*(_divide(y, p * c) for y, p, c in zip(yields, price, click_rate, strict=True)))
        broken = _unexplained(yields, price, click_rate, conversion)
    return {
        "volume": (np.asarray(totals[0]), np.asarray(totals[1])),
        "price": price,
        "click_rate": click_rate,
        "conversion_rate": conversion,
        "mix": (share[0], share[1]),
    }


def _unexplained(
    yields: Sequence[Array], price: Sequence[Array], click_rate: Sequence[Array], conversion: Sequence[Array]
) -> NDArray[np.bool_]:
    """Say for which campaigns the chain cannot give back the results, such as results without a click."""
    broken = np.zeros(yields[0].shape, dtype=bool)
    for y, p, c, v in zip(yields, price, click_rate, conversion, strict=True):
        known = ~np.isnan(y)
        broken |= known & ~np.isclose(p * c * v, np.nan_to_num(y), rtol=1e-9, atol=1e-300)
    return broken


def _divide(numerator: Array, denominator: Array) -> Array:
    """Divide, giving NaN where the denominator is zero or undefined."""
    usable = np.nan_to_num(denominator) > 0
    return np.where(usable, numerator / np.where(usable, denominator, 1.0), np.nan)


def _borrow(old: Array, new: Array) -> tuple[Array, Array]:
    """Fill a rate that one period does not define with the other's, so that it cannot count as a change."""
    filled_old = np.where(np.isnan(old), new, old)
    filled_new = np.where(np.isnan(new), old, new)
    return np.nan_to_num(filled_old), np.nan_to_num(filled_new)


def _shapley(metric: str, factors: _Factors, values: dict[frozenset[str], float]) -> Decomposition:
    n = len(factors)
    parts = {}
    for name in factors:
        steps = (
            factorial(len(chosen)) * factorial(n - len(chosen) - 1) * (values[chosen | {name}] - without)
            for chosen, without in values.items()
            if name not in chosen
        )
        parts[name] = fsum(steps) / factorial(n)
    return Decomposition(
        metric=metric,
        before=values[frozenset()],
        after=values[frozenset(factors)],
        parts=parts,
        mix_by_campaign=_mix_by_campaign(factors, parts["mix"]),
        share_change=factors["mix"][1] - factors["mix"][0],
    )


def _mix_by_campaign(factors: _Factors, mix_part: float) -> Array:
    """Share the mix part out by each campaign's change of share times how far its yield is from the mean."""
    share_before, share_after = factors["mix"]
    yields = np.ones_like(share_before)
    for name in ("price", "click_rate", "conversion_rate"):
        yields = yields * (factors[name][0] + factors[name][1]) / 2
    mean = float(((share_before + share_after) / 2 * yields).sum())
    pull = (share_after - share_before) * (yields - mean)
    total = float(pull.sum())
    if abs(total) < 1e-12 * max(float(np.abs(pull).sum()), 1e-300):
        return np.zeros_like(pull)
    return pull * (mix_part / total)
