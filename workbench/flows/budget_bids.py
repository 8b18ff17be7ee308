"""Advise bids from a kept media mix run and the plan of a total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.budget.bids import BidItem, advise_bids
from workbench.budget.bids_result import BidAdvice
from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.model_run import StoredMix
from workbench.budget.problem import refused
from workbench.flows.budget_plan import currency_of, plan_stored, stored_run
from workbench.flows.budget_start import start_of
from workbench.flows.company import SIMULATED_LABEL

if TYPE_CHECKING:
    from workbench.core.settings import Settings

_OF_CURVE = (
    "effect",
    "rate",
    "half_saturation",
    "slope",
)  # what slope and average of a long-run curve rest on
_LARGEST_WORTH = 10**9

_CAUSED = (
    "Results of the model are those that the spend caused. Where the network credits itself with more, set "
    "the caps lower in proportion."
)
_REPORTED = (
    "Results are counted as the network reports them, as its caps do; some of them may have come without the "
    "spend, so that a result is worth less than it says."
)


@dataclass(frozen=True)
class RunBids:
    """Bid advice, and the run and total it speaks of.

    Attributes
    ----------
    advice : BidAdvice
    run_id, outcome, period : str
    notes : tuple of str
        What a reader has to know of the basis.
    is_simulated : bool
    """

    advice: BidAdvice
    run_id: str
    outcome: str
    period: str
    notes: tuple[str, ...]
    is_simulated: bool

    def summary(self) -> str:
        """Say what a further outcome is worth and what the limits mean."""
        return "\n".join([*([SIMULATED_LABEL] if self.is_simulated else []), self.advice.summary()])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "simulated": self.is_simulated,
            **self.advice.to_dict(),
            "notes": list(self.notes),
            "outcome": self.outcome,
            "period": self.period,
            "model_run": self.run_id,
        }


def bids_of_run(
    settings: Settings,
    run_id: str,
    total: str,
    constraints: Mapping[str, Any] | None = None,
    *,
    value_per_result: str = "",
    outcome_is_money: bool | None = None,
    currency: str = "",
) -> RunBids:
    """Advise bids at the best plan of a total, the one that `wb budget plan` gives.

    Parameters
    ----------
    settings : Settings
        Where runs are kept, and whose lake knows the budgets set now.
    run_id : str
    total : str
        Currency units a period, as for a plan.
    constraints : mapping, optional
        See `workbench.budget.plan_file.read_limits`.
    value_per_result : str
        What one is worth, in currency units; empty for what the plan's last money pays.
    outcome_is_money : bool, optional
        Whether the outcome is revenue; as the run says where left out.
    currency : str
        ISO 4217 code, where the fit names none.

    Returns
    -------
    RunBids

    Raises
    ------
    StoreError
        If there is no such run.
    NotIdentified
        If the data tell the curve of no item.
    DataError
        If a field is unusable or the constraints conflict.
    """
    stored = stored_run(settings.runs_folder, run_id)
    start = start_of(settings, stored, currency=currency_of(stored, currency))
    found = plan_stored(stored, total, constraints, currency=currency, start=start)
    curves, unknown = curves_of_run(stored), _not_identified(stored)
    items = [
        BidItem(item.name, curves[item.name], item.spend_minor, unknown[item.name])
        for item in found.plan.items
    ]
    origin = stored.about.get("origin") or {}
    advice = advise_bids(
        items,
        multiplier=found.plan.multiplier,
        value_per_outcome=_value(value_per_result) if value_per_result else None,
        outcome_is_money=origin.get("outcome") == "value" if outcome_is_money is None else outcome_is_money,
        currency=found.plan.currency,
        level=stored.about["result"]["level"],
    )
    notes = (
        f"At the best plan of {total} a {found.period}, in the long run; data up to {found.last_date}.",
        _REPORTED if stored.plans_reported else _CAUSED,
    )
    return RunBids(advice, found.run_id, found.outcome, found.period, notes, bool(origin.get("is_simulated")))


def _not_identified(stored: StoredMix) -> dict[str, tuple[str, ...]]:
    return {
        one["name"]: tuple(name for name in one["not_identified"] if name in _OF_CURVE)
        for one in stored.about["result"]["channels"]
    }


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise refused("value_per_result", repr(text), "is no amount", "Write it as 40 or 40.50.") from None
    if not 0 < value <= _LARGEST_WORTH:
        raise refused(
            "value_per_result",
            text,
            "is no worth of a result",
            f"Give one above 0, up to {_LARGEST_WORTH:,}.",
        )
    return value
