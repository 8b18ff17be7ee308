"""How far from the best of all a plan can be at most: a bound by duality, whatever found the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.budget.region import Region
from workbench.stats.counts import Floats

_LEAST_VALUE = 1e-250  # an outcome of nothing at all, whose gap is rounding


@dataclass(frozen=True)
class Certificate:
    """What is proven of an allocation before it is rounded.

    Attributes
    ----------
    value : float
        The objective at the allocation.
    upper_bound : float
        No allocation within the constraints has a higher objective.
    method : str
        How the bound was found.
    """

    value: float
    upper_bound: float
    method: str

    @property
    def relative_gap(self) -> float:
        """``(upper_bound − value) / |value|``."""
        gap = max(self.upper_bound - self.value, 0.0)
        return gap / max(abs(self.value), _LEAST_VALUE)

    def summary(self) -> str:
        """Say in one sentence what is proven."""
        if self.relative_gap <= 1e-8:
            # A gap below the precision of the arithmetic cannot be told from one of that size.
            shown = max(self.relative_gap, float(np.finfo(float).eps))
            return f"Certified: no plan within the constraints is better by more than {shown:.0e}."
        return (
            f"Proven ({self.method}): no plan within the constraints is better "
            f"by more than {100 * self.relative_gap:.1g} %."
        )


@dataclass(frozen=True)
class Multipliers:
    """What one unit more of each limit would be worth, in the objective's unit.

    Attributes
    ----------
    total : float
        Of the total.
    groups : ndarray, shape (n_groups,)
        Positive where a group's upper limit holds it back, negative where its lower limit pushes it.
    rows : ndarray, shape (n_rows,)
        Of the further limits, at least zero.
    """

    total: float
    groups: Floats
    rows: Floats

    def scaled(self, factor: float) -> Multipliers:
        """Return the prices of an objective ``factor`` times as large."""
        return Multipliers(self.total * factor, self.groups * factor, self.rows * factor)

    def per_variable(self, region: Region) -> Floats:
        """Return the price of a unit of each variable: of the total, its group and its rows."""
        groups = np.append(self.groups, 0.0)  # a group of −1 picks the last
        out: Floats = self.total + groups[region.group_of.astype(int)] + self.rows @ region.rows
        return out


def linear_bound(gradient: Floats, x: Floats, region: Region, prices: Multipliers) -> float:
    r"""Bound ``gradient · (y − x)`` over all ``y`` of a region, by weak duality.

    For a concave objective that is the Frank–Wolfe gap at ``x``: nothing in the region is better by more.
    Any prices give a valid bound; the right ones give the least.

    .. math:: \sum_i \max_{l_i ≤ y_i ≤ u_i} (g_i − p_i)(y_i − x_i) + λ^⊤ (b − A x)

    References
    ----------
    Jaggi (2013), Revisiting Frank–Wolfe, Proc. ICML 28.
    """
    total = prices.total if region.is_exact else max(prices.total, 0.0)
    rows = np.maximum(prices.rows, 0.0)
    prices = Multipliers(total, prices.groups, rows)
    reduced = gradient - prices.per_variable(region)
    box = np.maximum(reduced * (region.lower - x), reduced * (region.upper - x)).sum()
    slack = total * (region.total - x.sum()) + (rows * (region.limits - region.rows @ x)).sum()
    if region.group_low.size:
        sums, price = region.group_sums(x), prices.groups
        with np.errstate(invalid="ignore"):
            above = np.where(price > 0, price * (region.group_high - sums), 0.0)
            below = np.where(price < 0, price * (region.group_low - sums), 0.0)
        slack += above.sum() + below.sum()
    return float(box + slack)
