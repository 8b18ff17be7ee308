"""What a plan says: as a table, as a sentence, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.budget.certificate import Certificate
from workbench.budget.estimate import Estimate
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.core.number_text import probability

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlanItem:
    """One item's place in a plan.

    Attributes
    ----------
    name : str
    spend_minor, current_minor : int
        Over all periods, in minor units.
    by_period_minor : tuple of int
    marginal : float
        What the next currency unit would bring here, on held-out draws; the mean over the periods.
    flags : tuple of str
    """

    name: str
    spend_minor: int
    current_minor: int
    by_period_minor: tuple[int, ...]
    marginal: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """An allocation and what is known of it. Figures are of held-out draws; the certificate of the fit.

    Attributes
    ----------
    items : tuple of PlanItem
    total_minor : int
        The exact sum of all items' spends.
    currency : str
    level : float
        Of the intervals.
    expected, current, gain : Estimate
        Value of the plan, of the current spends, and their difference.
    relative_gain : Estimate or None
        The difference as a share of the current value; ``None`` where that may be zero.
    same_split : Estimate or None
        Gain over the current split of the plan's own total.
    prob_beats_current : float
        Share of the draws under which the plan brings more than the current spends.
    verdict : {"move", "likely", "leave"}
        ``move`` if and only if the interval of the gain lies above zero.
    multiplier : float
        Marginal ROAS: what one currency unit more of the total would bring.
    certificate : Certificate
    n_fitted_draws, n_held_out_draws : int
    """

    items: tuple[PlanItem, ...]
    total_minor: int
    currency: str
    level: float
    expected: Estimate
    current: Estimate
    gain: Estimate
    relative_gain: Estimate | None
    same_split: Estimate | None
    prob_beats_current: float
    verdict: str
    multiplier: float
    certificate: Certificate
    n_fitted_draws: int
    n_held_out_draws: int

    def table(self) -> pd.DataFrame:
        """Return one row an item, money in currency units."""
        import pandas as pd

        units = 10 ** minor_digits(self.currency)
        return pd.DataFrame(
            {
                "item": [item.name for item in self.items],
                "current": [item.current_minor / units for item in self.items],
                "planned": [item.spend_minor / units for item in self.items],
                "change": [(item.spend_minor - item.current_minor) / units for item in self.items],
                "next_unit_brings": [item.marginal for item in self.items],
                "flags": ["; ".join(item.flags) for item in self.items],
            }
        )

    def summary(self) -> str:
        """Say in a few sentences what to do, how sure that is, and what is proven."""
        gain = self._gain_words()
        chance = f"it beats the current spends with probability {probability(self.prob_beats_current)}"
        now = sum(item.current_minor for item in self.items)
        if self.total_minor < now and self.gain.mean < 0:
            cut = _money(now - self.total_minor, self.currency)
            first = f"Spending {cut} less costs {self._gain_words(sign=-1)}; {chance}."
        elif self.verdict == "leave":
            first = f"Leave it: best gain {gain}."
        elif self.verdict == "likely":
            first = f"Likely better, not shown: gain {gain}; {chance}."
        else:
            first = f"Move it: gain {gain}; {chance}."
        total = _money(self.total_minor, self.currency)
        one = _money(10 ** minor_digits(self.currency), self.currency)
        return (
            f"{first} {total} in all; {one} more would bring {self.multiplier:.3g}. "
            f"{self.certificate.summary()}{self._flag_words()}"
        )

    def item_sentences(self) -> list[str]:
        """Say for each item what it gets and what the next currency unit would bring."""
        one = _money(10 ** minor_digits(self.currency), self.currency)
        return [
            f"{item.name}: {_money(item.spend_minor, self.currency)} "
            f"(now {_money(item.current_minor, self.currency)}); "
            f"the next {one} brings {item.marginal:.3g} here"
            + (f" ({'; '.join(item.flags)})." if item.flags else ".")
            for item in self.items
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "allocation": [
                {
                    "name": item.name,
                    "spend_minor": item.spend_minor,
                    "current_minor": item.current_minor,
                    "by_period_minor": list(item.by_period_minor),
                    "marginal": item.marginal,
                    "flags": list(item.flags),
                }
                for item in self.items
            ],
            "total_minor": self.total_minor,
            "currency": self.currency,
            "level": self.level,
            "expected": self.expected.to_dict(),
            "current": self.current.to_dict(),
            "gain": self.gain.to_dict(),
            "relative_gain": self.relative_gain.to_dict() if self.relative_gain else None,
            "gain_over_same_split": self.same_split.to_dict() if self.same_split else None,
            "prob_beats_current": self.prob_beats_current,
            "verdict": self.verdict,
            "relative_gap": self.certificate.relative_gap,
            "upper_bound": self.certificate.upper_bound,
            "certificate": self.certificate.summary(),
            "multiplier": self.multiplier,
            "n_fitted_draws": self.n_fitted_draws,
            "n_held_out_draws": self.n_held_out_draws,
            "summary": self.summary(),
        }

    def _gain_words(self, sign: int = 1) -> str:
        """Return the gain, or with ``sign=-1`` what is lost, with its interval."""
        of, per, unit = self.relative_gain, 100, " %"
        if of is None:
            of, per, unit = self.gain, 1, ""
        low, high = sorted(per * sign * end for end in of.interval)
        mean, plus = per * sign * of.mean, "+" if sign > 0 else ""
        form = f"{plus}.1f" if unit else f"{plus}.3g"
        return f"{mean:{form}}{unit} [{low:{form}}, {high:{form}}]".replace("-", "−")

    def _flag_words(self) -> str:
        said = []
        for flag, words in (
            ("beyond observed spend", "Spends more than was ever observed on"),
            ("learning begins anew", "Steps that begin the learning phase anew:"),
        ):
            named = [item.name for item in self.items if flag in item.flags]
            if named:
                said.append(f" {words} {', '.join(named)}.")
        return "".join(said)


def _money(minor: int, currency: str) -> str:
    return format_micros(minor * (MICROS_PER_UNIT // 10 ** minor_digits(currency)), currency)
