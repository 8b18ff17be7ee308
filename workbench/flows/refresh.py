"""Read accounts again through their network's API: what is new, and what may have been restated.

Each account is read for itself: one that refuses keeps its old rows and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period, account_today, now_utc
from workbench.core.errors import AuthError, ChannelError, DataError, RemoteUnavailable, WorkbenchError
from workbench.lake.window import Grain

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_graph import Graph
    from workbench.core.settings import Settings
    from workbench.ledger import Ledger
    from workbench.loaders.meta.part import LoadedPart
    from workbench.loaders.meta.refresh import Refreshed
    from workbench.loaders.meta.source import Source

_ATTRIBUTION = "7d_click,1d_view"
#: Ad accounts, and the pages and profiles beside them.
_READ_WITH_THE_TOKEN = ("meta", "facebook", "instagram")


def meta_grain(level: str, breakdowns: tuple[str, ...] = ()) -> Grain:
    """Return a daily grain of Meta's insights.

    Raises
    ------
    DataError
        If there is no such level or breakdown, naming those that there are.
    """
    return Grain(level, breakdowns, attribution=_ATTRIBUTION)


#: What is read of every account unless the reader says otherwise; the pages can do with these.
DEFAULT_GRAINS = (
    meta_grain("campaign"),
    meta_grain("adset"),
    meta_grain("ad"),
    meta_grain("campaign", ("age", "gender")),
    meta_grain("campaign", ("publisher_platform",)),
)


@dataclass(frozen=True)
class AccountRefresh:
    """What reading one account did.

    Attributes
    ----------
    account_id, name, currency, time_zone : str
        The account, as it describes itself.
    period : Period or None
        Days that were asked for; ``None`` if it refused before that.
    grains : tuple of Refreshed
        One per grain of the insights.
    parts : tuple of LoadedPart
        Snapshots, changes, pixels and whatever else was read.
    error : str or None
        Why it stopped, and the next step.
    """

    account_id: str
    name: str = ""
    currency: str = ""
    time_zone: str = ""
    period: Period | None = None
    grains: tuple[Refreshed, ...] = ()
    parts: tuple[LoadedPart, ...] = ()
    error: str | None = None

    @property
    def n_rows(self) -> int:
        """Rows of insights, over all grains; they describe the same money several times."""
        return sum(grain.n_rows for grain in self.grains)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        period = self.period
        return {
            "account_id": self.account_id,
            "name": self.name,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "period": period and {"start": period.start.isoformat(), "stop": period.stop.isoformat()},
            "grains": [grain.to_dict() for grain in self.grains],
            "parts": [part.to_dict() for part in self.parts],
            "rows": self.n_rows,
            "error": self.error,
        }

    def lines(self) -> list[str]:
        """Return the result as lines for a terminal."""
        head = f"Meta {self.account_id} {self.name}".rstrip()
        if self.period is None:
            return [f"{head}: {self.error}"]
        lines = [f"{head}: {self.period} ({self.time_zone})"]
        lines += [f"  {_grain_line(grain)}" for grain in self.grains]
        lines += [f"  {part.summary()}" for part in self.parts]
        warnings = [w for grain in self.grains for w in grain.warnings]
        warnings += [w for part in self.parts for w in part.warnings]
        lines += [f"  note: {warning}" for warning in warnings]
        return lines + ([f"  stopped: {self.error}"] if self.error else [])


def _grain_line(grain: Refreshed) -> str:
    from workbench.flows.available import grain_label

    spend = grain.to_dict()["spend"]
    state = "" if grain.changed else ", nothing new"
    figures = f"{grain.n_rows:,} rows, {spend} {grain.currency}, {grain.reconciled}"
    return f"{grain_label(grain.grain)}: {figures}{state}"


@dataclass(frozen=True)
class DataRefresh:
    """What reading all accounts did."""

    accounts: tuple[AccountRefresh, ...]

    @property
    def ok(self) -> bool:
        """Whether every account was read to its end."""
        return all(account.error is None for account in self.accounts)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {
            "ok": self.ok,
            "rows": sum(account.n_rows for account in self.accounts),
            "accounts": [account.to_dict() for account in self.accounts],
        }


@dataclass(frozen=True)
class _Wish:
    """What the reader asked for."""

    since: date | None
    until: date | None
    grains: Sequence[Grain]
    parts: bool


def refresh_data(
    settings: Settings,
    *,
    account_ids: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    grains: Sequence[Grain] = DEFAULT_GRAINS,
    parts: bool = True,
    graph: Graph | None = None,
    actor: str = "system",
    progress: Callable[[str], None] | None = None,
) -> DataRefresh:
    """Read accounts of Meta again, and replace what the lake holds of the days that were read.

    Parameters
    ----------
    settings : Settings
        The installation. In the sandbox environment only an address on this machine is read, and the rows
        go to the sandbox's lake.
    account_ids : sequence of str
        With or without ``act_``. Default: the accounts that were read before, else all that the token sees.
    since, until : datetime.date, optional
        First and last day in each account's own time zone. Default: what may still be restated and whatever
        was missed, up to yesterday.
    grains : sequence of Grain
        What to read of the insights.
    parts : bool
        Whether to read snapshots, changes, pixels, leads, posts and messages too.
    graph : Graph, optional
        Connection; default the settings' own.
    actor : str
        Who does it, for the ledger.
    progress : callable, optional
        Told in a few words what is being done.

    Raises
    ------
    AuthError
        If the token is not accepted at all; the notice says so, and every account keeps its rows.
    ConfigError
        If there is no token, or the sandbox environment was pointed at the network itself.
    ChannelError
        If Meta cannot be reached at all.
    """
    from workbench.channels.meta_graph import Graph, access_of
    from workbench.flows.company import api_lake
    from workbench.flows.experiments import reread_running
    from workbench.flows.installation import prepare
    from workbench.flows.notices import note_token
    from workbench.ledger import open_ledger
    from workbench.loaders.meta.source import Source

    tell = progress or (lambda _: None)
    graph = graph or Graph(access_of(settings), on_wait=tell)
    prepare(settings, {})
    wish = _Wish(since, until, grains, parts)
    with open_ledger(settings) as ledger:
        source = Source(graph, api_lake(settings), ledger, settings.environment, actor, tell)
        try:
            token = note_token(graph, ledger, settings.environment)
            wanted = _accounts(graph, ledger, settings, account_ids)
        except ChannelError as error:
            _note_all(ledger, settings, error)
            raise
        done = DataRefresh(tuple(_refresh_account(source, account_id, wish, token) for account_id in wanted))
    reread_running(settings)
    return done


def _accounts(graph: Graph, ledger: Ledger, settings: Settings, given: Sequence[str]) -> list[str]:
    from workbench.channels.meta_account import list_accounts
    from workbench.ledger import connections

    if given:
        return list(dict.fromkeys(account_id.removeprefix("act_") for account_id in given))
    with ledger.read() as session:
        known = [c.account_id for c in connections(session, settings.environment) if c.network == "meta"]
    return known or [account.account_id for account in list_accounts(graph)]


def _refresh_account(
    source: Source, account_id: str, wish: _Wish, token_expires_at: datetime | None
) -> AccountRefresh:
    from workbench.channels.meta_account import describe_account
    from workbench.channels.meta_versions import ends_on
    from workbench.ledger import record_connected

    done = AccountRefresh(account_id)
    try:
        account = describe_account(source.graph, account_id)
        with source.ledger.write() as session:
            known = record_connected(
                session,
                environment=source.environment,
                network="meta",
                account_id=account_id,
                account_name=account.name,
                time_zone=account.time_zone,
                currency=account.currency,
                api_version=source.graph.api_version,
                api_version_ends=ends_on(source.graph.api_version),
                token_expires_at=token_expires_at,
            )
        period = _period(source, account, known.last_good_day, wish)
        done = AccountRefresh(account_id, account.name, account.currency, account.time_zone, period)
        for grain in wish.grains:
            done = replace(done, grains=(*done.grains, _insights(source, account, grain, period)))
        _note_success(source, done, known.last_good_day)
        return _with_parts(source, account, done) if wish.parts else done
    except WorkbenchError as error:
        _note_failure(source, account_id, error)
        return replace(done, error=str(error))


def _insights(source: Source, account: AdAccount, grain: Grain, period: Period) -> Refreshed:
    from workbench.loaders.meta.refresh import refresh_insights

    return refresh_insights(
        source, account_id=account.account_id, currency=account.currency, grain=grain, period=period
    )


def _with_parts(source: Source, account: AdAccount, done: AccountRefresh) -> AccountRefresh:
    """Read everything but the insights; a part that fails stops no other, and the account's figures stand."""
    from workbench.loaders.meta.part import LoadedPart, tolerating

    for kind, load in _loads_of_parts().items():
        source.progress(f"Meta {account.account_id}: {kind} …")
        warnings: list[str] = []
        part = LoadedPart(kind, 0, changed=False)
        try:
            with tolerating(warnings, kind):
                part = load(source, account=account, period=done.period)
        except RemoteUnavailable as error:
            done = replace(done, error=f"{kind} could not be read: {error}")
            continue
        done = replace(done, parts=(*done.parts, replace(part, warnings=(*part.warnings, *warnings))))
    return done


