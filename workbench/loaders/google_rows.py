"""Google Ads into the lake: month by month, each replaced whole and compared with the account's own total."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.channels.google_ads_access import customer_digits
from workbench.channels.google_ads_reports import (
    GoogleCustomer,
    Level,
    describe_customer,
    fetch_report,
    fetch_total,
)
from workbench.core.dates import Period, account_today
from workbench.core.errors import AuthError, ChannelError, DataError
from workbench.core.ids import content_id
from workbench.core.money import MICROS_PER_UNIT, exact_text, to_micros
from workbench.lake.window import Grain, Window
from workbench.loaders.canonical import to_table
from workbench.loaders.networks.noting import note_end, note_start
from workbench.loaders.networks.result import ReportLoad
from workbench.loaders.numbers import Numbers
from workbench.loaders.result import LoadPart, Reconciled
from workbench.loaders.rows import ENTITIES, Rows

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.channels.google_ads import GoogleAds
    from workbench.core.settings import Environment
    from workbench.lake import Lake
    from workbench.ledger import Ledger

SOURCE = "google_api"
#: Conversions are credited to the day of the click for 30 days: these days are read again each time.
RESTATED_DAYS = 30
_FIELDS: Mapping[str, tuple[str, str]] = {
    "campaign": ("campaign.id", "campaign.name"),
    "adset": ("ad_group.id", "ad_group.name"),
    "ad": ("ad_group_ad.ad.id", "ad_group_ad.ad.name"),
}
_COUNTS = {"impressions": "metrics.impressions", "clicks": "metrics.clicks", "link_clicks": "metrics.clicks"}
_LAST_DAY = """
SELECT max(date_start) AS day FROM ad_insights WHERE network = 'google' AND account_id = ? AND grain = ?
"""


@dataclass(frozen=True)
class GoogleSource:
    """Where Google's rows come from and go to.

    Attributes
    ----------
    google : GoogleAds
        Connection.
    lake : Lake
        Where the rows go.
    ledger : Ledger or None
        Where the load is noted.
    environment : {"sandbox", "staging", "live"}, optional
        Where the connection's state is noted under; nothing is noted without.
    actor : str
        Who loads, for the ledger.
    tell : callable
        Told in a few words what is being done.
    """

    google: GoogleAds
    lake: Lake
    ledger: Ledger | None = None
    environment: Environment | None = None
    actor: str = "system"
    tell: Callable[[str], None] = lambda _: None


def load_google(
    source: GoogleSource,
    customer_id: str,
    *,
    since: date | None = None,
    until: date | None = None,
    level: Level = "campaign",
) -> list[ReportLoad]:
    """Load the days of an account, one commit a month; run again after a break, nothing is there twice.

    Parameters
    ----------
    source : GoogleSource
        Connection and stores.
    customer_id : str
        Account, with or without dashes.
    since, until : datetime.date, optional
        First and last day in the account's time zone. Default: the days that may still be restated and
        whatever was missed, up to yesterday.
    level : {"account", "campaign", "adset", "ad"}
        What a row stands for; an ad set is an ad group there.

    Returns
    -------
    list of ReportLoad
        One per month.

    Raises
    ------
    DataError
        If the account manages others and has no campaigns, or there is no day to read.
    ChannelError
        If Google Ads does not answer; the months before stay loaded.
    """
    try:
        customer = describe_customer(source.google, customer_id)
        _note_connected(source, customer)
        done = _load_months(source, customer, since=since, until=until, level=level)
    except ChannelError as error:
        _note_state(source, customer_digits(customer_id), error=error)
        raise
    _note_state(source, customer.customer_id, last=done[-1].period)
    return done


def _load_months(
    source: GoogleSource, customer: GoogleCustomer, *, since: date | None, until: date | None, level: Level
) -> list[ReportLoad]:
    if customer.is_manager:
        raise DataError(
            f"The account {customer.customer_id} manages others and has no campaigns of its own.",
            next_step="Name one of its accounts, and give this one with --login-customer.",
            account_id=customer.customer_id,
        )
    period = _period(source, customer, since=since, until=until, level=level)
    found = []
    for month in months_of(period):
        source.tell(f"Reading {level} rows of {customer.customer_id}, {month} …")
        found.append(_load_month(source, customer, month, level=level))
    return found


def months_of(period: Period) -> Iterator[Period]:
    """Cut a period at the ends of months.

    Examples
    --------
    >>> [str(p) for p in months_of(Period(date(2026, 10, 30), date(2026, 11, 2)))]
    ['2026-10-30 – 2026-10-31', '2026-11-01 – 2026-11-02']
    """
    start = period.start
    while start <= period.stop:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        stop = min(period.stop, following - timedelta(days=1))
        yield Period(start, stop)
        start = following


def _period(
    source: GoogleSource, customer: GoogleCustomer, *, since: date | None, until: date | None, level: Level
) -> Period:
    """Return the days to read, by the account's calendar; a gap since the last load is filled."""
    yesterday = account_today(customer.time_zone, source.google.clock.now()) - timedelta(days=1)
    stop = until or yesterday
    start = since
    if start is None:
        last = None if source.lake.is_empty() else _last_day(source.lake, customer, level)
        # what was still open on the last loaded day has been restated since
        open_until = min(stop, yesterday, last or yesterday)
        start = open_until - timedelta(days=RESTATED_DAYS - 1)
    if start > stop:
        raise DataError(
            f"There is nothing to read from {start} to {stop} in account {customer.customer_id}.",
            next_step=f"Its last whole day is {yesterday} ({customer.time_zone}).",
        )
    return Period(start, stop)


