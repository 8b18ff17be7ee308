"""Options that the commands on a kept fit share, and the document of constraints that they read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

RunOption = Annotated[str, typer.Option("--run", help="Id of the fit, as `wb budget fit` said it.")]
TotalOption = Annotated[str, typer.Option("--total", help="To spend a day or week of the fit, as 10000.00.")]
ConstraintsOption = Annotated[
    Path | None, typer.Option("--constraints", help="YAML or JSON: bounds, fixed, groups and more.")
]
CurrencyOption = Annotated[str, typer.Option("--currency", help="ISO 4217, if the fit has none.")]


def constraints_in(file: Path | None) -> dict[str, Any] | None:
    """Read a document of constraints; none where no file is given.

    Raises
    ------
    DataError
        If it is no YAML or JSON with fields.
    """
    if file is None:
        return None
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
