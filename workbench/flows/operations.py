"""Is everything connected, fresh and allowed? One look at accounts, loads, quarantine and notices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.dates import Period, account_today, last_days, now_utc
from workbench.flows.company import ShownCompany, own_lake, sample_lake, sandbox_lake, shown_company
from workbench.flows.connectors import Connector, connectors_of
from workbench.flows.coverage import Coverage, LoadedDays, cover, loaded_days, recent_days
from workbench.flows.load_log import LoadLog, NoLoads, RefusedCell, load_log
from workbench.flows.notices import OpenNotice, current_notices
from workbench.flows.operations_words import Finding, finding_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.core.settings import Settings
    from workbench.ledger.load_history import DaysRead

#: How far back the page looks at single days.
SHOWN_DAYS = 90
AccountState = Literal["ok", "late", "refused", "unreachable", "new", "files"]

__all__ = ["Account", "LoadLog", "OperationsView", "RefusedCell", "operations_of"]


@dataclass(frozen=True)
class Account:
    """One account that is read through an API or comes from files.

    Attributes
    ----------
    network, account_id, name, currency : str
        The account; ``name`` may be empty.
    state : {"ok", "late", "refused", "unreachable", "new", "files"}
        How it stands; ``files`` if nobody reads it by itself.
    last_day : datetime.date or None
        Last whole day that is loaded.
    lag_days : int or None
        Days between that day and yesterday.
    coverage : Coverage or None
        Its last days; ``None`` where nothing was ever loaded.
    connector : Connector or None
        How it stands with its network's API.
    """

    network: str
    account_id: str
    name: str
    currency: str
    state: AccountState
    last_day: date | None
    lag_days: int | None
    coverage: Coverage | None = None
    connector: Connector | None = None

    @property
    def label(self) -> str:
        """Its name, or its id where it has none."""
        return self.name or self.account_id

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON values."""
        plain = {k: v for k, v in asdict(self).items() if k not in ("coverage", "connector")}
        return {
            **plain,
            "coverage": self.coverage and self.coverage.to_dict(),
            "connector": self.connector and self.connector.to_dict(),
        }


@dataclass(frozen=True)
class OperationsView:
    """What the person who runs the workbench has to know.

    Attributes
    ----------
    environment : str
        Environment of the connections.
    company : {"own", "sandbox", "sample"}
        Whose figures the pages show.
    at : datetime
        When this was looked up, UTC.
    accounts : tuple of Account
        Those that need somebody first.
    notices : tuple of OpenNotice
        What somebody has to put right.
    log : LoadLog
        Last loads, quarantine, refreshes that did not finish.
    n_hidden : int
        Accounts of a rehearsal that are not shown beside own figures.
    """

    environment: str
    company: ShownCompany
    at: datetime
    accounts: tuple[Account, ...] = ()
    notices: tuple[OpenNotice, ...] = ()
    log: LoadLog = NoLoads
    n_hidden: int = 0

    @property
    def is_simulated(self) -> bool:
        """Whether the accounts are those of a simulated company."""
        # a live installation falls back on nothing
        return self.company != "own" and not (self.environment == "live" and self.is_fresh_install)

    @property
    def connected(self) -> tuple[Account, ...]:
        """Accounts that are read through an API."""
        return tuple(account for account in self.accounts if account.connector is not None)

    @property
    def is_fresh_install(self) -> bool:
        """Whether nobody has connected or loaded anything yet."""
        return not self.connected and self.company == "sample"

    @property
    def finding(self) -> Finding:
        """What a person would say aloud, with the one command that helps."""
        return finding_of(self)

    def summary(self) -> str:
        """Return the finding as one text."""
        return self.finding.text

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "summary": self.summary(),
            "command": self.finding.command,
            "environment": self.environment,
            "simulated": self.is_simulated,
            "at": self.at.isoformat(),
            "accounts": [account.to_dict() for account in self.accounts],
            "notices": [notice.to_dict() for notice in self.notices],
            **self.log.to_dict(),
        }


