"""An item's daily budget with its limits."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.budget.problem import whole_minor


@dataclass(frozen=True)
class DailyBudget:
    """An item's daily budget as it is set now, with its own limits, in minor units."""

    name: str
    now_minor: int
    min_minor: int = 0
    max_minor: int | None = None

    def __post_init__(self) -> None:
        for field in ("now_minor", "min_minor", "max_minor"):
            whole_minor(f"{self.name}.{field}", getattr(self, field))
