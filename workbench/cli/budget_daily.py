"""``wb budget daily``: the next daily budgets of campaigns or ad sets, from the figures that are loaded."""

from __future__ import annotations

from datetime import date as date_of_day
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import (
    HomeOption,
    JsonOption,
    errors_answered,
    print_json,
    say,
    settings_of,
    wants_json,
)

if TYPE_CHECKING:
    from workbench.flows.budget_daily import DailyAdvice


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("daily")(daily)


def daily(
    context: typer.Context,
    from_lake: Annotated[
        bool, typer.Option("--from-lake/--no-from-lake", help="Read the lake's figures: the only source.")
    ] = True,
    level: Annotated[
        str, typer.Option("--level", help="What has the budgets: campaign or adset.")
    ] = "campaign",
    total: Annotated[
        str, typer.Option("--total", help="A day, in currency units. Default: the present budgets' sum.")
    ] = "",
    least: Annotated[str, typer.Option("--min", help="What each keeps a day at least.")] = "0",
    outcome: Annotated[str, typer.Option("--outcome", help="results or conversions.")] = "results",
    account: Annotated[str, typer.Option("--account", help="Ad account, where there are several.")] = "",
    result: Annotated[str, typer.Option("--result", help="Kind of result, such as lead.")] = "",
    day: Annotated[str, typer.Option("--day", help="From which they hold, YYYY-MM-DD. Default: next.")] = "",
    step: Annotated[
        float, typer.Option("--step", help="Largest relative change; above .2 learning begins anew.")
    ] = 0.2,
    every: Annotated[int, typer.Option("--every", help="Change on every so many-th day only.")] = 1,
    half_life: Annotated[
        float, typer.Option("--half-life", help="Days after which a day counts half.")
    ] = 28.0,
    averaged: Annotated[
        int, typer.Option("--averaged", help="Draws averaged: 1 is Thompson's rule, many try little.")
    ] = 30,
    seed: Annotated[int, typer.Option("--seed", help="With the day it fixes the draw.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the next daily budgets at a fixed total, exact to the cent."""
    if not from_lake:
        raise typer.BadParameter("daily budgets are proposed from the lake", param_hint="--no-from-lake")
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.budget.daily import DailyOptions
        from workbench.flows.budget_daily import DailyQuestion, propose_from_lake

        how: dict[str, Any] = {"step_limit": step, "every_days": every, "half_life_days": half_life}
        asked: dict[str, Any] = {"level": level, "outcome": outcome}
        found = propose_from_lake(
            settings_of(context, home),
            DailyQuestion(
                **asked,
                total=total,
                least=least,
                account=account,
                result_type=result,
                day=_day(day),
                options=DailyOptions(**how, n_averaged=averaged, seed=seed),
            ),
        )
    if wants_json(context, as_json):
        print_json(found.to_dict())
    else:
        _say(found)


def _say(found: DailyAdvice) -> None:
    from rich.markup import escape

    items = (f"  {one}" for one in found.proposal.item_sentences())
    for line in (found.summary(), *items, *found.notes):
        say(escape(line))


def _day(text: str) -> date_of_day | None:
    from workbench.core.dates import parse_day

    return parse_day(text) if text else None
