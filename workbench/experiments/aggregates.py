"""Unit rows to sums: the engine adds up, and only sufficient statistics travel.

Every value is shifted by its mean over all arms before it is multiplied: values near 10⁹ keep their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.experiments.options import refuse
from workbench.experiments.unit_rows import Columns, is_missing, name_of
from workbench.stats.cross_moments import CrossMoments, from_sums

if TYPE_CHECKING:
    import narwhals as nw

MOST_STRATA = 1_000
#: A missing stratum is a stratum of its own: it was known before the experiment that nothing was known.
NOT_KNOWN = "(missing)"

Cells = dict[tuple[Any, str], CrossMoments]


def aggregate(
    rows: nw.LazyFrame[Any], columns: Columns, *, shift: Sequence[float], n_arms: int
) -> dict[tuple[Any, str], CrossMoments]:
    """Add up sizes, values and products of each arm and stratum, over units or over clusters.

    Parameters
    ----------
    rows : narwhals.LazyFrame
        One row a unit.
    columns : Columns
        Whose ``numbers`` hold finite values, but for covariates: a missing one counts as the mean.
    shift : sequence of float
        Near the mean of each of ``columns.numbers``; subtracted first.
    n_arms : int
        How many arms there are, to see a stratum column that has a value for every unit.

    Returns
    -------
    dict
        By arm and stratum (empty where there is none). Variables: rows of the unit, then each number column
        less its shift; a cluster's are the sums over its rows.

    Raises
    ------
    DataError
        If there are too many strata, or a cluster is missing or lies in more than one arm or stratum.
    """
    import narwhals as nw

    names = [f"v{k}" for k in range(len(columns.numbers))]
    values = []
    for name, column, away in zip(names, columns.numbers, shift, strict=True):
        x = nw.col(column).cast(nw.Float64)
        finite = x.is_finite().fill_null(value=False)
        values.append(nw.when(finite).then(x - away).otherwise(0.0).alias(name))
    keys = {"arm": columns.arm, "stratum": columns.stratum, "cluster": columns.cluster}
    used = {role: column for role, column in keys.items() if column}
    table = rows.select(
        *[nw.col(column).alias(role) for role, column in used.items()],
        *values,
    )
    by = [role for role in used if role != "cluster"]
    if columns.cluster:
        _check_clusters(table, columns.cluster, n_arms)
        table = table.group_by(*used).agg(nw.len().alias("n_rows"), nw.col(*names).sum())
        table = table.with_columns(nw.col("n_rows").cast(nw.Float64).alias("n"))
    else:
        table = table.with_columns(nw.lit(1.0).alias("n"))
    return _cells(table, by, ["n", *names], n_arms)


def _cells(table: nw.LazyFrame[Any], by: list[str], names: list[str], n_arms: int) -> Cells:
    import narwhals as nw

    pairs = list(combinations_with_replacement(range(len(names)), 2))
    products = [(nw.col(names[i]) * nw.col(names[j])).alias(f"p{i}_{j}") for i, j in pairs]
    most = MOST_STRATA * (n_arms + 1)
    found = (
        table.with_columns(*products)
        .group_by(*by)
        .agg(nw.len().alias("n_units"), nw.col(*names, *[f"p{i}_{j}" for i, j in pairs]).sum())
        .head(most + 1)
        .collect()
    )
    if len(found) > most:
        refuse("strata", f"more than {MOST_STRATA} values", "are too many strata", "Use a coarser column.")
    cells: Cells = {}
    for row in found.iter_rows(named=True):
        if is_missing(row["arm"]):
            continue
        stratum = row.get("stratum", "")
        square = np.empty((len(names), len(names)))
        for i, j in pairs:
            square[i, j] = square[j, i] = float(row[f"p{i}_{j}"])
        sums = [float(row[name]) for name in names]
        key = (row["arm"], NOT_KNOWN if is_missing(stratum) else name_of(stratum))
        cells[key] = from_sums(float(row["n_units"]), sums, square)
    return cells


def _check_clusters(table: nw.LazyFrame[Any], column: str, n_arms: int) -> None:
    roles = [role for role in ("arm", "stratum") if role in table.collect_schema()]
    _, n_clusters, n_apart = _count_ids(table, "cluster", roles, column)
    if n_apart > n_clusters:
        refuse(
            "cluster",
            repr(column),
            f"has {n_apart - n_clusters} clusters that lie in more than one {' or '.join(roles)}",
            f"A cluster is what was assigned as a whole: it belongs to one of {n_arms} arms.",
        )


def check_units(rows: nw.LazyFrame[Any], unit: str, arm: str) -> None:
    """Refuse a unit that is missing, is in two arms, or has several rows.

    Raises
    ------
    DataError
        With the number of such units, and what to do about them.
    """
    import narwhals as nw

    if unit not in rows.collect_schema():
        refuse("unit", repr(unit), "is not a column", "Name the column of the units' ids.")
    table = rows.select(nw.col(unit).alias("unit"), nw.col(arm).alias("arm"))
    n_rows, n_units, n_apart = _count_ids(table, "unit", ["arm"], unit)
    if n_apart > n_units:
        refuse(
            "unit",
            repr(unit),
            f"has {n_apart - n_units} units in more than one arm",
            "A unit that saw two arms tells of neither: find out how it was assigned, or leave it out.",
        )
    if n_rows > n_units:
        refuse(
            "unit",
            repr(unit),
            f"has {n_rows - n_units} rows beyond the first of their unit",
            f"If a unit has several rows by design, make it the cluster (--cluster {unit}); else drop them.",
        )


def _count_ids(table: nw.LazyFrame[Any], role: str, roles: list[str], column: str) -> tuple[int, int, int]:
    """Return how many rows, ids, and ids counted apart by the roles there are; refuse missing ids."""
    import narwhals as nw

    known = table.filter(~nw.col("arm").is_null())
    missing = nw.col(role).is_null().cast(nw.Float64).sum().alias("missing")
    ids = known.select(missing, nw.len().alias("rows"), nw.col(role).n_unique().alias("ids")).collect()
    n_missing, n_rows, n_ids = (int(ids.item(0, name)) for name in ("missing", "rows", "ids"))
    if n_missing:
        refuse(role, repr(column), f"is missing in {n_missing} rows", f"Leave out rows of no {role}.")
    n_apart = known.group_by(role, *roles).agg(nw.len().alias("rows")).select(nw.len()).collect().item()
    return n_rows, n_ids, int(n_apart)
