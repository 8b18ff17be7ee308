"""``wb budget``: what each channel brought, from a file or the lake; the fit is kept as a model run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as date_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import budget_bids, budget_daily, budget_experiment, budget_pace, budget_plan
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
    from workbench.budget.fit import MixFit
    from workbench.budget.priors import WorthKind
    from workbench.budget.spec import MixSpec
    from workbench.core.settings import Settings
    from workbench.flows.budget_file import FileFit
    from workbench.flows.budget_fit import LakeFit

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
    file: Annotated[
        Path | None, typer.Argument(help="CSV, XLSX or Parquet; one row a day or week.", show_default=False)
    ] = None,
    date: Annotated[str, typer.Option("--date", help="Column of dates.")] = "",
    spend: Annotated[str, typer.Option("--spend", help="Columns of spend, such as facebook,google.")] = "",
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            help="Column of sales, leads or conversions. From the lake: results, conversions or value.",
        ),
    ] = "",
    from_lake: Annotated[
        bool, typer.Option("--from-lake", help="Read the lake's figures instead of a file.")
    ] = False,
    level: Annotated[
        str,
        typer.Option(
            "--level",
            help="From the lake: channel, campaign or adset. A number is as --interval.",
        ),
    ] = "",
    account: Annotated[
        list[str] | None, typer.Option("--account", help="From the lake: ad account, may be repeated.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="From the lake: first day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--until", help="From the lake: last day, YYYY-MM-DD.")] = "",
    result: Annotated[
        str, typer.Option("--result", help="From the lake: kind of result, such as lead.")
    ] = "",
    period: Annotated[str, typer.Option("--period", help="From the lake: auto, day or week.")] = "auto",
    controls: Annotated[str, typer.Option("--controls", help="Columns of what else moves it.")] = "",
    saturation: Annotated[
        str, typer.Option("--saturation", help="logistic, tanh, michaelis_menten or hill.")
    ] = "logistic",
    adstock: Annotated[
        str,
        typer.Option(
            "--adstock", help="geometric, delayed or none. Default: geometric; none for reported results."
        ),
    ] = "",
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
    registered: Annotated[
        list[str] | None,
        typer.Option(
            "--registered-test",
            help="From the lake: a registered test of two spends and whose curve it tells of: ID=ITEM.",
        ),
    ] = None,
    total_only: Annotated[
        bool,
        typer.Option("--total-only", help="From the lake: explain the total, not each item's own results."),
    ] = False,
    channel_run: Annotated[
        str,
        typer.Option("--channel-run", help="From the lake: a run by channel that the items add up to."),
    ] = "",
    method: Annotated[str, typer.Option("--method", help="auto, fast or nuts.")] = "auto",
    interval: Annotated[float, typer.Option("--interval", help="Probability inside every interval.")] = 0.9,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217 code of the spend.")] = "",
    checks: Annotated[
        bool, typer.Option("--checks", help="Also check residuals, collinearity and forecasts of the past.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same draws.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a media mix model, to a file or to the figures of the lake, and keep its draws."""
    worth = _worths(roas or [], share or [])
    items, probability = _levels(level, interval)
    tests_of = _tests_of(registered or [])
    lake = _given(
        level=items,
        accounts=tuple(account or ()),
        since=_day("--since", since),
        until=_day("--until", until),
        result_type=result,
        period=period if period != "auto" else "",
    )
    columns = {"date_column": date, "spend": _names(spend), "controls": _names(controls)}
    of_lake = {**lake, **_given(tests_of=tests_of, total_only=total_only, channel_run=channel_run)}
    _refuse_mixed(from_lake, file, columns, currency, outcome, of_lake)
    if checks and channel_run:
        raise typer.BadParameter("is for what was fitted, before --channel-run", param_hint="--checks")
    with errors_answered(as_json=wants_json(context, as_json)):
        asked = {
            "adstock": adstock or "geometric",
            "saturation": saturation.replace("-", "_"),
            "n_lags": lags,
            "n_fourier": fourier,
            "trend": trend,
            "level": probability,
        }
        from workbench.flows.budget_file import fit_from_file, read_lift_tests

        spec, tests = _spec(asked, worth), read_lift_tests(lift_tests) if lift_tests is not None else ()
        how: dict[str, Any] = {"lift_tests": tests, "method": method, "seed": seed}
        settings = settings_of(context, home)
        found: FileFit | LakeFit
        if file is None:
            question = {**lake, **_given(outcome=outcome)}
            how |= {"tests_of": tests_of, "total_only": total_only, "channel_run": channel_run}
            found = _from_lake(
                settings, question, spec if adstock else _usual_adstock(question, spec, how), how
            )
        else:
            data = {**columns, "outcome": outcome, "currency": currency}
            found = fit_from_file(settings, file, data, spec, **how)
        checked = _checked(found.fit) if checks else {}
        if checked:
            from workbench.flows.budget_checks import keep_checks

            keep_checks(settings.runs_folder, found.run_id, checked)
    _answer(found, checked, as_json=wants_json(context, as_json))