def _loads_of_parts() -> dict[str, Callable[..., LoadedPart]]:
    from workbench.loaders.meta.changes import load_changes
    from workbench.loaders.meta.community import load_community
    from workbench.loaders.meta.entities import load_entities
    from workbench.loaders.meta.leads import load_leads
    from workbench.loaders.meta.pixels import load_pixels
    from workbench.loaders.meta.posts import load_posts

    return {
        "entities": load_entities,
        "changes": load_changes,
        "pixels": load_pixels,
        "leads": load_leads,
        "posts": load_posts,
        "community": load_community,  # after snapshots and posts, which say what can be written to
    }


def _period(source: Source, account: AdAccount, last_good_day: date | None, wish: _Wish) -> Period:
    """Return the days to read, by the network's clock and the account's calendar."""
    from workbench.loaders.meta.windows import since_when

    now = source.graph.server_now or now_utc()
    yesterday = account_today(account.time_zone, now) - timedelta(days=1)
    until = wish.until or yesterday
    since = since_when(last_good_day=last_good_day, yesterday=min(until, yesterday), since=wish.since)
    if since > until:
        raise DataError(
            f"There is nothing to read from {since} to {until} in account {account.account_id}.",
            next_step=f"Its last whole day is {yesterday} ({account.time_zone}).",
            since=since,
            until=until,
        )
    return Period(since, until)


