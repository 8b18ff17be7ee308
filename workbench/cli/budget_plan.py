"""``wb budget plan``: where the next money goes, from a kept fit, exact to the cent and certified."""

from __future__ import annotations

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
    from workbench.budget.problem import Risk
    from workbench.flows.budget_plan import BudgetPlan

_RISK_FORM = "mean, cvar:SHARE or cvar:SHARE:WEIGHT, such as cvar:.1"


def register(app: typer.Typer) -> None:
    """Add the command to ``wb budget``."""
    app.command("plan")(plan)


def plan(
    context: typer.Context,
    run: Annotated[str, typer.Option("--run", help="Id of the fit, as `wb budget fit` said it.")],
    total: Annotated[str, typer.Option("--total", help="To spend a day or week of the fit, as 10000.00.")],
    constraints: Annotated[
        Path | None, typer.Option("--constraints", help="YAML or JSON: bounds, fixed, groups and more.")
    ] = None,
    risk: Annotated[str, typer.Option("--risk", help=f"What is made greatest: {_RISK_FORM}.")] = "mean",
    periods: Annotated[int, typer.Option("--periods", help="Days or weeks to plan, each its own.")] = 1,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217, if the fit has none.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Allocate a total within constraints, judged against the current spends."""
    with errors_answered(as_json=wants_json(context, as_json)):
        from workbench.flows.budget_plan import plan_budget

        found = plan_budget(
            settings_of(context, home).runs_folder,
            run,
            total,
            constraints_in(constraints) if constraints is not None else None,
            risk=_risk(risk),
            n_periods=periods,
            currency=currency,
        )
    if wants_json(context, as_json):
        print_json(found.to_dict())
    else:
        _say(found)


def _say(found: BudgetPlan) -> None:
    from rich.markup import escape

    for line in (found.summary(), *(f"  {one}" for one in found.item_sentences()), *found.notes):
        say(escape(line))


def _risk(text: str) -> Risk | None:
    from workbench.budget.problem import Risk, refused

    kind, _, numbers = text.strip().lower().partition(":")
    if kind == "mean" and not numbers:
        return None
    share, _, weight = numbers.partition(":")
    try:
        asked = (float(share), float(weight) if weight else 1.0)
    except ValueError:
        asked = None
    if kind != "cvar" or asked is None:
        raise refused("risk", text, "is not understood", f"Give {_RISK_FORM}.")
    return Risk(*asked)


def constraints_in(file: Path) -> dict[str, Any]:
    """Read a document of constraints.

    Raises
    ------
    DataError
        If it is no YAML or JSON with fields.
    """
    import yaml

    from workbench.budget.problem import refused

    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except OSError:
        raise refused("constraints", file, "cannot be read", "Check the path.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise refused("constraints", file.name, f"is no YAML or JSON: {error}", "Check its form.") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise refused("constraints", file.name, "holds no fields", "Write bounds, fixed, groups and others.")
    return document
