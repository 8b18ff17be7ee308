"""How every ``wb budget`` command prints what it found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from workbench.cli.output import print_json, say, wants_json

if TYPE_CHECKING:
    import typer


class Found(Protocol):
    """What a flow returns."""

    def summary(self) -> str:
        """Say what was found."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""


def answer(context: typer.Context, found: Found, lines: Iterable[str] = (), *, as_json: bool) -> None:
    """Print one JSON document, or the summary and further lines as they stand, brackets and all."""
    if wants_json(context, as_json):
        print_json(found.to_dict())
        return
    from rich.markup import escape

    for line in (found.summary(), *lines):
        say(escape(line))
