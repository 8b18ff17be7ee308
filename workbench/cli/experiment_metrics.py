"""``wb experiment revenue``, ``ratios``, ``quantiles``, ``revenue-readings``: the other metrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.experiment_options import (
    Asked,
    HomeOption,
    LevelOption,
    LowerOption,
    PriorOption,
    SharesOption,
    analysis,
    numbers_of,
)
from workbench.cli.output import JsonOption, errors_answered, print_json, say, wants_json

if TYPE_CHECKING:
    import pandas as pd

FileArgument = Annotated[Path, typer.Argument(help="CSV or Parquet file with one row for each value.")]
ArmOption = Annotated[str, typer.Option("--arm", help="Column that names the arm.")]
MetricOption = Annotated[str, typer.Option("--metric", help="Column with the values.")]
ControlOption = Annotated[
    str | None, typer.Option("--control", help="Which arm is the control. Default: the first by name.")
]


def revenue(
    n: Annotated[str, typer.Option("--n", help="Units of each arm, such as 400,410.")],
    paying: Annotated[str, typer.Option("--paying", help="Units of each arm that paid anything.")],
    model: Annotated[
        str, typer.Option("--model", help="Law of what payers pay: lognormal, gamma or moments.")
    ] = "lognormal",
    total: Annotated[str | None, typer.Option("--sum", help="Sum of what was paid.")] = None,
    total_squares: Annotated[str | None, typer.Option("--sumsq", help="Sum of its squares.")] = None,
    log_total: Annotated[
        str | None, typer.Option("--sum-log", help="Sum over payers of the natural logarithm.")
    ] = None,
    log_total_squares: Annotated[
        str | None, typer.Option("--sumsq-log", help="Sum over payers of its squares.")
    ] = None,
    prior: PriorOption = None,
    *,
    asked: Asked,
) -> object:
    """Revenue per unit, rate times value; prior a,b of the rate; lognormal needs the sums of logarithms."""
    from workbench.experiments.revenue import analyse_revenue
    from workbench.experiments.revenue_sums import RevenueSums, model_named

    given: dict[str, Any] = {"n": numbers_of("--n", n), "n_paying": numbers_of("--paying", paying)}
    for field, option, text in (
        ("total", "--sum", total),
        ("total_squares", "--sumsq", total_squares),
        ("log_total", "--sum-log", log_total),
        ("log_total_squares", "--sumsq-log", log_total_squares),
    ):
        given[field] = None if text is None else numbers_of(option, text)
    believed: dict[str, Any] = {} if prior is None else {"rate_prior": numbers_of("--prior", prior)}
    return analyse_revenue(
        RevenueSums(**given), model=model_named(model), **believed, options=asked.options()
    )


def ratios(
    n: Annotated[str, typer.Option("--n", help="Randomised units of each arm, such as users.")],
    sum_y: Annotated[str, typer.Option("--sum-y", help="Sum of the numerators, such as revenue.")],
    sum_x: Annotated[str, typer.Option("--sum-x", help="Sum of the denominators, such as sessions.")],
    sum_yy: Annotated[str, typer.Option("--sum-yy", help="Sum of the units' squared numerators.")],
    sum_xx: Annotated[str, typer.Option("--sum-xx", help="Sum of the units' squared denominators.")],
    sum_xy: Annotated[str, typer.Option("--sum-xy", help="Sum of the units' products.")],
    *,
    asked: Asked,
) -> object:
    """Compare sums of one thing over sums of another, such as revenue per session of randomised users."""
    from workbench.experiments.ratios import RatioSums, analyse_ratios

    sums = [
        numbers_of(f"--{name}", text)
        for name, text in (
            ("n", n),
            ("sum-y", sum_y),
            ("sum-x", sum_x),
            ("sum-yy", sum_yy),
            ("sum-xx", sum_xx),
            ("sum-xy", sum_xy),
        )
    ]
    return analyse_ratios(RatioSums(*sums), options=asked.options())


def quantiles(
    file: FileArgument,
    arm: ArmOption,
    metric: MetricOption,
    q: Annotated[float, typer.Option("--q", help="Which quantile, such as 0.5 or 0.9.")] = 0.5,
    control: ControlOption = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Column that names the unit.")] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Column of what was randomised and has several values.")
    ] = None,
    *,
    asked: Asked,
) -> object:
    """Compare a quantile of values in a file, by the Bayesian bootstrap; their law may be any."""
    from workbench.experiments.quantiles import analyse_quantiles

    columns = {"arm": arm, "metric": metric} | {
        name: column for name, column in (("unit", unit), ("cluster", cluster)) if column
    }
    arms = _arms(_table(file, columns), control)
    return analyse_quantiles(
        [part["metric"].to_numpy() for part in arms.values()],
        q,
        unit_ids=[part["unit"].to_numpy() for part in arms.values()] if unit else None,
        clusters=[part["cluster"].to_numpy() for part in arms.values()] if cluster else None,
        options=asked.options(names=tuple(arms)),
    )


def revenue_readings(
    context: typer.Context,
    file: FileArgument,
    arm: ArmOption,
    metric: MetricOption,
    control: ControlOption = None,
    cuts: Annotated[
        str, typer.Option("--winsorise", help="Quantiles of what payers paid to cut at.")
    ] = "1,0.999,0.99,0.95",
    level: LevelOption = 0.95,
    lower_is_better: LowerOption = False,
    shares: SharesOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a verdict on revenue depends on the law of the values, or on winsorising them."""
    numbers = numbers_of("--winsorise", cuts)
    planned = numbers_of("--shares", shares) if shares is not None else ()
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.options import Options
        from workbench.experiments.revenue_sensitivity import sensitivity

        arms = _arms(_table(file, {"arm": arm, "metric": metric}), control)
        options = Options(
            level=level, higher_is_better=not lower_is_better, names=tuple(arms), shares=planned
        )
        found = sensitivity(
            [part["metric"].to_numpy() for part in arms.values()], quantiles=numbers, options=options
        )
    if wants_json(context, as_json):
        print_json(found.to_dict())
        return
    from rich.markup import escape

    say(escape(found.summary()))


def register(app: typer.Typer) -> None:
    """Add these commands to ``wb experiment``."""
    app.command()(analysis(revenue))
    app.command()(analysis(ratios))
    app.command()(analysis(quantiles, without=("names",)))
    app.command()(revenue_readings)


def _table(file: Path, columns: dict[str, str]) -> pd.DataFrame:
    """Read columns of a file under the names that they have here."""
    import pandas as pd

    from workbench.core.errors import DataError

    if not file.is_file():
        raise DataError(f"{file} is not a file.", next_step="Give a CSV or Parquet file.", field="file")
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    missing = [column for column in columns.values() if column not in frame.columns]
    if missing:
        raise DataError(
            f"{file.name} has no column {', '.join(missing)}.",
            next_step=f"It has {', '.join(map(str, frame.columns))}.",
            field="columns",
        )
    return pd.DataFrame({name: frame[column] for name, column in columns.items()})


def _arms(table: pd.DataFrame, control: str | None) -> dict[str, pd.DataFrame]:
    """Return each arm's rows by its name, the control first."""
    import pandas as pd

    from workbench.core.errors import DataError

    table = table.assign(metric=pd.to_numeric(table["metric"], errors="coerce"))
    arms = {str(name): part for name, part in table.groupby("arm", sort=True)}
    if control is None:
        return arms
    if control not in arms:
        raise DataError(
            f"control: {control} is no arm.", next_step=f"The arms are {', '.join(arms)}.", field="control"
        )
    return {control: arms[control]} | arms
