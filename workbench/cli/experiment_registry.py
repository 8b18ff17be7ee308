"""``wb experiment register``, ``list``, ``read``, ``decide`` and ``prior``: tests in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    from workbench.flows.experiment_reading import ExperimentReading

IdArgument = Annotated[str, typer.Argument(help="Name of the registered test.")]
_ARM_LEVELS = {"campaign": "campaigns", "adset": "adsets", "ad": "ads", "file": "file"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("register")(register_test)
    app.command("list")(list_tests)
    app.command("read")(read_test)
    app.command("decide")(decide)
    app.command("prior")(prior)


def register_test(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="YAML or JSON file with the fields below.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Short name, such as spring-video.")] = None,
    hypothesis: Annotated[str | None, typer.Option(help="What should happen, in a sentence.")] = None,
    metric: Annotated[str | None, typer.Option(help="cpa, cpc, cvr, ctr or rpi.")] = None,
    result_type: Annotated[str | None, typer.Option(help="Kind of result that counts, such as lead.")] = None,
    value: Annotated[float | None, typer.Option(help="Currency units that one result is worth.")] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="NAME=LEVEL:ID,ID with campaign, adset, ad or file. Repeat; control first."),
    ] = None,
    start: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    stop: Annotated[str | None, typer.Option(help="Planned last day, YYYY-MM-DD.")] = None,
    evidence: Annotated[
        str | None, typer.Option(help="observational, split_test, lift or randomised.")
    ] = None,
    kind_of_test: Annotated[str | None, typer.Option(help="Such as creative or audience.")] = None,
    unit: Annotated[str | None, typer.Option(help="What is assigned to arms. Default: person.")] = None,
    look: Annotated[
        list[int] | None, typer.Option(help="Planned look, in days after the start. Repeat.")
    ] = None,
    minimum_days: Annotated[int | None, typer.Option(help="Mature days of the minimum run.")] = None,
    minimum_units: Annotated[
        int | None, typer.Option(help="Clicks, impressions or currency units of the minimum run.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Ad account of the arms.")] = None,
    level: Annotated[float | None, typer.Option(help="Probability inside every interval.")] = None,
    rope: Annotated[float | None, typer.Option(help="Relative change that makes no difference.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a test from a file or from options; the same again changes nothing."""
    minimum = {"days": minimum_days, "units": minimum_units}
    given: dict[str, Any] = {
        "id": id_,
        "hypothesis": hypothesis,
        "metric": metric,
        "arms": [_arm(text) for text in arm] if arm else None,
        "start": start,
        "stop": stop,
        "evidence": evidence,
        "kind_of_test": kind_of_test,
        "unit": unit,
        "looks": look or None,
        "account_id": account,
        "level": level,
        "rope": rope,
        "minimum": {k: v for k, v in minimum.items() if v is not None} or None,
    }
    more = {k: v for k, v in {"result_type": result_type, "value": value}.items() if v is not None}
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.experiments.registration_file import registration_of
        from workbench.flows import experiment_registry

        document = _read(file) if file is not None else {}
        document |= {key: value for key, value in given.items() if value is not None}
        if more:
            base = document.get("metric")
            document["metric"] = {**base, **more} if isinstance(base, dict) else {"base": base, **more}
        done = experiment_registry.register_test(settings_of(context, home), registration_of(document))
    if as_json:
        print_json(done.to_dict())
        return
    from rich.markup import escape

    say(escape(f"{'Registered' if done.is_new else 'Registered before'}: {done.summary()}"))