def _note_success(source: Source, done: AccountRefresh, last_good_day: date | None) -> None:
    from workbench.ledger import record_connection_state

    period = done.period
    # A period that leaves a gap behind it must not hide the gap from the next run.
    is_joined = period is not None and (
        last_good_day is None or period.start <= last_good_day + timedelta(days=1)
    )
    with source.ledger.write() as session:
        record_connection_state(
            session,
            environment=source.environment,
            network="meta",
            account_id=done.account_id,
            state="ok",
            last_good_day=period.stop if period is not None and is_joined else None,
            quota=source.graph.usage.to_dict(),
            at=source.graph.server_now,
        )


def _note_failure(source: Source, account_id: str, error: WorkbenchError) -> None:
    from workbench.flows.notices import note_refused
    from workbench.ledger import connections, record_connection_state

    with source.ledger.write() as session:
        known = [c for c in connections(session, source.environment) if c.account_id == account_id]
        if not known or not isinstance(error, ChannelError):
            return
        record_connection_state(
            session,
            environment=source.environment,
            network="meta",
            account_id=account_id,
            state="refused" if isinstance(error, AuthError) else "unreachable",
            error=str(error),
            quota=source.graph.usage.to_dict(),
        )
        if isinstance(error, AuthError):
            note_refused(session, source.environment, known, error)


def _note_all(ledger: Ledger, settings: Settings, error: ChannelError) -> None:
    """Note a failure that concerns every account: the token itself, or the way to the network."""
    from workbench.flows.notices import note_refused
    from workbench.ledger import connections, record_connection_state

    with ledger.write() as session:
        found = connections(session, settings.environment)
        known = [c for c in found if c.network == "meta"]
        for connection in (c for c in found if c.network in _READ_WITH_THE_TOKEN):
            record_connection_state(
                session,
                environment=settings.environment,
                network=connection.network,
                account_id=connection.account_id,
                state="refused" if isinstance(error, AuthError) else "unreachable",
                error=str(error),
            )
        if isinstance(error, AuthError):
            note_refused(session, settings.environment, known, error)
