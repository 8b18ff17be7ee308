"""The slice of a table that one load owns and may replace: network × account × grain × dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from workbench.core.dates import Period
from workbench.core.errors import DataError
from workbench.lake.schema import BREAKDOWNS

Increment = Literal["day", "range"]
LEVELS: tuple[str, ...] = ("account", "campaign", "adset", "ad")


@dataclass(frozen=True)
class Grain:
    """What one row stands for; rows of two grains are never added.

    Attributes
    ----------
    level : str
        account, campaign, adset or ad.
    breakdowns : tuple of str
        Breakdown columns that are filled, in the order of :data:`workbench.lake.schema.BREAKDOWNS`.
    increment : {"day", "range"}
        One row per day, or one row per run of days of any length.
    attribution : str
        Attribution window such as ``7d_click,1d_view``; empty if the source does not say.

    Examples
    --------
    >>> str(Grain("ad", ("gender", "age"), "day", "7d_click,1d_view"))
    'ad|age,gender|day|7d_click,1d_view'
    >>> Grain.parse("campaign||range|").level
    'campaign'
    """

    level: str
    breakdowns: tuple[str, ...] = ()
    increment: Increment = "day"
    attribution: str = ""

    def __post_init__(self) -> None:
        unknown = [b for b in self.breakdowns if b not in BREAKDOWNS]
        if (
            self.level not in LEVELS
            or unknown
            or self.increment not in ("day", "range")
            or "|" in self.attribution
        ):
            raise DataError(
                f"No such grain: {self.level!r}, {self.breakdowns!r}, {self.increment!r}.",
                next_step=f"Levels are {', '.join(LEVELS)}; breakdowns are {', '.join(BREAKDOWNS)}.",
            )
        object.__setattr__(self, "breakdowns", tuple(sorted(set(self.breakdowns), key=BREAKDOWNS.index)))

    def __str__(self) -> str:
        return f"{self.level}|{','.join(self.breakdowns)}|{self.increment}|{self.attribution}"

    @classmethod
    def parse(cls, text: str) -> Grain:
        """Read a grain back from its text.

        Raises
        ------
        DataError
            If the text does not have four parts, or a part is unknown.
        """
        parts = text.split("|")
        if len(parts) != 4:
            raise DataError(
                f"{text!r} is not a grain.",
                next_step="Write level|breakdowns|increment|attribution.",
                value=text,
            )
        level, breakdowns, increment, attribution = parts
        return cls(level, tuple(b for b in breakdowns.split(",") if b), increment, attribution)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Window:
    """The rows that a load replaces.

    A window of daily rows covers every day of its period. A window of range rows covers exactly the rows
    with its first and last day: another range that overlaps stays, as a separate vintage.
    """

    network: str
    account_id: str
    grain: Grain
    period: Period

    @property
    def months(self) -> tuple[str, ...]:
        """Partitions (``YYYY-MM``) that the window touches, in order."""
        if self.grain.increment == "range":
            return (month_of(self.period.start),)
        return tuple(sorted({month_of(day) for day in self.period.days()}))

    def __str__(self) -> str:
        return f"{self.network} × {self.account_id} × {self.grain} × {self.period}"


def month_of(day: date) -> str:
    """Return the partition of a day, ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"
