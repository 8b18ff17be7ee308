"""``wb budget pace``: whether the month's spend is on its way to plan, and tomorrow's daily budget."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.budget_answer import answer
from workbench.cli.output import (
    HomeOption,
    JsonOption,
    errors_answered,
    settings_of,
    wants_json,
)


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("pace")(pace)


def pace(
    context: typer.Context,
    plan: Annotated[str, typer.Option("--plan", help="Of the whole month, in currency units.")],
    account: Annotated[str, typer.Option("--account", help="Ad account. Default: all.")] = "",
    daily_budget: Annotated[
        str,
        typer.Option("--daily-budget", help="All daily budgets together. Default: those set in the account."),
    ] = "",
    day: Annotated[
        str, typer.Option("--day", help="Last day that may be read, YYYY-MM-DD. Default: the newest.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Project where the month's spend lands, with an interval, and advise tomorrow's daily budget."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.core.dates import parse_day
        from workbench.flows.budget_pace import pace_from_lake

        asof = parse_day(day) if day else None
        found = pace_from_lake(
            settings_of(context, home), plan=plan, account=account, daily_budget=daily_budget, asof=asof
        )
    answer(context, found, as_json=as_json)
