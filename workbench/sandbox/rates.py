"""The true price and rates of every ad on every day: season, trend, holidays, fatigue and the shock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from workbench.sandbox.campaigns import AD_NAMES, CAMPAIGNS, FATIGUE_FLOOR, SHOCK, AdSetSpec, CampaignSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Monday to Sunday: delivery, price and conversions.
_WEEK_SPEND = np.array([1.02, 1.03, 1.03, 1.01, 0.98, 0.95, 0.98])
_WEEK_CPM = np.array([1.02, 1.02, 1.01, 1.02, 1.01, 0.95, 0.97])
_WEEK_CONVERSION = np.array([1.06, 1.04, 1.03, 1.00, 0.94, 0.92, 1.01])
_CPM_GROWTH_PER_YEAR = 0.06
_BUDGET_GROWTH_PER_QUARTER = 0.035


@dataclass(frozen=True)
class Ad:
    """One ad with its place, its life in day indices ``[first, last]`` and its quality."""

    campaign: int
    adset: int
    ad_id: str
    adset_id: str
    campaign_id: str
    name: str
    first: int
    last: int
    click_quality: float
    conversion_quality: float


@dataclass(frozen=True)
class Market:
    """The truth before any noise.

    Attributes
    ----------
    days : tuple of date
        The ``n_days`` calendar days.
    ads : tuple of Ad
        The ``n_ads`` ads.
    budget_eur : ndarray (n_days, n_campaigns)
        Daily budget set on each campaign, 0 where it does not run.
    budget_share : ndarray (n_days, n_ads)
        Each ad's expected share of its campaign's spend.
    cpm_eur : ndarray (n_days, n_campaigns)
        True CPM.
    click_rate, conversion_rate : ndarray (n_days, n_ads)
        True link clicks per impression; results per link click (per impression for engagements).
    """

    days: tuple[date, ...]
    ads: tuple[Ad, ...]
    budget_eur: Floats
    budget_share: Floats
    cpm_eur: Floats
    click_rate: Floats
    conversion_rate: Floats

    @property
    def campaign_of_ad(self) -> Ints:
        """Campaign index of each ad, shape (n_ads,)."""
        return np.array([ad.campaign for ad in self.ads], dtype=np.int64)

    @property
    def planned_spend_eur(self) -> Floats:
        """Expected spend of each campaign and day, shape (n_days, n_campaigns)."""
        weekday = np.array([day.weekday() for day in self.days])
        spend: Floats = self.budget_eur * _WEEK_SPEND[weekday][:, None]
        return spend

    def results_per_eur(self) -> Floats:
        """Return the expected results per currency unit spent on each ad, shape (n_days, n_ads)."""
        impressions_per_eur = 1000.0 / self.cpm_eur[:, self.campaign_of_ad]
        engagement = np.array([CAMPAIGNS[c].result_type == "post_engagement" for c in self.campaign_of_ad])
        clicks = np.where(engagement, 1.0, self.click_rate)
        out: Floats = impressions_per_eur * clicks * self.conversion_rate
        return out


def make_market(rng: np.random.Generator, *, until: date, n_days: int, with_shock: bool = True) -> Market:
    """Lay out the true prices and rates of the sample company.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the ads' qualities and launch days.
    until : date
        Last day.
    n_days : int
        Number of days.
    with_shock : bool
        False gives the same company without the shock: the counterfactual.
    """
    days = tuple(until - timedelta(days=n_days - 1 - i) for i in range(n_days))
    runs = np.array(
        [[spec.runs_on(day, n_days - 1 - i) for spec in CAMPAIGNS] for i, day in enumerate(days)], dtype=bool
    )
    ads = tuple(_launch_ads(rng, runs))
    return Market(
        days=days,
        ads=ads,
        budget_eur=_budgets(days, runs, with_shock=with_shock),
        budget_share=_budget_shares(ads, n_days),
        cpm_eur=_prices(days, with_shock=with_shock),
        click_rate=_click_rates(ads, runs),
        conversion_rate=_conversion_rates(ads, days),
    )


def _launch_ads(rng: np.random.Generator, runs: NDArray[np.bool_]) -> list[Ad]:
    ads = []
    for c, spec in enumerate(CAMPAIGNS):
        active = np.flatnonzero(runs[:, c])
        start, stop = (int(active[0]), int(active[-1])) if len(active) else (0, -1)
        for s, adset in enumerate(spec.adsets):
            lives = _lives(rng, adset.n_ads, (start, stop), always_on=spec.season_days is None)
            ads += [_ad(rng, (c, s, a), adset, life) for a, life in enumerate(lives)]
    return ads


def _lives(
    rng: np.random.Generator, n_ads: int, span: tuple[int, int], *, always_on: bool
) -> list[tuple[int, int]]:
    """Spread the launches over the campaign's life; an ad retires some weeks after its successor's launch."""
    start, stop = span
    jitter = rng.uniform(-0.06, 0.06, n_ads)
    if stop - start < 120 or not always_on:
        return [span] * n_ads
    fractions = np.clip(np.arange(n_ads) / n_ads + jitter, 0, None)
    fractions[0] = 0.0
    launches = [start + int(f * (stop - start)) for f in fractions]
    return [
        (first, min(stop, launches[i + 1] + 40) if i + 1 < n_ads else stop)
        for i, first in enumerate(launches)
    ]


def _ad(rng: np.random.Generator, place: tuple[int, int, int], adset: AdSetSpec, life: tuple[int, int]) -> Ad:
    c, s, a = place
    campaign_id = f"12021{c + 1:02d}00000"
    return Ad(
        campaign=c,
        adset=s,
        campaign_id=campaign_id,
        adset_id=f"{campaign_id[:-5]}{s + 1:02d}000",
        ad_id=f"{campaign_id[:-5]}{s + 1:02d}{a + 1:02d}0",
        name=AD_NAMES[a],
        first=life[0],
        last=life[1],
        click_quality=float(adset.click_factor * np.exp(rng.normal(0, 0.12))),
        conversion_quality=float(adset.conversion_factor * np.exp(rng.normal(0, 0.08))),
    )


def holiday_peak(day: date) -> float:
    """Return how far the days before Christmas are into their peak, from 0 to 1."""
    start, end = date(day.year, 11, 21), date(day.year, 12, 24)
    if not start <= day <= end:
        return 0.0
    return min(1.0, ((day - start).days + 1) / 5, ((end - day).days + 1) / 4)


def _year_wave(days: tuple[date, ...]) -> Floats:
    return np.array([np.cos(2 * np.pi * (d.timetuple().tm_yday - 330) / 365.25) for d in days])


def _budgets(days: tuple[date, ...], runs: NDArray[np.bool_], *, with_shock: bool) -> Floats:
    n_days = len(days)
    before_end = np.arange(n_days)[::-1]
    quarter = before_end // 91
    peak = np.array([holiday_peak(d) for d in days])
    budget = np.empty((n_days, len(CAMPAIGNS)))
    for c, spec in enumerate(CAMPAIGNS):
        lift = 0.45 if spec.result_type == "purchase" else 0.12
        path = spec.daily_budget_eur / (1 + _BUDGET_GROWTH_PER_QUARTER) ** quarter * (1 + lift * peak)
        if with_shock and spec.name in SHOCK.budget_factors:
            path = np.where(before_end <= SHOCK.days_before_end, path * SHOCK.budget_factors[spec.name], path)
        budget[:, c] = np.round(path)
    return np.where(runs, budget, 0.0)


def _prices(days: tuple[date, ...], *, with_shock: bool) -> Floats:
    before_end = np.arange(len(days))[::-1]
    weekday = np.array([d.weekday() for d in days])
    peak = np.array([holiday_peak(d) for d in days])
    market = (
        (1 + _CPM_GROWTH_PER_YEAR) ** (-before_end / 365.25)
        * (1 + 0.06 * _year_wave(days))
        * (1 + 0.38 * peak)
        * _WEEK_CPM[weekday]
    )
    prices: Floats = market[:, None] * np.array([spec.cpm_eur for spec in CAMPAIGNS])[None, :]
    if with_shock:
        column = [spec.name for spec in CAMPAIGNS].index(SHOCK.campaign)
        prices[before_end <= SHOCK.days_before_end, column] *= SHOCK.cpm_factor
    return prices


def _budget_shares(ads: tuple[Ad, ...], n_days: int) -> Floats:
    """Split by ad set first and by the running ads' click quality next; newer ads get a little more."""
    share = np.zeros((n_days, len(ads)))
    day = np.arange(n_days)
    for a, ad in enumerate(ads):
        share[:, a] = np.where(
            (day >= ad.first) & (day <= ad.last), ad.click_quality**2 * (1 + 0.15 * (a % 3)), 0
        )
    for c, spec in enumerate(CAMPAIGNS):
        for s, adset in enumerate(spec.adsets):
            columns = [a for a, ad in enumerate(ads) if ad.campaign == c and ad.adset == s]
            total = share[:, columns].sum(axis=1, keepdims=True)
            share[:, columns] *= adset.budget_share / np.where(total > 0, total, 1.0)
    return share


