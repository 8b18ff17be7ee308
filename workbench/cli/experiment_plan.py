"""``wb experiment plan`` and ``wb experiment null``: before a test, and what its looks would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.experiment_options import CurrencyOption, HomeOption, LevelOption, numbers_of
from workbench.cli.output import JsonOption, errors_answered, print_json, say, wants_json

if TYPE_CHECKING:
    from workbench.experiments.null_simulation import NullSimulation
    from workbench.experiments.plan import ExperimentPlan
    from workbench.experiments.traffic import Traffic

BaselineOption = Annotated[
    float, typer.Option(help="The control's rate, events per exposure, mean, ratio or revenue per unit.")
]
DailyOption = Annotated[
    str | None,
    typer.Option(help="Units a day of all arms, or of each day: 900,1100 (the last week repeats)."),
]
DeviationOption = Annotated[
    float | None, typer.Option(help="Standard deviation of one unit's value: means, ratios, revenue.")
]


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("plan")(plan)
    app.command("null")(null)


def plan(
    context: typer.Context,
    baseline: BaselineOption,
    lift: Annotated[float, typer.Option(help="Relative change that is believed on average, such as 0.1.")],
    kind: Annotated[str, typer.Option(help="rates, counts, means, ratios or revenue.")] = "rates",
    deviation: DeviationOption = None,
    paying_rate: Annotated[float | None, typer.Option(help="Revenue: share of the units that pay.")] = None,
    value_deviation: Annotated[
        float | None, typer.Option(help="Revenue: standard deviation of what a paying unit pays.")
    ] = None,
    prior_sd: Annotated[
        float | None,
        typer.Option(help="How far off the lift may be, as a standard deviation. Default: half."),
    ] = None,
    assurance: Annotated[
        float | None, typer.Option(help="Probability of a decision under what is believed. Default: 0.8.")
    ] = None,
    power: Annotated[float | None, typer.Option(help="Probability to find exactly the lift.")] = None,
    width: Annotated[float | None, typer.Option(help="Expected width of the interval of the change.")] = None,
    expected_loss: Annotated[
        float | None, typer.Option(help="Expected loss left when stopped, in the metric's unit.")
    ] = None,
    level: LevelOption = 0.95,
    anytime: Annotated[
        bool, typer.Option("--anytime", help="Plan for reading it whenever one likes.")
    ] = False,
    arms: Annotated[int, typer.Option(help="How many arms, of equal size.")] = 2,
    daily_units: DailyOption = None,
    weekday_shape: Annotated[
        str | None, typer.Option(help="Seven relative sizes of the days, from the first on.")
    ] = None,
    weekly_units: Annotated[
        float | None, typer.Option(help="Distinct units of a week, if some come back.")
    ] = None,
    cost_per_unit: Annotated[float | None, typer.Option(help="Currency units that one unit costs.")] = None,
    currency: CurrencyOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Size, days and cost of a test, by assurance, power, precision or expected loss."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.plan import Goals
        from workbench.experiments.plan import plan as planned

        asked = {
            "assurance": assurance,
            "power": power,
            "interval_width": width,
            "expected_loss": expected_loss,
        }
        result = planned(
            baseline,
            lift,
            kind=kind,  # type: ignore[arg-type]  # checked there, with the kinds that are allowed
            deviation=_deviation_of(baseline, deviation, paying_rate, value_deviation),
            prior_sd=prior_sd,
            goals=Goals(**asked) if any(goal is not None for goal in asked.values()) else None,
            level=level,
            anytime=anytime,
            n_arms=arms,
            traffic=_traffic_of(daily_units, weekday_shape, weekly_units),
            cost_per_unit=cost_per_unit,
            currency=currency,
        )
    _answer_plan(result, as_json=wants_json(context, as_json))


def null(
    context: typer.Context,
    baseline: BaselineOption,
    daily_units: Annotated[float, typer.Option(help="Units of all arms that are new at each look.")],
    looks: Annotated[int, typer.Option(help="How many times the test is read.")] = 14,
    kind: Annotated[str, typer.Option(help="rates, counts or means.")] = "rates",
    deviation: DeviationOption = None,
    lift: Annotated[
        float | None, typer.Option(help="A true relative change, to see how soon each rule finds it.")
    ] = None,
    prior_sd: Annotated[float, typer.Option(help="Deviation of relative effects that is believed.")] = 0.1,
    level: LevelOption = 0.95,
    runs: Annotated[int, typer.Option(help="Simulated tests.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a test without any difference: how often each rule names a winner under these looks."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.experiments.null_simulation import simulate_null

        result = simulate_null(
            looks,
            n_per_look=daily_units / 2,
            baseline=baseline,
            kind=kind,  # type: ignore[arg-type]  # checked there, with the kinds that are allowed
            deviation=deviation,
            lift=lift,
            prior_deviation=prior_sd,
            level=level,
            n_runs=runs,
            seed=seed,
        )
    _answer_null(result, as_json=wants_json(context, as_json))


def _deviation_of(
    baseline: float, deviation: float | None, paying_rate: float | None, value_deviation: float | None
) -> float | None:
    if paying_rate is None and value_deviation is None:
        return deviation
    if paying_rate is None or value_deviation is None or deviation is not None:
        raise typer.BadParameter("Give --paying-rate and --value-deviation together, or --deviation alone.")
    from workbench.experiments.unit_noise import revenue_deviation

    value = baseline / paying_rate if paying_rate else 0.0
    return revenue_deviation(paying_rate, value, value_deviation)


def _traffic_of(daily: str | None, shape: str | None, weekly: float | None) -> Traffic | None:
    if daily is None:
        if shape is not None or weekly is not None:
            raise typer.BadParameter("--weekday-shape and --weekly-units need --daily-units.")
        return None
    from workbench.experiments.traffic import Traffic

    days = numbers_of("--daily-units", daily)
    given: dict[str, Any] = {"daily_units": days if len(days) > 1 else days[0], "weekly_units": weekly}
    if shape is not None:
        given["weekday_shape"] = numbers_of("--weekday-shape", shape)
    return Traffic(**given)


def _answer_plan(result: ExperimentPlan, *, as_json: bool) -> None:
    if as_json:
        print_json(result.to_dict())
        return
    from workbench.core.number_text import number, percent, probability

    say(result.summary())
    loss = number(result.chosen.expected_loss_stopped)
    say(f"  expected loss per unit: {number(result.expected_loss_now)} now, {loss} when stopped")
    for row in result.around:
        days = "" if row.days is None else f", {row.days} days"
        size = number(row.n_per_arm, digits=12)
        say(
            f"  {size} per arm{days}: assurance {probability(row.assurance)}, "
            f"power {probability(row.power)}, width {percent(row.interval_width, digits=2)}"
        )


def _answer_null(result: NullSimulation, *, as_json: bool) -> None:
    if as_json:
        print_json(result.to_dict())
        return
    from workbench.core.number_text import number, percent

    say(result.summary())
    for rule in result.rules:
        ends = ", ".join(percent(end, digits=2) for end in rule.interval)
        found = ""
        if rule.found_rate is not None:
            looks = number(rule.looks_to_find)
            found = f"; finds the lift in {percent(rule.found_rate, digits=2)}, after {looks} looks"
        say(f"  {rule.rule}: {percent(rule.false_positive_rate, digits=2)} ({ends}){found}")