def list_tests(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the registered tests, the one that started last first."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.experiment_registry import registered_tests

        found = registered_tests(settings_of(context, home))
    if as_json:
        print_json({"experiments": [one.to_dict() for one in found]})
        return
    from rich.markup import escape

    for one in found:
        say(escape(one.summary()))
    if not found:
        say("No test is registered. Register one with `wb experiment register FILE.yml`.")


def read_test(
    context: typer.Context,
    experiment_id: IdArgument,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="Read what was believed at this moment (UTC).", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
        ),
    ] = None,
    spike_weight: Annotated[
        float | None, typer.Option(help="Share of arms expected to make no difference, without history.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a registered test from the loaded figures; the look is kept."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.acting import actor_of
        from workbench.flows.experiments import read_experiment
        from workbench.ledger import open_ledger

        settings = settings_of(context, home)
        with open_ledger(settings) as ledger:
            by = actor_of(settings, ledger, None)
        at = as_of.replace(tzinfo=UTC) if as_of else None
        reading = read_experiment(settings, experiment_id, as_of=at, spike_weight=spike_weight, actor=by)
    if as_json:
        print_json(reading.to_dict(by.role))
        return
    if reading.is_simulated:
        from workbench.flows.company import SIMULATED_LABEL

        say(SIMULATED_LABEL)
    from rich.markup import escape

    say(escape(reading.summary(by.role)))
    for line in _lines(reading) if reading.is_open_to(by.role) else []:
        say(escape(line))


def decide(
    context: typer.Context,
    experiment_id: IdArgument,
    verdict: Annotated[str, typer.Option(help="ship, stop, continue or void.")],
    why: Annotated[str, typer.Option(help="The reason, in a sentence.")],
    arm: Annotated[str | None, typer.Option(help="Arm that is shipped or kept.")] = None,
    stopped: Annotated[str | None, typer.Option(help="Last day it ran, YYYY-MM-DD.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a decision about a test: what, who, when and why."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.core.dates import parse_day
        from workbench.flows.experiment_registry import decide_test

        done = decide_test(
            settings_of(context, home),
            experiment_id,
            verdict=verdict,
            why=why,
            arm=arm,
            stopped_on=parse_day(stopped) if stopped else None,
        )
    if as_json:
        print_json(done.to_dict())
        return
    from rich.markup import escape

    say(escape(f"Decided: {done.summary()}"))


def prior(
    context: typer.Context,
    metric: Annotated[str | None, typer.Option(help="Name of the only metric to look at.")] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="CSV or Parquet of past tests instead: metric, effect, deviation."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn the prior of relative effects from the tests that ended, per metric and kind of test."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.experiment_priors import priors, priors_of_file

        if from_file is not None:
            found = priors_of_file(from_file, metric=metric)
        else:
            found = priors(settings_of(context, home), metric=metric)
    if as_json:
        print_json({"priors": [one.to_dict() for one in found]})
        return
    from rich.markup import escape

    for one in found:
        say(escape(one.summary()))
    if not found:
        say("No test has ended yet, so there is no history to learn from.")


def _arm(text: str) -> dict[str, Any]:
    name, equals, rest = text.partition("=")
    level, colon, ids = rest.partition(":")
    if not (name.strip() and equals and colon and ids and level in _ARM_LEVELS):
        raise typer.BadParameter(
            f"{text!r} is not NAME=LEVEL:ID,ID with a level of {', '.join(_ARM_LEVELS)}", param_hint="--arm"
        )
    each: Any = ids if level == "file" else [one.strip() for one in ids.split(",")]
    return {"name": name.strip(), _ARM_LEVELS[level]: each}


def _read(path: Path) -> dict[str, Any]:
    import yaml

    from workbench.core.errors import DataError

    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.", next_step="Check the path.", field="file")
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} is no YAML or JSON: {error}.", next_step="Check its form.", field="file"
        ) from error
    if not isinstance(document, dict):
        raise DataError(
            f"{path.name} holds no fields.",
            next_step="Write id, hypothesis, metric, arms and start.",
            field="file",
        )
    return document


def _lines(reading: ExperimentReading) -> list[str]:
    from workbench.core.number_text import number, probability

    period, place = reading.period, reading.place
    lines = [f"  {period} ({place.time_zone}), {place.grain or 'file'}"] if period else []
    best = reading.result.prob_best if reading.result is not None else [None] * len(reading.arms)
    for arm, chance in zip(reading.arms, best, strict=True):
        said = f"  {arm.name}: {number(arm.numerator)} of {number(arm.denominator)} in {arm.n_days} days"
        if arm.cost is not None:
            ends = f"[{number(arm.cost_low)}, {number(arm.cost_high)}]"
            said += f"; {number(arm.cost)} {place.currency} each {ends}"
        if chance is not None:
            said += f"; best of all with a probability of {probability(chance)}"
        lines.append(said)
    return lines
