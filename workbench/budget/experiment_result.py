"""What priced experiments say: as a sentence, as a table, as JSON; in the outcome's unit or in currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.budget.estimate import Estimate
from workbench.budget.experiment_designs import DesignName
from workbench.budget.experiment_value import ExperimentValue
from workbench.core.number_text import Unit, number, unit_interval, value_text

if TYPE_CHECKING:
    import pandas as pd

_VERBS: dict[DesignName, str] = {
    "pause": "Pause {item}",
    "half": "Halve {item}",
    "double": "Double {item}",
    "raise": "Raise {item} to {during} a {period}",
    "start": "Spend {during} a {period} on {item}",
}
_WHOLE_FROM = 10  # currency units: cents of an expectation say nothing
_YEARS = {("week", 52), ("day", 365), ("day", 364)}


@dataclass(frozen=True)
class ExperimentRow:
    """One experiment with its price.

    Attributes
    ----------
    item : str
    design : {"pause", "half", "double", "raise", "start"}
    spend_before, spend_during : float
        Currency units a period; before is what today's best plan spends.
    n_periods, n_warm_up : int
        Length of the change, and how many of its periods pass before the effect is read.
    gain, cost, net : Estimate
        Expected value, with the interval of what it may turn out to be.
    net_mean_interval : tuple of float
        How well the mean of ``net`` is known.
    prob_plan_changes : float
        Probability of a reading after which a twentieth of the total or more is moved.
    standard_error : float
        Of the effect a period that is read, in units of the outcome (not in currency).
    pays : bool
        Whether gain and net are expected above zero, beyond the error of their computation.
    unit : str
        Of gain, cost and net: a currency, or the outcome's name.
    words : str
        The whole row as a sentence.
    """

    item: str
    design: DesignName
    spend_before: float
    spend_during: float
    n_periods: int
    n_warm_up: int
    gain: Estimate
    cost: Estimate
    net: Estimate
    net_mean_interval: tuple[float, float]
    prob_plan_changes: float
    standard_error: float
    pays: bool
    unit: str
    words: str

    @property
    def n_read(self) -> int:
        """Periods that are read."""
        return self.n_periods - self.n_warm_up

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``lift_test`` is what a reading enters the next fit as."""
        change = self.spend_during - self.spend_before
        return {
            **{name: x.to_dict() if isinstance(x, Estimate) else x for name, x in vars(self).items()},
            "net_mean_interval": list(self.net_mean_interval),
            "n_read": self.n_read,
            "lift_test": {
                "channel": self.item,
                "spend_before": self.spend_before,
                "spend_change": round(change, 9),
            },
        }


@dataclass(frozen=True)
class PricedExperiments:
    """All experiments that may be run, by their value on draws that no price is read from.

    Attributes
    ----------
    rows : tuple of ExperimentRow
    unit : str
        A currency, or the outcome's name.
    currency : str
        Of the spends; empty where the fit names none.
    period : {"day", "week"}
    horizon_periods : int
        Over which better plans count, from now.
    level : float
        Probability inside the intervals.
    run_id, outcome : str
    notes : tuple of str
        What a reader has to know of the basis.
    """

    rows: tuple[ExperimentRow, ...]
    unit: str
    currency: str
    period: str
    horizon_periods: int
    level: float
    run_id: str
    outcome: str
    notes: tuple[str, ...]

    @property
    def best(self) -> ExperimentRow | None:
        """The first experiment, or nothing where it does not pay.

        Those after it are not searched for one that pays: the first of many to pass is the luckiest of them.
        """
        return self.rows[0] if self.rows and self.rows[0].pays else None

    def summary(self) -> str:
        """Say which experiment pays, or that none does and which comes nearest."""
        if self.best is not None:
            return self.best.words
        if not self.rows:
            return "No experiment can be run: every item is fixed, or has no room within its limits."
        nearest, surely = self.rows[0].words, " surely" if self.rows[0].net.mean > 0 else ""
        return f"No experiment{surely} pays. The nearest: {nearest[:1].lower()}{nearest[1:]}"

    def table(self) -> pd.DataFrame:
        """Return one row an experiment."""
        import pandas as pd

        rows = []
        for one in self.rows:
            row: dict[str, Any] = {
                "item": one.item,
                "design": one.design,
                "spend_before": one.spend_before,
                "spend_during": one.spend_during,
                f"n_{self.period}s": one.n_periods,
            }
            for name in ("gain", "cost", "net"):
                value: Estimate = getattr(one, name)
                row |= {name: value.mean, f"{name}_low": value.interval[0], f"{name}_high": value.interval[1]}
            rows.append({**row, "pays": one.pays, "unit": one.unit})
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "summary": self.summary(),
            "best": self.best.to_dict() if self.best else None,
            "rows": [row.to_dict() for row in self.rows],
            "unit": self.unit,
            "currency": self.currency or None,
            "period": self.period,
            "horizon_periods": self.horizon_periods,
            "level": self.level,
            "outcome": self.outcome,
            "model_run": self.run_id,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Pricing:
    """How values in units of the outcome are written.

    Attributes
    ----------
    names : tuple of str
        Of the items.
    factor : float
        What one unit of the outcome is worth in ``unit``.
    unit : str
    is_money : bool
        Whether ``unit`` is a currency.
    spend_unit : Unit
    minor_units : int
        Of a currency unit.
    period : str
    horizon_periods : int
    """

    names: tuple[str, ...]
    factor: float
    unit: str
    is_money: bool
    spend_unit: Unit
    minor_units: int
    period: str
    horizon_periods: int

    def row(self, value: ExperimentValue) -> ExperimentRow:
        """Return one experiment, priced."""
        design = value.design
        low, high = value.net_mean_interval
        row = ExperimentRow(
            item=self.names[design.item],
            design=design.name,
            spend_before=design.before_minor / self.minor_units,
            spend_during=design.during_minor / self.minor_units,
            n_periods=design.n_periods,
            n_warm_up=design.n_warm_up,
            gain=self._times(value.gain),
            cost=self._times(value.cost),
            net=self._times(value.net),
            net_mean_interval=(self.factor * low, self.factor * high),
            prob_plan_changes=value.prob_plan_changes,
            standard_error=value.standard_error,
            pays=value.pays,
            unit=self.unit,
            words="",
        )
        return type(row)(**{**vars(row), "words": self._words(row)})

    def _times(self, value: Estimate) -> Estimate:
        low, high = value.interval
        return Estimate(self.factor * value.mean, (self.factor * low, self.factor * high))

    def _words(self, row: ExperimentRow) -> str:
        during = value_text(row.spend_during, self.spend_unit)
        act = _VERBS[row.design].format(item=row.item, during=during, period=self.period)
        ahead = (
            "12 months"
            if (self.period, self.horizon_periods) in _YEARS
            else _counted(self.horizon_periods, self.period)
        )
        largest = max(abs(row.cost.mean), abs(row.gain.mean))
        unit = Unit(suffix=self.unit)
        if self.is_money:
            unit = Unit("money", self.unit, whole=largest >= _WHOLE_FROM)
        price = f"costs {value_text(row.cost.mean, unit)}" if row.cost.mean > 0 else "costs nothing"
        return (
            f"{act} for {_counted(row.n_periods, self.period)}: {price}, worth "
            f"{value_text(row.gain.mean, unit)} {unit_interval(*row.gain.interval, unit)} "
            f"over the next {ahead}."
        )


def _counted(n: int, period: str) -> str:
    return f"{number(n)} {period}{'' if n == 1 else 's'}"
