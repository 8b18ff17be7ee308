"""A world of any number of insight rows for the local Graph API server, and what a load of it left behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from workbench.core.settings import Settings
from workbench.flows.company import api_lake
from workbench.ledger import open_ledger
from workbench.ledger.models import Fetch, Load, Refresh
from workbench.sandbox.graph.table_source import TableSource

#: Looks like a token of Meta's, so that redaction and the byte scan have something to find.
TOKEN = "EAAB" + "rehearsal0token" * 4
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
FIRST = date(2026, 8, 1)
ACCOUNTS = {"1000000001": ("EUR", "Europe/Berlin"), "1000000002": ("USD", "America/Los_Angeles")}
#: Age × gender × placement.
CELLS = tuple(
    {"age": age, "gender": gender, "publisher_platform": platform, "platform_position": position}
    for age in ("18-24", "25-34")
    for gender in ("female", "male")
    for platform, position in (("facebook", "feed"), ("instagram", "story"))
)


def rows_of(
    account_id: str, *, n_ads: int, n_days: int, cells: tuple[dict[str, str], ...] = ({},)
) -> list[dict[str, Any]]:
    """Return one row per ad, day and cell of a breakdown, each with figures of its own."""
    return [
        _row(account_id, (day, ad, place), cell)
        for day in range(n_days)
        for ad in range(n_ads)
        for place, cell in enumerate(cells)
    ]


def _row(account_id: str, at: tuple[int, int, int], cell: dict[str, str]) -> dict[str, Any]:
    day, ad, place = at
    n = (ad * 31 + day * 17 + place * 7 + int(account_id[-1])) % 97
    leads = {"action_type": "lead", "value": n % 5, "7d_click": n % 5}
    return {
        "date": FIRST + timedelta(days=day),
        "account_id": account_id,
        "campaign_id": f"{account_id}{ad % 5:02d}",
        "adset_id": f"{account_id}1{ad % 20:03d}",
        "ad_id": f"{account_id}2{ad:04d}",
        **cell,
        "impressions": 100 + n,
        "clicks": n % 13,
        "inline_link_clicks": n % 11,
        "spend": Decimal(n * 37) / 100,
        "reach": 90 + n,
        "actions": [leads] if n % 5 else [],
    }


def world(rows: list[dict[str, Any]], *, n_days: int) -> TableSource:
    """Return a world of these rows, on the morning after its last day."""
    accounts = [
        {
            "id": f"act_{account_id}",
            "account_id": account_id,
            "name": f"Account {account_id[-1]}",
            "currency": currency,
            "timezone_name": zone,
            "account_status": 1,
        }
        for account_id, (currency, zone) in ACCOUNTS.items()
        if any(row["account_id"] == account_id for row in rows)
    ]
    morning = datetime.combine(FIRST + timedelta(days=n_days), datetime.min.time(), UTC) + timedelta(hours=12)
    return TableSource(accounts=accounts, nodes=_nodes(rows), rows=rows, now=morning)


def _nodes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for row in rows:
        for level, kind in (("campaign", "Campaign"), ("adset", "AdSet"), ("ad", "Ad")):
            object_id = row[f"{level}_id"]
            if object_id not in made:
                above = {
                    key: row[key] for key in ("account_id", "campaign_id", "adset_id") if key != f"{level}_id"
                }
                made[object_id] = {
                    "id": object_id,
                    "name": f"{kind} {object_id[-4:]}",
                    "metadata": {"type": kind},
                    "effective_status": "ACTIVE",
                    "objective": "OUTCOME_LEADS",
                    **above,
                }
    return list(made.values())


def left_behind(settings: Settings) -> dict[str, list[Any]]:
    """Return every row of the lake but for its load, and what the ledger says of loads and refreshes."""
    rows = api_lake(settings).sql("SELECT * EXCLUDE (load_id) FROM ad_insights ORDER BY ALL").to_pylist()
    with open_ledger(settings) as ledger, ledger.read() as session:
        loads = [(load.state, load.reconciled) for load in session.query(Load)]
        refreshes = [(r.account_id, r.grain, r.state, r.n_rows) for r in session.query(Refresh)]
        waiting = [f.period_start for f in session.query(Fetch).filter(Fetch.state != "done")]
    return {"rows": rows, "loads": sorted(set(loads)), "refreshes": sorted(refreshes), "waiting": waiting}
