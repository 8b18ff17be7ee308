"""``wb budget daily``: the next daily budgets of campaigns or ad sets, from the figures that are loaded."""

from __future__ import annotations

from dataclasses import asdict
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
    objective: Annotated[
        str, typer.Option("--objective", help="results, or value: what they are worth by their revenue.")
    ] = "results",
    worth: Annotated[
        list[str] | None,
        typer.Option("--value-per-result", help="What a result is worth: 40, or Spring=40, repeated."),
    ] = None,
    account: Annotated[str, typer.Option("--account", help="Ad account, where there are several.")] = "",
    result: Annotated[str, typer.Option("--result", help="Kind of result, such as lead.")] = "",
    day: Annotated[str, typer.Option("--day", help="From which they hold, YYYY-MM-DD. Default: next.")] = "",
    step: Annotated[
        float, typer.Option("--step", help="Largest relative change; above .2 learning begins anew.")
    ] = 0.2,
    least_change: Annotated[
        float, typer.Option("--least-change", help="Smallest relative change; items below it stay.")
    ] = 0.0,
    every: Annotated[int, typer.Option("--every", help="Change on every so many-th day only.")] = 1,
    half_life: Annotated[
        float, typer.Option("--half-life", help="Days after which a day counts half.")
    ] = 28.0,
    averaged: Annotated[
        int, typer.Option("--averaged", help="Draws averaged: 1 is Thompson's rule, many try little.")
    ] = 30,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With the day it fixes the draw.")] = 0,
    draft: Annotated[
        bool, typer.Option("--draft", help="Write the changes into the ledger as one draft.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the next daily budgets at a fixed total, exact to the cent; nothing outside changes."""
    if not from_lake:
        raise typer.BadParameter("daily budgets are proposed from the lake", param_hint="--no-from-lake")
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.budget.daily import DailyOptions
        from workbench.flows.budget_daily import DailyQuestion, propose_from_lake
        from workbench.flows.draft_daily import draft_daily

        settings = settings_of(context, home)
        how: dict[str, Any] = {
            "step_limit": step,
            "least_change": least_change,
            "every_days": every,
            "half_life_days": half_life,
        }
        asked: dict[str, Any] = {"level": level, "outcome": outcome, "objective": objective}
        found = propose_from_lake(
            settings,
            DailyQuestion(
                **asked,
                value_per_result=_worths(worth or []),
                total=total,
                least=least,
                account=account,
                result_type=result,
                day=_day(day),
                options=DailyOptions(**how, n_averaged=averaged, seed=seed),
            ),
        )
        drafted = draft_daily(settings, found) if draft else None
    if wants_json(context, as_json):
        print_json(found.to_dict() | ({"draft": drafted and asdict(drafted)} if draft else {}))
        return
    _say(found)
    if draft:
        _say_lines([drafted.summary() if drafted else "Nothing to draft: no budget changes."])


def _say(found: DailyAdvice) -> None:
    items = (f"  {one}" for one in found.proposal.item_sentences())
    _say_lines([found.summary(), *items, *found.notes])


def _say_lines(lines: list[str]) -> None:
    from rich.markup import escape

    for line in lines:
        say(escape(line))


def _worths(given: list[str]) -> dict[str, float] | float | None:
    """Read what results are worth: one amount for all, or one by name."""
    from workbench.budget.problem import refused

    form = "Give one amount such as 40, or one for each item such as Spring=40."
    each: dict[str, float] = {}
    for text in given:
        name, _, amount = text.rpartition("=")
        if name in each:
            raise refused("value_per_result", ", ".join(given), "say two things", form)
        try:
            each[name] = float(amount)
        except ValueError:
            raise refused("value_per_result", text, "is not understood", form) from None
    if "" not in each:
        return each or None
    if len(each) > 1:
        raise refused("value_per_result", ", ".join(given), "say two things", form)
    return each[""]


def _day(text: str) -> date_of_day | None:
    from workbench.core.dates import parse_day

    return parse_day(text) if text else None
