"""Plans that start from the budgets set now: what the command line and the Budget page ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.flows.budget_plan import currency_of, plan_stored, stored_run
from workbench.flows.budget_run import read_run
from workbench.flows.budget_start import start_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from workbench.budget.problem import Risk
    from workbench.core.settings import Settings
    from workbench.flows.budget_plan import BudgetPlan
    from workbench.flows.budget_run import MixRun


def plan_from_now(
    settings: Settings,
    run_id: str,
    total: str,
    constraints: Mapping[str, Any] | None = None,
    *,
    start: str = "budgets",
    risk: Risk | None = None,
    n_periods: int = 1,
    currency: str = "",
) -> BudgetPlan:
    """Plan from the budgets set now, where they are known.

    Parameters
    ----------
    settings : Settings
        The installation, whose lake knows the budgets.
    run_id, total, constraints, risk, n_periods, currency
        As for `workbench.flows.budget_plan.plan_budget`.
    start : {"budgets", "spend"}
        See `workbench.flows.budget_start.start_of`.

    Raises
    ------
    StoreError
        If there is no such run; the runs that exist are listed.
    DataError
        If a field is unusable or the constraints conflict.
    """
    stored = stored_run(settings.runs_folder, run_id)
    begins = start_of(settings, stored, kind=start, currency=currency_of(stored, currency))
    return plan_stored(
        stored, total, constraints, risk=risk, n_periods=n_periods, currency=currency, start=begins
    )


def read_run_now(settings: Settings, run_id: str = "", *, until: date | None = None) -> MixRun:
    """Read a run whose plans start from the budgets set now, where they are known.

    Parameters
    ----------
    settings : Settings
    run_id : str
        By default the latest.
    until : datetime.date, optional
        Last day that may be known.

    Raises
    ------
    StoreError
        If there is no such run.
    """
    run = read_run(settings.runs_folder, run_id)
    return replace(run, known_start=start_of(settings, run.stored, currency=run.currency, until=until))
