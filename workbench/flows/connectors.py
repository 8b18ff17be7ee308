"""The accounts that are read through an API: how far they reach, what moved, what is left of the quota."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.dates import account_today, now_utc

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.ledger.models import Connection, Refresh

#: How many days an account may be behind before it is called so.
LATE_AFTER_DAYS = 1


@dataclass(frozen=True)
class Connector:
    """One account that is read through its network's API.

    Attributes
    ----------
    network, account_id, name, currency, time_zone : str
        The account.
    state : {"ok", "late", "refused", "unreachable", "new"}
        How it stands; ``late`` if the last whole day is missing although nothing refused.
    last_day : datetime.date or None
        Last whole day that is loaded.
    lag_days : int or None
        Days between that day and yesterday in the account's time zone.
    restated_micros : int or None
        How far the spend of days loaded before moved in the last refresh, summed over days; of the grain
        that moved most.
    restated_results : float or None
        The same of their results.
    quota_used : float or None
        Worst share of the network's limits that was used, in [0, 1] and above when exceeded.
    api_version : str
        Version that is asked.
    api_version_ends : datetime.date or None
        Its announced end.
    token_expires_at : datetime or None
        When the token runs out.
    error : str
        Why the last try failed; empty if it did not.
    """

    network: str
    account_id: str
    name: str
    currency: str
    time_zone: str
    state: Literal["ok", "late", "refused", "unreachable", "new"]
    last_day: date | None
    lag_days: int | None
    restated_micros: int | None
    restated_results: float | None
    quota_used: float | None
    api_version: str
    api_version_ends: date | None
    token_expires_at: datetime | None
    error: str

    def to_dict(self) -> dict[str, Any]:
        """Return the connector as JSON values."""
        return asdict(self)


def connectors_of(settings: Settings) -> tuple[Connector, ...]:
    """Look up every account that is read through an API in this environment."""
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return ()
    from workbench.ledger import connections, last_refreshes, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        refreshes = last_refreshes(session, settings.environment, n=200)
        found = connections(session, settings.environment)
        now = _now(settings, found)
        return tuple(_connector(connection, refreshes, now) for connection in found)


def _now(settings: Settings, found: Sequence[Connection]) -> datetime:
    """Return the present; that of a rehearsal is what its network said last."""
    said = [c.last_good_at for c in found if c.last_good_at is not None]
    return max(said) if settings.environment == "sandbox" and said else now_utc()


def _connector(connection: Connection, refreshes: Sequence[Refresh], now: datetime) -> Connector:
    lag = _lag_days(connection, now)
    mine = [r for r in refreshes if r.account_id == connection.account_id and r.network == connection.network]
    last = _last_run(mine)
    state: Any = connection.state
    if state == "ok" and lag is not None and lag > LATE_AFTER_DAYS:
        state = "late"
    return Connector(
        network=connection.network,
        account_id=connection.account_id,
        name=connection.account_name or "",
        currency=connection.currency,
        time_zone=connection.time_zone,
        state=state,
        last_day=connection.last_good_day,
        lag_days=lag,
        restated_micros=max((r.restated_micros for r in last), default=None),
        restated_results=max((r.restated_results for r in last), default=None),
        quota_used=worst_share(connection.quota),
        api_version=connection.api_version or "",
        api_version_ends=connection.api_version_ends,
        token_expires_at=connection.token_expires_at,
        error=connection.error or "",
    )


def _lag_days(connection: Connection, now: datetime) -> int | None:
    if connection.last_good_day is None:
        return None
    yesterday = account_today(connection.time_zone, now) - timedelta(days=1)
    return max(0, (yesterday - connection.last_good_day).days)


def _last_run(mine: Sequence[Refresh]) -> list[Refresh]:
    """Return the refreshes of the last run: grains describe the same money, so they are not added."""
    finished = [refresh for refresh in mine if refresh.state == "done"]
    period = (finished[0].period_start, finished[0].period_stop) if finished else None
    return [refresh for refresh in finished if (refresh.period_start, refresh.period_stop) == period]


def worst_share(quota: str | None) -> float | None:
    """Return the largest used share in a quota as the ledger keeps it.

    Examples
    --------
    >>> worst_share('{"worst_share": 0.7, "quotas": {}}'), worst_share(None)
    (0.7, None)
    """
    share = json.loads(quota).get("worst_share") if quota else None
    return None if share is None else float(share)
