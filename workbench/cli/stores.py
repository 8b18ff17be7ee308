"""``wb init``, ``status``, ``sql``, ``tidy``, ``app`` and ``doctor``: the installation and its stores."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

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


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (init, status, sql, overview, tidy, doctor):
        app.command()(command)
    app.command("app")(serve_app)


def init(
    context: typer.Context,
    time_zone: Annotated[str | None, typer.Option(help="IANA time zone of the ad account.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code.")] = None,
    locale: Annotated[
        str | None, typer.Option(help="How numbers are written, such as en_GB or de_DE.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Ad account for files that name none.")] = None,
    sample: Annotated[bool, typer.Option(help="Make and load the simulated sample company.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when all is well.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the data directory: settings, ledger and the sample company. Running it again changes nothing."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.installation import prepare

        given = {"time_zone": time_zone, "currency": currency, "locale": locale, "account_id": account}
        chosen = {k: v for k, v in given.items() if v is not None}
        settings = settings_of(context, home, **chosen)
        done = prepare(settings, chosen)
        if sample:
            from workbench.flows.company import sample_lake
            from workbench.flows.sample import ensure_sample
            from workbench.sandbox.company_files import ensure_company

            made = ensure_company(settings.home / "sample")
            done["sample"] = ensure_sample(made.folder, sample_lake(settings))
    if as_json:
        print_json(done)
    elif not quiet:
        say(f"Ready at {settings.home}. Next: `wb app`, or load an export with `wb load ads-export FILE`.")


def status(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what is loaded, how fresh it is and what was refused."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.status import status_of

        found = status_of(settings_of(context, home))
    if as_json:
        print_json(found.to_dict())
    else:
        for line in found.lines():
            say(line)


def overview(
    context: typer.Context,
    start: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    stop: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    grain: Annotated[str | None, typer.Option(help="Grain, as `wb status` lists them.")] = None,
    account: Annotated[str | None, typer.Option(help="Ad account.")] = None,
    compare: Annotated[str, typer.Option(help="previous, year or none.")] = "previous",
    result: Annotated[str | None, typer.Option(help="Kind of result, such as lead or purchase.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Moment such as 2026-11-20T08:00:00Z.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what was spent, what came of it, what changed and why."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.available import available
        from workbench.flows.company import shown_lake
        from workbench.flows.filters import FilterState
        from workbench.flows.links import pinned_as_of
        from workbench.flows.overview import overview_of

        settings = settings_of(context, home)
        lake = shown_lake(settings)
        given = {
            "from": start,
            "to": stop,
            "grain": grain,
            "account": account,
            "compare": compare,
            "result": result,
            "as_of": as_of,
        }
        fragment = {key: value for key, value in given.items() if value}
        known = available(lake, as_of=pinned_as_of(fragment))
        view = overview_of(lake, FilterState.from_fragment(fragment, known), known=known)
    if as_json:
        print_json(
            {"simulated": view.is_simulated, "filters": view.state.to_fragment(), **view.overview.to_dict()}
        )
        return
    if view.is_simulated:
        from workbench.flows.company import SIMULATED_LABEL

        say(SIMULATED_LABEL)
    say(view.overview.summary(settings.locale))


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SQL over the lake's tables, in DuckDB's dialect.")],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="Answer as was believed at this moment (UTC).", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Most rows to print; JSON prints all.")] = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the lake a question in SQL; it cannot be changed this way."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from datetime import UTC

        from workbench.flows.company import shown_lake, shows_simulated

        settings = settings_of(context, home)
        at = as_of.replace(tzinfo=UTC) if as_of else None
        rows = shown_lake(settings).sql(query, as_of=at)
        simulated = shows_simulated(settings)
    if as_json:
        print_json({"simulated": simulated, "columns": rows.column_names, "rows": rows.to_pylist()})
        return
    _print_rows(rows.column_names, rows.slice(0, limit).to_pylist())
    more = rows.num_rows - limit
    notice(("Simulated company. " if simulated else "") + (f"{more} more rows." if more > 0 else ""))


def _print_rows(names: list[str], rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*[escape(name) for name in names])
    for row in rows:
        table.add_row(*["" if row[n] is None else escape(str(row[n])) for n in names])
    Console().print(table)


def tidy(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Compact the lake's files and remove what is older than its 400 days of history."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.company import own_lake, sample_lake, sandbox_lake

        settings = settings_of(context, home)
        lakes = {
            "own": own_lake(settings),
            "sandbox": sandbox_lake(settings),
            "sample": sample_lake(settings),
        }
        done = {name: [asdict(table) for table in lake.tidy()] for name, lake in lakes.items()}
    if as_json:
        print_json(done)
    else:
        say("Tidied.")


def doctor(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check the installation; each finding says its cause and what to do."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.doctor import examine

        checks = examine(settings_of(context, home))
    healthy = all(check.ok for check in checks)
    if as_json:
        print_json({"healthy": healthy, "checks": [check.to_dict() for check in checks]})
    else:
        for check in checks:
            say(f"{'ok ' if check.ok else 'RED'}  {check.name}: {check.text}")
    if not healthy:
        raise typer.Exit(REFUSED)


def serve_app(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="App to open, such as overview. Default: the home page.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8866,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = False,
    home: HomeOption = None,
) -> None:
    """Serve the apps and print their one address."""
    with errors_answered(as_json=False):
        from workbench.core.places import notebooks_folder
        from workbench.serving.catalogue import find
        from workbench.serving.server import ServingOptions, serve

        settings, folder = settings_of(context, home), notebooks_folder("apps")
        options = ServingOptions(first_page=find(folder, name).path if name else "")
        serve(settings, port=port, open_browser=browser, notebooks=folder, options=options)
