"""What a verdict and a check are; what draws them is in ``decision`` and ``checks``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ship", "stop", "wait", "do not read"]
LEAST_RESULTS = 10


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Attributes
    ----------
    verdict : {"ship", "stop", "wait", "do not read"}
    arm : str or None
        The arm to ship or keep; ``None`` where none is to be chosen.
    reason : str
        In words.
    withheld_by : tuple of str
        Names of the checks that withhold a winner; empty where none does.
    """

    verdict: Verdict
    arm: str | None
    reason: str
    withheld_by: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The verdict as a heading, such as ``Ship B``."""
        if self.verdict == "ship":
            return f"Ship {self.arm}"
        if self.verdict == "stop":
            return f"Stop, keep {self.arm}"
        return self.verdict.capitalize()


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    name : str
        Such as ``sample ratio``.
    withholds : bool
        Whether no winner may be named.
    reason : str
        In words, with the figures; said where it withholds and where it does not.
    verdict : {"wait", "do not read"}
        What takes the place of the verdict where it withholds.
    """

    name: str
    withholds: bool
    reason: str
    verdict: Literal["wait", "do not read"] = "wait"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)
