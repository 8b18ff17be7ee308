"""The Operations page as a spreadsheet: accounts, days, loads and quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.money import from_micros
from workbench.views.operations_strip import STATE_WORDS
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.xlsx import workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.flows.operations import Account, OperationsView


def operations_workbook(view: OperationsView) -> bytes:
    """Return the page as an XLSX file; the accounts come first, then days, loads and quarantine."""
    facts = about(view)
    more = (
        (
            "Days",
            SheetSpec(_DAYS, [row for a in view.accounts for row in _days(a)], "EUR", facts, has_total=False),
        ),
        (
            "Loads",
            SheetSpec(_LOADS, [_plain(v.to_dict()) for v in view.log.visits], "EUR", facts, has_total=False),
        ),
        (
            "Quarantine",
            SheetSpec(_REFUSED, [_plain(vars(c)) for c in view.log.refused], "EUR", facts, has_total=False),
        ),
    )
    accounts = SheetSpec(_ACCOUNTS, [_account(a) for a in view.accounts], "EUR", facts, has_total=False)
    return workbook(accounts, more=[(name, spec) for name, spec in more if spec.rows])


def about(view: OperationsView) -> dict[str, str]:
    """Return where the figures come from, for a sheet or a saved file."""
    return {
        "Figures of": "a simulated company" if view.is_simulated else "the own accounts",
        "Environment": view.environment,
        "In a sentence": view.summary(),
        "Looked up": f"{view.at:%Y-%m-%d %H:%M:%S} UTC",
        "Version": __version__,
    }


def _account(account: Account) -> dict[str, Any]:
    link = account.connector
    moved = link.restated_micros if link is not None else None
    return {
        "network": account.network,
        "account_id": account.account_id,
        "name": account.name,
        "state": account.state,
        "last_day": account.last_day,
        "lag_days": account.lag_days,
        "missing": None if account.coverage is None else account.coverage.n_days("missing"),
        "restated": None if moved is None else from_micros(moved),
        "currency": account.currency,
        "quota": None if link is None or link.quota_used is None else 100 * link.quota_used,
        "api_version": link.api_version if link is not None else "",
        "api_version_ends": link.api_version_ends if link is not None else None,
        "token_to": link.token_expires_at.date() if link is not None and link.token_expires_at else None,
        "error": link.error if link is not None else "",
    }


def _days(account: Account) -> list[dict[str, Any]]:
    if account.coverage is None:
        return []
    return [
        {
            "network": account.network,
            "account_id": account.account_id,
            "start": run.period.start,
            "stop": run.period.stop,
            "state": STATE_WORDS[run.state],
            "read_at": f"{run.read_at:%Y-%m-%d %H:%M} UTC" if run.read_at else "",
        }
        for run in account.coverage.runs
    ]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    period = row.get("period") or {}
    return {**row, "start": period.get("start"), "stop": period.get("stop"), "at": str(row["at"])}


_KEY = (SheetColumn("network", "Network", "text"), SheetColumn("account_id", "Account", "text"))
_PERIOD = (SheetColumn("start", "First day", "date"), SheetColumn("stop", "Last day", "date"))
_ACCOUNTS = (
    *_KEY,
    SheetColumn("name", "Name", "text"),
    SheetColumn("state", "State", "text", definition="ok, late, refused, unreachable, new, or files."),
    SheetColumn("last_day", "Data to", "date", definition="Last whole day that is loaded."),
    SheetColumn("lag_days", "Days behind", "count", definition="Days between it and yesterday.", unit="days"),
    SheetColumn(
        "missing", "Missing days", "count", definition="Of the last 90, since the account began.", unit="days"
    ),
    SheetColumn(
        "restated",
        "Restated last time",
        "number",
        definition="How far the spend of days loaded before moved in the last refresh.",
        unit="currency beside it",
    ),
    SheetColumn("currency", "Currency", "text", unit="ISO 4217"),
    SheetColumn(
        "quota", "Quota used", "number", definition="Worst share of the network's limits.", unit="per cent"
    ),
    SheetColumn("api_version", "API version", "text"),
    SheetColumn(
        "api_version_ends", "API version ends", "date", definition="Announced end; empty if none is."
    ),
    SheetColumn("token_to", "Token to", "date", definition="Day the token runs out, UTC."),
    SheetColumn("error", "Error", "text", definition="Why the last try failed."),
)
_DAYS = (
    *_KEY,
    *_PERIOD,
    SheetColumn("state", "State", "text"),
    SheetColumn("read_at", "Read last", "text", definition="When these days were loaded last."),
)
_LOADS = (
    SheetColumn("name", "File", "text", definition="Empty for what was read through an API."),
    *_KEY,
    SheetColumn("state", "State", "text", definition="done, quarantined, failed or started."),
    SheetColumn("reconciled", "Reconciled", "text", definition="How rows and their own total agree."),
    *_PERIOD,
    SheetColumn("n_parts", "Windows", "count"),
    SheetColumn("n_rows", "Rows", "count", definition="Kinds of rows describe the same money several times."),
    SheetColumn("at", "At", "text", unit="UTC"),
    SheetColumn("reason", "Reason", "text"),
)
_REFUSED = (
    SheetColumn("name", "File or answer", "text"),
    SheetColumn("row", "Row", "count", definition="Line of the file, from 1."),
    SheetColumn("column", "Column", "text"),
    SheetColumn("value", "Value", "text", definition="Personal data are taken out."),
    SheetColumn("reason", "Reason", "text"),
    SheetColumn("at", "At", "text", unit="UTC"),
)
