"""Turn a budget plan or daily budgets into a draft in the ledger, which a person may later approve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.flows.acting import ledger_for_analysts
from workbench.flows.budget_plan import NO_CURRENCY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.budget.plan_result import Plan
    from workbench.core.identity import Actor
    from workbench.core.settings import Settings
    from workbench.flows.budget_plan import BudgetPlan

KIND = "budget_plan"


@dataclass(frozen=True)
class DraftedBudget:
    """A draft as its maker is told of it.

    Attributes
    ----------
    number : int
        Of the row in the ledger's actions.
    is_new : bool
        False where the same plan had been drafted before.
    environment : str
        Where it would be applied.
    money_at_risk_minor : int
        What is taken from one item and given to another, or added to or taken from the total.
    money_at_risk : str
        The same in words.
    created_by : str
        Who drafted it first.
    what : str
        Words for what is drafted, such as ``This plan is``.
    """

    number: int
    is_new: bool
    environment: str
    money_at_risk_minor: int
    money_at_risk: str
    created_by: str
    what: str = "This plan is"

    def summary(self) -> str:
        """Say what stands in the ledger now."""
        first = (
            f"Draft {self.number} is written" if self.is_new else f"{self.what} draft {self.number} already"
        )
        return (
            f"{first}: {self.environment}, {self.money_at_risk} at risk, by {self.created_by}. "
            "Nothing was changed outside."
        )


def draft_budget(settings: Settings, found: BudgetPlan, *, actor: Actor | None = None) -> DraftedBudget:
    """Write a plan as a draft; the same plan twice is one draft.

    Parameters
    ----------
    settings : Settings
        The installation; its environment is where the plan would be applied.
    found : BudgetPlan
    actor : Actor, optional
        Who drafts; default the system's user.

    Returns
    -------
    DraftedBudget

    Raises
    ------
    NotAllowed
        If the actor may only look.
    """
    return write_draft(
        settings,
        Draft(KIND, _payload(found), _diff(found.plan), found.plan.currency),
        actor=actor,
    )


@dataclass(frozen=True)
class Draft:
    """What is to be written of a draft.

    Attributes
    ----------
    kind : str
    payload : mapping
        What is to be: the same for the same wish.
    diff : sequence of mapping
        What it changes: rows with ``from_minor`` and ``to_minor`` are amounts.
    currency : str
        ISO 4217 code, or that for none.
    what, per : str
        Words: what is drafted, and the time its amounts are for.
    """

    kind: str
    payload: Mapping[str, Any]
    diff: Sequence[Mapping[str, Any]]
    currency: str
    what: str = "This plan is"
    per: str = ""

    @property
    def money_at_risk_minor(self) -> int:
        """The larger of what is added and what is taken away."""
        changes: list[int] = [row["to_minor"] - row["from_minor"] for row in self.diff if "to_minor" in row]
        return max(sum(c for c in changes if c > 0), -sum(c for c in changes if c < 0))


def write_draft(settings: Settings, draft: Draft, *, actor: Actor | None) -> DraftedBudget:
    """Write a draft into the ledger, or return the one that was written of the same payload.

    Raises
    ------
    NotAllowed
        If the actor may only look.
    """
    from workbench.ledger import draft_action

    with (
        ledger_for_analysts(settings, actor, to="draft a budget") as (ledger, who),
        ledger.write() as session,
    ):
        done = draft_action(
            session,
            environment=settings.environment,
            kind=draft.kind,
            payload=draft.payload,
            diff=draft.diff,
            money_at_risk_minor=draft.money_at_risk_minor,
            currency=None if draft.currency == NO_CURRENCY else draft.currency,
            actor=who.name,
        )
        row = done.row
    return DraftedBudget(
        row.number,
        done.is_new,
        row.environment,
        row.money_at_risk_minor,
        _money(row.money_at_risk_minor, draft.currency) + draft.per,
        row.created_by,
        draft.what,
    )


def _payload(found: BudgetPlan) -> dict[str, Any]:
    """Return what is to be: the amounts and where they come from, but no figure that is only judged."""
    return {
        "model_run": found.run_id,
        "period": found.period,
        "n_periods": found.n_periods,
        "currency": found.plan.currency,
        "total_minor": found.plan.total_minor,
        "budgets": [
            {"item": item.name, "by_period_minor": list(item.by_period_minor)} for item in found.plan.items
        ],
    }


def _diff(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"item": item.name, "from_minor": item.current_minor, "to_minor": item.spend_minor}
        for item in plan.items
        if item.spend_minor != item.current_minor
    ]


def _money(minor: int, currency: str) -> str:
    text = format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(currency)), currency)
    return text.replace("¤", "") if currency == NO_CURRENCY else text
