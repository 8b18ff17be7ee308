"""Where the loaders of Meta's API read from and write to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.channels.meta_graph import Graph
    from workbench.core.settings import Environment
    from workbench.lake import Lake
    from workbench.ledger import Ledger


@dataclass(frozen=True)
class Source:
    """Where a refresh reads from and writes to.

    Attributes
    ----------
    graph : Graph
        Connection that rows are fetched over.
    lake : Lake
        Where they go.
    ledger : Ledger
        Where every window is noted.
    environment : str
        Environment of the connection.
    actor : str
        Who does it.
    progress : callable
        Told in a few words what is being done.
    """

    graph: Graph
    lake: Lake
    ledger: Ledger
    environment: Environment
    actor: str
    progress: Callable[[str], None] = field(default=lambda _: None)

    @property
    def label(self) -> str:
        """What rows say about where they come from; those of a rehearsal say that they are simulated."""
        return "sandbox" if self.environment == "sandbox" else "meta_api"