def operations_of(settings: Settings, *, at: datetime | None = None) -> OperationsView:
    """Look up how everything stands.

    Parameters
    ----------
    settings : Settings
        The installation. Accounts of a rehearsal and own figures never share a page, so of the two only those
        are looked at that belong to the company that is shown.
    at : datetime, optional
        The present moment; default now.
    """
    at = at or now_utc()
    company = shown_company(settings)
    connectors = connectors_of(settings)
    is_hidden = settings.environment == "sandbox" and company == "own"
    shown = () if is_hidden else connectors
    lake = {"own": own_lake, "sandbox": sandbox_lake, "sample": sample_lake}[company](settings)
    held = loaded_days(lake)
    today = account_today(settings.time_zone, at)
    period = last_days(SHOWN_DAYS, until=_until(shown, held, today, is_simulated=company != "own"))
    log, reads = load_log(settings, company, since=period.start, at=at)
    return OperationsView(
        environment=settings.environment,
        company=company,
        at=at,
        accounts=_accounts(
            shown, held, recent_days(lake, period.start) if held else {}, reads, period=period
        ),
        notices=() if is_hidden else current_notices(settings),
        log=log,
        n_hidden=len(connectors) if is_hidden else 0,
    )


def _until(
    connectors: Sequence[Connector], held: Sequence[LoadedDays], today: date, *, is_simulated: bool
) -> date:
    """Return the last whole day of the calendar that the accounts live in."""
    told = [c.last_day + timedelta(days=c.lag_days or 0) for c in connectors if c.last_day is not None]
    if told:
        return max(told)
    if is_simulated and held:  # a simulated company has a calendar of its own
        return max(loaded.last_day for loaded in held)
    return today - timedelta(days=1)


_ORDER: tuple[AccountState, ...] = ("refused", "unreachable", "late", "new", "files", "ok")


def _accounts(
    connectors: Sequence[Connector],
    held: Sequence[LoadedDays],
    recent: Mapping[tuple[str, str], Sequence[Period]],
    reads: Sequence[DaysRead],
    *,
    period: Period,
) -> tuple[Account, ...]:
    in_lake = {(h.network, h.account_id): h for h in held}
    by_key = {(c.network, c.account_id): c for c in connectors}
    accounts = []
    for key in sorted({*in_lake, *by_key}):
        mine = [read for read in reads if (read.network, read.account_id) == key]
        days = _coverage(in_lake.get(key), by_key.get(key), recent.get(key, ()), mine, period=period)
        accounts.append(_account(key, by_key.get(key), in_lake.get(key), days, period=period))
    return tuple(sorted(accounts, key=lambda a: (_ORDER.index(a.state), -(a.lag_days or 0), a.label)))


def _coverage(
    held: LoadedDays | None,
    connector: Connector | None,
    with_rows: Sequence[Period],
    reads: Sequence[DaysRead],
    *,
    period: Period,
) -> Coverage | None:
    if held is None and (connector is None or connector.last_day is None):
        return None
    firsts = [read.period.start for read in reads] + ([held.first_day] if held is not None else [])
    first = min(firsts, default=period.start)
    if held is None and connector is not None and connector.last_day is not None and reads:
        # a page or a profile: its loads name only the days on which something was posted or written
        with_rows = (*with_rows, Period(first, max(first, connector.last_day)))
    return cover(period, first_day=first, with_rows=with_rows, reads=reads)


def _account(
    key: tuple[str, str],
    connector: Connector | None,
    held: LoadedDays | None,
    days: Coverage | None,
    *,
    period: Period,
) -> Account:
    if connector is not None:
        return Account(
            *key,
            connector.name,
            connector.currency,
            connector.state,
            connector.last_day,
            connector.lag_days,
            days,
            connector,
        )
    last = held.last_day if held is not None else None
    lag = None if last is None else max(0, (period.stop - last).days)
    return Account(*key, "", held.currency if held is not None else "", "files", last, lag, days)
