"""The sample company: two years of the sandbox market's first account, with the truth it was drawn from.

Everything here is simulated. It is labelled so wherever it is shown and never supports a claim of accuracy on
real data.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.core.ids import content_id
from workbench.sandbox.account import SPEC
from workbench.sandbox.account_events import change_table, pixel_table
from workbench.sandbox.conversions import conversion_table
from workbench.sandbox.entities import entity_table
from workbench.sandbox.insight_tables import insight_table
from workbench.sandbox.market.world import DEFAULT_N_DAYS, DEFAULT_SEED, DEFAULT_UNTIL, World
from workbench.sandbox.posts import community_table, post_table
from workbench.sandbox.truth import truth_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Raised whenever the same seed gives other tables.
GENERATOR_VERSION = "2"


@dataclass(frozen=True)
class Company:
    """Tables of one simulated advertiser in the lake's columns, and what is true about it.

    Attributes
    ----------
    load_id : str
        Derived from seed, last day and generator version; stands in every row.
    ad_insights, ad_entities, account_changes, conversions, pixel_events, posts, community : pyarrow.Table
        Columns as the lake has them.
    truth : dict
        True rates by campaign and day, shock, delays, fatigue, events; JSON types only.
    """

    load_id: str
    ad_insights: pa.Table
    ad_entities: pa.Table
    account_changes: pa.Table
    conversions: pa.Table
    pixel_events: pa.Table
    posts: pa.Table
    community: pa.Table
    truth: dict[str, Any]

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables by their names in the lake."""
        return {field.name: getattr(self, field.name) for field in fields(self)[1:-1]}


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
    load_id = company_load_id(seed, until, n_days)
    start = until - timedelta(days=n_days - 1)
    world = World.simulate(seed=seed, start=start, n_days=n_days, accounts=(SPEC,))
    calm_spec = replace(SPEC, competition=(), edits=())
    calm = World.simulate(seed=seed, start=start, n_days=n_days, accounts=(calm_spec,))
    return Company(
        load_id=load_id,
        ad_insights=insight_table(world, load_id=load_id),
        ad_entities=entity_table(world, load_id=load_id),
        account_changes=change_table(world, load_id=load_id),
        conversions=conversion_table(world, load_id=load_id),
        pixel_events=pixel_table(world, load_id=load_id),
        posts=post_table(world, load_id=load_id),
        community=community_table(world, load_id=load_id),
        truth={"seed": seed, "load_id": load_id, **truth_of(world, calm)},
    )
