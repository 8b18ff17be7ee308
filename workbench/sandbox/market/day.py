"""One day of the market: budgets become spend, spend becomes impressions, and people get used to them.

Everything here follows from the state, the edits and the day's keyed noise of prices and rates. Counts of
clicks and results are drawn later and feed nothing back, so expected figures given that noise are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.market import response
from workbench.sandbox.market.advertiser import RESULT_TYPES
from workbench.sandbox.market.layout import RESULT_NAMES, Layout
from workbench.sandbox.market.noise import Floats, Ints, Noise, Stream
from workbench.sandbox.market.season import Season, season_of, week_share
from workbench.sandbox.market.state import Carry

#: Day-to-day noise (sigma of log-normal factors): shared by a campaign or its budget, and own to each ad.
SIGMA_SPEND, SIGMA_AD_SPEND = 0.09, 0.25
SIGMA_PRICE, SIGMA_AD_PRICE = 0.06, 0.08
SIGMA_CLICK, SIGMA_AD_CLICK = 0.08, 0.10
SIGMA_CONVERSION, SIGMA_AD_CONVERSION = 0.14, 0.18
#: The most that is spent on one day, as a share of the daily budget.
MAX_OVERSPEND = 1.75
OTHER_CLICKS_PER_LINK_CLICK = 0.35
_PER_IMPRESSION = [RESULT_NAMES.index(RESULT_TYPES[o]) for o in ("OUTCOME_ENGAGEMENT", "OUTCOME_AWARENESS")]
_PURCHASE = RESULT_NAMES.index("purchase")
_ADAPTIVE = 1.5

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class DayNoise:
    """The day's factors around one, by campaign, ad set and ad."""

    campaign: Floats
    adset: Floats
    ad: Floats

    @classmethod
    def drawn(cls, noise: Noise, layout: Layout, day: int) -> DayNoise:
        """Draw a day's noise; rows are spend, price, click, conversion."""
        streams = np.array([Stream.SPEND, Stream.PRICE, Stream.CLICK, Stream.CONVERSION])[:, None]
        sigma = np.array([SIGMA_SPEND, SIGMA_PRICE, SIGMA_CLICK, SIGMA_CONVERSION])[:, None]
        own = np.array([Stream.AD_SPEND, Stream.AD_PRICE, Stream.AD_CLICK, Stream.AD_CONVERSION])[:, None]
        own_sigma = np.array([SIGMA_AD_SPEND, SIGMA_AD_PRICE, SIGMA_AD_CLICK, SIGMA_AD_CONVERSION])[:, None]
        parts = [layout.campaign["slot"], layout.adset["slot"], layout.ad["slot"]]
        slots = np.concatenate(parts)
        n_own = len(parts[2])
        stream = np.concatenate(
            [np.broadcast_to(streams, (4, len(slots) - n_own)), np.broadcast_to(own, (4, n_own))], axis=1
        )
        z = noise.normal(stream, day, slots[None, :])
        first, second = len(parts[0]), len(slots) - n_own
        return cls(
            _factors(z[:, :first], sigma),
            _factors(z[:, first:second], sigma),
            _factors(z[:, second:], own_sigma),
        )

    @classmethod
    def calm(cls, layout: Layout) -> DayNoise:
        """Return a day without noise."""
        return cls(*(np.ones((4, len(part["slot"]))) for part in (layout.campaign, layout.adset, layout.ad)))


def _factors(z: Floats, sigma: Floats) -> Floats:
    return np.asarray(np.exp(sigma * z - sigma**2 / 2))


def deliver_day(layout: Layout, carry: Carry, day: date, index: int, *, noise: DayNoise) -> Arrays:
    """Deliver one day and move the carry-over on.

    Parameters
    ----------
    layout : Layout
        What runs.
    carry : Carry
        What earlier days left; changed in place.
    day : datetime.date
        The day, the same in every account's time zone.
    index : int
        Its number.
    noise : DayNoise
        The day's factors.

    Returns
    -------
    dict of str to ndarray
        ``ad``, ``spend_minor``, ``impressions``, ``click_rate``, ``result_rate``, ``price``, one entry for
        every ad that was delivered.
    """
    season = season_of(day)
    weight = _ad_weights(layout, carry)
    planned = _planned_spend(layout, carry, day, noise=noise, weight=weight)
    price = _prices(layout, season, index, noise)
    adset = layout.adset
    let_through, price_share = response.bid_effect(
        adset["cap"] / _cost_per_result(layout, carry, season, price)
    )
    price = price * price_share
    impressions = response.impressions_for(planned * let_through, price, adset["audience"])
    spent = np.minimum(planned * let_through, response.cost_of(impressions, price, adset["audience"]))
    _book(layout, carry, spent)
    out = _by_ad(layout, spent, impressions, weight=weight, noise=noise)
    lift = _carry_over(layout, carry)
    shown = out["ad"]
    out["click_rate"] = _click_rates(layout, carry, noise)[shown]
    out["result_rate"] = _result_rates(layout, season, lift, noise)[shown]
    out["price"] = price[layout.ad["adset"]][shown]
    _expose(layout, carry, out)
    return out


