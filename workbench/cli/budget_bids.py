"""``wb budget bids``: cost cap, bid cap or floor of the ROAS of each item, from a kept fit."""

from __future__ import annotations

from typing import Annotated

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


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("bids")(bids)


def bids(
    context: typer.Context,
    run: RunOption,
    total: TotalOption,
    value: Annotated[
        str,
        typer.Option(
            "--value-per-result", help="What one is worth. Default: what the plan's last money pays."
        ),
    ] = "",
    revenue: Annotated[
        bool | None,
        typer.Option("--revenue/--results", help="Whether the outcome is money. Default: as the run says."),
    ] = None,
    constraints: ConstraintsOption = None,
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Advise what a result may cost on average and at most, at the best plan of a total."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.flows.budget_bids import bids_of_run

        found = bids_of_run(
            settings_of(context, home),
            run,
            total,
            constraints_in(constraints),
            value_per_result=value,
            outcome_is_money=revenue,
            currency=currency,
        )
    items = (f"  {one}" for one in found.advice.item_sentences())
    answer(context, found, (*items, *found.notes), as_json=as_json)
