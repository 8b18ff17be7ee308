"""Ad accounts that a token may see, and the token itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.channels.meta_graph import Graph
from workbench.core.dates import account_today
from workbench.core.errors import AuthError, DataError, RemoteRejected

_FIELDS = ("account_id", "name", "currency", "timezone_name", "account_status")
_PAGE_SIZE = 200
#: Words for ``account_status``.
STATUSES = {
    1: "active",
    2: "disabled",
    3: "unsettled",
    7: "pending_risk_review",
    8: "pending_settlement",
    9: "in_grace_period",
    100: "pending_closure",
    101: "closed",
    201: "any_active",
    202: "any_closed",
}


@dataclass(frozen=True)
class AdAccount:
    """An ad account.

    Attributes
    ----------
    account_id : str
        Digits, without ``act_``.
    name : str
        Its name at Meta.
    currency : str
        ISO 4217 code of all its money.
    time_zone : str
        IANA zone in which its days begin and end.
    status : str
        A word such as ``active`` or ``disabled``.
    """

    account_id: str
    name: str
    currency: str
    time_zone: str
    status: str


@dataclass(frozen=True)
class TokenInfo:
    """What Meta says about the token.

    Attributes
    ----------
    is_valid : bool
        Whether Meta accepts it.
    expires_at : datetime.datetime or None
        When it ends, in UTC; None if it does not.
    scopes : tuple of str
        Permissions, sorted.
    app_id, user_id : str
        Whose it is; empty if not said.
    """

    is_valid: bool
    expires_at: datetime | None
    scopes: tuple[str, ...]
    app_id: str
    user_id: str

    def missing(self, *needed: str) -> tuple[str, ...]:
        """Return the permissions out of ``needed`` that the token lacks.

        Examples
        --------
        >>> TokenInfo(True, None, ("ads_read",), "1", "2").missing("ads_read", "leads_retrieval")
        ('leads_retrieval',)
        """
        return tuple(scope for scope in needed if scope not in self.scopes)

    def days_left(self, now: datetime) -> float | None:
        """Return the days until the token ends, negative if it has, None if it does not end."""
        return None if self.expires_at is None else (self.expires_at - now) / timedelta(days=1)


def describe_account(graph: Graph, account_id: str) -> AdAccount:
    """Read one ad account.

    Parameters
    ----------
    graph : Graph
        The connection.
    account_id : str
        Digits, with or without ``act_``.

    Raises
    ------
    DataError
        If that is no account's id.
    RemoteRejected
        If there is no such account, or the token may not see it, or Meta leaves out its currency or zone.
    """
    digits = account_id.removeprefix("act_")
    if not (digits.isascii() and digits.isdigit()):
        raise DataError(
            f"{account_id!r} is not the id of an ad account.",
            next_step="It is a number, as in Ads Manager's address; `wb status` lists the ones known.",
            value=account_id,
        )
    return _account(graph.get(f"act_{digits}", {"fields": ",".join(_FIELDS)}))


def list_accounts(graph: Graph) -> tuple[AdAccount, ...]:
    """Return every ad account that the token may see, ordered by id.

    Raises
    ------
    AuthError, RateLimited, RemoteRejected or RemoteUnavailable
        As the connection says.
    """
    asked = {"fields": ",".join(_FIELDS), "limit": _PAGE_SIZE}
    found = [_account(row) for rows in graph.pages("me/adaccounts", asked) for row in rows]
    return tuple(sorted(found, key=lambda one: (len(one.account_id), one.account_id)))


def account_day(graph: Graph, account: AdAccount) -> str:
    """Return what the account calls today as ``YYYY-MM-DD``, by Meta's clock and not by this machine's.

    One call is made if there was none before.
    """
    if graph.server_now is None:
        graph.get(f"act_{account.account_id}", {"fields": "account_id"})
    return account_today(account.time_zone, graph.server_now or graph.clock.now()).isoformat()


def inspect_token(graph: Graph) -> TokenInfo:
    """Ask Meta about the token of a connection: is it valid, until when, and for what.

    A token that has expired is an answer here and no error. Where the app's secret is known, the app itself
    asks, which works for any of its tokens; else the token asks about itself.

    Raises
    ------
    AuthError
        If the app's secret is not the right one, or the token may not ask about itself.
    RateLimited, RemoteRejected or RemoteUnavailable
        As the connection says.
    """
    access = graph.access
    if access.app_id and access.app_secret:
        asking = graph.acting_as(f"{access.app_id}|{access.app_secret}")
        try:
            return _token(asking.get("debug_token", {"input_token": access.token}))
        finally:
            graph.server_now = asking.server_now
            asking.close()
    try:
        return _token(graph.get("debug_token", {"input_token": access.token}))
    except AuthError as error:
        if error.facts.get("permissions") is not None:  # the token is alive, and may not ask
            raise
    return TokenInfo(is_valid=False, expires_at=None, scopes=(), app_id=access.app_id, user_id="")


def _account(row: Mapping[str, Any]) -> AdAccount:
    account_id = str(row.get("account_id") or row.get("id") or "").removeprefix("act_")
    currency, time_zone = str(row.get("currency") or ""), str(row.get("timezone_name") or "")
    if not account_id or not currency or not time_zone:
        raise RemoteRejected(
            f"Meta does not say the currency or the time zone of account {account_id or '?'}.",
            next_step="Grant the token ads_read on this account.",
            account_id=account_id,
            is_retryable=False,
        )
    return AdAccount(
        account_id,
        str(row.get("name") or account_id),
        currency,
        time_zone,
        _status(row.get("account_status")),
    )


def _status(value: object) -> str:
    text = str(value)
    return STATUSES.get(int(text), f"status_{text}") if text.isascii() and text.isdigit() else "unknown"


def _token(answer: Mapping[str, Any]) -> TokenInfo:
    data = answer.get("data")
    if not isinstance(data, Mapping):
        raise RemoteRejected(
            "GET debug_token gave no description of the token.",
            next_step="Run it again; if it stays, make a new token and store it as META_TOKEN.",
            is_retryable=False,
        )
    scopes = data.get("scopes")
    return TokenInfo(
        is_valid=data.get("is_valid") is True,
        expires_at=_moment(data.get("expires_at")),
        scopes=tuple(sorted(str(scope) for scope in scopes)) if isinstance(scopes, list) else (),
        app_id=str(data.get("app_id") or ""),
        user_id=str(data.get("user_id") or ""),
    )


def _moment(value: object) -> datetime | None:
    """Read a moment in seconds; 0 stands for a token that does not end."""
    text = str(value)
    is_moment = text.isascii() and text.isdigit() and 0 < int(text) < 10**11
    return datetime.fromtimestamp(int(text), UTC) if is_moment else None
