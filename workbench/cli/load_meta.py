"""``wb load meta``: accounts of Meta through its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    from workbench.lake.window import Grain


def meta(
    context: typer.Context,
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="Ad account; may be repeated. Default: all known or visible ones."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="First day, YYYY-MM-DD. Default: 28 days back, and every missed day."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last day. Default: yesterday in the account's time zone.")
    ] = None,
    grain: Annotated[
        list[str] | None,
        typer.Option("--grain", help="Level and breakdowns, such as ad or campaign:age,gender. Repeatable."),
    ] = None,
    insights_only: Annotated[
        bool, typer.Option("--insights-only", help="Leave out snapshots, changes, leads, posts, messages.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load accounts of Meta through its API; run again after a break, it goes on where it was."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.core.dates import parse_day
        from workbench.flows.refresh import DEFAULT_GRAINS, refresh_data

        done = refresh_data(
            settings_of(context, home),
            account_ids=account or (),
            since=parse_day(since) if since else None,
            until=parse_day(until) if until else None,
            grains=[parse_grain(text) for text in grain] if grain else DEFAULT_GRAINS,
            parts=not insights_only,
            progress=notice,
        )
    if as_json:
        print_json(done.to_dict())
    else:
        from rich.markup import escape

        for line in (line for found in done.accounts for line in found.lines()):
            say(escape(line))
    if not done.ok:
        raise typer.Exit(REFUSED)


def parse_grain(text: str) -> Grain:
    """Read a grain as it is written on the command line.

    Examples
    --------
    >>> str(parse_grain("campaign:age,gender"))
    'campaign|age,gender|day|7d_click,1d_view'
    """
    from workbench.flows.refresh import meta_grain

    level, _, breakdowns = text.partition(":")
    return meta_grain(level, tuple(part for part in breakdowns.split(",") if part))
