"""Sums of one slice of insights and the ratios that are computed from them.

Ratios come from sums and never from averages of ratios; reach is no sum and has no place here. A sum is
``None`` where the source did not have the column at all, which is not the same as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Columns that may be added over rows of one grain, in the order of a funnel.
SUMS: tuple[str, ...] = (
    "spend_micros",
    "impressions",
    "clicks",
    "link_clicks",
    "results",
    "conversions",
    "value_micros",
)


@dataclass(frozen=True)
class Totals:
    """Sums over rows of one grain.

    Attributes
    ----------
    spend_micros, value_micros : int or None
        Millionths of the currency unit.
    impressions, clicks, link_clicks : int or None
        Counts.
    results, conversions : float or None
        Counts; fractional where a network models them.
    """

    spend_micros: int = 0
    impressions: int | None = None
    clicks: int | None = None
    link_clicks: int | None = None
    results: float | None = None
    conversions: float | None = None
    value_micros: int | None = None

    @property
    def cost_per_result_micros(self) -> Fraction | None:
        """Spend divided by results, exact; ``None`` without results."""
        return _ratio(self.spend_micros, self.results)

    @property
    def cpm_micros(self) -> Fraction | None:
        """Cost of a thousand impressions, exact."""
        ratio = _ratio(self.spend_micros, self.impressions)
        return None if ratio is None else ratio * 1000

    @property
    def click_rate(self) -> Fraction | None:
        """Link clicks per impression."""
        return _ratio(self.link_clicks, self.impressions)

    @property
    def conversion_rate(self) -> Fraction | None:
        """Results per link click."""
        return _ratio(self.results, self.link_clicks)

    @property
    def roas(self) -> Fraction | None:
        """Value of conversions per unit of spend."""
        return _ratio(self.value_micros, self.spend_micros)


def _ratio(numerator: float | None, denominator: float | None) -> Fraction | None:
    if numerator is None or not denominator:
        return None
    return Fraction(numerator) / Fraction(denominator)


def sum_rows(rows: pd.DataFrame) -> Totals:
    """Add up rows of one grain.

    Parameters
    ----------
    rows : pandas.DataFrame
        Any of the columns of :data:`SUMS`; missing values count as zero as long as one value is there.

    Returns
    -------
    Totals
        Sums, ``None`` for a column that is absent or has no value at all.
    """
    sums: dict[str, float | int | None] = {}
    for name in SUMS:
        column = rows.get(name)
        if column is None or not column.notna().any():
            sums[name] = 0 if name == "spend_micros" else None
        elif name in ("results", "conversions"):
            sums[name] = float(column.sum())
        else:
            sums[name] = int(column.sum())
    return Totals(**sums)  # type: ignore[arg-type]
