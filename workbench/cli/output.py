"""How every command answers: one JSON document or words, and errors that say the next step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.settings import Settings

DONE, REFUSED, USAGE = 0, 1, 2

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Data directory, created on first use. Default: WORKBENCH_HOME, else ./data."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@dataclass
class Defaults:
    """What was given before the command's name."""

    home: Path | None = None
    as_json: bool = False


def settings_of(context: typer.Context, home: Path | None, **overrides: Any) -> Settings:
    """Read the settings for the home folder given before or after the command's name."""
    from workbench.core.settings import load_settings

    given: Defaults = context.obj or Defaults()
    return load_settings(home or given.home, **overrides)


def wants_json(context: typer.Context, as_json: bool) -> bool:
    """Say whether ``--json`` was given before or after the command's name."""
    given: Defaults = context.obj or Defaults()
    return as_json or given.as_json


def print_json(document: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: object) -> object:
    for name in ("isoformat", "to_dict", "tolist"):
        if hasattr(value, name):
            return getattr(value, name)()
    return str(value)


def say(text: str) -> None:
    """Print words on standard output."""
    from rich.console import Console

    Console(soft_wrap=True, highlight=False).print(text)


def notice(text: str) -> None:
    """Print progress or a notice on standard error."""
    sys.stderr.write(f"{text}\n")


def refuse(document: dict[str, Any], text: str, *, as_json: bool) -> NoReturn:
    """Answer with reasons and leave with exit code 1."""
    if as_json:
        print_json(document)
    else:
        notice(text)
    raise typer.Exit(REFUSED)


@contextmanager
def errors_answered(*, as_json: bool) -> Iterator[None]:
    """Turn an error of ours into one readable line, or one JSON document, and exit code 1."""
    try:
        yield
    except WorkbenchError as error:
        from workbench.core.redact import redact

        message, step = redact(error.message), redact(error.next_step or "")
        document = {"error": {"kind": type(error).__name__, "message": message, "next_step": step or None}}
        refuse(document, f"{message}{' ' + step if step else ''}", as_json=as_json)
