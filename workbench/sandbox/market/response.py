"""How money becomes impressions and impressions become results: the market's true response, without noise.

Impressions in an ad set's audience grow dearer the more of it is bought in a day (saturation); clicks fall as
people see the same creative again (fatigue); earlier exposure goes on helping conversions (carry-over).
"""

from __future__ import annotations

import numpy as np

from workbench.sandbox.market.noise import Floats

#: By how much an impression's price rises when everybody of the audience has been bought once in the day.
PRESSURE = 0.6
#: Impressions per person and day beyond which nothing more is delivered.
MAX_FREQUENCY = 2.5
#: Share of its first click rate that an exhausted creative keeps.
FATIGUE_FLOOR = 0.55
#: Share of yesterday's exposure that still works today, and the exposure that has half of its full effect.
ADSTOCK_KEEP = 0.8
ADSTOCK_HALF = 0.15
ADSTOCK_LIFT = 0.25
BRAND_KEEP = 0.94
BRAND_HALF = 0.08
BRAND_LIFT = 0.18
#: A full price is paid without a cap; a tight cap pays down to this share of it.
CAPPED_PRICE = 0.75


def impressions_for(spend: Floats, price: Floats, audience: Floats) -> Floats:
    """Return the impressions that a day's spend buys in an audience.

    Solves ``spend = price/1000 · n · (1 + PRESSURE · n / audience)`` for ``n``.

    Parameters
    ----------
    spend : ndarray
        Currency units.
    price : ndarray
        Currency units per 1,000 impressions in an untouched audience.
    audience : ndarray
        People.

    Examples
    --------
    >>> impressions_for(np.array([10.0]), np.array([10.0]), np.array([1e9])).round()
    array([1000.])
    """
    wanted = spend * 1000.0 / price
    n = wanted * 2 / (1 + np.sqrt(1 + 4 * PRESSURE * wanted / audience))
    return np.asarray(np.minimum(n, MAX_FREQUENCY * audience))


def cost_of(impressions: Floats, price: Floats, audience: Floats) -> Floats:
    """Return what impressions cost; the inverse of :func:`impressions_for` below its limit."""
    return np.asarray(price / 1000.0 * impressions * (1 + PRESSURE * impressions / audience))


def bid_effect(ratio: Floats) -> tuple[Floats, Floats]:
    """Return the share of the budget that a bid cap lets through, and the share of the full price it pays.

    Parameters
    ----------
    ratio : ndarray
        Cap over the expected cost per result; infinite without a cap.

    Examples
    --------
    >>> share, price = bid_effect(np.array([0.5, 1.0, np.inf]))
    >>> share.round(2), price.round(2)
    (array([0.06, 0.5 , 1.  ]), array([0.76, 0.88, 1.  ]))
    """
    share = 1 / (1 + np.maximum(ratio, 1e-6) ** -4.0)
    return np.asarray(share), np.asarray(CAPPED_PRICE + (1 - CAPPED_PRICE) * share)


def freshness(seen: Floats, half_life: Floats) -> Floats:
    """Return the share of its first click rate that a creative has left.

    Parameters
    ----------
    seen : ndarray
        Impressions of the creative per person of the audience, since it was launched.
    half_life : ndarray
        Impressions per person in which half of what can be lost is lost.
    """
    return np.asarray(FATIGUE_FLOOR + (1 - FATIGUE_FLOOR) * 0.5 ** (seen / half_life))


def carry_over(own: Floats, brand: Floats) -> Floats:
    """Return the factor on conversion rates that earlier exposure gives.

    Parameters
    ----------
    own : ndarray
        Adstock of the campaign: impressions per person and day, smoothed.
    brand : ndarray
        The same of the account's awareness and engagement campaigns.
    """
    lift = ADSTOCK_LIFT * own / (own + ADSTOCK_HALF)
    return np.asarray((1 + lift) * (1 + BRAND_LIFT * brand / (brand + BRAND_HALF)))
