"""Turn proposed daily budgets into a draft in the ledger, with what was expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.budget.problem import refused
from workbench.flows.draft_action import Draft, DraftedBudget, write_draft

if TYPE_CHECKING:
    from workbench.core.identity import Actor
    from workbench.core.settings import Settings
    from workbench.flows.budget_daily import DailyAdvice

DAILY_KIND = "daily_budgets"


def draft_daily(
    settings: Settings, found: DailyAdvice, *, actor: Actor | None = None
) -> DraftedBudget | None:
    """Write a day's proposed budgets as one draft; the same budgets of the same day twice are one draft.

    Parameters
    ----------
    settings : Settings
        The installation; its environment is where the budgets would be set.
    found : DailyAdvice
    actor : Actor, optional
        Who drafts; default the system's user.

    Returns
    -------
    DraftedBudget or None
        ``None`` where no budget changes: there is nothing to draft.

    Raises
    ------
    NotAllowed
        If the actor may only look.
    DataError
        If the day is over by the figures: what is known already is no forecast.
    """
    changes, day, known = _diff(found), found.proposal.day, found.basis.last_day
    if not changes:
        return None
    if day <= known:
        raise refused("day", day, f"is over: the figures reach to {known}", "Leave the day out to draft.")
    draft = Draft(
        DAILY_KIND,
        _payload(found),
        [*changes, _expected(found)],
        found.proposal.currency,
        what=f"These budgets of {found.proposal.day} are",
        per=" a day",
    )
    return write_draft(settings, draft, actor=actor)


def _payload(found: DailyAdvice) -> dict[str, Any]:
    """Return what is to be, and whose budgets these are; no figure that is only judged."""
    proposal, basis = found.proposal, found.basis
    return {
        "network": basis.network,
        "account_id": basis.account_id,
        "level": basis.level,
        "outcome": basis.outcome,
        "result_type": basis.result_type,
        "is_simulated": found.is_simulated,
        "day": proposal.day.isoformat(),
        "currency": proposal.currency,
        "total_minor": proposal.total_minor,
        "budgets": [
            {
                "item": row.name,
                "id": found.ids[row.name],
                "daily_minor": row.proposed_minor,
                "held_by": basis.held_by(found.ids[row.name]),
            }
            for row in proposal.rows
        ],
    }


def _diff(found: DailyAdvice) -> list[dict[str, Any]]:
    return [
        {
            "item": row.name,
            "id": found.ids[row.name],
            "from_minor": row.now_minor,
            "to_minor": row.proposed_minor,
        }
        for row in found.proposal.rows
        if row.proposed_minor != row.now_minor
    ]


def _expected(found: DailyAdvice) -> dict[str, Any]:
    """Return what was expected when the draft was first written: later figures do not change it."""
    proposal = found.proposal
    return {
        "figures_to": found.basis.last_day.isoformat(),
        "expected": proposal.expected and proposal.expected.to_dict(),
        "gain": proposal.gain and proposal.gain.to_dict(),
        "objective": "value" if proposal.counts_value else "results",
        "prob_better": proposal.prob_better,
        "day_dispersion": proposal.day_dispersion,
        "drift": proposal.drift,
        "level": proposal.level,
    }
