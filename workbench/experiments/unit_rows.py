"""One row a unit: opened on its own engine, and looked over before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.experiments.options import refuse

if TYPE_CHECKING:
    import narwhals as nw

MOST_ARMS = 50
_FLAGS = ("n_finite", "n_infinite", "n_zero_one", "n_whole")


@dataclass(frozen=True)
class Columns:
    """What each column of the rows stands for.

    Attributes
    ----------
    arm, metric : str
    denominator : str or None
        Exposure of a count, or the denominator of a ratio.
    covariates : tuple of str
        Known before the experiment began.
    cluster, stratum : str or None
    """

    arm: str
    metric: str
    denominator: str | None = None
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    stratum: str | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that are computed with."""
        return (self.metric, *([self.denominator] if self.denominator else []), *self.covariates)

    @property
    def used(self) -> dict[str, str]:
        """Each column with the field that names it."""
        fields = {"arm": self.arm, "metric": self.metric, "denominator": self.denominator}
        fields |= {"cluster": self.cluster, "strata": self.stratum}
        named = {column: field for field, column in fields.items() if column}
        return named | dict.fromkeys(self.covariates, "covariate")


@dataclass(frozen=True)
class ColumnProfile:
    """What the values of a column are like, in one arm or in all.

    Attributes
    ----------
    n, n_finite, n_infinite, n_zero_one, n_whole : float
        Rows, and how many hold a finite number, an infinite one, 0 or 1, a whole number.
    total : float
        Of the finite values.
    least, most : float
        Of the finite values, zero standing for the others.
    """

    n: float
    n_finite: float
    n_infinite: float
    n_zero_one: float
    n_whole: float
    total: float
    least: float
    most: float

    @property
    def n_missing(self) -> float:
        """Rows without a value, or with NaN."""
        return self.n - self.n_finite - self.n_infinite

    @property
    def mean(self) -> float:
        """Of the finite values."""
        return self.total / max(self.n_finite, 1)

    def __add__(self, other: ColumnProfile) -> ColumnProfile:
        """Return the profile of both together."""
        least, most = min(self.least, other.least), max(self.most, other.most)
        sums = {name: getattr(self, name) + getattr(other, name) for name in ("n", *_FLAGS, "total")}
        return ColumnProfile(**sums, least=least, most=most)


@dataclass(frozen=True)
class Profile:
    """The rows of each arm at a glance.

    Attributes
    ----------
    units : dict
        Rows of each arm, by the arm's value in the column.
    columns : dict
        Profile of each number column in each arm, then each arm's value.
    n_without_arm : int
        Rows that name no arm.
    """

    units: dict[Any, int]
    columns: dict[str, dict[Any, ColumnProfile]]
    n_without_arm: int

    def overall(self, column: str) -> ColumnProfile:
        """Return a column's profile over all arms."""
        first, *rest = self.columns[column].values()
        return sum(rest, first)


def open_rows(frame: object) -> nw.LazyFrame[Any]:
    """Open a frame of any engine that narwhals knows, or the path of a CSV or Parquet file.

    Raises
    ------
    DataError
        If there is no such file, its ending is another, or the frame is not one that narwhals knows.
    """
    import narwhals as nw

    if isinstance(frame, (str, Path)):
        path = Path(frame)
        if not path.is_file():
            refuse("frame", path, "is not a file", "Give the path of a CSV or Parquet file.")
        ending = path.suffix.lower()
        if ending not in (".csv", ".parquet"):
            refuse("frame", path.name, "is neither .csv nor .parquet", "Save the rows in one of these forms.")
        return _read(path, is_csv=ending == ".csv")
    try:
        return nw.from_native(frame).lazy()  # type: ignore[no-any-return, call-overload]
    except TypeError:
        raise DataError(
            f"frame: a {type(frame).__name__} is not a frame of rows.",
            next_step="Give a pandas, Polars, PyArrow, DuckDB or Spark frame, or the path of a file.",
            field="frame",
        ) from None


