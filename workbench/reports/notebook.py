"""What a report's notebook calls: show blocks, and say at the end what was found."""

from __future__ import annotations

from typing import Any

from workbench.reports.run import FACTS_MIME


def show(*blocks_html: str) -> None:
    """Show blocks of HTML as one output."""
    from IPython.display import HTML, display

    display(HTML("\n".join(block for block in blocks_html if block)))  # type: ignore[no-untyped-call]


def publish(facts: dict[str, Any]) -> None:
    """Say what the report found, so that the run can publish it."""
    from IPython.display import display

    display({FACTS_MIME: facts, "text/plain": str(facts["subject"])}, raw=True)  # type: ignore[no-untyped-call]
