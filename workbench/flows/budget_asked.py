"""What a reader asks of the Budget page: run, total, caution, step, limits; as it stands in a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.budget.problem import Risk, refused
from workbench.flows.budget_limits import AskedLimits, limits_of_text
from workbench.flows.links import join_values, split_values

WORST_SHARE = 0.1
STEPS = ("10", "20", "50")
"""Largest steps that are offered, in per cent of what an item spends now."""
_FULL = 100
_LARGEST_WORTH = 1e9
PERIODS = {"week": ("1", "2", "4", "8"), "day": ("1", "7", "14")}
"""How many periods a plan can be asked for on the page: more would not answer while somebody waits."""
_KEYS = ("run", "total", "caution", "step", "periods", "lock", "limits", "worth")


@dataclass(frozen=True)
class Asked:
    """One plan that somebody asks for.

    Attributes
    ----------
    run : str
        Id of the model run; empty for the latest.
    total : str
        Currency units a period; empty for what is spent now.
    caution : int
        Weight of the worst tenth of the draws, 0 to 100 %.
    step : str
        Largest change of an item in per cent; empty for any.
    locks : tuple of str
        Items that keep their current spend.
    periods : int
        How many periods are planned, each with the total.
    limits : AskedLimits
        Bounds, groups, target and least changes.
    worth : str
        Currency units that one unit of the outcome is worth, to price experiments; empty if not said.
    """

    run: str = ""
    total: str = ""
    caution: int = 0
    step: str = ""
    locks: tuple[str, ...] = ()
    periods: int = 1
    limits: AskedLimits = field(default_factory=AskedLimits)
    worth: str = ""

    @property
    def risk(self) -> Risk | None:
        """The allocator's weighing, ``None`` where the mean alone counts."""
        return Risk(WORST_SHARE, self.caution / _FULL) if self.caution else None

    @property
    def constraints(self) -> dict[str, Any]:
        """The document of constraints, as `workbench.budget.plan_file.read_limits` takes it."""
        out: dict[str, Any] = {"fixed": list(self.locks)} if self.locks else {}
        out |= {"step_limit": int(self.step) / _FULL} if self.step else {}
        return out | self.limits.document(self.locks)

    def to_fragment(self) -> dict[str, str]:
        """Return what stands in the address; what is as it was at first is left out."""
        texts = {
            "run": self.run,
            "total": self.total,
            "caution": str(self.caution or ""),
            "step": self.step,
            "periods": str(self.periods) if self.periods > 1 else "",
            "lock": join_values(self.locks),
            "limits": self.limits.to_text(),
            "worth": self.worth,
        }
        return {key: text for key, text in texts.items() if text}

    def changed(self, patch: Mapping[str, str]) -> Asked:
        """Apply a reader's acts.

        Raises
        ------
        DataError
            If a value cannot be used; ``field`` names it.

        Examples
        --------
        >>> asked = Asked(locks=("tv",)).changed({"caution": "50", "lock": "", "most:tv": "900"})
        >>> asked.caution, asked.locks, asked.constraints
        (50, (), {'bounds': {'tv': [None, '900']}})
        """
        given: dict[str, Any] = {key: patch[key].strip() for key in ("run", "total", "step") if key in patch}
        if given.get("step") not in {None, "", *STEPS}:
            raise refused("step", given["step"], "is not offered", f"Choose {', '.join(STEPS)} % or any.")
        if "caution" in patch:
            text = patch["caution"] or "0"
            if not text.isdecimal() or int(text) > _FULL:
                raise refused("caution", text, "is no weight", "Give a whole number from 0 to 100.")
            given["caution"] = int(text)
        if "periods" in patch:
            given["periods"] = _n_periods(patch["periods"] or "1")
        if "worth" in patch:
            given["worth"] = _worth(patch["worth"].strip())
        if "lock" in patch:
            given["locks"] = split_values(patch["lock"])
        limits = limits_of_text(patch["limits"]) if "limits" in patch else self.limits
        return replace(self, **given, limits=limits.changed(patch))


def _n_periods(text: str) -> int:
    offered = sorted({int(n) for some in PERIODS.values() for n in some})
    if not text.isdecimal() or int(text) not in offered:
        raise refused("periods", text, "is not offered", f"Choose {', '.join(map(str, offered))}.")
    return int(text)


def _worth(text: str) -> str:
    try:
        is_fine = not text or 0 < float(text) < _LARGEST_WORTH
    except ValueError:
        is_fine = False
    if not is_fine:
        raise refused(
            "worth", repr(text), "is no worth of a result", "Give currency units above 0, as 12.50."
        )
    return text


def from_fragment(fragment: Mapping[str, str]) -> Asked:
    """Return what an address asks for.

    Raises
    ------
    DataError
        If a value cannot be used.

    Examples
    --------
    >>> asked = Asked(total="900", caution=50, locks=("tv, local", "search"))
    >>> from_fragment(asked.to_fragment()) == asked
    True
    """
    return Asked().changed({key: fragment[key] for key in _KEYS if key in fragment})
