"""What a load did: its figures, how it reconciled, and why something was quarantined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.errors import DataError, NotReconciled
from workbench.core.money import exact_text, round_micros

if TYPE_CHECKING:
    from workbench.core.dates import Period

Reconciled = Literal["to the cent", "within rounding", "no total in the file", "not reconciled"]


class Unreadable(DataError):
    """A file, or one of its cells, that cannot be read with certainty.

    Parameters
    ----------
    reason : str
        What is wrong, with the value received.
    row : int, optional
        Row as a spreadsheet numbers it: the first record of the file is 1.
    record : int, optional
        Position among the data records, for whoever has to look the row up.
    column : str, optional
        Header of the column.
    """

    def __init__(
        self,
        reason: str,
        *,
        row: int | None = None,
        record: int | None = None,
        column: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(reason, next_step=next_step, row=row, record=record, column=column, reason=reason)


class RowsMissTotal(NotReconciled):
    """The rows of a file are further from its totals row than rounding explains."""


@dataclass(frozen=True)
class Quarantined:
    """One reason why a file was not loaded."""

    file: str
    row: int | None
    column: str | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as JSON values."""
        return {"file": self.file, "row": self.row, "column": self.column, "reason": self.reason}


@dataclass(frozen=True)
class LoadPart:
    """The rows of one account, grain and period of a file; parts of several grains are never added."""

    account_id: str
    grain: str
    period: Period
    rows: int
    spend_micros: int

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON values."""
        return {
            "account_id": self.account_id,
            "grain": self.grain,
            "period": {"start": self.period.start.isoformat(), "stop": self.period.stop.isoformat()},
            "rows": self.rows,
            "spend_micros": self.spend_micros,
            "spend_exact": exact_text(self.spend_micros),
        }


@dataclass(frozen=True)
class LoadResult:
    """What one load did.

    Attributes
    ----------
    file : str
        Name of the file.
    load_id : str
        Id derived from the file's bytes, account, currency and mapping: the same file gives the same id.
    network, account_id : str
        Whose figures they are; several accounts are separated by a comma.
    grain : str
        Finest grain in the file.
    period : Period or None
        First and last day that the file covers; None if it was quarantined before that was known.
    rows : int
        Rows written over all grains; 0 if quarantined.
    spend_micros : int
        Exact spend of the finest grain, in millionths of ``currency``. Grains are never added.
    file_total, difference : str or None
        Spend in the file's totals row, and rows minus total; None without a totals row.
    impressions : int or None
        Impressions of the finest grain; None if the file has no such column.
    reconciled : str
        ``to the cent``, ``within rounding``, ``no total in the file`` or ``not reconciled``.
    skipped_totals : int
        Totals rows that were compared and not stored.
    quarantined : tuple of Quarantined
        Why nothing was loaded; empty if all was.
    changed : bool
        Whether the lake changed; False when the same file was loaded before.
    warnings : tuple of str
        What the reader should know.
    parts : tuple of LoadPart
        One per account, grain and period.
    """

    file: str
    load_id: str
    network: str
    account_id: str
    currency: str
    grain: str = ""
    period: Period | None = None
    rows: int = 0
    spend_micros: int = 0
    file_total: str | None = None
    difference: str | None = None
    impressions: int | None = None
    reconciled: Reconciled = "not reconciled"
    skipped_totals: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    changed: bool = False
    warnings: tuple[str, ...] = ()
    parts: tuple[LoadPart, ...] = field(default=())

    @property
    def spend(self) -> str:
        """Spend rounded once to the currency's minor unit, such as ``15978.28``."""
        return str(round_micros(self.spend_micros, self.currency))

    @property
    def spend_exact(self) -> str:
        """Spend as the shortest exact decimal text."""
        return exact_text(self.spend_micros)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        period = self.period
        return {
            "file": self.file,
            "load_id": self.load_id,
            "network": self.network,
            "account_id": self.account_id,
            "grain": self.grain,
            "period": period and {"start": period.start.isoformat(), "stop": period.stop.isoformat()},
            "rows": self.rows,
            "spend": self.spend,
            "spend_exact": self.spend_exact,
            "spend_micros": self.spend_micros,
            "file_total": self.file_total,
            "difference": self.difference,
            "currency": self.currency,
            "impressions": self.impressions,
            "reconciled": self.reconciled,
            "skipped_totals": self.skipped_totals,
            "quarantined": [q.to_dict() for q in self.quarantined],
            "changed": self.changed,
            "warnings": list(self.warnings),
            "parts": [p.to_dict() for p in self.parts],
        }

    def summary(self) -> str:
        """Say in one sentence what happened."""
        if self.quarantined:
            first = self.quarantined[0]
            where = f" (row {first.row})" if first.row else ""
            return f"{self.file} was not loaded{where}: {first.reason}"
        total = f" (the file's total: {self.file_total})" if self.reconciled == "within rounding" else ""
        verb = "Loaded" if self.changed else "Already loaded:"
        figures = f"{self.spend} {self.currency}, {self.reconciled}{total}"
        return f"{verb} {self.rows:,} rows of {self.file}: {figures}."
