"""The command line ``wb``: Typer commands over flows.

Exit codes: 0 done, 1 refused with reasons, 2 usage. With ``--json`` exactly one JSON document is on standard
output and nothing else; progress and notices go to standard error.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from workbench.cli.main import app

    app()