def _last_day(lake: Lake, customer: GoogleCustomer, level: Level) -> date | None:
    found = lake.sql(_LAST_DAY, params=(customer.customer_id, str(Grain(level)))).to_pylist()
    day: date | None = found[0]["day"]
    return day


def _load_month(
    source: GoogleSource, customer: GoogleCustomer, period: Period, *, level: Level
) -> ReportLoad:
    pages = fetch_report(source.google, customer.customer_id, period, level=level)
    rows = sorted((row for page in pages for row in page), key=_order)
    total = fetch_total(source.google, customer.customer_id, period)
    grain = Grain(level)
    digest = hashlib.sha256(repr([sorted(row.items()) for row in rows]).encode()).hexdigest()
    identity = ["google", customer.customer_id, str(grain), str(period), customer.currency, digest]
    load_id = content_id("load", identity)
    window = Window("google", customer.customer_id, grain, period)
    table = rows_to_table(rows, customer, window, load_id=load_id)
    result = _result(rows, total, customer, window, load_id=load_id)
    note_start(source.ledger, result, sha256=digest, actor=source.actor, source=SOURCE)
    commit = source.lake.replace("ad_insights", (window,), table, load_id=load_id)
    result = replace(result, changed=commit.changed)
    note_end(source.ledger, result, believed_at=commit.believed_at)
    return result


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["segments.date"], *(row.get(_FIELDS[entity][0], 0) for entity in ENTITIES))


def rows_to_table(
    rows: Sequence[Mapping[str, Any]], customer: GoogleCustomer, window: Window, *, load_id: str
) -> pa.Table:
    """Write rows of Google Ads as the lake's ``ad_insights``.

    Parameters
    ----------
    rows : sequence of mapping
        As :func:`workbench.channels.google_ads_reports.fetch_report` gives them.
    customer : GoogleCustomer
        Whose they are.
    window : Window
        What they replace.
    load_id : str
        Written into every row.

    Returns
    -------
    pyarrow.Table
        One row a day and object. Values of conversions, which come as floating-point numbers, are taken by
        the shortest decimal that stands for them.
    """
    import numpy as np
    import pyarrow as pa

    n = len(rows)
    days = np.array([row["segments.date"] for row in rows], dtype="datetime64[D]")
    nothing = pa.nulls(n, pa.string())
    typed = Rows(
        record=np.arange(n),
        account=pa.array([customer.customer_id] * n, pa.string()),
        attribution=nothing,
        objective=nothing,
        result_type=nothing,
        ids={entity: _text(rows, _FIELDS[entity][0]) for entity in ENTITIES},
        names={entity: _text(rows, _FIELDS[entity][1]) for entity in ENTITIES},
        breakdowns={},
        unknown={},
        start=days,
        stop=days,
        is_day=np.ones(n, dtype=bool),
        numbers=_numbers(rows),
        currency=customer.currency,
    )
    part = LoadPart(customer.customer_id, str(window.grain), window.period, n, typed.total("spend"))
    return to_table(typed, [(window, part, np.arange(n))], load_id=load_id, source=SOURCE)


