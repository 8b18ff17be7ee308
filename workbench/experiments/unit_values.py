"""Values of single units, checked before anything is made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats


def finite_values(values: ArrayLike) -> Floats:
    """Return the values of an arm's units, refusing none at all and what is missing or not finite.

    Raises
    ------
    DataError
        With the number of values that cannot be used.

    Examples
    --------
    >>> finite_values([1, 2])
    array([1., 2.])
    """
    try:
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        x = np.full(np.shape(np.asarray(values, dtype=object)), np.nan)
    n_bad = int((~np.isfinite(x)).sum())
    if x.ndim != 1 or not x.size or n_bad:
        said = f"{n_bad} of {x.size} are" if x.size else "an arm has none, so there is"
        raise DataError(
            f"values: {said} no finite number.",
            next_step="Give one number for each unit; leave out a unit, or put zero, where that is meant.",
            field="values",
            n_bad=n_bad,
        )
    return x
