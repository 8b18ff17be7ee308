"""From a kept model run and what is asked to what the Budget page shows: moves, next euros, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.plan_result import Estimate
from workbench.flows.budget_asked import WORST_SHARE, Asked
from workbench.flows.budget_plan import NO_CURRENCY, plan_stored

if TYPE_CHECKING:
    from workbench.budget.plan_result import Plan
    from workbench.flows.budget_plan import BudgetPlan
    from workbench.flows.budget_run import MixRun
    from workbench.stats.counts import Floats


@dataclass(frozen=True)
class Row:
    """One item of the plan, money in currency units a period.

    Attributes
    ----------
    name : str
    now, proposed : float
    next_now, next_proposed : Estimate
        What the next currency unit brings at either spend.
    gain : Estimate
        Outcome of its proposed spend less that of its current one.
    flags : tuple of str
        In words of a reader.
    is_locked : bool
    """

    name: str
    now: float
    proposed: float
    next_now: Estimate
    next_proposed: Estimate
    gain: Estimate
    flags: tuple[str, ...]
    is_locked: bool

    @property
    def change(self) -> float:
        """Proposed less current spend."""
        return self.proposed - self.now


@dataclass(frozen=True)
class BudgetView:
    """Everything that the page shows of one plan.

    Attributes
    ----------
    run : MixRun
    asked : Asked
    found : BudgetPlan
    rows : tuple of Row
        In the order of the run.
    worst_tenth : float
        Mean gain over the tenth of the draws under which the plan does worst.
    """

    run: MixRun
    asked: Asked
    found: BudgetPlan
    rows: tuple[Row, ...]
    worst_tenth: float

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.found.plan

    @property
    def currency(self) -> str:
        """ISO 4217 code; empty where the fit names none."""
        return "" if self.plan.currency == NO_CURRENCY else self.plan.currency

    @property
    def now(self) -> float:
        """What is spent now, a period."""
        return sum(self.run.now_minor) / self.run.units

    @property
    def total(self) -> float:
        """What the plan spends, a period."""
        return self.plan.total_minor / self.run.units

    @property
    def moved(self) -> float:
        """What is taken from one item and given to another, a period."""
        up = sum(max(row.change, 0.0) for row in self.rows)
        return min(up, up - (self.total - self.now))

    @property
    def is_simulated(self) -> bool:
        """Whether the model was fitted on a simulated company's figures."""
        return bool(self.run.stored.about.get("origin", {}).get("is_simulated"))

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Items whose curve is partly the prior's."""
        return tuple(
            one["name"] for one in self.run.stored.about["result"]["channels"] if one["not_identified"]
        )


def view_of(run: MixRun, asked: Asked) -> BudgetView:
    """Plan what is asked for.

    Raises
    ------
    DataError
        If a value cannot be used, or what is asked for cannot be kept at once; ``field`` names it.
    """
    stored = run.thinned if asked.caution else run.stored
    found = plan_stored(stored, asked.total or run.total_at(0), asked.constraints, risk=asked.risk)
    now = np.array(run.now_minor, dtype=np.float64) / run.units
    new = np.array([item.spend_minor for item in found.plan.items], dtype=np.float64) / run.units
    before, after = run.held_out.by_draw(now), run.held_out.by_draw(new)
    gains = after[0] - before[0]
    in_all = np.sort(gains.sum(axis=0))
    level = found.plan.level
    rows = tuple(
        Row(
            item.name,
            float(now[k]),
            float(new[k]),
            _estimate(before[1][k], level),
            _estimate(after[1][k], level),
            _estimate(gains[k], level),
            _flags(run.stored.about["result"]["channels"][k], item.flags),
            item.name in asked.locks,
        )
        for k, item in enumerate(found.plan.items)
    )
    worst = in_all[: max(1, round(WORST_SHARE * in_all.size))].mean()
    return BudgetView(run, asked, found, rows, float(worst))


_FLAG_WORDS = {
    "fixed": "locked",
    "nothing": "gets nothing",
    "beyond observed spend": "outside observed spend",
    "held at the highest spend observed": "at the highest spend seen",
    "learning begins anew": "large step",
}


def _flags(channel: dict[str, Any], flags: tuple[str, ...]) -> tuple[str, ...]:
    own = ("not identified",) if channel["not_identified"] else ()
    return (*own, *(_FLAG_WORDS.get(flag, flag) for flag in flags))


def _estimate(draws: Floats, level: float) -> Estimate:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(draws.mean()), (float(low), float(high)))