def _text(rows: Sequence[Mapping[str, Any]], field: str) -> pa.Array:
    import pyarrow as pa

    return pa.array([str(row[field]) if row.get(field) else None for row in rows], pa.string())


def _numbers(rows: Sequence[Mapping[str, Any]]) -> dict[str, Numbers]:
    import numpy as np

    filled = np.zeros(len(rows), dtype=bool)

    def column(values: list[int]) -> Numbers:
        return Numbers(np.array(values, dtype=np.int64), filled, 0)

    return {
        "spend": column([row["metrics.cost_micros"] for row in rows]),
        "value": column([to_micros(repr(row["metrics.conversions_value"])) for row in rows]),
        "conversions": column([to_micros(repr(row["metrics.conversions"])) for row in rows]),
        **{name: column([row[field] * MICROS_PER_UNIT for row in rows]) for name, field in _COUNTS.items()},
    }


def _result(
    rows: Sequence[Mapping[str, Any]],
    total: Mapping[str, int],
    customer: GoogleCustomer,
    window: Window,
    *,
    load_id: str,
) -> ReportLoad:
    spend = sum(row["metrics.cost_micros"] for row in rows)
    difference = spend - total["cost_micros"]
    agrees: Reconciled = "to the cent" if difference == 0 else "not reconciled"
    level = window.grain.level
    return ReportLoad(
        file=f"Google Ads {customer.customer_id} {window.period.start:%Y-%m}",
        load_id=load_id,
        network="google",
        account_id=customer.customer_id,
        currency=customer.currency,
        grain=str(window.grain),
        period=window.period,
        rows=len(rows),
        spend_micros=spend,
        file_total=exact_text(total["cost_micros"]),
        difference=exact_text(difference),
        impressions=sum(row["metrics.impressions"] for row in rows),
        reconciled=agrees,
        parts=(LoadPart(customer.customer_id, str(window.grain), window.period, len(rows), spend),),
        report=f"google: {level} by day",
        warnings=_difference_note(difference, total["cost_micros"], level, customer.currency),
    )


def _difference_note(difference: int, total: int, level: str, currency: str) -> tuple[str, ...]:
    if difference == 0:
        return ()
    why = (
        "Some campaigns, such as Performance Max, have no rows at this level"
        if level in ("adset", "ad") and difference < 0
        else "Figures may have changed between two answers; load these days again"
    )
    return (
        f"The {level} rows are {exact_text(difference)} {currency} off the account's own total of "
        f"{exact_text(total)} {currency}. {why}.",
    )


def _note_connected(source: GoogleSource, customer: GoogleCustomer) -> None:
    if source.ledger is None or source.environment is None:
        return
    from workbench.ledger import record_connected

    with source.ledger.write() as session:
        record_connected(
            session,
            environment=source.environment,
            network="google",
            account_id=customer.customer_id,
            account_name=customer.name,
            time_zone=customer.time_zone,
            currency=customer.currency,
            api_version=source.google.access.api_version,
        )


def _note_state(
    source: GoogleSource, account_id: str, *, error: ChannelError | None = None, last: Period | None = None
) -> None:
    """Note how the try ended, if the account was ever reached."""
    if source.ledger is None or source.environment is None:
        return
    from workbench.ledger import connections, record_connection_state

    with source.ledger.write() as session:
        known = {(c.network, c.account_id) for c in connections(session, source.environment)}
        if ("google", account_id) in known:
            record_connection_state(
                session,
                environment=source.environment,
                network="google",
                account_id=account_id,
                state="ok" if error is None else "refused" if isinstance(error, AuthError) else "unreachable",
                error=None if error is None else str(error),
                last_good_day=last.stop if last is not None else None,
            )
