"""``wb experiment``: which arm is better, from counts or sums given on the line; no data directory needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import JsonOption, errors_answered, print_json, say, wants_json

if TYPE_CHECKING:
    from workbench.experiments.options import Options
    from workbench.experiments.result import ExperimentResult

app = typer.Typer(
    help="Compare the arms of an experiment exactly. The first arm is the control.", no_args_is_help=True
)

PriorOption = Annotated[str | None, typer.Option("--prior", help="Parts of the prior, such as 1,1.")]
LevelOption = Annotated[float, typer.Option("--level", help="Probability inside every interval.")]
LowerOption = Annotated[bool, typer.Option("--lower-is-better", help="For costs, complaints, churn.")]
SharesOption = Annotated[
    str | None, typer.Option("--shares", help="Planned shares of the arms, such as 0.5,0.5. Default: equal.")
]
NamesOption = Annotated[str | None, typer.Option("--names", help="Names of the arms. Default: A,B,C…")]
RopeOption = Annotated[
    float | None, typer.Option("--rope", help="Relative change, either way, that makes no difference.")
]
ValueOption = Annotated[
    float | None, typer.Option("--value", help="Currency units that one unit of the metric is worth.")
]
PerDayOption = Annotated[
    float | None, typer.Option("--per-day", help="Trials, exposure or units a day, for the loss per day.")
]
CurrencyOption = Annotated[str, typer.Option("--currency", help="ISO 4217 code of --value.")]
HomeOption = Annotated[Path | None, typer.Option("--home", hidden=True)]


@app.command()
def rates(
    context: typer.Context,
    successes: Annotated[str, typer.Option(help="Successes of each arm, such as 49,51.")],
    trials: Annotated[str, typer.Option(help="Trials of each arm, such as 100,100.")],
    prior: PriorOption = None,
    level: LevelOption = 0.95,
    lower_is_better: LowerOption = False,
    shares: SharesOption = None,
    names: NamesOption = None,
    rope: RopeOption = None,
    value: ValueOption = None,
    per_day: PerDayOption = None,
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Successes out of trials; prior a,b of the beta law, default 1,1."""
    given = {"successes": _numbers("--successes", successes), "trials": _numbers("--trials", trials)}
    if prior is not None:
        given["prior"] = _numbers("--prior", prior)
    asked = _asked(
        level=level,
        lower_is_better=lower_is_better,
        shares=shares,
        names=names,
        rope=rope,
        value=value,
        per_day=per_day,
        currency=currency,
    )
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.rates import analyse_rates

        result = analyse_rates(**given, options=_options(asked))
    _answer(result, as_json=wants_json(context, as_json))


@app.command()
def counts(
    context: typer.Context,
    events: Annotated[str, typer.Option(help="Events of each arm, such as 120,165.")],
    exposure: Annotated[str, typer.Option(help="Spend, impressions or days of each arm.")],
    units: Annotated[
        str | None, typer.Option(help="Units assigned to each arm, for the split check of spend.")
    ] = None,
    prior: PriorOption = None,
    level: LevelOption = 0.95,
    lower_is_better: LowerOption = False,
    shares: SharesOption = None,
    names: NamesOption = None,
    rope: RopeOption = None,
    value: ValueOption = None,
    per_day: PerDayOption = None,
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Events per unit of exposure; prior shape,rate of the gamma law, default 0.5,0."""
    given = {"events": _numbers("--events", events), "exposure": _numbers("--exposure", exposure)}
    if units is not None:
        given["units"] = _numbers("--units", units)
    if prior is not None:
        given["prior"] = _numbers("--prior", prior)
    asked = _asked(
        level=level,
        lower_is_better=lower_is_better,
        shares=shares,
        names=names,
        rope=rope,
        value=value,
        per_day=per_day,
        currency=currency,
    )
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.counts import analyse_counts

        result = analyse_counts(**given, options=_options(asked))
    _answer(result, as_json=wants_json(context, as_json))


@app.command()
def means(
    context: typer.Context,
    n: Annotated[str, typer.Option("--n", help="Units of each arm, such as 400,410.")],
    total: Annotated[str, typer.Option("--sum", help="Sum of the values of each arm.")],
    total_squares: Annotated[str, typer.Option("--sumsq", help="Sum of the squared values of each arm.")],
    prior: PriorOption = None,
    level: LevelOption = 0.95,
    lower_is_better: LowerOption = False,
    shares: SharesOption = None,
    names: NamesOption = None,
    rope: RopeOption = None,
    value: ValueOption = None,
    per_day: PerDayOption = None,
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Means from sums; prior mean,strength,shape,scale of the normal–inverse-gamma law, default flat."""
    sums = (_numbers("--n", n), _numbers("--sum", total), _numbers("--sumsq", total_squares))
    given = {} if prior is None else {"prior": _numbers("--prior", prior)}
    asked = _asked(
        level=level,
        lower_is_better=lower_is_better,
        shares=shares,
        names=names,
        rope=rope,
        value=value,
        per_day=per_day,
        currency=currency,
    )
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.means import analyse_means

        result = analyse_means(*sums, **given, options=_options(asked))
    _answer(result, as_json=wants_json(context, as_json))


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a list of numbers such as 49,51", param_hint=option
        ) from None


def _asked(
    *,
    level: float,
    lower_is_better: bool,
    shares: str | None,
    names: str | None,
    rope: float | None,
    value: float | None,
    per_day: float | None,
    currency: str,
) -> dict[str, Any]:
    return {
        "level": level,
        "higher_is_better": not lower_is_better,
        "shares": _numbers("--shares", shares) if shares is not None else (),
        "names": tuple(name.strip() for name in names.split(",")) if names is not None else (),
        "rope": rope,
        "value": value,
        "per_day": per_day,
        "currency": currency,
    }


def _options(asked: dict[str, Any]) -> Options:
    from workbench.experiments.options import Options

    return Options(**asked)


def _answer(result: ExperimentResult, *, as_json: bool) -> None:
    if as_json:
        print_json(result.to_dict())
        return
    from rich.markup import escape

    from workbench.core.number_text import number, probability

    say(escape(result.summary()))
    for arm, best, loss in zip(result.arms, result.prob_best, result.expected_loss, strict=True):
        ends = f"[{number(arm.interval[0], digits=4)}, {number(arm.interval[1], digits=4)}]"
        say(
            escape(
                f"  {arm.name}: {number(arm.estimate, digits=4)} {ends}; best of all with a probability of "
                f"{probability(best)}; expected loss {number(loss)}"
            )
        )
    if result.split_p is not None:
        say(f"  split check: p = {number(result.split_p, digits=2)}")
