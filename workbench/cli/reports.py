"""``wb report``: a report as a file."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.output import (
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
    app.command()(report)


def report(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Report, such as weekly.")],
    asof: Annotated[str | None, typer.Option("--asof", help="Last day of the report, YYYY-MM-DD.")] = None,
    account: Annotated[
        str | None, typer.Option(help="Ad account. Default: the one with the newest figures.")
    ] = None,
    pdf: Annotated[bool, typer.Option(help="Also make a PDF (needs Chromium).")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a report and publish it; a failing one leaves the last good one in place."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.core.dates import parse_day
        from workbench.reports.run import run_report

        settings = settings_of(context, home)
        done = run_report(
            name,
            settings=settings,
            asof=parse_day(asof) if asof else None,
            account_id=account,
            with_pdf=pdf,
            progress=notice,
        )
    if as_json:
        print_json(done.to_dict())
        return
    say(done.subject)
    say(str(done.html))
    say(str(done.pdf) if done.pdf else f"No PDF: {done.pdf_reason}")
