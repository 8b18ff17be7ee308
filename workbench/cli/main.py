"""The commands of ``wb``, each a thin face of one flow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import budget as budget_commands
from workbench.cli import experiment as experiment_commands
from workbench.cli import load as load_commands
from workbench.cli import reports as report_commands
from workbench.cli import sandbox as sandbox_commands
from workbench.cli import stores as store_commands
from workbench.cli.output import Defaults

app = typer.Typer(
    name="wb",
    help="Optimisation workbench for social advertising.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(load_commands.app, name="load")
app.add_typer(experiment_commands.app, name="experiment")
app.add_typer(budget_commands.app, name="budget")
app.add_typer(sandbox_commands.app, name="sandbox")
report_commands.register(app)
store_commands.register(app)


@app.callback()
def _defaults(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", help="Data directory. Default: WORKBENCH_HOME, else ./data.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Optimisation workbench for social advertising."""
    if version:
        from workbench import __version__

        typer.echo(__version__)
        raise typer.Exit
    context.obj = Defaults(home, as_json)
