"""What is loaded, how fresh it is, and what was refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from workbench.core.dates import account_today
from workbench.core.money import exact_text
from workbench.flows.available import Available, available, grain_label
from workbench.flows.company import shown_lake, shows_simulated
from workbench.flows.connectors import Connector, connectors_of
from workbench.flows.notices import OpenNotice, current_notices

if TYPE_CHECKING:
    from workbench.core.settings import Settings


@dataclass(frozen=True)
class AccountStatus:
    """How far the figures of one account reach.

    Attributes
    ----------
    network, account_id, currency : str
        The account.
    last_day : datetime.date
        Last day with figures.
    lag_days : int
        Days between that day and yesterday in the account's time zone; 0 is up to date.
    grains : tuple of str
        Grains that are loaded.
    connector : Connector or None
        How it stands with the network's API; ``None`` for an account that comes from files alone.
    """

    network: str
    account_id: str
    currency: str
    last_day: date
    lag_days: int
    grains: tuple[str, ...]
    connector: Connector | None = None


@dataclass(frozen=True)
class Status:
    """State of an installation.

    Attributes
    ----------
    home, environment : str
        Where it is and what it may touch.
    simulated : bool
        Whether a simulated company is shown.
    lake_version : str
        Token of the lake's present state.
    accounts : tuple of AccountStatus
        One per ad account.
    connectors : tuple of Connector
        Every account that is read through an API, also one without any figures yet.
    notices : tuple of OpenNotice
        What somebody has to put right.
    loads, quarantine, reports : tuple of dict
        The last ones, the newest first.
    """

    home: str
    environment: str
    simulated: bool
    lake_version: str
    accounts: tuple[AccountStatus, ...]
    connectors: tuple[Connector, ...]
    notices: tuple[OpenNotice, ...]
    loads: tuple[dict[str, Any], ...]
    quarantine: tuple[dict[str, Any], ...]
    reports: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the state as lines for a terminal."""
        company = "simulated company" if self.simulated else "own figures"
        lines = [f"{self.home} · {self.environment} · {company}"]
        lines.extend(f"! {notice.text} Run: {notice.command}" for notice in self.notices)
        for account in self.accounts:
            lag = "up to date" if account.lag_days <= 0 else f"{account.lag_days} days behind"
            lines.append(f"{account.network} {account.account_id}: data to {account.last_day} ({lag})")
            if account.connector is not None:
                lines.append(f"  {connector_line(account.connector)}")
            lines.extend(
                f"  {grain_label(grain)}    [{grain}]".replace("[", "\\[") for grain in account.grains
            )
        lines.extend(
            f"load {row['file_name']}: {row['state']} · {row['reconciled'] or ''}" for row in self.loads
        )
        lines.extend(f"quarantine {row['file_name']}: {row['reason']}" for row in self.quarantine)
        lines.extend(f"report {row['name']} {row['asof']}: {row['state']}" for row in self.reports)
        return lines


def connector_line(connector: Connector) -> str:
    """Say how an account stands with its network's API, in one line."""
    parts = [f"{connector.state}"]
    if connector.restated_micros is not None:
        moved = exact_text(connector.restated_micros)
        results = f"{connector.restated_results or 0:,.0f} results"
        parts.append(f"last refresh moved {moved} {connector.currency} and {results} of days loaded before")
    if connector.quota_used is not None:
        parts.append(f"{max(0.0, 1 - connector.quota_used):.0%} of the quota left")
    if connector.api_version:
        ends = connector.api_version_ends
        parts.append(f"API {connector.api_version}, {f'ends {ends}' if ends else 'no end announced'}")
    if connector.token_expires_at is not None:
        parts.append(f"token to {connector.token_expires_at:%Y-%m-%d}")
    if connector.error:
        parts.append(connector.error)
    return " · ".join(parts)


def status_of(settings: Settings) -> Status:
    """Look up the state of an installation."""
    from workbench.ledger import last_loads, last_reports, open_ledger, quarantined

    lake = shown_lake(settings)
    connectors = connectors_of(settings)
    with open_ledger(settings) as ledger, ledger.read() as session:
        loads = tuple(_plain(row, _LOAD) for row in last_loads(session, 10))
        refused = tuple(_plain(row, _REFUSED) for row in quarantined(session, n=10))
        reports = tuple(_plain(row, _REPORT) for row in last_reports(session, 5))
    return Status(
        home=str(settings.home),
        environment=settings.environment,
        simulated=shows_simulated(settings),
        lake_version=lake.version(),
        accounts=_accounts(available(lake), settings.time_zone, connectors),
        connectors=connectors,
        notices=current_notices(settings),
        loads=loads,
        quarantine=refused,
        reports=reports,
    )


_LOAD = ("load_id", "file_name", "state", "reconciled", "n_rows", "spend_micros", "currency", "finished_at")
_REFUSED = ("file_name", "row_number", "column_name", "reason", "at")
_REPORT = ("name", "asof", "state", "html_path", "pdf_path", "error", "finished_at")


def _plain(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _accounts(
    known: Available, time_zone: str, connectors: tuple[Connector, ...]
) -> tuple[AccountStatus, ...]:
    by_account = {(c.network, c.account_id): c for c in connectors}
    yesterday = account_today(time_zone).toordinal() - 1
    found = []
    for network, account_id in known.accounts:
        slices = known.grains(network, account_id)
        last = max(s.period.stop for s in slices)
        connector = by_account.get((network, account_id))
        lag = None if connector is None else connector.lag_days
        found.append(
            AccountStatus(
                network,
                account_id,
                slices[0].currency,
                last,
                max(0, yesterday - last.toordinal()) if lag is None else lag,
                tuple(s.grain for s in slices),
                connector,
            )
        )
    return tuple(found)
