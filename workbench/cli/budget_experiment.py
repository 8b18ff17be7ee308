"""``wb budget experiment``: which spend experiment would teach most, priced, from a kept fit."""

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

_MOST_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("experiment")(experiment)


def experiment(
    context: typer.Context,
    run: RunOption,
    total: TotalOption,
    constraints: ConstraintsOption = None,
    value_per_result: Annotated[
        float | None,
        typer.Option("--value-per-result", help="Currency units that one unit of the outcome is worth."),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", help="Days or weeks over which better plans count. Default: a year."),
    ] = None,
    periods: Annotated[
        list[int] | None,
        typer.Option(
            "--periods", help="Days or weeks that are read, may be repeated. Default: 2, 4, 8 weeks."
        ),
    ] = None,
    currency: CurrencyOption = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same figures.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Price pausing, halving and doubling each item for a while: what it costs, what knowing is worth."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.flows.budget_experiment import priced_for_total

        found = priced_for_total(
            settings_of(context, home),
            run,
            total,
            constraints_in(constraints),
            value_per_result=value_per_result,
            horizon_periods=horizon,
            lengths=tuple(periods or ()),
            currency=currency,
            seed=seed,
        )
    others = found.rows[1:_MOST_SHOWN]  # the summary says the first
    answer(context, found, (*(f"  {row.words}" for row in others), *found.notes), as_json=as_json)
