"""What came of the impressions: clicks and results, and each conversion with its delay, value and future.

Counts are binomial given the day's rates, whose log-normal noise makes results overdispersed: about 1.05 to 2
times as variable as a Poisson count at these sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.market.day import OTHER_CLICKS_PER_LINK_CLICK
from workbench.sandbox.market.draws import binomial_count
from workbench.sandbox.market.layout import RESULT_NAMES, Layout
from workbench.sandbox.market.noise import Floats, Ints, Noise, Stream

Arrays = dict[str, NDArray[Any]]

#: Share of click-through conversions so many days (0, 1, … 28) after the contact.
DELAY_SHARES: dict[str, tuple[float, ...]] = {
    "lead": (0.60, 0.16, 0.07, 0.045, 0.03, 0.02, 0.015, 0.015, *(0.045 / 21,) * 21),
    "purchase": (0.44, 0.17, 0.10, 0.06, 0.05, 0.035, 0.025, 0.02, *(0.10 / 21,) * 21),
}
#: Share of conversions of people who only saw the ad; these happen within a day.
VIEW_SHARE = 0.10
_VIEW_SAME_DAY = 0.7
#: A landing page is seen after so many of the clicks, where that is not the result.
PAGE_VIEW_RATE = 0.8
_ORDER_SIGMA = 0.55
_CUSTOMER_SIGMA = 0.6
_CUSTOMER_MEDIAN_DAYS, _CUSTOMER_DELAY_SIGMA, _CUSTOMER_MAX_DAYS = 14.0, 0.7, 120
_LPV = RESULT_NAMES.index("landing_page_view")
_PER_IMPRESSION = [RESULT_NAMES.index("post_engagement"), RESULT_NAMES.index("video_view")]
_PURCHASE = RESULT_NAMES.index("purchase")


def default_share(kind: str) -> float:
    """Return the share of a kind's results that the setting 7d_click,1d_view counts in the end.

    Examples
    --------
    >>> round(default_share("lead"), 4), default_share("landing_page_view")
    (0.9595, 1.0)
    """
    shares = DELAY_SHARES.get(kind)
    return 1.0 if shares is None else VIEW_SHARE + (1 - VIEW_SHARE) * sum(shares[:8])


def expected_counts(layout: Layout, rows: Arrays) -> tuple[Floats, Floats, Floats]:
    """Return expected link clicks, results (all windows) and order value in minor units of delivered ads."""
    shown, click, result = rows["impressions"], rows["click_rate"], rows["result_rate"]
    links = shown * click
    other = np.minimum(click * OTHER_CLICKS_PER_LINK_CLICK, 0.2)
    per_impression = np.isin(layout.result_of_ad[rows["ad"]], _PER_IMPRESSION)
    results = np.where(per_impression, (shown - links) * (1 - other), links) * result
    order = layout.campaign["order_value"] * layout.unit[layout.campaign["account"]]
    return links, results, results * order[layout.ad["campaign"]][rows["ad"]]


def draw_counts(layout: Layout, rows: Arrays, noise: Noise) -> Arrays:
    """Draw clicks and results; ``rows`` has ``day`` beside what :func:`deliver_day` gives."""
    day, slot = rows["day"], layout.ad["slot"][rows["ad"]]
    shown, click = rows["impressions"], rows["click_rate"]
    kind = layout.result_of_ad[rows["ad"]]
    links = binomial_count(noise.uniform(Stream.LINK_CLICKS, day, slot), shown, click)
    rate = np.minimum(click * OTHER_CLICKS_PER_LINK_CLICK, 0.2)
    other = binomial_count(noise.uniform(Stream.OTHER_CLICKS, day, slot), shown - links, rate)
    trials = np.where(np.isin(kind, _PER_IMPRESSION), shown - links - other, links)
    results = binomial_count(noise.uniform(Stream.RESULTS, day, slot), trials, rows["result_rate"])
    seen = binomial_count(
        noise.uniform(Stream.PAGE_VIEWS, day, slot), links, np.full(len(links), PAGE_VIEW_RATE)
    )
    return {
        "link_clicks": links,
        "other_clicks": other,
        "results": results,
        "page_views": np.where(kind == _LPV, results, seen),
    }


def draw_conversions(layout: Layout, rows: Arrays, noise: Noise) -> Arrays:
    """Draw every single conversion of delivered ads.

    Returns
    -------
    dict of str to ndarray
        ``day`` (of the contact), ``ad``, ``index`` (among the ad's of that day), ``delay`` (days to the
        conversion), ``is_view``, ``minute`` (of the day it happens), ``value_minor``, ``customer_after``
        (days to the sale, −1 if there is none) and ``customer_minor``.
    """
    counts = np.where(layout.converts()[rows["ad"]], rows["results"], 0)
    at = np.repeat(np.arange(len(counts)), counts)
    index = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    ad, day = rows["ad"][at], rows["day"][at]
    slot = layout.ad["slot"][ad]
    is_view = noise.uniform(Stream.VIEW_THROUGH, day, slot, index) < VIEW_SHARE
    return {
        "day": day,
        "ad": ad,
        "index": index,
        "delay": _delays(layout, ad, noise.uniform(Stream.DELAY, day, slot, index), is_view),
        "is_view": is_view,
        "minute": (noise.uniform(Stream.MOMENT, day, slot, index) * 1440).astype(np.int64),
        "value_minor": _orders(layout, ad, noise.normal(Stream.ORDER_VALUE, day, slot, index)),
        **_customers(layout, ad, noise, (day, slot, index)),
    }


def _delays(layout: Layout, ad: Ints, u: Floats, is_view: NDArray[np.bool_]) -> Ints:
    purchase = layout.result_of_ad[ad] == _PURCHASE
    clicked = np.zeros(len(ad), np.int64)
    for wanted, kind in ((purchase, "purchase"), (~purchase, "lead")):
        edges = np.cumsum(DELAY_SHARES[kind])[:-1]
        clicked[wanted] = np.searchsorted(edges, u[wanted], side="right")
    return np.where(is_view, (u >= _VIEW_SAME_DAY).astype(np.int64), clicked)


def _orders(layout: Layout, ad: Ints, z: Floats) -> Ints:
    campaign = layout.ad["campaign"][ad]
    mean = layout.campaign["order_value"][campaign] * layout.unit[layout.account_of_ad[ad]]
    drawn = np.rint(mean * np.exp(_ORDER_SIGMA * z - _ORDER_SIGMA**2 / 2)).astype(np.int64)
    return np.where(mean > 0, np.maximum(drawn, 1), 0)


def _customers(layout: Layout, ad: Ints, noise: Noise, key: tuple[Ints, Ints, Ints]) -> Arrays:
    campaign = layout.ad["campaign"][ad]
    rate = (
        layout.campaign["customer_rate"][campaign] * layout.adset["conversion_factor"][layout.ad["adset"][ad]]
    )
    buys = noise.uniform(Stream.CUSTOMER, *key) < np.minimum(rate, 0.9)
    wait = _CUSTOMER_MEDIAN_DAYS * np.exp(_CUSTOMER_DELAY_SIGMA * noise.normal(Stream.CUSTOMER_DELAY, *key))
    mean = layout.campaign["customer_value"][campaign] * layout.unit[layout.account_of_ad[ad]]
    z = noise.normal(Stream.CUSTOMER_VALUE, *key)
    value = np.maximum(np.rint(mean * np.exp(_CUSTOMER_SIGMA * z - _CUSTOMER_SIGMA**2 / 2)), 1).astype(
        np.int64
    )
    days = np.clip(np.rint(wait), 1, _CUSTOMER_MAX_DAYS).astype(np.int64)
    return {"customer_after": np.where(buys, days, -1), "customer_minor": np.where(buys, value, 0)}


def customer_share(layout: Layout) -> Floats:
    """Return the expected customer value of a lead of each ad, in minor units, shape (n_ads,)."""
    campaign, adset = layout.ad["campaign"], layout.ad["adset"]
    rate = np.minimum(
        layout.campaign["customer_rate"][campaign] * layout.adset["conversion_factor"][adset], 0.9
    )
    return np.asarray(rate * layout.campaign["customer_value"][campaign] * layout.unit[layout.account_of_ad])
