"""Plans that were written into the ledger, as a report compares them with what was spent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from workbench.flows.draft_action import KIND
from workbench.flows.kept_drafts import KeptDraft, kept_drafts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.core.settings import Settings

_STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class KeptPlan:
    """A plan that was written into the ledger.

    Attributes
    ----------
    number : int
        Of the action.
    state, created_by : str
    created_at : datetime
    currency : str
        ISO 4217 code; ``XXX`` for none.
    n_days : int
        That its amounts are for.
    budgets : dict of str to int
        Minor units by item, over all its days.
    money_at_risk_minor : int
    """

    number: int
    state: str
    created_by: str
    created_at: datetime
    currency: str
    n_days: int
    budgets: Mapping[str, int]
    money_at_risk_minor: int

    def for_days(self, n_days: int) -> dict[str, int]:
        """Return each item's amount over so many days, in minor units."""
        return {name: round(Fraction(minor * n_days, self.n_days)) for name, minor in self.budgets.items()}


def kept_plans(settings: Settings, *, is_simulated: bool) -> list[KeptPlan]:
    """Return the plans in the ledger that were made of the shown company's runs, the newest first."""
    return [
        _kept(one)
        for one in kept_drafts(settings, KIND)
        if bool(origin_of(settings.runs_folder, one.payload["model_run"]).get("is_simulated")) == is_simulated
    ]


def _kept(one: KeptDraft) -> KeptPlan:
    plan = one.payload
    return KeptPlan(
        one.number,
        one.state,
        one.created_by,
        one.created_at,
        plan["currency"],
        plan["n_periods"] * _STEPS[plan["period"]],
        {row["item"]: sum(row["by_period_minor"]) for row in plan["budgets"]},
        one.moved_minor,
    )


def origin_of(folder: Path, run_id: str) -> dict[str, Any]:
    """Return where a run's data came from; empty for a file's, or where there is no such run."""
    try:
        about = json.loads((folder / run_id / "run.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return about.get("origin") or {}
