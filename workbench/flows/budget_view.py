"""From a kept model run and what is asked to what the Budget page shows: moves, next euros, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.estimate import Estimate
from workbench.budget.horizon import horizon_of
from workbench.budget.plan import halves_of
from workbench.flows.budget_asked import WORST_SHARE, Asked
from workbench.flows.budget_plan import NO_CURRENCY, plan_stored

if TYPE_CHECKING:
    from workbench.budget.plan_result import Plan
    from workbench.flows.budget_plan import BudgetPlan
    from workbench.flows.budget_run import MixRun
    from workbench.stats.counts import Floats


@dataclass(frozen=True)
class Row:
    """One item of the plan, money in currency units over all planned periods.

    Attributes
    ----------
    name : str
    now : float
    by_period : tuple of float
        Proposed spend of each period.
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
    by_period: tuple[float, ...]
    next_now: Estimate
    next_proposed: Estimate
    gain: Estimate
    flags: tuple[str, ...]
    is_locked: bool

    @property
    def proposed(self) -> float:
        """Proposed spend."""
        return sum(self.by_period)

    @property
    def change(self) -> float:
        """Proposed less current spend."""
        return self.proposed - self.now

    @property
    def each(self) -> tuple[float, float]:
        """Current and proposed spend of a period, on average."""
        return self.now / len(self.by_period), self.proposed / len(self.by_period)


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
    def n_periods(self) -> int:
        """How many periods are planned; amounts and outcomes are those of all of them."""
        return self.found.n_periods

    @property
    def span(self) -> str:
        """Words for the time of amounts, such as ``a week`` or ``over 4 weeks``."""
        per, n = self.found.period, self.n_periods
        return f"a {per}" if n == 1 else f"over {n} {per}s"

    @property
    def now(self) -> float:
        """What is spent now, in as many periods."""
        return sum(self.run.now_minor) * self.n_periods / self.run.units

    @property
    def period_starts(self) -> tuple[date, ...]:
        """First day of each planned period: they follow the last one of the data."""
        last, step = date.fromisoformat(self.found.last_date), self.run.stored.about["step_days"]
        return tuple(last + timedelta(days=step * k) for k in range(1, self.n_periods + 1))

    @property
    def total(self) -> float:
        """What the plan spends."""
        return self.plan.total_minor / self.run.units

    @property
    def moved(self) -> float:
        """What is taken from one item and given to another."""
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
    several = asked.periods > 1
    stored = run.for_several if several else run.thinned if asked.caution else run.stored
    found = plan_stored(
        stored,
        asked.total or run.total_at(0),
        asked.constraints,
        risk=asked.risk,
        n_periods=asked.periods,
        start=run.start,
    )
    units = np.array([item.by_period_minor for item in found.plan.items], dtype=np.float64)
    judged = _in_periods(found, units) if several else _in_the_long_run(run, units[:, 0] / run.units)
    in_all = np.sort(judged.gains.sum(axis=0))
    level = found.plan.level
    rows = tuple(
        Row(
            item.name,
            item.current_minor / run.units,
            tuple(float(unit) / run.units for unit in item.by_period_minor),
            _estimate(judged.next_now[k], level),
            _estimate(judged.next_proposed[k], level),
            _estimate(judged.gains[k], level),
            _flags(run.stored.about["result"]["channels"][k], item.flags),
            item.name in asked.locks,
        )
        for k, item in enumerate(found.plan.items)
    )
    worst = in_all[: max(1, round(WORST_SHARE * in_all.size))].mean()
    return BudgetView(run, asked, found, rows, float(worst))


@dataclass(frozen=True)
class _Judged:
    """Each item on held-out draws, (n_items, n_draws): gain, and what a currency unit more would bring."""

    gains: Floats
    next_now: Floats
    next_proposed: Floats


def _in_the_long_run(run: MixRun, new: Floats) -> _Judged:
    now = np.array(run.now_minor, dtype=np.float64) / run.units
    before, after = run.held_out.by_draw(now), run.held_out.by_draw(new)
    return _Judged(after[0] - before[0], before[1], after[1])


def _in_periods(found: BudgetPlan, units: Floats) -> _Judged:
    """Judge with what adstock carries in and out; the next unit is spread evenly over the periods."""
    problem = found.problem
    horizon = horizon_of(problem, halves_of(problem.items[0].curve.n_draws, problem.seed)[1])
    now = np.repeat([[float(item.current_minor)] for item in problem.items], problem.periods.n, axis=1)

    def slopes(spend: Floats) -> Floats:
        by_draw = horizon.derivatives(spend)[1].reshape(horizon.n_draws, *units.shape)
        out: Floats = by_draw.mean(axis=2).T * problem.units
        return out

    gains = [horizon.of_item(k, units[k]) - horizon.of_item(k, now[k]) for k in range(len(units))]
    return _Judged(np.array(gains), slopes(now), slopes(units))


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
