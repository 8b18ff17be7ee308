"""``wb load network-report`` and ``wb load google``: the other networks into the lake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import (
    REFUSED,
    HomeOption,
    JsonOption,
    errors_answered,
    notice,
    print_json,
    say,
    settings_of,
    wants_json,
)

if TYPE_CHECKING:
    from datetime import date

    from workbench.channels.google_ads_access import GoogleAccess
    from workbench.core.settings import Settings
    from workbench.loaders.networks.load import Given
    from workbench.loaders.networks.result import ReportLoad

FilesArgument = Annotated[
    list[Path], typer.Argument(help="Report tables of a connector (CSV or XLSX).", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``wb load``."""
    app.command("network-report")(network_report)
    app.command("google")(google)


def network_report(
    context: typer.Context,
    files: FilesArgument,
    network: Annotated[
        str | None,
        typer.Option("--network", help="Whose report it is, where the headers fit several networks."),
    ] = None,
    histories: Annotated[
        list[Path] | None,
        typer.Option("--with", help="History or lookup table of the same network; may be repeated."),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Ad account, for files that name none.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="Currency, for files that name none.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="The account's time zone, such as Europe/Berlin.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load reports of Google, TikTok, LinkedIn, X, Pinterest, Snapchat or Meta (see docs/networks.md)."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.loaders.networks.load import Given

        given = Given(network, tuple(histories or ()), account, currency, time_zone)
        results = _load_all(files, settings=settings_of(context, home), given=given)
    if as_json:
        documents = [result.to_dict() for result in results]
        print_json(documents[0] if len(documents) == 1 else _together(documents))
    else:
        for result in results:
            _show(result)
    if any(result.refused for result in results):
        raise typer.Exit(REFUSED)


def google(
    context: typer.Context,
    account: Annotated[
        list[str], typer.Option("--account", help="Account, such as 123-456-7890; may be repeated.")
    ],
    since: Annotated[
        str | None,
        typer.Option("--since", help="First day, YYYY-MM-DD. Default: 30 days back, and every missed day."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last day. Default: yesterday in the account's time zone.")
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option("--level", help="account, campaign, adset or ad; may be repeated. Default: campaign."),
    ] = None,
    login_customer: Annotated[
        str, typer.Option("--login-customer", help="Manager account through which the account is reached.")
    ] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="Host and port of another server.")] = "",
    token_url: Annotated[str, typer.Option("--token-url", help="Its address for tokens.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load accounts of Google Ads through its API; run again after a break, nothing is there twice."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.channels.google_ads_access import google_access
        from workbench.core.dates import parse_day

        settings = settings_of(context, home)
        access = google_access(
            settings, login_customer_id=login_customer, endpoint=endpoint, token_url=token_url
        )
        days = (parse_day(since) if since else None, parse_day(until) if until else None)
        results = _load_google(
            account, settings=settings, access=access, days=days, levels=level or ["campaign"]
        )
    if as_json:
        documents = [result.to_dict() for result in results]
        print_json(documents[0] if len(documents) == 1 else _together(documents))
    else:
        for result in results:
            _show(result)


def _load_google(
    accounts: Sequence[str],
    *,
    settings: Settings,
    access: GoogleAccess,
    days: tuple[date | None, date | None],
    levels: Sequence[str],
) -> list[ReportLoad]:
    from workbench.channels.google_ads import GoogleAds
    from workbench.core.errors import DataError
    from workbench.flows.experiments import reread_running
    from workbench.flows.installation import prepare
    from workbench.lake import Lake
    from workbench.lake.window import LEVELS
    from workbench.ledger import open_ledger
    from workbench.loaders.google_rows import GoogleSource, load_google

    wrong = next((level for level in levels if level not in LEVELS), None)
    if wrong is not None:
        raise DataError(f"{wrong!r} is no level.", next_step=f"Write one of {', '.join(LEVELS)}.")
    prepare(settings, {})
    results: list[ReportLoad] = []
    with open_ledger(settings) as ledger, GoogleAds(access, on_wait=notice) as connection:
        source = GoogleSource(
            connection,
            Lake(settings.api_lake_root),
            ledger,
            environment=settings.environment,
            tell=notice,
        )
        for account in accounts:
            for level in levels:
                results += load_google(source, account, since=days[0], until=days[1], level=level)  # type: ignore[arg-type]
    reread_running(settings)
    return results


def _load_all(files: Sequence[Path], *, settings: Settings, given: Given) -> list[ReportLoad]:
    from workbench.core.dates import zone
    from workbench.core.errors import DataError
    from workbench.flows.company import own_lake
    from workbench.flows.experiments import reread_running
    from workbench.flows.installation import prepare
    from workbench.ledger import open_ledger
    from workbench.loaders.networks.description import read_network
    from workbench.loaders.networks.load import load_report

    missing = next((path for path in (*files, *given.histories) if not path.is_file()), None)
    if missing is not None:
        raise DataError(f"There is no file {str(missing)!r}.", next_step="Check the path.", path=str(missing))
    if given.network is not None:
        read_network(given.network)
    if given.time_zone is not None:
        zone(given.time_zone)
    prepare(settings, {})
    lake = own_lake(settings)
    results = []
    with open_ledger(settings) as ledger:
        for path in files:
            if len(files) > 1:
                notice(f"Reading {path.name} …")
            results.append(load_report(path, lake=lake, settings=settings, ledger=ledger, given=given))
    reread_running(settings)
    return results


def _together(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep the files apart: files of different grains may describe the same money."""
    return {
        "files": documents,
        "rows": sum(d["rows"] for d in documents),
        "quarantined": [cell for d in documents for cell in d["quarantined"]],
    }


def _show(result: ReportLoad) -> None:
    from rich.markup import escape

    from workbench.loaders.networks.noting import named

    say(escape(result.summary()))
    if result.refused:
        for cell in result.quarantined:
            where = ", ".join(
                [f"row {cell.row}"] * bool(cell.row) + [f"column {cell.column}"] * bool(cell.column)
            )
            say(escape(f"  {where or 'file'}: {cell.reason}"))
        return
    by_reason: dict[str, list[str]] = {}
    for cell in result.quarantined:
        by_reason.setdefault(cell.reason, []).append(cell.column or "")
    for reason, columns in by_reason.items():
        say(escape(f"  {reason}: {named(columns)}"))
    for warning in result.warnings:
        say(escape(f"  note: {warning}"))