def _read(path: Path, *, is_csv: bool) -> nw.LazyFrame[Any]:
    import narwhals as nw
    import pyarrow as pa

    try:
        read = nw.read_csv if is_csv else nw.read_parquet
        rows: nw.DataFrame[Any] = read(str(path), backend="pyarrow")
    except pa.ArrowInvalid as error:
        raise DataError(
            f"frame: {path.name} cannot be read: {error}.",
            next_step="Check that it is a table with one row a unit.",
            field="frame",
        ) from error
    # A CSV file has no other way to leave a text out.
    texts = [name for name, kind in rows.schema.items() if is_csv and kind == nw.String()]
    return rows.lazy().with_columns(
        nw.when(nw.col(name) != "").then(nw.col(name)).alias(name) for name in texts
    )


def check_columns(rows: nw.LazyFrame[Any], columns: Columns) -> None:
    """Refuse columns that are not there, used twice, or not numbers where numbers are needed."""
    import narwhals as nw

    schema = rows.collect_schema()
    named = [columns.arm, *columns.numbers, *(one for one in (columns.cluster, columns.stratum) if one)]
    for column, field in columns.used.items():
        if column not in schema:
            there = ", ".join(list(schema)[:30])
            refuse(field, repr(column), "is not a column", f"The columns are: {there}.")
        if named.count(column) > 1:
            refuse(field, repr(column), "has two roles", "Name each column once.")
    for column in columns.numbers:
        kind = schema[column]
        if not (kind.is_numeric() or kind == nw.Boolean()):
            step = "Give numbers." if column not in columns.covariates else "Use a text column as strata."
            refuse(columns.used[column], repr(column), f"holds {kind}, not numbers", step)


def profile_rows(rows: nw.LazyFrame[Any], columns: Columns) -> Profile:
    """Count, in one pass of the engine, what each arm's rows hold.

    Raises
    ------
    DataError
        If there are no rows, or more arms than anybody tests.
    """
    import narwhals as nw

    names = columns.numbers
    flags = []
    for k, name in enumerate(names):
        x = nw.col(name).cast(nw.Float64)
        finite = x.is_finite().fill_null(value=False)
        flags += [
            finite.cast(nw.Float64).alias(f"n_finite_{k}"),
            (x.abs() == math.inf).fill_null(value=False).cast(nw.Float64).alias(f"n_infinite_{k}"),
            ((x == 0) | (x == 1)).fill_null(value=False).cast(nw.Float64).alias(f"n_zero_one_{k}"),
            (x % 1 == 0).fill_null(value=False).cast(nw.Float64).alias(f"n_whole_{k}"),
            nw.when(finite).then(x).otherwise(0.0).alias(f"value_{k}"),
        ]
    sums = [f"{flag}_{k}" for k in range(len(names)) for flag in _FLAGS]
    values = [nw.col(f"value_{k}") for k in range(len(names))]
    grouped = (
        rows.select(nw.col(columns.arm).alias("arm"), *flags)
        .group_by("arm")
        .agg(
            nw.len().alias("n_rows"),
            nw.col(*sums).sum(),
            *[one.sum().alias(f"total_{k}") for k, one in enumerate(values)],
            *[one.min().alias(f"least_{k}") for k, one in enumerate(values)],
            *[one.max().alias(f"most_{k}") for k, one in enumerate(values)],
        )
        .head(MOST_ARMS + 2)
        .collect()
    )
    return _profile(list(grouped.iter_rows(named=True)), names, columns.arm)


def _profile(found: Sequence[dict[str, Any]], names: Sequence[str], arm: str) -> Profile:
    if len(found) > MOST_ARMS + 1:
        refuse("arm", repr(arm), f"has more than {MOST_ARMS} values", "Name the column of the assigned arm.")
    found = sorted(found, key=lambda row: name_of(row["arm"]))  # engines return groups in any order
    arms = {row["arm"]: row for row in found if not is_missing(row["arm"])}
    if not arms:
        refuse("arm", repr(arm), "names no arm in any row", "Give the rows of two arms or more.")
    parts = (*_FLAGS, "total", "least", "most")
    columns = {
        name: {
            value: ColumnProfile(row["n_rows"], *(float(row[f"{part}_{k}"]) for part in parts))
            for value, row in arms.items()
        }
        for k, name in enumerate(names)
    }
    n_rows = sum(row["n_rows"] for row in found)
    units = {value: int(row["n_rows"]) for value, row in arms.items()}
    return Profile(units, columns, int(n_rows) - sum(units.values()))


def is_missing(value: object) -> bool:
    """Say whether a group's key stands for a missing one."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def name_of(value: object) -> str:
    """Write a group's key as a name; a whole number stored as a float loses its point."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
