"""Sums of rows by entity, campaign or day: what a page adds up a dozen times for every filter.

A few hundred rows are the rule here, where grouping data frames costs more in book-keeping than the sums
themselves; these add up arrays. Whole numbers stay whole: money never goes through a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sums:
    """Sums by one key.

    Attributes
    ----------
    keys : tuple
        The key's values, in ascending order; a missing one is left out.
    columns : mapping of str to ndarray of shape (n_keys,)
        Sums, ``int64`` where the column holds whole numbers, else ``float64``; missing values count as zero.
    known : mapping of str to ndarray of shape (n_keys,)
        Whether the key has any value in the column at all.
    """

    keys: tuple[Any, ...]
    columns: Mapping[str, NDArray[Any]]
    known: Mapping[str, NDArray[np.bool_]]

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return the sums of a column as floating-point numbers."""
        return self.columns[name].astype("float64")

    def or_none(self, name: str) -> list[Any]:
        """Return the sums of a column, ``None`` for a key without any value."""
        sums = self.columns[name].tolist()
        return [s if known else None for s, known in zip(sums, self.known[name].tolist(), strict=True)]


def sum_by(rows: pd.DataFrame, key: str, columns: Sequence[str]) -> Sums:
    """Add up columns over the rows of each value of a key.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of one grain.
    key : str
        Column to group by.
    columns : sequence of str
        Columns to add up; one that ``rows`` does not have has sums of zero and is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"day": [2, 1, 2], "spend_micros": [10, 20, 30], "results": [1.0, None, None]})
    >>> sums = sum_by(rows, "day", ["spend_micros", "results"])
    >>> sums.keys, sums.columns["spend_micros"].tolist(), sums.or_none("results")
    ((1, 2), [20, 40], [None, 1.0])
    """
    codes, keys = codes_of(rows, key)
    has_key = codes >= 0
    if not has_key.all():
        rows, codes = rows[has_key], codes[has_key]
    sums, known = {}, {}
    for name in columns:
        sums[name], known[name] = _sums(rows.get(name), codes, len(keys))
    return Sums(keys, sums, known)


def codes_of(rows: pd.DataFrame, key: str) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
    """Return each row's place among the values of a key (-1 for a missing one), and the ascending values."""
    import pandas as pd

    codes, found = pd.factorize(rows[key])
    keys = found.tolist()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    if order != list(range(len(keys))):
        place = np.empty(len(keys) + 1, dtype=np.intp)
        place[order] = np.arange(len(keys))
        place[-1] = -1
        codes, keys = place[codes], [keys[i] for i in order]
    return codes, tuple(keys)


def last_by(rows: pd.DataFrame, codes: NDArray[np.intp], n_keys: int, column: str) -> list[Any]:
    """Return the last value of a column among the rows of each key, ``None`` where it has none."""
    values = rows[column]
    usable = np.flatnonzero(values.notna().to_numpy() & (codes >= 0))
    last = np.full(n_keys, -1)
    np.maximum.at(last, codes[usable], usable)
    found = values.to_numpy(dtype=object)
    return [found[i] if i >= 0 else None for i in last]


def _sums(
    column: pd.Series[Any] | None, codes: NDArray[np.intp], n_keys: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if column is None:
        return np.zeros(n_keys), np.zeros(n_keys, dtype=bool)
    missing = column.isna().to_numpy()
    whole = column.dtype.kind in "iu"
    values = column.to_numpy(dtype="int64" if whole else "float64", na_value=0)
    sums = np.zeros(n_keys, dtype=values.dtype)
    np.add.at(sums, codes, values)
    return sums, np.bincount(codes[~missing], minlength=n_keys) > 0
