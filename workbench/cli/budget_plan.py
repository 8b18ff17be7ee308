"""``wb budget plan``: where the next money goes, from a kept fit, exact to the cent and certified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.budget_answer import answer
from workbench.cli.budget_options import (
    ConstraintsOption,
    CurrencyOption,
    RunOption,
    TotalOption,
    constraints_in,
)
from workbench.cli.output import (
    HomeOption,
    JsonOption,
    errors_answered,
    settings_of,
    wants_json,
)

if TYPE_CHECKING:
    from workbench.budget.problem import Risk

_RISK_FORM = "mean, cvar:SHARE or cvar:SHARE:WEIGHT, such as cvar:.1"


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("plan")(plan)


def plan(
    context: typer.Context,
    run: RunOption,
    total: TotalOption,
    constraints: ConstraintsOption = None,
    risk: Annotated[str, typer.Option("--risk", help=f"What is made greatest: {_RISK_FORM}.")] = "mean",
    periods: Annotated[int, typer.Option("--periods", help="Days or weeks to plan, each its own.")] = 1,
    start: Annotated[
        str, typer.Option("--start", help="Plan from the budgets set now, where known, or from recent spend.")
    ] = "budgets",
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Allocate a total within constraints, judged against what is spent now."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.flows.budget_from_now import plan_from_now

        found = plan_from_now(
            settings_of(context, home),
            run,
            total,
            constraints_in(constraints),
            start=start,
            risk=_risk(risk),
            n_periods=periods,
            currency=currency,
        )
    items = (f"  {one}" for one in found.item_sentences())
    answer(context, found, (*items, *found.notes), as_json=as_json)


def _risk(text: str) -> Risk | None:
    from workbench.budget.problem import Risk, refused

    kind, _, numbers = text.strip().lower().partition(":")
    if kind == "mean" and not numbers:
        return None
    share, _, weight = numbers.partition(":")
    try:
        asked = (float(share), float(weight) if weight else 1.0)
    except ValueError:
        asked = None
    if kind != "cvar" or asked is None:
        raise refused("risk", text, "is not understood", f"Give {_RISK_FORM}.")
    return Risk(*asked)