def _ad_weights(layout: Layout, carry: Carry) -> Floats:
    """Return what the auction gives each running ad of an ad set, fresh and good ones more; sums are one."""
    ad = layout.ad
    half_life = layout.campaign["fatigue_half_life"][ad["campaign"]]
    rate = ad["click_quality"] * response.freshness(carry.seen, half_life)
    raw = np.where(ad["active"], rate**_ADAPTIVE, 0.0)
    total = np.bincount(ad["adset"], raw, minlength=len(layout.adset["slot"]))
    return np.asarray(raw / np.where(total > 0, total, 1.0)[ad["adset"]])


def _planned_spend(layout: Layout, carry: Carry, day: date, *, noise: DayNoise, weight: Floats) -> Floats:
    campaign, adset = layout.campaign, layout.adset
    n_campaigns = len(campaign["slot"])
    filled = np.bincount(layout.ad["adset"], weight, minlength=len(adset["slot"])) > 0
    shares = np.where(adset["active"] & filled, adset["share"], 0.0)
    shared = np.bincount(adset["campaign"], shares, minlength=n_campaigns)
    runs = campaign["active"] & (shared > 0) & (campaign["budget"] > 0)
    of_campaign = _pace(
        carry, "campaign", np.where(runs, campaign["budget"], 0.0), day=day, noise=noise.campaign[0]
    )
    own = np.where(adset["active"] & filled & ~runs[adset["campaign"]], adset["budget"], 0.0)
    of_adset = _pace(carry, "adset", own, day=day, noise=noise.adset[0])
    split = of_campaign[adset["campaign"]] * shares / np.where(shared > 0, shared, 1.0)[adset["campaign"]]
    return np.asarray(split + of_adset)


def _pace(carry: Carry, kind: str, budget: Floats, *, day: date, noise: Floats) -> Floats:
    """Spend towards the week's budget: up to 75 % more on one day, never more than the week allows."""
    share, n_left = week_share(day)
    new = (budget != carry.budget[kind]) | (day.weekday() == 6)
    carry.allowed[kind] = np.where(new, budget * n_left, carry.allowed[kind])
    carry.spent[kind] = np.where(new, 0.0, carry.spent[kind])
    carry.budget[kind] = budget.copy()
    left = np.maximum(carry.allowed[kind] - carry.spent[kind], 0.0)
    return np.asarray(np.minimum(np.minimum(left * share * noise, MAX_OVERSPEND * budget), left))


def _prices(layout: Layout, season: Season, index: int, noise: DayNoise) -> Floats:
    factor = layout.campaign["price"] * season.price * noise.campaign[1]
    for campaign, first, shock in layout.competition:
        factor[campaign] *= shock if index >= first else 1.0
    return np.asarray(factor[layout.adset["campaign"]])


def _cost_per_result(layout: Layout, carry: Carry, season: Season, price: Floats) -> Floats:
    campaign, adset = layout.campaign, layout.adset
    of = adset["campaign"]
    per_impression = np.isin(campaign["result"], _PER_IMPRESSION)[of]
    clicks = np.where(per_impression, 1.0, campaign["link_click_rate"][of] * adset["click_factor"])
    rate = clicks * campaign["conversion_rate"][of] * adset["conversion_factor"] * season.conversion
    return np.asarray(price / 1000.0 / np.maximum(rate, 1e-9))


def _book(layout: Layout, carry: Carry, spent: Floats) -> None:
    adset = layout.adset
    by_campaign = carry.budget["campaign"][adset["campaign"]] > 0
    carry.spent["adset"] = carry.spent["adset"] + np.where(by_campaign, 0.0, spent)
    carry.spent["campaign"] = carry.spent["campaign"] + np.bincount(
        adset["campaign"], np.where(by_campaign, spent, 0.0), minlength=len(layout.campaign["slot"])
    )


