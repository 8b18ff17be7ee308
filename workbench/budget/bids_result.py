"""What bid advice says: as a table, as sentences, as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MinorEstimate:
    """An amount in whole minor units, with its interval; the upper end may be without limit."""

    minor: int
    interval: tuple[int, int | None]


@dataclass(frozen=True)
class BidRow:
    """Advice for one item.

    Attributes
    ----------
    name : str
    spend_minor : int
        Up to which a further result is worth its cost; at most what was planned.
    planned_minor : int
    cost_cap, bid_cap : MinorEstimate or None
        Average cost per result, and cost of the next one, at that spend; ``None`` where outcomes are money,
        or there is no advice.
    min_roas : tuple of float or None
        Average outcome per currency unit with its interval, where outcomes are money.
    reason : str
        Why there is no advice, or what to know of it; may be empty.
    """

    name: str
    spend_minor: int
    planned_minor: int
    cost_cap: MinorEstimate | None
    bid_cap: MinorEstimate | None
    min_roas: tuple[float, float, float] | None
    reason: str

    @property
    def has_advice(self) -> bool:
        """Whether there is anything to set."""
        return self.cost_cap is not None or self.min_roas is not None


@dataclass(frozen=True)
class BidAdvice:
    """What to bid for each item.

    Attributes
    ----------
    rows : tuple of BidRow
    worth : float
        What one outcome more is worth, in currency units.
    is_given : bool
        Whether somebody gave it; else it is what the plan's last money pays for one.
    outcome_is_money : bool
    currency : str
    level : float
        Of the intervals.
    """

    rows: tuple[BidRow, ...]
    worth: float
    is_given: bool
    outcome_is_money: bool
    currency: str
    level: float

    def table(self) -> pd.DataFrame:
        """Return one row an item, money in currency units."""
        import pandas as pd

        units = 10 ** minor_digits(self.currency)
        return pd.DataFrame(
            {
                "item": [row.name for row in self.rows],
                "spend": [row.spend_minor / units for row in self.rows],
                "cost_cap": [row.cost_cap and row.cost_cap.minor / units for row in self.rows],
                "bid_cap": [row.bid_cap and row.bid_cap.minor / units for row in self.rows],
                "min_roas": [row.min_roas and row.min_roas[0] for row in self.rows],
                "reason": [row.reason for row in self.rows],
            }
        )

    def summary(self) -> str:
        """Say what a further outcome is worth, and what each kind of limit means."""
        if self.outcome_is_money:
            one = self._money(10 ** minor_digits(self.currency))
            whose = "as given" if self.is_given else "as the plan's last money pays for it"
            return (
                f"{one} of outcome is worth {self.worth:.3g} of spend, {whose}. LOWEST_COST_WITH_MIN_ROAS "
                "takes the floor: the average outcome per spend where the next money still pays."
            )
        worth = self._money(round(self.worth * 10 ** minor_digits(self.currency)))
        whose = "as given" if self.is_given else "what the plan's last money pays for one"
        return (
            f"A further result is worth {worth}, {whose}. COST_CAP takes the cost cap, the average of all "
            "results; LOWEST_COST_WITH_BID_CAP takes the bid cap, what the next one may cost."
        )

    def item_sentences(self) -> list[str]:
        """Say for each item what to set."""
        return [self._sentence(row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "bids": [
                {**asdict(row), "min_roas": list(row.min_roas) if row.min_roas else None} for row in self.rows
            ],
            "worth": self.worth,
            "worth_is_given": self.is_given,
            "outcome_is_money": self.outcome_is_money,
            "currency": self.currency,
            "level": self.level,
            "summary": self.summary(),
        }

    def _sentence(self, row: BidRow) -> str:
        said = f" {row.reason}" if row.reason else ""
        at = f"{row.name} at {self._money(row.spend_minor)}"
        if row.min_roas is not None:
            mean, low, high = row.min_roas
            return f"{at}: floor {mean:.3g} [{low:.3g}, {high:.3g}].{said}"
        if row.cost_cap is None or row.bid_cap is None:
            return f"{row.name}: no advice.{said}"
        cost, bid = (self._range(each) for each in (row.cost_cap, row.bid_cap))
        return f"{at}: cost cap {cost}, bid cap {bid}.{said}"

    def _range(self, found: MinorEstimate) -> str:
        low, high = found.interval
        top = "no limit" if high is None else self._money(high)
        return f"{self._money(found.minor)} [{self._money(low)}, {top}]"

    def _money(self, minor: int) -> str:
        return format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(self.currency)), self.currency)
