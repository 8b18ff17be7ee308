"""What loading a network's report did: the figures, and the columns that were left out by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.loaders.result import LoadResult


@dataclass(frozen=True)
class ReportLoad(LoadResult):
    """A load whose quarantine may hold columns of a file that was loaded.

    Attributes
    ----------
    report : str
        What the file was recognised as, such as ``google: campaigns by day``.
    refused : bool
        Whether nothing of the file was loaded; otherwise ``quarantined`` names the columns, and kinds of
        rows, that the lake does not carry.
    """

    report: str = ""
    refused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {**super().to_dict(), "report": self.report, "refused": self.refused}

    def summary(self) -> str:
        """Say in one sentence what happened."""
        if self.refused:
            return super().summary()
        left = len(self.quarantined)
        rest = f"; {left} columns left out" if left else ""
        verb = "Loaded" if self.changed else "Already loaded:"
        return (
            f"{verb} {self.rows:,} rows of {self.file} ({self.report}): {self.spend} {self.currency}, "
            f"{self.reconciled}{rest}."
        )
