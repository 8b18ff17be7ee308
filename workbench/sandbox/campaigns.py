"""What the sample company runs: campaigns, ad sets and ads with their true prices and rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: Ads of an ad set, in the order they are launched.
AD_NAMES: tuple[str, ...] = ("Video · 15 seconds", "Image · offer", "Carousel · range")


@dataclass(frozen=True)
class AdSetSpec:
    """One ad set: its share of the campaign's budget, and how its people differ from the campaign's."""

    name: str
    budget_share: float
    n_ads: int
    click_factor: float = 1.0
    conversion_factor: float = 1.0


@dataclass(frozen=True)
class CampaignSpec:
    """One campaign and the truth about it.

    Attributes
    ----------
    name, objective, result_type : str
        As the network would report them.
    daily_budget_eur : float
        Daily budget at the end of the two years, before season and shock.
    cpm_eur : float
        True price of 1,000 impressions on an ordinary day at the end, in currency units.
    link_click_rate : float
        Link clicks per impression of a fresh, average ad.
    conversion_rate : float
        Results per link click; for post engagements, per impression.
    audience : int
        People the campaign can reach in a day.
    adsets : tuple of AdSetSpec
        Ad sets; their budget shares sum to one.
    first_day : int or None
        Days before the last day at which it starts; None if it was always there.
    pauses : tuple of (int, int)
        Runs of days without delivery, as days before the last day, both ends included.
    season_days : tuple or None
        ``((month, day), (month, day))`` outside of which it does not run.
    order_value_eur : float
        Mean value of a conversion in currency units; zero if conversions have none.
    fatigue_half_life_days : float
        Days of delivery in which half of what an ad can lose in click rate is lost.
    bid_strategy : str
        Bid strategy before the shock.
    """

    name: str
    objective: str
    result_type: str
    daily_budget_eur: float
    cpm_eur: float
    link_click_rate: float
    conversion_rate: float
    audience: int
    adsets: tuple[AdSetSpec, ...]
    first_day: int | None = None
    pauses: tuple[tuple[int, int], ...] = ()
    season_days: tuple[tuple[int, int], tuple[int, int]] | None = None
    order_value_eur: float = 0.0
    fatigue_half_life_days: float = 90.0
    bid_strategy: str = "LOWEST_COST_WITHOUT_CAP"

    @property
    def converts(self) -> bool:
        """Whether its results are conversions, which arrive with a delay."""
        return self.result_type in ("lead", "purchase")

    def runs_on(self, day: date, days_before_end: int) -> bool:
        """Say whether it delivers on a day that lies ``days_before_end`` days before the last one."""
        if self.first_day is not None and days_before_end > self.first_day:
            return False
        if any(first >= days_before_end >= last for first, last in self.pauses):
            return False
        if self.season_days is None:
            return True
        return self.season_days[0] <= (day.month, day.day) <= self.season_days[1]


@dataclass(frozen=True)
class Shock:
    """The one known change of the last weeks: a bid cap removed, and money moved towards the dearer campaign.

    Attributes
    ----------
    days_before_end : int
        Days from the shock to the last day.
    campaign : str
        Campaign whose price changes.
    cpm_factor : float
        Factor on its true CPM from that day on.
    budget_factors : dict of str to float
        Factor on the daily budget per campaign from that day on.
    words : str
        What the account's change history would say.
    """

    days_before_end: int
    campaign: str
    cpm_factor: float
    budget_factors: dict[str, float]
    words: str


LOOKALIKE = "Prospecting · lookalike 1 %"
RETARGETING = "Retargeting · 30 days"
TEST_CELL = "Test cell B"

CAMPAIGNS: tuple[CampaignSpec, ...] = (
    CampaignSpec(
        LOOKALIKE,
        "OUTCOME_LEADS",
        "lead",
        daily_budget_eur=240,
        cpm_eur=9.2,
        link_click_rate=0.0125,
        conversion_rate=0.040,
        audience=310_000,
        adsets=(
            AdSetSpec("Lookalike · buyers", 0.5, 3),
            AdSetSpec("Lookalike · subscribers", 0.3, 3, conversion_factor=0.92),
            AdSetSpec("Lookalike · visitors", 0.2, 2, click_factor=1.08, conversion_factor=0.85),
        ),
        bid_strategy="LOWEST_COST_WITH_BID_CAP",
    ),
    CampaignSpec(
        "Prospecting · broad",
        "OUTCOME_LEADS",
        "lead",
        daily_budget_eur=120,
        cpm_eur=6.4,
        link_click_rate=0.0090,
        conversion_rate=0.031,
        audience=900_000,
        adsets=(AdSetSpec("Broad · 25 to 54", 0.6, 3), AdSetSpec("Broad · all ages", 0.4, 2, 1.1, 0.8)),
        first_day=520,
        fatigue_half_life_days=140,
    ),
    CampaignSpec(
        RETARGETING,
        "OUTCOME_LEADS",
        "lead",
        daily_budget_eur=110,
        cpm_eur=13.5,
        link_click_rate=0.0190,
        conversion_rate=0.062,
        audience=42_000,
        adsets=(
            AdSetSpec("Visited a form", 0.45, 3, conversion_factor=1.2),
            AdSetSpec("Visited any page", 0.55, 3),
        ),
        fatigue_half_life_days=45,
    ),
    CampaignSpec(
        "Catalogue · all products",
        "OUTCOME_SALES",
        "purchase",
        daily_budget_eur=150,
        cpm_eur=8.1,
        link_click_rate=0.0140,
        conversion_rate=0.027,
        audience=180_000,
        adsets=(
            AdSetSpec("Viewed in 14 days", 0.4, 3, 1.25, 1.3),
            AdSetSpec("Basket left", 0.25, 2, 1.3, 1.7),
            AdSetSpec("New people", 0.35, 3, 0.8, 0.7),
        ),
        order_value_eur=74,
        fatigue_half_life_days=120,
    ),
    CampaignSpec(
        "Holiday sale",
        "OUTCOME_SALES",
        "purchase",
        daily_budget_eur=90,
        cpm_eur=9.5,
        link_click_rate=0.0160,
        conversion_rate=0.034,
        audience=160_000,
        adsets=(AdSetSpec("Customers", 0.5, 2, 1.2, 1.4), AdSetSpec("Lookalike · buyers", 0.5, 2)),
        season_days=((11, 10), (12, 26)),
        order_value_eur=61,
        fatigue_half_life_days=30,
    ),
    CampaignSpec(
        "Blog · traffic",
        "OUTCOME_TRAFFIC",
        "landing_page_view",
        daily_budget_eur=25,
        cpm_eur=4.1,
        link_click_rate=0.0170,
        conversion_rate=0.78,
        audience=240_000,
        adsets=(AdSetSpec("Readers", 0.5, 2, 1.2), AdSetSpec("Interests", 0.5, 2)),
        pauses=((262, 198),),
        fatigue_half_life_days=160,
    ),
    CampaignSpec(
        "Brand film · engagement",
        "OUTCOME_ENGAGEMENT",
        "post_engagement",
        daily_budget_eur=36,
        cpm_eur=3.2,
        link_click_rate=0.0022,
        conversion_rate=0.021,
        audience=520_000,
        adsets=(AdSetSpec("Film · 25 to 44", 0.6, 2), AdSetSpec("Film · 45 and older", 0.4, 2, 1.1, 1.15)),
        first_day=655,
        pauses=((560, 430), (330, 240), (33, 0)),
        fatigue_half_life_days=60,
    ),
    CampaignSpec(
        TEST_CELL,
        "OUTCOME_LEADS",
        "lead",
        daily_budget_eur=14,
        cpm_eur=8.8,
        link_click_rate=0.0120,
        conversion_rate=0.047,
        audience=60_000,
        adsets=(AdSetSpec("Cell B · new form", 0.6, 2), AdSetSpec("Cell B · old form", 0.4, 2, 1.0, 0.85)),
        first_day=15,
    ),
)

SHOCK = Shock(
    days_before_end=23,
    campaign=LOOKALIKE,
    cpm_factor=1.32,
    budget_factors={LOOKALIKE: 1.30, RETARGETING: 0.70},
    words="Bid cap removed and daily budget raised (Prospecting · lookalike 1 %); "
    "budget of Retargeting · 30 days cut",
)

#: Share of conversions that happen so many days (0, 1, …) after the day of the ad contact.
DELAY_SHARES: dict[str, tuple[float, ...]] = {
    "lead": (0.60, 0.17, 0.08, 0.05, 0.04, 0.03, 0.02, 0.01),
    "purchase": (0.44, 0.18, 0.12, 0.08, 0.07, 0.05, 0.04, 0.02),
}

#: Share of its first click rate that an exhausted ad keeps.
FATIGUE_FLOOR = 0.62

#: Days (before the last one) on which no report could be had; nothing of them is in ``ad_insights``.
MISSING_DAYS_BEFORE_END: tuple[int, ...] = (613, 612, 301)
