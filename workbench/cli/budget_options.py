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
    from workbench.budget.problem import refused
    from workbench.flows.plan_document import read_document

    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise refused("constraints", file, f"cannot be read: {error.strerror}", "Check the path.") from None
    except UnicodeDecodeError:
        raise refused("constraints", file.name, "is not UTF-8", "Save it as UTF-8.") from None
    return read_document(text, file.name)
