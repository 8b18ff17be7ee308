"""``wb experiment``: which arm is better, from counts or sums given on the line; no data directory needed."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import (
    experiment_ads,
    experiment_analyse,
    experiment_metrics,
    experiment_plan,
    experiment_registry,
)
from workbench.cli.experiment_options import (
    Asked,
    PriorOption,
    analysis,
    numbers_of,
)

app = typer.Typer(
    help="Compare the arms of an experiment exactly. The first arm is the control.", no_args_is_help=True
)


@app.command()
@analysis
def rates(
    successes: Annotated[str, typer.Option(help="Successes of each arm, such as 49,51.")],
    trials: Annotated[str, typer.Option(help="Trials of each arm, such as 100,100.")],
    prior: PriorOption = None,
    *,
    asked: Asked,
) -> object:
    """Successes out of trials; prior a,b of the beta law, default 1,1."""
    from workbench.experiments.rates import analyse_rates

    given = {"successes": numbers_of("--successes", successes), "trials": numbers_of("--trials", trials)}
    if prior is not None:
        given["prior"] = numbers_of("--prior", prior)
    return analyse_rates(**given, options=asked.options())


@app.command()
@analysis
def counts(
    events: Annotated[str, typer.Option(help="Events of each arm, such as 120,165.")],
    exposure: Annotated[str, typer.Option(help="Spend, impressions or days of each arm.")],
    units: Annotated[
        str | None, typer.Option(help="Units assigned to each arm, for the split check of spend.")
    ] = None,
    prior: PriorOption = None,
    *,
    asked: Asked,
) -> object:
    """Events per unit of exposure; prior shape,rate of the gamma law, default 0.5,0."""
    from workbench.experiments.counts import analyse_counts

    given = {"events": numbers_of("--events", events), "exposure": numbers_of("--exposure", exposure)}
    if units is not None:
        given["units"] = numbers_of("--units", units)
    if prior is not None:
        given["prior"] = numbers_of("--prior", prior)
    return analyse_counts(**given, options=asked.options())


@app.command()
@analysis
def means(
    n: Annotated[str, typer.Option("--n", help="Units of each arm, such as 400,410.")],
    total: Annotated[str, typer.Option("--sum", help="Sum of the values of each arm.")],
    total_squares: Annotated[str, typer.Option("--sumsq", help="Sum of the squared values of each arm.")],
    prior: PriorOption = None,
    *,
    asked: Asked,
) -> object:
    """Means from sums; prior mean,strength,shape,scale of the normal–inverse-gamma law, default flat."""
    from workbench.experiments.means import analyse_means

    sums = (numbers_of("--n", n), numbers_of("--sum", total), numbers_of("--sumsq", total_squares))
    given = {} if prior is None else {"prior": numbers_of("--prior", prior)}
    return analyse_means(*sums, **given, options=asked.options())


experiment_metrics.register(app)
experiment_plan.register(app)
experiment_registry.register(app)
experiment_analyse.register(app)
experiment_ads.register(app)
