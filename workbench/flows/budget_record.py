"""What earlier plans expected, and what a later fit says came of them where they were followed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.plan_result import Estimate
from workbench.core.errors import WorkbenchError
from workbench.flows.budget_run import MixRun, read_run
from workbench.flows.draft_action import KIND

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.stats.counts import Floats

_MOST = 6
_LEAST_PERIODS = 4  # of data after a plan: fewer say little about what it brought
_FOLLOWED = 0.15  # of the total that may have gone elsewhere than planned


@dataclass(frozen=True)
class PastPlan:
    """One plan that was drafted before.

    Attributes
    ----------
    number : int
        Of the action in the ledger.
    state, created_by : str
    created_at : datetime
    n_periods : int
        That its amounts are for.
    moved : float
        Currency units that it takes from one item and gives to another, or adds or takes away.
    expected : Estimate or None
        Outcome a period that it was to bring more than the spends of then, by its own model run.
    came : Estimate or None
        The same by the later run, at what was really spent since.
    expected_as_spent : Estimate or None
        What its own run expected of those spends.
    n_since : int
        Whole periods of the later run's data after the plan.
    why_not : str
        Why there is no ``came``; empty where there is.
    """

    number: int
    state: str
    created_by: str
    created_at: datetime
    n_periods: int
    moved: float
    expected: Estimate | None
    came: Estimate | None
    expected_as_spent: Estimate | None
    n_since: int
    why_not: str

    @property
    def is_inside(self) -> bool | None:
        """Whether what came lies in what was expected of the same spends; ``None`` where none can say."""
        if self.expected_as_spent is None or self.came is None:
            return None
        low, high = self.expected_as_spent.interval
        return low <= self.came.mean <= high


@dataclass(frozen=True)
class _Drafted:
    number: int
    state: str
    created_by: str
    created_at: datetime
    at_risk_minor: int
    payload: dict[str, Any]
    diff: list[dict[str, Any]]


def budget_record(settings: Settings, run: MixRun) -> tuple[PastPlan, ...]:
    """Return the last plans of the same items and outcome, the newest first.

    Parameters
    ----------
    settings : Settings
        The installation, whose ledger has the drafts.
    run : MixRun
        The run that is shown: with data since a plan it says what came of it.

    Returns
    -------
    tuple of PastPlan
        Six at most. What came is the later fit's estimate at the spends since, compared with those before the
        plan; it is given only where there are four periods of data after the plan and the money went where
        the plan said, to 15 % of the total.
    """
    out: list[PastPlan] = []
    for one in _drafted(settings):
        try:
            then = read_run(settings.runs_folder, str(one.payload["model_run"]))
        except (WorkbenchError, OSError, ValueError, KeyError):
            continue  # its model run is gone: nothing says what it expected
        if _kind(then) == _kind(run):
            out.append(_judged(one, then, run))
        if len(out) == _MOST:
            break
    return tuple(out)


def _drafted(settings: Settings) -> list[_Drafted]:
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return []
    from workbench.ledger import find_actions, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        return [
            _Drafted(
                row.number,
                row.state,
                row.created_by,
                row.created_at,
                row.money_at_risk_minor,
                json.loads(row.payload),
                json.loads(row.diff),
            )
            for row in find_actions(session, settings.environment, KIND)
        ]


def _kind(run: MixRun) -> tuple[object, ...]:
    """Return what two runs have to share for their plans to be compared."""
    about = run.stored.about
    is_simulated = bool(about.get("origin", {}).get("is_simulated"))
    return about["result"]["outcome"], about["step_days"], run.currency, run.stored.channels, is_simulated


def _judged(one: _Drafted, then: MixRun, run: MixRun) -> PastPlan:
    n = int(one.payload["n_periods"])
    planned, before = _spends(one, then)
    expected = _gain(then, planned, before) if n == 1 else None
    n_since = (_last(run) - one.created_at.date()).days // int(run.stored.about["step_days"])
    came, as_spent, why_not = None, None, ""
    if n > 1:
        why_not = "a plan of several periods"
    elif run.stored.run_id == then.stored.run_id or n_since < _LEAST_PERIODS:
        why_not = "too early"
    else:
        past = np.array(run.stored.about["carry_in_spend"], dtype=np.float64)[-n_since:]
        spent = past.mean(axis=0)
        elsewhere = np.abs(spent - planned).sum() / 2 / max(planned.sum(), 1e-9)
        elsewhere = max(elsewhere, abs(spent.sum() / max(planned.sum(), 1e-9) - 1))
        if elsewhere > _FOLLOWED:
            why_not = "not followed"
        else:
            came, as_spent = _gain(run, spent, before), _gain(then, spent, before)
    return PastPlan(
        one.number,
        one.state,
        one.created_by,
        one.created_at,
        n,
        one.at_risk_minor / then.units,
        expected,
        came,
        as_spent,
        max(n_since, 0),
        why_not,
    )


def _spends(one: _Drafted, then: MixRun) -> tuple[Floats, Floats]:
    """Return what a plan wanted and what was spent before it, a period, in currency units."""
    n, names = int(one.payload["n_periods"]), then.stored.channels
    planned = {row["item"]: sum(row["by_period_minor"]) for row in one.payload["budgets"]}
    before = planned | {row["item"]: row["from_minor"] for row in one.diff}
    scale = then.units * n
    wanted, had = ([amounts[name] / scale for name in names] for amounts in (planned, before))
    return np.array(wanted, dtype=np.float64), np.array(had, dtype=np.float64)


def _gain(run: MixRun, new: Floats, old: Floats) -> Estimate:
    draws = run.held_out.by_draw(new)[0].sum(axis=0) - run.held_out.by_draw(old)[0].sum(axis=0)
    tail = (1 - run.stored.about["result"]["level"]) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(float(draws.mean()), (float(low), float(high)))


def _last(run: MixRun) -> date:
    return date.fromisoformat(run.stored.about["result"]["dates"]["last"])
