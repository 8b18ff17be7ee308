"""The options and the answer that all commands of ``wb experiment`` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import print_json, say

if TYPE_CHECKING:
    from workbench.experiments.options import Options
    from workbench.experiments.result import ExperimentResult

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


def numbers_of(option: str, text: str) -> tuple[float, ...]:
    """Read a list of numbers such as ``49,51``."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a list of numbers such as 49,51", param_hint=option
        ) from None


def asked_of(
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
    """Gather what was asked beside the counts."""
    return {
        "level": level,
        "higher_is_better": not lower_is_better,
        "shares": numbers_of("--shares", shares) if shares is not None else (),
        "names": tuple(name.strip() for name in names.split(",")) if names is not None else (),
        "rope": rope,
        "value": value,
        "per_day": per_day,
        "currency": currency,
    }


def options_of(asked: dict[str, Any]) -> Options:
    """Check what was asked."""
    from workbench.experiments.options import Options

    return Options(**asked)


def answer(result: ExperimentResult, *, as_json: bool) -> None:
    """Print the result, as one JSON document or in words."""
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
