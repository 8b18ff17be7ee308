"""Installations with accounts, loads and notices known beforehand, as refreshes would have left them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lakes import insight, write

from workbench.core.dates import Period
from workbench.core.settings import Settings
from workbench.flows.company import api_lake
from workbench.ledger import (
    QuarantinedCell,
    begin_refresh,
    open_ledger,
    open_notice,
    record_connected,
    record_connection_state,
    record_load_finished,
    record_load_started,
    record_quarantined,
    record_refresh_finished,
    record_window_done,
)
from workbench.ledger.models import Load

YESTERDAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 6, 2, tzinfo=UTC)
GRAINS = ("campaign||day|7d_click,1d_view", "ad||day|7d_click,1d_view")


@dataclass(frozen=True)
class Shop:
    """One account as it shall stand."""

    account_id: str = "1234567001"
    name: str = "Shop"
    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"
    n_days: int = 120
    last_day: date = YESTERDAY
    gaps: tuple[date, ...] = ()
    state: str = "ok"
    error: str | None = None
    restated_micros: int = 1_240_000
    share: float = 0.42
    token_expires_at: datetime | None = datetime(2027, 1, 20, tzinfo=UTC)
    version: str = "v26.0"
    version_ends: date | None = None


def connect(settings: Settings, *shops: Shop) -> None:
    """Connect accounts, and fill lake and ledger as if each had been read every morning."""
    lake = api_lake(settings)
    for shop in shops:
        first = shop.last_day - timedelta(days=shop.n_days - 1)
        days = [d for d in Period(first, shop.last_day).days() if d not in shop.gaps]
        rows = [
            insight(
                day,
                account_id=shop.account_id,
                currency=shop.currency,
                grain=GRAINS[0],
                source="sandbox" if settings.environment == "sandbox" else "meta_api",
            )
            for day in days
        ]
        write(lake, "ad_insights", rows, load_id=f"rows-{shop.account_id}", believed_at=NOW)
        _note(settings, shop, days)


def _note(settings: Settings, shop: Shop, days: list[date]) -> None:
    environment, whose = settings.environment, ("meta", shop.account_id)
    with open_ledger(settings) as ledger, ledger.write() as session:
        record_connected(
            session,
            environment=environment,
            network="meta",
            account_id=shop.account_id,
            account_name=shop.name,
            time_zone=shop.time_zone,
            currency=shop.currency,
            api_version=shop.version,
            api_version_ends=shop.version_ends,
            token_expires_at=shop.token_expires_at,
        )
        # a success first: a refused account has been read before
        for state, error in (("ok", None), (shop.state, shop.error)):
            record_connection_state(
                session,
                environment=environment,
                network="meta",
                account_id=shop.account_id,
                state=state,
                error=error,
                last_good_day=shop.last_day,
                quota={"worst_share": shop.share, "quotas": {}},
                at=NOW,
            )
        for day in days:
            at = datetime.combine(day + timedelta(days=29), time(6, 2), UTC)
            load(session, whose, Period(day, day), at=min(at, NOW), source=_source(settings))
        period = Period(shop.last_day - timedelta(days=27), shop.last_day)
        for grain in GRAINS:
            refresh = begin_refresh(
                session,
                environment=environment,
                network="meta",
                account_id=shop.account_id,
                grain=grain,
                period=period,
                actor="system",
                at=NOW,
            )
            record_window_done(
                session,
                refresh.refresh_id,
                period,
                load_id="-",
                n_rows=28,
                restated_micros=shop.restated_micros,
            )
            record_refresh_finished(session, refresh.refresh_id)


def _source(settings: Settings) -> str:
    return "sandbox" if settings.environment == "sandbox" else "meta_api"


def load(session, whose: tuple[str, str], period: Period, *, at: datetime, **changes) -> str:
    """Note a load that ended at a moment; returns its id."""
    given = {
        "file_name": f"Meta {whose[1]} · {GRAINS[0]} · {period}",
        "source": "meta_api",
        "state": "done",
        "reconciled": "to the cent",
        "error": None,
        "cells": (),
        **changes,
    }
    load_id = f"{whose[1]}-{given['file_name']}-{given['state']}"
    record_load_started(
        session,
        load_id,
        file_name=given["file_name"],
        sha256=load_id,
        source=given["source"],
        network=whose[0],
        account_id=whose[1],
        actor="system",
        started_at=at,
    )
    if given["cells"]:
        record_quarantined(session, load_id, given["cells"])
    record_load_finished(
        session,
        load_id,
        state=given["state"],
        grain=GRAINS[0],
        period=period,
        n_rows=period.n_days,
        reconciled=given["reconciled"],
        error=given["error"],
    )
    session.get(Load, load_id).finished_at = at
    return load_id


def refuse_file(settings: Settings, *, at: datetime = NOW, name: str = "week 47.csv") -> None:
    """Put a file with two unreadable cells into quarantine."""
    cells = (
        QuarantinedCell("“12,5x” is not an amount of money.", 14, "Amount spent (EUR)", "12,5x"),
        QuarantinedCell("The day is not a day.", 15, "Day", "jo@example.org"),
    )
    with open_ledger(settings) as ledger, ledger.write() as session:
        load(
            session,
            ("meta", "1234567001"),
            Period(YESTERDAY, YESTERDAY),
            at=at,
            file_name=name,
            source="ads_export",
            state="quarantined",
            reconciled="not reconciled",
            cells=cells,
        )


def fail_refresh(settings: Settings, *, account_id: str = "1234567001", at: datetime = NOW) -> None:
    """Leave a refresh that failed half-way."""
    period = Period(YESTERDAY - timedelta(days=27), YESTERDAY)
    with open_ledger(settings) as ledger, ledger.write() as session:
        refresh = begin_refresh(
            session,
            environment=settings.environment,
            network="meta",
            account_id=account_id,
            grain="campaign|age,gender|day|7d_click,1d_view",
            period=period,
            actor="system",
            at=at,
        )
        record_window_done(
            session,
            refresh.refresh_id,
            Period(period.stop, period.stop),
            load_id="-",
            n_rows=12,
            restated_micros=0,
            restated_results=0.0,
        )
        record_refresh_finished(
            session,
            refresh.refresh_id,
            error="Meta asks to reduce the amount of data, even for one day of one ad.",
        )


def notice(settings: Settings, kind: str, text: str, *, occasion: str = "x") -> None:
    """Open a notice about the token."""
    with open_ledger(settings) as ledger, ledger.write() as session:
        open_notice(
            session,
            environment=settings.environment,
            kind=kind,
            subject="the token for Meta",
            text=text,
            command="keyring set workbench META_TOKEN && wb load meta",
            occasion=occasion,
        )
