"""What Google Ads reports of an account: its own words, its days, and the total to compare with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.channels.google_ads import GoogleAds
from workbench.channels.google_ads_access import customer_digits
from workbench.core.dates import Period
from workbench.core.errors import RemoteRejected

Level = Literal["account", "campaign", "adset", "ad"]

_METRICS = (
    "metrics.cost_micros",
    "metrics.impressions",
    "metrics.clicks",
    "metrics.conversions",
    "metrics.conversions_value",
)
_CAMPAIGN = ("campaign.id", "campaign.name")
_AD_GROUP = ("ad_group.id", "ad_group.name")
_RESOURCES: Mapping[Level, tuple[str, tuple[str, ...]]] = {
    "account": ("customer", ()),
    "campaign": ("campaign", _CAMPAIGN),
    "adset": ("ad_group", (*_CAMPAIGN, *_AD_GROUP)),
    "ad": ("ad_group_ad", (*_CAMPAIGN, *_AD_GROUP, "ad_group_ad.ad.id", "ad_group_ad.ad.name")),
}


@dataclass(frozen=True)
class GoogleCustomer:
    """An account of Google Ads.

    Attributes
    ----------
    customer_id : str
        Digits.
    name : str
        As in Google Ads.
    currency : str
        ISO 4217 code of its money.
    time_zone : str
        IANA zone of its days.
    is_manager : bool
        Whether it manages other accounts and has no campaigns of its own.
    """

    customer_id: str
    name: str
    currency: str
    time_zone: str
    is_manager: bool


def describe_customer(google: GoogleAds, customer_id: str) -> GoogleCustomer:
    """Ask for an account's name, currency and time zone.

    Raises
    ------
    RemoteRejected
        If the account tells nothing of itself.
    ChannelError
        As in :meth:`GoogleAds.pages`.
    """
    fields = (
        "customer.id",
        "customer.descriptive_name",
        "customer.currency_code",
        "customer.time_zone",
        "customer.manager",
    )
    query = f"SELECT {', '.join(fields)} FROM customer LIMIT 1"
    for page in google.pages(customer_id, query, fields):
        for row in page:
            return GoogleCustomer(
                customer_id=str(row["customer.id"]),
                name=row["customer.descriptive_name"],
                currency=row["customer.currency_code"],
                time_zone=row["customer.time_zone"],
                is_manager=row["customer.manager"],
            )
    raise RemoteRejected(
        f"The account {customer_digits(customer_id)} tells nothing of itself.", next_step="Check its id."
    )


def report_query(period: Period, *, level: Level) -> tuple[str, tuple[str, ...]]:
    """Write the query of a daily report, and name its fields.

    Examples
    --------
    >>> from datetime import date
    >>> query, fields = report_query(Period(date(2026, 11, 1), date(2026, 11, 2)), level="account")
    >>> query.split(" FROM ")[1]
    "customer WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-02'"
    """
    resource, objects = _RESOURCES[level]
    fields = ("segments.date", *objects, *_METRICS)
    return f"SELECT {', '.join(fields)} FROM {resource} WHERE {_between(period)}", fields


def fetch_report(
    google: GoogleAds, customer_id: str, period: Period, *, level: Level
) -> Iterator[list[dict[str, Any]]]:
    """Yield the daily rows of an account page by page; days without delivery have none.

    Parameters
    ----------
    google : GoogleAds
        Connection.
    customer_id : str
        Account, with or without dashes.
    period : Period
        Days in the account's time zone.
    level : {"account", "campaign", "adset", "ad"}
        What a row stands for; an ad set is an ad group there.

    Raises
    ------
    ChannelError
        As in :meth:`GoogleAds.pages`.
    """
    query, fields = report_query(period, level=level)
    yield from google.pages(customer_id, query, fields)


def fetch_total(google: GoogleAds, customer_id: str, period: Period) -> dict[str, int]:
    """Ask for the account's own total: ``cost_micros`` and ``impressions`` of all days together.

    Raises
    ------
    ChannelError
        As in :meth:`GoogleAds.pages`.
    """
    fields = ("metrics.cost_micros", "metrics.impressions")
    query = f"SELECT {', '.join(fields)} FROM customer WHERE {_between(period)}"
    rows = [row for page in google.pages(customer_id, query, fields) for row in page]
    return {name.removeprefix("metrics."): sum(row[name] for row in rows) for name in fields}


def _between(period: Period) -> str:
    return f"segments.date BETWEEN '{period.start.isoformat()}' AND '{period.stop.isoformat()}'"
