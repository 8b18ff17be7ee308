"""Ad accounts that are read through their network's API, and how each of them stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.core.redact import redact
from workbench.ledger.models import Connection

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment

ConnectionState = Literal["ok", "refused", "unreachable"]


def record_connected(
    session: Session,
    *,
    environment: Environment,
    network: str,
    account_id: str,
    account_name: str | None,
    time_zone: str,
    currency: str,
    api_version: str | None = None,
    api_version_ends: date | None = None,
    token_expires_at: datetime | None = None,
) -> Connection:
    """Note what an account said about itself; what is known of its last good day stays."""
    found = session.get(Connection, (environment, network, account_id))
    if found is None:
        found = Connection(environment=environment, network=network, account_id=account_id, state="new")
        session.add(found)
    found.account_name, found.time_zone, found.currency = account_name, time_zone, currency
    found.api_version, found.api_version_ends = api_version, api_version_ends
    found.token_expires_at = token_expires_at
    found.updated_at = now_utc()
    session.flush()
    return found


def record_connection_state(
    session: Session,
    *,
    environment: Environment,
    network: str,
    account_id: str,
    state: ConnectionState,
    error: str | None = None,
    last_good_day: date | None = None,
    quota: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Connection:
    """Note how the last try with an account went.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    environment, network, account_id : str
        The account.
    state : {"ok", "refused", "unreachable"}
        ``refused`` if the credentials were not accepted.
    error : str, optional
        One line, redacted before it is kept.
    last_good_day : datetime.date, optional
        Last whole day that is loaded; the latest one known stays.
    quota : mapping, optional
        Shares of the network's limits that are used.
    at : datetime, optional
        Moment by the network's clock; default now.

    Raises
    ------
    DataError
        If the account was never connected.
    """
    found = session.get(Connection, (environment, network, account_id))
    if found is None:
        raise DataError(
            f"There is no connection to {network} account {account_id}.",
            next_step="Call record_connected first.",
            account_id=account_id,
        )
    found.state, found.error = state, redact(error) if error is not None else None
    if last_good_day is not None and (found.last_good_day is None or last_good_day > found.last_good_day):
        found.last_good_day = last_good_day
    if quota is not None:
        found.quota = json.dumps(dict(quota), sort_keys=True)
    found.updated_at = at or now_utc()
    if state == "ok":
        found.last_good_at = found.updated_at
    session.flush()
    return found


def connections(session: Session, environment: Environment) -> Sequence[Connection]:
    """Return every connection of an environment, by network and account."""
    query = select(Connection).where(Connection.environment == environment)
    return session.scalars(query.order_by(Connection.network, Connection.account_id)).all()
