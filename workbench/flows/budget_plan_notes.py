"""What a reader has to know of a plan's basis: its period, its adstock, and which items are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.budget.model_run import StoredMix
    from workbench.budget.plan_result import Plan

_NOTABLE_REST = 0.05
_HELD = "held at the highest spend observed"


def basis_notes(stored: StoredMix, n_periods: int, *, has_currency: bool) -> list[str]:
    """Say of which period amounts and outcomes are, and what adstock does beyond it.

    Parameters
    ----------
    stored : StoredMix
    n_periods : int
    has_currency : bool
    """
    about, period = stored.about, stored.about["result"]["period"]
    out = []
    if not has_currency:
        out.append("The fit names no currency: amounts are in its unit of spend, to the hundredth.")
    if stored.plans_reported:
        out.append("Outcomes are results as reported of each item: some may have come without the spend.")
    if n_periods == 1:
        out.append(f"What a {period} brings when every {period} is like it, adstock settled.")
        return out
    out.append(
        f"Outcomes count from the first planned {period} to {about['n_lags'] - 1} after the last, "
        "with what earlier spend carries in."
    )
    if about["adstock"] == "geometric":
        rest = (stored.draws["retention"] ** about["n_lags"]).mean(axis=0).max()
        if rest > _NOTABLE_REST:
            out.append(
                f"Adstock is cut off after {about['n_lags']} {period}s in the fit, but not in the plan: "
                f"up to {rest:.0%} of a spend's effect lies beyond."
            )
    return out


def held_notes(found: Plan, period: str) -> list[str]:
    """Say which items would get more if they might go beyond what was ever spent: this can hold for years.

    Parameters
    ----------
    found : Plan
    period : str
        ``day`` or ``week``.
    """
    held = [item.name for item in found.items if _HELD in item.flags and item.marginal > found.multiplier]
    if not held:
        return []
    return [
        f"Held at the highest spend a {period} that the data have seen, although more would pay there: "
        f"{', '.join(held)}. The data of later fits come no further either, unless a plan may go beyond: "
        "a step at a time teaches most safely."
    ]
