"""Where did the money go: networks, accounts and platforms as tables, and as a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.core.number_text import (
    Unit,
    compact,
    money,
    number,
    percent,
    unit_interval,
    value_text,
)
from workbench.performance.words import result_word
from workbench.views import blocks
from workbench.views.date_text import day_range
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.table import AnyCell, Cell, Column, table_html

if TYPE_CHECKING:
    from workbench.flows.platforms import Spread
    from workbench.performance.platforms import PlatformRow, Platforms

TITLE = "Where did the money go?"
_HEADS = {"network": "Network", "account_id": "Account", "publisher_platform": "Platform"}
_NAMES = {
    "meta": "Meta",
    "google": "Google Ads",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
    "x": "X",
    "pinterest": "Pinterest",
    "snapchat": "Snapchat",
    "audience_network": "Audience Network",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "messenger": "Messenger",
    "threads": "Threads",
    "whatsapp": "WhatsApp",
}
_LEADS = {
    "network": "All accounts and campaigns in these days, by network.",
    "account_id": "All accounts and campaigns in these days, by account.",
    "publisher_platform": "Where the ads of the account shown were placed.",
}
_MAX_ROWS = 12


def platforms_card(spread: Spread, locale: str = "en_GB") -> str:
    """Return the card with one table per comparison; empty where there is nothing to compare."""
    tables = [t for t in spread.tables if len(t.rows) > 1 or t.by == "network"]
    if not tables:
        return ""
    inner = "".join(
        f'<div class="wb-block"><p class="wb-sub">{_LEADS[t.by]}</p>{_table(t, locale)}</div>' for t in tables
    )
    sub = (
        "Shares are of the spend in the same currency. "
        "Each row has its own kind of result and a 90 % interval of its cost."
    )
    return blocks.card(TITLE, inner, sub=sub, note=" ".join(_notes(tables)))


def platform_name(name: str) -> str:
    """Write a network or a platform as people know it.

    Examples
    --------
    >>> platform_name("tiktok"), platform_name("an_extra")
    ('TikTok', 'An extra')
    """
    return _NAMES.get(name, name.replace("_", " ").capitalize())


def platform_sheets(spread: Spread, about: dict[str, str]) -> list[tuple[str, SheetSpec]]:
    """Return one sheet per comparison and currency: money of two currencies shares no column."""
    sheets = []
    for table in spread.tables:
        for currency in table.currencies:
            title = f"By {_HEADS[table.by].lower()} {currency}"
            rows = [_sheet_row(row, table.by) for row in table.rows if row.currency == currency]
            sheets.append((title, SheetSpec(_sheet_columns(table.by, currency), rows, currency, about)))
    return sheets


def _notes(tables: list[Platforms]) -> list[str]:
    notes = [
        "Spend, impressions, clicks and results are sums of one grain per account; reach is never added.",
        "Networks credit results by rules of their own, so their costs are not strictly comparable.",
    ]
    left_out = [name for table in tables for name in table.left_out]
    if left_out:
        notes.append(
            f"Not by day, so not here: {', '.join(left_out[:5])}{' …' if len(left_out) > 5 else ''}."
        )
    hidden = max(len(table.rows) - _MAX_ROWS for table in tables)
    if hidden > 0:
        notes.append(f"{hidden} more are in the XLSX.")
    return notes


def _table(table: Platforms, locale: str) -> str:
    head = _HEADS[table.by]
    columns = [
        Column(head, "text"),
        Column("Spend, share"),
        Column("CPM", phone=False),
        Column("Click rate", phone=False),
        Column("Results"),
        Column("Cost per result"),
    ]
    rows = [_cells(row, table, locale) for row in table.rows[:_MAX_ROWS]]
    caption = f"Spend, results and cost per result by {head.lower()}"
    return table_html(columns, rows, caption=caption, locale=locale)


def _cells(row: PlatformRow, table: Platforms, locale: str) -> list[AnyCell]:
    totals, currency = row.totals, row.currency
    unit = Unit("money", currency)
    share = "" if row.spend_share is None else percent(row.spend_share, locale, digits=2)
    cpm = None if totals.cpm_micros is None else round(totals.cpm_micros)
    rate = None if totals.click_rate is None else float(totals.click_rate)
    results = row.of_type.results
    kind = result_word(row.result_type, plural=results != 1)
    return [
        Cell(_name(row, table.by), note=_days(row, table, locale)),
        Cell(money(totals.spend_micros, currency, locale), sort=totals.spend_micros, note=share),
        Cell(money(cpm, currency, locale), sort=cpm, note=_count(totals.impressions, "impressions", locale)),
        Cell(percent(rate, locale), sort=rate, note=_count(totals.link_clicks, "link clicks", locale)),
        Cell(number(results, locale, digits=4), sort=results, note=kind if results is not None else ""),
        Cell(
            value_text(row.cost, unit, locale),
            sort=row.cost if row.cost is not None else float("inf"),
            note=unit_interval(row.low, row.high, unit, locale),
        ),
    ]


def _name(row: PlatformRow, by: str) -> str:
    return row.name if by == "account_id" else platform_name(row.name)


def _days(row: PlatformRow, table: Platforms, locale: str) -> str:
    """Say which of the days a row covers, where it is not all of them."""
    said = [f"{row.n_accounts} accounts"] if row.n_accounts > 1 else []
    if row.n_days < table.period.n_days:
        days = day_range(row.first_day, row.last_day, locale)
        said.append(f"{days}: {row.n_days} of {table.period.n_days} days")
    return " · ".join(said)


def _count(value: int | None, what: str, locale: str) -> str:
    return "" if value is None else f"{compact(value, locale)} {what}"


def _sheet_row(row: PlatformRow, by: str) -> dict[str, Any]:
    return {
        "name": _name(row, by),
        "kind": result_word(row.result_type) if row.result_type else "",
        "first": row.first_day,
        "last": row.last_day,
        "days": row.n_days,
        "accounts": row.n_accounts,
        "spend": row.totals.spend_micros,
        "impressions": row.totals.impressions,
        "link_clicks": row.totals.link_clicks,
        "spend_of_type": row.of_type.spend_micros,
        "results": row.of_type.results,
        "low": None if row.low is None else round(row.low * 1_000_000),
        "high": None if row.high is None else round(row.high * 1_000_000),
    }


def _sheet_columns(by: str, currency: str) -> tuple[SheetColumn, ...]:
    source = "ad_insights"
    bought = "Spend of the campaigns bought for this kind of result."
    return (
        SheetColumn("name", _HEADS[by], "text"),
        SheetColumn("kind", "Kind of result", "text", definition="What the row's campaigns were bought for."),
        SheetColumn("first", "First day", "date", definition="First day with figures."),
        SheetColumn("last", "Last day", "date", definition="Last day with figures."),
        SheetColumn("days", "Days", "count", is_additive=False, definition="Days with figures.", unit="days"),
        SheetColumn("accounts", "Accounts", "count", is_additive=False, definition="Ad accounts behind it."),
        SheetColumn(
            "spend", "Spend", "money", definition="Money charged for delivery.", unit=currency, source=source
        ),
        SheetColumn(
            "impressions", "Impressions", "count", definition="Times an ad was on screen.", source=source
        ),
        SheetColumn("link_clicks", "Link clicks", "count", definition="Clicks on links.", source=source),
        SheetColumn(
            "spend_of_type", "Spend for results", "money", definition=bought, unit=currency, source=source
        ),
        SheetColumn(
            "results",
            "Results",
            "number",
            is_additive=False,
            definition="Kinds are never added.",
            source=source,
        ),
        SheetColumn(
            "cost",
            "Cost per result",
            "cost",
            "spend_of_type",
            "results",
            definition="Spend for results divided by results.",
        ),
        SheetColumn(
            "low", "Cost, low", "money", is_additive=False, definition="Lower end of its 90 % interval."
        ),
        SheetColumn(
            "high", "Cost, high", "money", is_additive=False, definition="Upper end of its 90 % interval."
        ),
        SheetColumn(
            "cpm",
            "CPM",
            "cost",
            "spend",
            "impressions",
            per=1000,
            definition="Cost of a thousand impressions.",
        ),
        SheetColumn(
            "ctr",
            "Click rate",
            "share",
            "link_clicks",
            "impressions",
            definition="Link clicks per impression.",
        ),
    )
