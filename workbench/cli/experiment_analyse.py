"""``wb experiment analyse``: arms compared from a file with one row a unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.experiment_options import (
    Asked,
    analysis,
    answer,
)
from workbench.cli.output import print_json, say

if TYPE_CHECKING:
    from workbench.experiments.effects import Breakdown


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(analysis(analyse))


def analyse(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one row a unit.", show_default=False)],
    arm: Annotated[str, typer.Option(help="Column of the assigned arm.")],
    metric: Annotated[str, typer.Option(help="Column of the outcome.")],
    kind: Annotated[
        str | None, typer.Option(help="rates, means, ratios or counts. Default: found from the values.")
    ] = None,
    covariate: Annotated[
        list[str] | None, typer.Option(help="Number column from before the experiment; may be repeated.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of what was assigned as a whole.")] = None,
    strata: Annotated[str | None, typer.Option(help="Column to post-stratify by.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Column to break the effect down by; may be repeated.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Column of the units' ids, to refuse doubled ones.")
    ] = None,
    denominator: Annotated[
        str | None, typer.Option(help="Column of a ratio's divisor, or of the counts' exposure.")
    ] = None,
    control: Annotated[
        str | None, typer.Option(help="Name of the control. Default: control, else the first by name.")
    ] = None,
    *,
    asked: Asked,
) -> object:
    """Arms from unit rows; --names and --shares in the order control first, others by name."""
    from workbench.experiments.analyse import analyse as analyse_rows
    from workbench.experiments.effects import effects_by

    columns: dict[str, Any] = {"arm": arm, "metric": metric, "kind": kind, "cluster": cluster}
    columns |= {"denominator": denominator, "control": control}
    options = asked.options()
    result = analyse_rows(
        file, **columns, covariate=covariate or (), strata=strata, unit=unit, options=options
    )
    # A broken split withholds the effects of levels as it withholds the whole one.
    readable = result.decision.verdict != "do not read"
    found = effects_by(file, **columns, by=by, options=options) if by and readable else ()
    if asked.as_json:
        print_json({**result.to_dict(), "breakdown": [one.to_dict() for one in found]})
        return None
    answer(result, as_json=False)
    for one in found:
        _say(one)
    return None


def _say(found: Breakdown) -> None:
    from rich.markup import escape

    from workbench.core.number_text import number, probability

    say(escape(f"By {found.column}, {found.arm} against {found.vs}. {found.summary()}"))
    for one in found.effects:
        ends = ", ".join(number(end, signed=True) for end in one.interval)
        said = f"  {one.level}: {number(one.estimate, signed=True)} [{ends}]; better with a probability of "
        say(escape(f"{said}{probability(one.prob_better)} ({number(one.n_units, digits=12)} units)"))
