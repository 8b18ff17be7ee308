"""What a plan starts from: the daily budgets set now where they are known, else what was spent of late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.budget.problem import refused
from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits
from workbench.flows.budgets_now import ItemNow, budgets_now

if TYPE_CHECKING:
    from datetime import date

    from workbench.budget.model_run import StoredMix
    from workbench.core.settings import Settings

StartKind = Literal["budgets", "spend"]
KINDS: tuple[StartKind, ...] = ("budgets", "spend")

_N_CURRENT = 4
_N_NAMED = 8


@dataclass(frozen=True)
class PlanStart:
    """What each item spends before a plan changes it; step limits and fixed items rest on it.

    Attributes
    ----------
    minor : tuple of int
        Minor units a period, in the order of the run.
    of_budgets : tuple of bool
        Whether it is the item's budget as it is set now, or 0 as it stands still; else it was spent of late.
    as_of : str
        Day on which the budgets were looked at; empty where none count.
    notes : tuple of str
        What a reader has to know of it.
    """

    minor: tuple[int, ...]
    of_budgets: tuple[bool, ...]
    as_of: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        kind = "budgets" if all(self.of_budgets) else "both" if any(self.of_budgets) else "spend"
        return {"from": kind, "as_of": self.as_of or None}


def spend_start(stored: StoredMix, currency: str, *, why: str = "") -> PlanStart:
    """Start from the mean spend of the fit's last four periods, of fewer where fewer are kept.

    Parameters
    ----------
    stored : StoredMix
    currency : str
        ISO 4217 code.
    why : str
        Sentence that says why budgets do not count.
    """
    past = stored.recent_spend[-_N_CURRENT:]
    minor = tuple(_minor(mean, minor_digits(currency)) for mean in past.mean(axis=0))
    last = stored.about["result"]["dates"]["last"]
    note = f"Current spend is {_mean_words(stored)} of the fit's data, up to {last}."
    return PlanStart(minor, (False,) * len(minor), "", (note, why) if why else (note,))


def start_of(
    settings: Settings,
    stored: StoredMix,
    *,
    kind: str = "budgets",
    currency: str,
    until: date | None = None,
) -> PlanStart:
    """Return what a plan of a kept run starts from.

    An item starts from its daily budget times the days of a period. Where it has spent clearly less than a
    budget that has held for a week, more budget is not spent: it starts from what it spent. What stands still
    starts from nothing. Where no daily budget is known (a run of a file, a budget for a lifetime, budgets
    older than the fit's data), the mean spend of the fit's last periods counts.

    Parameters
    ----------
    settings : Settings
        The installation; budgets are those of the company that is shown.
    stored : StoredMix
    kind : {"budgets", "spend"}
        ``spend`` does not look at budgets.
    currency : str
        ISO 4217 code of the plan.
    until : datetime.date, optional
        Last day that may be known.

    Raises
    ------
    DataError
        If ``kind`` is unknown.
    """
    if kind not in KINDS:
        raise refused("start", kind, "is nothing a plan can start from", f"Use {' or '.join(KINDS)}.")
    origin = stored.about.get("origin") or {}
    if kind == "spend" or not origin.get("accounts"):
        return spend_start(stored, currency)
    known = budgets_now(settings, origin, until)
    if isinstance(known, str):
        return spend_start(stored, currency, why=known)
    return _mixed(spend_start(stored, currency), *known, stored=stored, code=currency)


def _mixed(
    past: PlanStart, known: dict[str, ItemNow], as_of: date, *, stored: StoredMix, code: str
) -> PlanStart:
    """Take each item's budget where it is known, with a note for every way of starting that there is."""
    n_days, names = stored.about["step_days"], stored.channels
    unknown = ItemNow(float("nan"), 0.0, has_held=False)
    minor: list[int] = []
    said: dict[str, list[str]] = {kind: [] for kind in ("unknown", "still", "less", "newer", "set")}
    for name, spent in zip(names, past.minor, strict=True):
        item = known.get(name, unknown)
        kind = _kind(item)
        each = {"unknown": spent / n_days, "less": item.spent}.get(kind, item.budget)
        minor.append(spent if kind == "unknown" else round(each * n_days))
        is_short = kind in ("less", "newer")
        said[kind].append(name + (_of_budget(item, code) if is_short else ""))
    of_budgets = tuple(name not in said["unknown"] for name in names)
    if not any(of_budgets):
        return replace(past, notes=(*past.notes, f"No item has a daily budget that is known, as of {as_of}."))
    return PlanStart(tuple(minor), of_budgets, as_of.isoformat(), tuple(_notes(said, stored, as_of)))


def _kind(item: ItemNow) -> str:
    if np.isnan(item.budget):
        return "unknown"
    if item.budget == 0:
        return "still"
    if not item.spends_less:
        return "set"
    return "less" if item.has_held else "newer"


def _notes(said: dict[str, list[str]], stored: StoredMix, as_of: date) -> list[str]:
    period, last = stored.about["result"]["period"], stored.about["result"]["dates"]["last"]
    days = "" if period == "day" else f", times {stored.about['step_days']} a {period}"
    out = [f"Current spend is what the daily budgets set now allow{days}, as of {as_of}."]
    words = {
        "less": "They have spent less than their budget for a week, and start from what they spent",
        "newer": "They spent less than their budget in the last week; it is newer, or may be, and counts",
        "still": "They stand still, and start from nothing",
        "unknown": f"No daily budget of theirs is known, and {_mean_words(stored)} of the fit's data, "
        f"up to {last}, counts",
    }
    return out + [f"{text}: {_listed(said[kind])}." for kind, text in words.items() if said[kind]]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
    return ", ".join(names[:_N_NAMED]) + more


def _mean_words(stored: StoredMix) -> str:
    n, period = min(_N_CURRENT, len(stored.recent_spend)), stored.about["result"]["period"]
    return f"the mean of the last {n} {period}s" if n > 1 else f"that of the last {period}"


def _minor(amount: float, digits: int) -> int:
    return int(Decimal(repr(float(amount))).scaleb(digits).to_integral_value(rounding=ROUND_HALF_EVEN))


def _of_budget(item: ItemNow, code: str) -> str:
    spent, budget = (
        format_micros(round(minor) * (MICROS_PER_UNIT // 10 ** minor_digits(code)), code)
        for minor in (item.spent, item.budget)
    )
    return f" ({spent} of {budget} a day)"
