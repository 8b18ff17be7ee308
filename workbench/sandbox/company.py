"""The sample company: two years of one advertiser's tables, with the truth they were drawn from.

Everything here is simulated. It is labelled so wherever it is shown and never supports a claim of accuracy on
real data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError
from workbench.core.ids import content_id
from workbench.sandbox.conversions import conversion_table
from workbench.sandbox.delivery import deliver
from workbench.sandbox.entities import entity_table
from workbench.sandbox.insight_tables import ad_level, break_down, insight_rows, roll_up
from workbench.sandbox.posts import post_table
from workbench.sandbox.rates import make_market
from workbench.sandbox.truth import truth_of

if TYPE_CHECKING:
    import pyarrow as pa

DEFAULT_SEED = 20261121
#: Fixed, so that sample pages and reports never change by themselves.
DEFAULT_UNTIL = date(2026, 11, 20)
DEFAULT_N_DAYS = 730
#: Raised whenever the same seed gives other tables.
GENERATOR_VERSION = "1"


@dataclass(frozen=True)
class Company:
    """Tables of one simulated advertiser in the lake's columns, and what is true about it.

    Attributes
    ----------
    load_id : str
        Derived from seed, last day and generator version; stands in every row.
    ad_insights, ad_entities, conversions, posts : pyarrow.Table
        Columns as the lake has them.
    truth : dict
        True rates by campaign and day, shock, delays, fatigue, events; JSON types only.
    """

    load_id: str
    ad_insights: pa.Table
    ad_entities: pa.Table
    conversions: pa.Table
    posts: pa.Table
    truth: dict[str, Any]

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables by their names in the lake."""
        return {
            "ad_insights": self.ad_insights,
            "ad_entities": self.ad_entities,
            "conversions": self.conversions,
            "posts": self.posts,
        }


def company_load_id(seed: int, until: date, n_days: int) -> str:
    """Return the id that the company of these arguments will carry, without making it."""
    return content_id("load", ["sample", GENERATOR_VERSION, str(seed), until.isoformat(), str(n_days)])


def make_company(
    seed: int = DEFAULT_SEED, *, until: date = DEFAULT_UNTIL, n_days: int = DEFAULT_N_DAYS
) -> Company:
    """Generate the sample company; the same arguments give identical tables.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.
    until : date
        Last day of the data, a fixed day and never today's.
    n_days : int
        Number of days, at least 90.

    Returns
    -------
    Company
        Insights at the grains campaign, ad set, ad, and campaign by age and gender for the last 180 days.

    Raises
    ------
    DataError
        If ``n_days`` is below 90.

    Examples
    --------
    >>> company = make_company(7, n_days=90)
    >>> sorted(set(company.ad_insights["level"].to_pylist()))
    ['ad', 'adset', 'campaign']
    """
    if n_days < 90:
        raise DataError(
            f"A sample company of {n_days} days is too short for its shock to show.",
            next_step="Ask for at least 90 days.",
            n_days=n_days,
        )
    import pyarrow as pa

    load_id = company_load_id(seed, until, n_days)
    seeds = np.random.SeedSequence(seed).spawn(4)
    layout, noise, audiences, organic = (np.random.default_rng(s) for s in seeds)
    market = make_market(layout, until=until, n_days=n_days)
    calm = make_market(np.random.default_rng(seeds[0]), until=until, n_days=n_days, with_shock=False)
    delivery = deliver(noise, market)
    ads, audience = ad_level(audiences, market, delivery)
    adsets = roll_up(market, ads, "adset", audience)
    campaigns = roll_up(market, adsets, "campaign", audience)
    levels = (campaigns, adsets, ads, break_down(audiences, campaigns, audience))
    return Company(
        load_id=load_id,
        ad_insights=pa.concat_tables([insight_rows(market, level, load_id=load_id) for level in levels]),
        ad_entities=entity_table(market, load_id=load_id),
        conversions=conversion_table(market, delivery, load_id=load_id),
        posts=post_table(organic, market.days, load_id=load_id),
        truth={"seed": seed, "load_id": load_id, **truth_of(market, calm, delivery)},
    )
