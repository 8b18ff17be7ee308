"""Numbers for groups of rows: equal keys get one number, whatever the columns are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def codes(column: pa.Array) -> np.ndarray:
    """Return a number for each text of a column; equal texts have one, and so have missing ones."""
    import numpy as np
    import pyarrow.compute as pc

    encoded = column.dictionary_encode()
    numbers = pc.fill_null(encoded.indices.cast("int64"), -1).to_numpy(zero_copy_only=False)
    return np.asarray(numbers + 1)


def group_numbers(columns: Sequence[np.ndarray], n_rows: int) -> np.ndarray:
    """Return a number, from 0, for each combination of values of several integer columns.

    Examples
    --------
    >>> import numpy as np
    >>> group_numbers([np.array([1, 1, 2]), np.array([7, 7, 7])], 3)
    array([0, 0, 1])
    """
    import numpy as np

    groups = np.zeros(n_rows, dtype=np.int64)
    for column in columns:
        low = column.min(initial=0)
        width = int(column.max(initial=0) - low) + 1
        if width == 1:
            continue
        groups = np.unique(groups * width + (column - low), return_inverse=True)[1].astype(np.int64)
    return groups


def sum_by_group(values: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Add exact integers within each group."""
    import numpy as np

    sums = np.zeros(n_groups, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums
