"""The options and the answer that all commands of ``wb experiment`` share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from workbench.cli.output import JsonOption, errors_answered, print_json, say, wants_json

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


@dataclass(frozen=True)
class Asked:
    """What was asked beside the figures: not checked yet.

    Attributes
    ----------
    given : dict
        The shared options by the name of their parameter.
    as_json : bool
        Whether one JSON document is wanted.
    """

    given: dict[str, Any]
    as_json: bool

    def options(self, **changes: Any) -> Options:
        """Check it.

        Raises
        ------
        DataError
            If a field is not usable.
        """
        from workbench.experiments.options import Options

        given = dict(self.given)
        shares, names = given.pop("shares", None), given.pop("names", None)
        fields = {
            "higher_is_better": not given.pop("lower_is_better"),
            "shares": numbers_of("--shares", shares) if shares is not None else (),
            "names": tuple(name.strip() for name in names.split(",")) if names is not None else (),
        }
        return Options(**(given | fields | changes))


def analysis(
    command: Callable[..., object] | None = None, *, without: Sequence[str] = ()
) -> Callable[..., Any]:
    """Give a command the shared options; it takes them as ``asked`` and returns the result to answer with.

    Parameters
    ----------
    command : callable
        Its parameters are its own options and ``asked``; ``None`` if it has answered itself.
    without : sequence of str
        Shared options that it does not take.
    """
    if command is None:
        return partial(analysis, without=without)
    shared = [one for one in _SHARED if one.name not in without]

    @wraps(command)
    def run(context: typer.Context, *, home: Path | None, as_json: bool, **given: Any) -> None:
        asked = Asked({one.name: given.pop(one.name) for one in shared}, wants_json(context, as_json))
        with errors_answered(as_json=asked.as_json):
            result = command(**given, asked=asked)
        if result is not None:
            answer(cast("ExperimentResult", result), as_json=asked.as_json)

    own = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [
        _parameter("context", typer.Context, Parameter.empty),
        *(one.replace(kind=Parameter.KEYWORD_ONLY) for one in own if one.name != "asked"),
        *shared,
        _parameter("home", HomeOption, None),
        _parameter("as_json", JsonOption, False),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


_SHARED = (
    _parameter("level", LevelOption, 0.95),
    _parameter("lower_is_better", LowerOption, False),
    _parameter("shares", SharesOption, None),
    _parameter("names", NamesOption, None),
    _parameter("rope", RopeOption, None),
    _parameter("value", ValueOption, None),
    _parameter("per_day", PerDayOption, None),
    _parameter("currency", CurrencyOption, ""),
)


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
