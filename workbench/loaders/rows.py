"""Typed rows of a file, and what is assumed where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.loaders.numbers import Numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.core.dates import Period

ENTITIES = ("campaign", "adset", "ad")
MONEY = ("spend", "value")
COUNTS = ("impressions", "reach", "clicks", "link_clicks", "unique_link_clicks")
AMOUNTS = ("results", "purchases", "leads", "conversions")
METRICS = MONEY + COUNTS + AMOUNTS


@dataclass(frozen=True)
class Assumed:
    """What the caller, the mapping or the settings say where a file does not.

    Attributes
    ----------
    network : str
        Ad network.
    account_id, currency : str
        Given by the caller, else by the settings.
    account_is_given, currency_is_given : bool
        Whether the caller or mapping named it, so that a file that says otherwise is refused.
    period : Period or None
        Days that a file without dates covers.
    decimal : str or None
        Decimal sign, if it is known.
    source : str
        Loader that writes the rows.
    """

    network: str
    account_id: str
    currency: str
    account_is_given: bool = False
    currency_is_given: bool = False
    period: Period | None = None
    decimal: str | None = None
    source: str = "ads_export"


@dataclass(frozen=True)
class Rows:
    """Typed rows of a file.

    Attributes
    ----------
    record : ndarray of int64
        Position of each row among the file's data records.
    account, attribution, objective, result_type : pyarrow.Array of string
        Null where blank.
    ids, names : mapping of entity to pyarrow.Array of string
        ``campaign``, ``adset``, ``ad``; an id is ``name:`` and the name where the file has none.
    breakdowns : mapping of str to pyarrow.Array of string
        Those of the file, null where blank.
    unknown : mapping of header to pyarrow.Array of string
        Columns that nothing is known of.
    start, stop : ndarray of datetime64[D]
        First and last day; NaT where the row has none.
    is_day : ndarray of bool
        Where a Day column gave the day.
    numbers : mapping of str to Numbers
        Canonical metric -> values.
    currency : str
        Currency of the money.
    """

    record: np.ndarray
    account: pa.Array
    attribution: pa.Array
    objective: pa.Array
    result_type: pa.Array
    ids: dict[str, pa.Array]
    names: dict[str, pa.Array]
    breakdowns: dict[str, pa.Array]
    unknown: dict[str, pa.Array]
    start: np.ndarray
    stop: np.ndarray
    is_day: np.ndarray
    numbers: dict[str, Numbers]
    currency: str
    headers: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.record)

    def keep(self, mask: np.ndarray) -> Rows:
        """Return the rows where ``mask`` is true."""
        import pyarrow as pa

        if mask.all():
            return self
        arrow = pa.array(mask)

        def cut(arrays: dict[str, pa.Array]) -> dict[str, pa.Array]:
            return {name: array.filter(arrow) for name, array in arrays.items()}

        return replace(
            self,
            record=self.record[mask],
            account=self.account.filter(arrow),
            attribution=self.attribution.filter(arrow),
            objective=self.objective.filter(arrow),
            result_type=self.result_type.filter(arrow),
            ids=cut(self.ids),
            names=cut(self.names),
            breakdowns=cut(self.breakdowns),
            unknown=cut(self.unknown),
            start=self.start[mask],
            stop=self.stop[mask],
            is_day=self.is_day[mask],
            numbers={
                name: Numbers(n.micros[mask], n.is_blank[mask], n.n_decimals)
                for name, n in self.numbers.items()
            },
        )

    def total(self, metric: str, mask: np.ndarray | None = None) -> int:
        """Return the exact sum of a metric in millionths, blank cells counting nothing."""
        numbers = self.numbers.get(metric)
        if numbers is None:
            return 0
        chosen = numbers.micros if mask is None else numbers.micros[mask]
        return (
            int(chosen.sum(dtype=object)) if len(chosen) and abs(chosen).max() > 2**40 else int(chosen.sum())
        )