def _usual_adstock(question: dict[str, Any], spec: MixSpec, how: dict[str, Any]) -> MixSpec:
    """Leave adstock out for reported results: networks book them on the day of their impression."""
    from workbench.flows.budget_reported import uses_reported
    from workbench.flows.budget_rows import LakeQuestion

    has_tests = bool(how["lift_tests"] or how.get("tests_of"))
    given = {"has_lift_tests": has_tests, "total_only": how["total_only"]}
    return replace(spec, adstock="none") if uses_reported(LakeQuestion(**question), spec, **given) else spec


def _from_lake(settings: Settings, question: dict[str, Any], spec: MixSpec, how: dict[str, Any]) -> LakeFit:
    from workbench.flows.budget_fit import fit_from_lake
    from workbench.flows.budget_rows import LakeQuestion

    return fit_from_lake(settings, LakeQuestion(**question), spec, **how)


def _spec(asked: dict[str, Any], worth: _Worths) -> MixSpec:
    from workbench.budget.priors import WorthPrior
    from workbench.budget.spec import MixSpec

    return MixSpec(**asked, worth={name: WorthPrior(*given) for name, given in worth.items()})


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _refuse_mixed(
    from_lake: bool,
    file: Path | None,
    columns: dict[str, Any],
    currency: str,
    outcome: str,
    lake: dict[str, Any],
) -> None:
    """Refuse a question that is half of a file and half of the lake."""
    if from_lake:
        extra = _given(FILE=file, currency=currency, **columns)
        if extra:
            raise typer.BadParameter("belongs to a file, not to --from-lake", param_hint=_hint(extra))
        return
    if lake:
        raise typer.BadParameter("is for --from-lake", param_hint=_hint(lake))
    needed = {"FILE": file, "date_column": columns["date_column"], "spend": columns["spend"]}
    for name, value in {**needed, "outcome": outcome}.items():
        if not value:
            raise typer.BadParameter("is missing; or ask --from-lake", param_hint=_hint({name: value}))


def _hint(options: dict[str, Any]) -> str:
    words = {"FILE": "FILE", "date_column": "--date", "accounts": "--account", "result_type": "--result"}
    words["tests_of"] = "--registered-test"
    first = next(iter(options))
    return words.get(first, f"--{first.replace('_', '-')}")


def _tests_of(given: list[str]) -> dict[str, str]:
    out = {}
    for text in given:
        name, _, item = text.partition("=")
        if not (name and item):
            raise typer.BadParameter(
                f"{text!r} is not ID=ITEM, such as more-money=Spring", param_hint="--registered-test"
            )
        if name in out:
            raise typer.BadParameter(f"{name} is named twice", param_hint="--registered-test")
        out[name] = item
    return out


def _levels(level: str, interval: float) -> tuple[str, float]:
    """Tell a level of items from a probability; a number has always been the latter."""
    try:
        return "", float(level)
    except ValueError:
        return level, interval


def _day(option: str, text: str) -> date_of_day | None:
    try:
        return date_of_day.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day such as 2026-01-31", param_hint=option) from None


def _answer(found: FileFit | LakeFit, checked: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({**found.to_dict(), **({"checks": checked} if checked else {})})
        return
    from rich.markup import escape

    lines = [found.summary(), *(f"Concern: {line}" for line in checked.get("concerns", ()))]
    if checked:
        lines.append(checked["rolling"]["summary"])
    for line in (*lines, f"Kept as {found.run_id}."):
        say(escape(line))


def _rolled(result: MixFit) -> dict[str, Any]:
    """Forecast as much of the past as half of the periods leave."""
    from workbench.budget.rolling import check_rolling, most_cuts

    n_cuts = most_cuts(result)
    if n_cuts == 0:
        return {"summary": "Too few periods to forecast any of the past.", "refits": []}
    found = check_rolling(result, n_cuts=n_cuts)
    refits = found.table().assign(cut_dates=[day.isoformat() for day in found.cut_dates]).to_dict("records")
    return {"summary": found.summary(), "refits": refits}


def _checked(result: MixFit) -> dict[str, Any]:
    from workbench.budget.diagnostics import check_collinearity, check_residuals
    from workbench.budget.reported_checks import check_reported

    told = {"rolling": _rolled(result)}
    if result.model.explains == "reported":
        items = check_reported(result)
        return {"concerns": list(items.concerns), "reported": items.to_dict(), **told}
    residuals, collinearity = check_residuals(result), check_collinearity(result)
    return {
        "concerns": [*residuals.concerns, *collinearity.concerns],
        "residuals": residuals.to_dict(),
        "collinearity": collinearity.table().to_dict("records"),
        **told,
    }


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _worths(roas: list[str], share: list[str]) -> _Worths:
    """Read the priors of single channels, one of each."""
    out: _Worths = {}
    given: list[tuple[str, WorthKind, str]] = [("--roas", "roas", text) for text in roas]
    for option, kind, text in [*given, *(("--share", "share", text) for text in share)]:
        name, _, numbers = text.rpartition("=")
        mean, _, sd = numbers.partition(":")
        try:
            prior = (kind, float(mean), float(sd))
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not {_WORTH_FORM}", param_hint=option) from None
        if name in out:
            raise typer.BadParameter(f"{name} has a prior already: give it one", param_hint=option)
        out[name] = prior
    return out


budget_plan.register(app)
budget_experiment.register(app)
budget_daily.register(app)
budget_bids.register(app)
budget_pace.register(app)
