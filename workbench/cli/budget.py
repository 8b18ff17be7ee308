"""``wb budget``: what each channel brought, from a table of days or weeks; the fit is kept as a model run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import budget_plan
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
    from workbench.budget.data import MixData
    from workbench.budget.fit import MixFit
    from workbench.budget.priors import WorthKind
    from workbench.budget.spec import LiftTest

    _Worths = dict[str, tuple[WorthKind, float, float]]

app = typer.Typer(
    help="Response of the outcome to spend, and where the next euro goes.", no_args_is_help=True
)

_WORTH_FORM = "NAME=MEAN:SD, such as social=2.5:1"


@app.callback()
def _budget() -> None:
    """Give the group a callback, so that each command keeps its own name."""


@app.command()
def fit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; one row a day or week.", show_default=False)],
    date: Annotated[str, typer.Option("--date", help="Column of dates.")],
    spend: Annotated[str, typer.Option("--spend", help="Columns of spend, such as facebook,google.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column of sales, leads or conversions.")],
    controls: Annotated[str, typer.Option("--controls", help="Columns of what else moves it.")] = "",
    saturation: Annotated[
        str, typer.Option("--saturation", help="logistic, tanh, michaelis_menten or hill.")
    ] = "logistic",
    adstock: Annotated[str, typer.Option("--adstock", help="geometric, delayed or none.")] = "geometric",
    lags: Annotated[
        int | None, typer.Option("--lags", help="Periods an effect lasts. Default: 8 weeks or 28 days.")
    ] = None,
    fourier: Annotated[int, typer.Option("--fourier", help="Waves of the year's season.")] = 2,
    trend: Annotated[bool, typer.Option("--trend/--no-trend", help="Whether the baseline may drift.")] = True,
    roas: Annotated[
        list[str] | None, typer.Option("--roas", help=f"Prior of a channel's ROAS: {_WORTH_FORM}.")
    ] = None,
    share: Annotated[
        list[str] | None, typer.Option("--share", help="Prior of a channel's share: NAME=MEAN:SD.")
    ] = None,
    lift_tests: Annotated[
        Path | None,
        typer.Option(
            "--lift-tests",
            help="CSV of channel,spend_before,spend_change,effect,low,high,level, amounts a period.",
        ),
    ] = None,
    method: Annotated[str, typer.Option("--method", help="auto, fast or nuts.")] = "auto",
    level: Annotated[float, typer.Option("--level", help="Probability inside every interval.")] = 0.9,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217 code of the spend.")] = "",
    checks: Annotated[
        bool, typer.Option("--checks", help="Also check residuals, collinearity and forecasts of the past.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same draws.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a media mix model and keep its draws."""
    worth = {**_worths("--roas", "roas", roas or []), **_worths("--share", "share", share or [])}
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.budget.data import mix_data
        from workbench.budget.model_run import write_model_run

        columns: dict[str, Any] = {
            "date_column": date,
            "spend": _names(spend),
            "outcome": outcome,
            "controls": _names(controls),
        }
        data = mix_data(_table(file), **columns, currency=currency)
        asked = {
            "adstock": adstock,
            "saturation": saturation.replace("-", "_"),
            "n_lags": lags,
            "n_fourier": fourier,
            "trend": trend,
            "level": level,
        }
        result = _fitted(data, asked, worth, lift_tests=lift_tests, method=method, seed=seed)
        checked = _checked(result) if checks else {}
        run_id = write_model_run(result, settings_of(context, home).runs_folder, source=file.name)
    _answer(result, run_id, checked, as_json=wants_json(context, as_json))


def _answer(result: MixFit, run_id: str, checked: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({**result.to_dict(), **({"checks": checked} if checked else {}), "model_run": run_id})
        return
    from rich.markup import escape

    say(escape(result.summary()))
    for line in checked.get("concerns", ()):
        say(escape(f"Concern: {line}"))
    if checked:
        say(escape(checked["rolling"]["summary"]))
    say(f"Kept as {run_id}.")


def _checked(result: MixFit) -> dict[str, Any]:
    from workbench.budget.diagnostics import check_collinearity, check_residuals
    from workbench.budget.rolling import check_rolling

    residuals, collinearity, rolling = (
        check_residuals(result),
        check_collinearity(result),
        check_rolling(result),
    )
    return {
        "concerns": [*residuals.concerns, *collinearity.concerns],
        "residuals": residuals.to_dict(),
        "collinearity": collinearity.table().to_dict("records"),
        "rolling": {"summary": rolling.summary(), "refits": rolling.table().to_dict("records")},
    }


def _fitted(
    data: MixData, asked: dict[str, Any], worth: _Worths, *, lift_tests: Path | None, **how: Any
) -> MixFit:
    from workbench.budget.fit import fit_mix
    from workbench.budget.priors import WorthPrior
    from workbench.budget.spec import MixSpec

    priors = {name: WorthPrior(*given) for name, given in worth.items()}
    tests = _lift_tests(lift_tests) if lift_tests is not None else ()
    return fit_mix(data, MixSpec(**asked, worth=priors), lift_tests=tests, **how)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _table(file: Path) -> Any:
    import pandas as pd

    from workbench.core.errors import DataError

    try:
        return pd.read_excel(file) if file.suffix.lower() == ".xlsx" else pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read as a table: {error}.",
            next_step="Give a CSV or XLSX file.",
            file=str(file),
        ) from None


def _worths(option: str, kind: WorthKind, given: list[str]) -> _Worths:
    out: _Worths = {}
    for text in given:
        name, _, numbers = text.rpartition("=")
        mean, _, sd = numbers.partition(":")
        try:
            out[name] = (kind, float(mean), float(sd))
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not {_WORTH_FORM}", param_hint=option) from None
    return out


def _lift_tests(file: Path) -> tuple[LiftTest, ...]:
    from workbench.budget.spec import LiftTest
    from workbench.core.errors import SchemaError

    table = _table(file)
    needed = ["channel", "spend_before", "spend_change", "effect", "low", "high"]
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise SchemaError(
            f"{missing[0]}: there is no such column in {file}.",
            next_step=f"Columns are {', '.join(needed)} and, if not .95, level.",
            field=missing[0],
        )
    return tuple(
        LiftTest(
            str(row["channel"]),
            float(row["spend_before"]),
            float(row["spend_change"]),
            effect=float(row["effect"]),
            interval=(float(row["low"]), float(row["high"])),
            level=float(row.get("level", 0.95)),
        )
        for row in table.to_dict("records")
    )


budget_plan.register(app)
