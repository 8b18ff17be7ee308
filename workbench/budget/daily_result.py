"""What tomorrow's daily budgets are proposed to be, and why: as a table, as sentences, as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from workbench.budget.estimate import Estimate
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.core.number_text import probability

if TYPE_CHECKING:
    import pandas as pd

Action = Literal["change", "keep"]


@dataclass(frozen=True)
class DailyRow:
    """One item's daily budget.

    Attributes
    ----------
    name : str
    now_minor, proposed_minor : int
        Daily budget as it is, and as proposed.
    results : Estimate or None
        A day at the present budget, once all have arrived; ``None`` where nothing is known.
    cost_per_result : Estimate or None
        Currency units, at the present budget, by the median; ``None`` for an item without one.
    next_brings : float or None
        Results of one currency unit more, at the proposed budget.
    flags : tuple of str
        What holds it, and what is to be known of it.
    worth : Estimate or None
        Of a result, currency units, where value is what counts.
    next_worth : float or None
        What one currency unit more is worth at the proposed budget, where value is what counts.
    """

    name: str
    now_minor: int
    proposed_minor: int
    results: Estimate | None
    cost_per_result: Estimate | None
    next_brings: float | None
    flags: tuple[str, ...]
    worth: Estimate | None = None
    next_worth: float | None = None


@dataclass(frozen=True)
class DailyProposal:
    """Daily budgets of some items at a fixed total.

    Attributes
    ----------
    day : datetime.date
        From which they are to hold.
    action : {"change", "keep"}
    reason : str
        Why, in a sentence.
    rows : tuple of DailyRow
    total_minor : int
        The exact sum of the proposed budgets.
    currency : str
    expected : Estimate or None
        Results of a day at the proposed budgets, of all items, once all have arrived: the mean of such days.
    gain : Estimate or None
        Results a day, or where value is what counts currency units a day, over the present split of the same
        total; ``None`` where nothing is known.
    counts_value : bool
        Whether what results are worth is made greatest, and not how many they are.
    prob_better : float or None
        Probability that the proposed budgets bring more than it.
    n_days, n_results : float
        Days and results that it rests on, older ones counting less.
    dispersion : float or None
        Variance of a day's results over Poisson's.
    day_dispersion : float
        The same of all items' results together.
    drift : float
        What a week of all results differs from what was learned before it, relative to its mean, as a
        standard deviation beyond that scatter.
    level : float
        Of the intervals.
    """

    day: date
    action: Action
    reason: str
    rows: tuple[DailyRow, ...]
    total_minor: int
    currency: str
    expected: Estimate | None
    gain: Estimate | None
    counts_value: bool
    prob_better: float | None
    n_days: float
    n_results: float
    dispersion: float | None
    day_dispersion: float | None
    drift: float | None
    level: float

    @property
    def budgets_minor(self) -> dict[str, int]:
        """The proposed daily budgets by name."""
        return {row.name: row.proposed_minor for row in self.rows}

    def table(self) -> pd.DataFrame:
        """Return one row an item, money in currency units."""
        import pandas as pd

        units = 10 ** minor_digits(self.currency)
        worth = {
            "value_per_result": [row.worth and row.worth.mean for row in self.rows],
            "next_unit_is_worth": [row.next_worth for row in self.rows],
        }
        return pd.DataFrame(
            {
                "item": [row.name for row in self.rows],
                "now": [row.now_minor / units for row in self.rows],
                "proposed": [row.proposed_minor / units for row in self.rows],
                "results_a_day": [row.results and row.results.mean for row in self.rows],
                "cost_per_result": [row.cost_per_result and row.cost_per_result.mean for row in self.rows],
                "next_unit_brings": [row.next_brings for row in self.rows],
                **(worth if self.counts_value else {}),
                "flags": ["; ".join(row.flags) for row in self.rows],
            }
        )

    def summary(self) -> str:
        """Say what to set from which day on, why, and how sure that is."""
        total = _money(self.total_minor, self.currency)
        if self.action == "keep" or self.gain is None or self.prob_better is None:
            return f"{self.day}: keep the daily budgets, {total} in all. {self.reason}"
        low, high = self.gain.interval
        gain = f"{self.gain.mean:+.2g} [{low:+.2g}, {high:+.2g}]".replace("-", "−")
        what = f"{self.currency} of value" if self.counts_value else "results"
        return (
            f"{self.day}: change the daily budgets, {total} in all. {self.reason} "
            f"Against today's split: {gain} {what} a day, better with probability "
            f"{probability(self.prob_better)}."
        )

    def item_sentences(self) -> list[str]:
        """Say for each item what is set and why."""
        return [self._sentence(row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = {name: getattr(self, name) for name in ("action", "reason", "total_minor", "currency")}
        return {
            "day": self.day.isoformat(),
            **plain,
            "allocation": [
                {
                    **asdict(row),
                    "results": row.results and row.results.to_dict(),
                    "cost_per_result": row.cost_per_result and row.cost_per_result.to_dict(),
                    "worth": row.worth and row.worth.to_dict(),
                    "flags": list(row.flags),
                }
                for row in self.rows
            ],
            "expected": self.expected and self.expected.to_dict(),
            "gain": self.gain and self.gain.to_dict(),
            "objective": "value" if self.counts_value else "results",
            "prob_better": self.prob_better,
            "n_days": self.n_days,
            "n_results": self.n_results,
            "dispersion": self.dispersion,
            "day_dispersion": self.day_dispersion,
            "drift": self.drift,
            "level": self.level,
            "summary": self.summary(),
        }

    def _sentence(self, row: DailyRow) -> str:
        now, new = (_money(minor, self.currency) for minor in (row.now_minor, row.proposed_minor))
        moved = f"{now} → {new}" if row.now_minor != row.proposed_minor else f"stays at {now}"
        said = f"; {'; '.join(row.flags)}" if row.flags else ""
        if row.cost_per_result is None:
            return f"{row.name}: {moved}{said}."
        low, high = row.cost_per_result.interval
        cost = f"a result costs {row.cost_per_result.mean:.3g} [{low:.3g}, {high:.3g}]"
        following = f", the next one {1 / row.next_brings:.3g}" if row.next_brings else ""
        if row.worth is not None:
            least, most = row.worth.interval
            following += f"; it is worth {row.worth.mean:.3g} [{least:.3g}, {most:.3g}]"
        return f"{row.name}: {moved}; {cost}{following}{said}."


def _money(minor: int, currency: str) -> str:
    return format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(currency)), currency)
