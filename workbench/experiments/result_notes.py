"""A result with what has to be said beside its figures: a prior that was pooled, a method that differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, override

from workbench.experiments.result import ExperimentResult


@dataclass(frozen=True)
class NotedResult(ExperimentResult):
    """An analysis of arms with remarks on how it was made.

    Attributes
    ----------
    notes : tuple of str
        Sentences; they follow the verdict in :meth:`summary`.
    """

    notes: tuple[str, ...] = ()

    @override
    def summary(self) -> str:
        """Return the verdict and its reason in words, and the notes."""
        return " ".join([super().summary(), *self.notes])

    @override
    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {**super().to_dict(), "notes": list(self.notes)}


def with_notes(result: ExperimentResult, notes: Sequence[str]) -> NotedResult:
    """Return the same result with notes."""
    return NotedResult(
        **{one.name: getattr(result, one.name) for one in fields(ExperimentResult)}, notes=tuple(notes)
    )