def _by_ad(
    layout: Layout, spent: Floats, impressions: Floats, *, weight: Floats, noise: DayNoise
) -> dict[str, NDArray[Any]]:
    """Give each ad its part; the parts of the spend add up to the ad set's whole minor units."""
    ad = layout.ad
    unit = layout.unit[layout.campaign["account"]][layout.adset["campaign"]]
    minor = np.floor(spent * unit + 1e-9).astype(np.int64)
    spend = _split_whole(minor, weight * noise.ad[0], ad["adset"])
    shown = np.rint(impressions[ad["adset"]] * weight * noise.ad[1]).astype(np.int64)
    shown = np.where(spend > 0, np.maximum(shown, 1), 0)
    delivered = np.flatnonzero(shown)
    return {"ad": delivered, "spend_minor": spend[delivered], "impressions": shown[delivered]}


def _split_whole(total: Ints, weight: Floats, group: Ints) -> Ints:
    """Split each group's whole number by weights, by rounding down the running sum."""
    order = np.argsort(group, kind="stable")
    sums = np.bincount(group, weight, minlength=len(total))
    share = (weight / np.where(sums > 0, sums, 1.0)[group])[order]
    running = np.cumsum(share)
    sizes = np.bincount(group, minlength=len(total))
    ends = np.cumsum(sizes)
    before = np.concatenate([[0.0], running])[ends - sizes]
    running = running - np.repeat(before, sizes)
    last = (ends - 1)[sizes > 0]
    running[last] = np.where(sums[sizes > 0] > 0, 1.0, 0.0)
    whole = np.floor(np.minimum(running, 1.0) * np.repeat(total, sizes) + 1e-9).astype(np.int64)
    whole[last] = np.where(sums[sizes > 0] > 0, total[sizes > 0], 0)
    parts = np.diff(whole, prepend=0)
    firsts = (ends - sizes)[sizes > 0]
    parts[firsts] = whole[firsts]
    out = np.zeros(len(group), np.int64)
    out[order] = parts
    return out


def _carry_over(layout: Layout, carry: Carry) -> Floats:
    return response.carry_over(carry.own, carry.brand[layout.campaign["account"]])


def _click_rates(layout: Layout, carry: Carry, noise: DayNoise) -> Floats:
    ad, campaign = layout.ad, layout.campaign
    fresh = response.freshness(carry.seen, campaign["fatigue_half_life"][ad["campaign"]])
    base = campaign["link_click_rate"][ad["campaign"]] * layout.adset["click_factor"][ad["adset"]]
    rate = base * ad["click_quality"] * fresh * noise.campaign[2][ad["campaign"]] * noise.ad[2]
    return np.asarray(np.minimum(rate, 0.5))


def _result_rates(layout: Layout, season: Season, lift: Floats, noise: DayNoise) -> Floats:
    ad, campaign = layout.ad, layout.campaign
    calendar = np.where(campaign["result"] == _PURCHASE, season.purchase, season.conversion) * lift
    own = np.where(np.isin(layout.result_of_ad, [0, _PURCHASE]), calendar[ad["campaign"]], 1.0)
    rate = campaign["conversion_rate"][ad["campaign"]] * layout.adset["conversion_factor"][ad["adset"]]
    rate = rate * ad["conversion_quality"] * own * noise.campaign[3][ad["campaign"]] * noise.ad[3]
    return np.asarray(np.minimum(rate, 0.95))


def _expose(layout: Layout, carry: Carry, out: Arrays) -> None:
    """Remember what people saw today."""
    ad, campaign = layout.ad, layout.campaign
    shown = np.zeros(len(ad["slot"]))
    shown[out["ad"]] = out["impressions"]
    carry.seen = carry.seen + shown / np.maximum(layout.adset["audience"][ad["adset"]], 1.0)
    per_person = np.bincount(ad["campaign"], shown, minlength=len(campaign["slot"])) / campaign["audience"]
    keep = response.ADSTOCK_KEEP
    carry.own = keep * carry.own + (1 - keep) * per_person
    brand = np.bincount(
        campaign["account"], np.where(campaign["brand"], per_person, 0.0), minlength=layout.n_accounts
    )
    carry.brand = response.BRAND_KEEP * carry.brand + (1 - response.BRAND_KEEP) * brand
