"""What the calendar does to prices, delivery and conversions, the same for every advertiser of the market."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

#: Monday to Sunday.
WEEK_SPEND = (1.02, 1.03, 1.03, 1.01, 0.98, 0.95, 0.98)
WEEK_PRICE = (1.02, 1.02, 1.01, 1.02, 1.01, 0.95, 0.97)
WEEK_CONVERSION = (1.06, 1.04, 1.03, 1.00, 0.94, 0.92, 1.01)
PRICE_GROWTH_PER_YEAR = 0.06
#: Prices are those of this day; earlier ones were lower.
PRICE_DAY = date(2026, 11, 20)
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Season:
    """Factors of one day.

    Attributes
    ----------
    price : float
        Factor on the price of impressions.
    conversion, purchase : float
        Factors on the conversion rates of leads and of purchases.
    """

    price: float
    conversion: float
    purchase: float


def holiday_peak(day: date) -> float:
    """Return how far the days before Christmas are into their peak, from 0 to 1.

    Examples
    --------
    >>> holiday_peak(date(2026, 11, 20)), holiday_peak(date(2026, 12, 10))
    (0.0, 1.0)
    """
    start, end = date(day.year, 11, 21), date(day.year, 12, 24)
    if not start <= day <= end:
        return 0.0
    return min(1.0, ((day - start).days + 1) / 5, ((end - day).days + 1) / 4)


def season_of(day: date) -> Season:
    """Return the factors of a day: weekday, time of the year, holidays, and the slow rise of prices."""
    weekday, peak = day.weekday(), holiday_peak(day)
    wave = float(np.cos(2 * np.pi * (day.timetuple().tm_yday - 330) / DAYS_PER_YEAR))
    growth = (1 + PRICE_GROWTH_PER_YEAR) ** ((day - PRICE_DAY).days / DAYS_PER_YEAR)
    conversion = WEEK_CONVERSION[weekday] * (1 + 0.04 * wave)
    return Season(
        price=growth * (1 + 0.06 * wave) * (1 + 0.38 * peak) * WEEK_PRICE[weekday],
        conversion=conversion,
        purchase=conversion * (1 + 0.22 * peak),
    )


def week_share(day: date) -> tuple[float, int]:
    """Return the share of what is left of the week's budget that a day takes, and the days left.

    A week runs from Sunday to Saturday, as the network's budgets do.
    """
    n_left = 6 - (day.weekday() + 1) % 7 + 1
    weights = [WEEK_SPEND[(day.weekday() + i) % 7] for i in range(n_left)]
    return weights[0] / sum(weights), n_left
