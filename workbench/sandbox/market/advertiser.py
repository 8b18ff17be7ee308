"""The words in which an advertiser of the market is described: accounts, campaigns, ad sets, and shocks."""

from __future__ import annotations

from dataclasses import dataclass

#: What counts as a result of an objective, and what its ad sets are optimised for.
RESULT_TYPES: dict[str, str] = {
    "OUTCOME_LEADS": "lead",
    "OUTCOME_SALES": "purchase",
    "OUTCOME_TRAFFIC": "landing_page_view",
    "OUTCOME_ENGAGEMENT": "post_engagement",
    "OUTCOME_AWARENESS": "video_view",
}
GOALS: dict[str, str] = {
    "OUTCOME_LEADS": "LEAD_GENERATION",
    "OUTCOME_SALES": "OFFSITE_CONVERSIONS",
    "OUTCOME_TRAFFIC": "LANDING_PAGE_VIEWS",
    "OUTCOME_ENGAGEMENT": "POST_ENGAGEMENT",
    "OUTCOME_AWARENESS": "REACH",
}
#: Results that arrive after the ad contact, one by one.
CONVERTS = ("lead", "purchase")
#: Ads of an ad set, in the order they are launched.
AD_NAMES: tuple[str, ...] = ("Video · 15 seconds", "Image · offer", "Carousel · range", "Video · story")


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
    name, objective : str
        As the network reports them.
    daily_budget : float
        Daily budget at the end of the planned days, in currency units.
    price : float
        Price of 1,000 impressions in an untouched audience on an ordinary day, in currency units.
    link_click_rate : float
        Link clicks per impression of a fresh, average ad.
    conversion_rate : float
        Results per link click; for engagements and video views, per impression.
    audience : int
        People that it can reach in a day.
    adsets : tuple of AdSetSpec
        Ad sets; their budget shares sum to one.
    first_day : int or None
        Days before the last planned day at which it starts; None if it was always there.
    pauses : tuple of (int, int)
        Runs of days without delivery, as days before the last planned day, both ends included.
    season_days : tuple or None
        ``((month, day), (month, day))`` outside of which it does not run.
    order_value : float
        Mean value of a purchase, in currency units.
    fatigue_half_life : float
        Impressions of an ad per person of its ad set's audience in which half of what it can lose is lost.
    bid_strategy : str
        Bid strategy at the start.
    bid_amount : float
        Cap per result of the ad sets, in currency units; 0 without one.
    budget_on_adsets : bool
        Whether the budget is set on the ad sets.
    customer_rate, customer_value : float
        True quality: share of the leads that become customers, and their mean value in currency units.
    ending : str
        Status some weeks after its last stop: ``ARCHIVED`` or ``DELETED``; empty to leave it paused.
    retired_as : str
        Status of ads that a newer one has replaced.
    """

    name: str
    objective: str
    daily_budget: float
    price: float
    link_click_rate: float
    conversion_rate: float
    audience: int
    adsets: tuple[AdSetSpec, ...]
    first_day: int | None = None
    pauses: tuple[tuple[int, int], ...] = ()
    season_days: tuple[tuple[int, int], tuple[int, int]] | None = None
    order_value: float = 0.0
    fatigue_half_life: float = 3.0
    bid_strategy: str = "LOWEST_COST_WITHOUT_CAP"
    bid_amount: float = 0.0
    budget_on_adsets: bool = False
    customer_rate: float = 0.0
    customer_value: float = 0.0
    ending: str = ""
    retired_as: str = "PAUSED"

    @property
    def result_type(self) -> str:
        """What counts as a result."""
        return RESULT_TYPES[self.objective]


@dataclass(frozen=True)
class Competition:
    """Somebody else begins to bid for a campaign's people: a shock that no edit of ours caused.

    Attributes
    ----------
    campaign : str
        Name of the campaign.
    days_before_end : int
        Days from its first day to the last planned day.
    price_factor : float
        Factor on the price of impressions from that day on.
    words : str
        What happened, for the truth.
    """

    campaign: str
    days_before_end: int
    price_factor: float
    words: str


@dataclass(frozen=True)
class Edit:
    """An edit that the advertiser makes so many days before the last planned day.

    Attributes
    ----------
    campaign : str
        Name of the campaign.
    days_before_end : int
        First day on which it takes effect.
    budget_factor : float
        Factor on the campaign's daily budget.
    bid_strategy : str
        New bid strategy; empty to keep it.
    """

    campaign: str
    days_before_end: int
    budget_factor: float = 1.0
    bid_strategy: str = ""


@dataclass(frozen=True)
class AccountSpec:
    """One ad account with its page.

    Attributes
    ----------
    account_id : str
        Digits, without ``act_``.
    name, currency, time_zone, country, locale : str
        As the network reports them; two-letter country of its people.
    campaigns : tuple of CampaignSpec
        What it runs.
    competition : tuple of Competition
        Shocks from outside.
    edits : tuple of Edit
        What the advertiser does about its budgets and bids.
    posts_a_week, followers : float
        Its page's habits.
    """

    account_id: str
    name: str
    currency: str
    time_zone: str
    country: str
    locale: str
    campaigns: tuple[CampaignSpec, ...]
    competition: tuple[Competition, ...] = ()
    edits: tuple[Edit, ...] = ()
    posts_a_week: float = 3.2
    followers: float = 18_000
