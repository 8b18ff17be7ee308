"""``wb experiment ads``: all ads of an account side by side, from what is loaded; observational."""

from __future__ import annotations

from typing import Annotated

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

_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the command to ``wb experiment``."""
    app.command("ads")(ads)


def ads(
    context: typer.Context,
    level: Annotated[str, typer.Option(help="ad, adset or campaign.")] = "ad",
    metric: Annotated[
        str,
        typer.Option(help="cpa (cost per result), cvr (results per click) or ctr (clicks per impression)."),
    ] = "cpa",
    start: Annotated[str | None, typer.Option("--from", help="First day; default 28 days back.")] = None,
    stop: Annotated[str | None, typer.Option("--to", help="Last day; default the last with figures.")] = None,
    account: Annotated[str | None, typer.Option(help="Ad account; default the newest figures.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare all ads of an account: which may be best, what is left to gain, were they shown alike."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.core.dates import parse_day
        from workbench.flows.company import shown_lake
        from workbench.flows.many_ads import compare_ads

        found = compare_ads(
            shown_lake(settings_of(context, home)),
            level,  # type: ignore[arg-type]  # the flow refuses what it does not know
            metric=metric,  # type: ignore[arg-type]
            start=parse_day(start) if start else None,
            stop=parse_day(stop) if stop else None,
            account_id=account,
        )
    if as_json:
        print_json(found.to_dict())
        return
    from rich.markup import escape

    from workbench.core.number_text import number, probability

    if found.is_simulated:
        from workbench.flows.company import SIMULATED_LABEL

        say(SIMULATED_LABEL)
    say(escape(found.summary()))
    for ad in sorted(found.estimates.ads, key=lambda one: one.expected_loss)[:_SHOWN]:
        ends = f"[{number(ad.interval[0], digits=3)}, {number(ad.interval[1], digits=3)}]"
        say(
            escape(
                f"  {ad.name}: {number(ad.estimate, digits=3)} {ends}; best of all with a probability of "
                f"{probability(ad.prob_best)}"
            )
        )
    for one in found.balance.ads if found.balance else ():
        raw = "none" if one.raw is None else number(one.raw, digits=3)
        say(
            escape(
                f"  delivery of {one.name}: {number(one.distance, digits=2)} apart; raw {raw}, "
                f"post-stratified {number(one.post_stratified, digits=3)} "
                f"[{number(one.interval[0], digits=3)}, {number(one.interval[1], digits=3)}]"
            )
        )