def _click_rates(ads: tuple[Ad, ...], runs: NDArray[np.bool_]) -> Floats:
    day = np.arange(len(runs))
    rates = np.empty((len(runs), len(ads)))
    for a, ad in enumerate(ads):
        spec = CAMPAIGNS[ad.campaign]
        alive = runs[:, ad.campaign] & (day >= ad.first) & (day <= ad.last)
        age_days = np.cumsum(alive)
        fresh = 0.5 ** (age_days / spec.fatigue_half_life_days)
        rates[:, a] = spec.link_click_rate * ad.click_quality * (FATIGUE_FLOOR + (1 - FATIGUE_FLOOR) * fresh)
    return rates


def _conversion_rates(ads: tuple[Ad, ...], days: tuple[date, ...]) -> Floats:
    weekday = np.array([d.weekday() for d in days])
    peak = np.array([holiday_peak(d) for d in days])
    season = _WEEK_CONVERSION[weekday] * (1 + 0.04 * _year_wave(days))
    rates = np.empty((len(days), len(ads)))
    for a, ad in enumerate(ads):
        spec: CampaignSpec = CAMPAIGNS[ad.campaign]
        own = season * (1 + 0.22 * peak) if spec.result_type == "purchase" else season
        if not spec.converts:
            own = np.ones(len(days))
        rates[:, a] = np.minimum(spec.conversion_rate * ad.conversion_quality * own, 0.95)
    return rates
