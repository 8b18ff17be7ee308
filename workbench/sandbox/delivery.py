"""Draw what every ad delivered: spend, impressions, clicks, results and their delays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.sandbox.campaigns import CAMPAIGNS, DELAY_SHARES
from workbench.sandbox.rates import Floats, Ints, Market

#: Spend is written with four decimals, finer than a cent, as real exports have it.
SPEND_STEP_MICROS = 100
N_DELAYS = 8
_MICROS = 1_000_000

#: Coefficients of variation of the day-to-day noise: whole campaign, single ad.
_SPEND_CV = (0.09, 0.25)
_IMPRESSIONS_CV = (0.06, 0.08)
_CLICKS_CV = (0.08, 0.10)
_RESULTS_CV = (0.14, 0.18)


@dataclass(frozen=True)
class Delivery:
    """What happened, by day and ad; every array has shape (n_days, n_ads).

    Attributes
    ----------
    spend_micros, impressions, link_clicks, other_clicks : ndarray of int64
        Delivery; all clicks are link clicks, other clicks and, for engagement campaigns, results.
    full_results : ndarray of int64
        Results once every conversion has arrived.
    results_by_delay, value_micros_by_delay : ndarray of int64, shape (n_days, n_ads, n_delays)
        Results and their value by days from the ad contact to the conversion.
    expected_results : ndarray of float64
        Expected full results given what was spent.
    """

    spend_micros: Ints
    impressions: Ints
    link_clicks: Ints
    other_clicks: Ints
    full_results: Ints
    results_by_delay: Ints
    value_micros_by_delay: Ints
    expected_results: Floats

    def arrived(self) -> tuple[Ints, Ints]:
        """Return the results and their value in micros that had arrived by the end of the last day."""
        n_days = len(self.spend_micros)
        days_left = np.arange(n_days)[::-1]
        here = (np.arange(N_DELAYS)[None, :] <= days_left[:, None])[:, None, :]
        results: Ints = np.where(here, self.results_by_delay, 0).sum(axis=2)
        value: Ints = np.where(here, self.value_micros_by_delay, 0).sum(axis=2)
        return results, value


def deliver(rng: np.random.Generator, market: Market) -> Delivery:
    """Draw two years of delivery from the true rates.

    Spend and rates vary from day to day by gamma factors with mean one, shared by a campaign's ads and
    own to each ad; counts are binomial given the rates, so that results are overdispersed
    (approximately negative binomial) around their expectation and never exceed the clicks they come from.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all noise.
    market : Market
        The truth before noise.
    """
    campaign = market.campaign_of_ad
    engagement = np.array([CAMPAIGNS[c].result_type == "post_engagement" for c in campaign])
    spend_micros = _draw_spend(rng, market)
    expected_impressions = spend_micros / _MICROS * 1000.0 / market.cpm_eur[:, campaign]
    impressions = np.rint(expected_impressions * _noise(rng, market, _IMPRESSIONS_CV)).astype(np.int64)
    spend_micros = np.where(impressions > 0, spend_micros, 0)
    click_rate = np.minimum(market.click_rate * _noise(rng, market, _CLICKS_CV), 0.5)
    link_clicks = rng.binomial(impressions, click_rate)
    other_clicks = rng.binomial(impressions - link_clicks, np.minimum(click_rate * 0.35, 0.2))
    rate = np.minimum(market.conversion_rate * _noise(rng, market, _RESULTS_CV), 0.97)
    trials = np.where(engagement, impressions - link_clicks - other_clicks, link_clicks)
    results = rng.binomial(trials, rate)
    by_delay = _delays(rng, results, market)
    return Delivery(
        spend_micros=spend_micros,
        impressions=impressions,
        link_clicks=link_clicks,
        other_clicks=other_clicks,
        full_results=results,
        results_by_delay=by_delay,
        value_micros_by_delay=_values(rng, by_delay, market),
        expected_results=spend_micros / _MICROS * market.results_per_eur(),
    )


def _noise(rng: np.random.Generator, market: Market, cv: tuple[float, float]) -> Floats:
    """Gamma factors with mean one: one per campaign and day times one per ad and day."""
    n_days, n_ads = market.budget_share.shape
    shared = _gamma(rng, cv[0], (n_days, len(CAMPAIGNS)))[:, market.campaign_of_ad]
    out: Floats = shared * _gamma(rng, cv[1], (n_days, n_ads))
    return out


def _gamma(rng: np.random.Generator, cv: float, shape: tuple[int, int]) -> Floats:
    return rng.gamma(cv**-2, cv**2, shape)


def _draw_spend(rng: np.random.Generator, market: Market) -> Ints:
    planned = market.planned_spend_eur[:, market.campaign_of_ad] * market.budget_share
    steps = np.rint(planned * _noise(rng, market, _SPEND_CV) * (_MICROS / SPEND_STEP_MICROS))
    spend: Ints = steps.astype(np.int64) * SPEND_STEP_MICROS
    return spend


def _delays(rng: np.random.Generator, results: Ints, market: Market) -> Ints:
    by_delay = np.zeros((*results.shape, N_DELAYS), dtype=np.int64)
    for a, c in enumerate(market.campaign_of_ad):
        shares = DELAY_SHARES.get(CAMPAIGNS[c].result_type)
        if shares is None:
            by_delay[:, a, 0] = results[:, a]
        else:
            by_delay[:, a, :] = rng.multinomial(results[:, a], shares)
    return by_delay


def _values(rng: np.random.Generator, by_delay: Ints, market: Market) -> Ints:
    """Sum order values (gamma, shape 2.2) of each cell, to the cent."""
    value = np.zeros(by_delay.shape, dtype=np.int64)
    shape = 2.2
    for a, c in enumerate(market.campaign_of_ad):
        mean = CAMPAIGNS[c].order_value_eur
        if mean > 0:
            euros = rng.standard_gamma(np.maximum(by_delay[:, a, :], 1e-9) * shape) * mean / shape
            cents = np.where(by_delay[:, a, :] > 0, np.rint(euros * 100), 0)
            value[:, a, :] = cents.astype(np.int64) * 10_000
    return value
