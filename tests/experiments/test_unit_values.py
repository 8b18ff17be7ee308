"""Values of units: what is refused, in words and not in arrays."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.unit_values import finite_values


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, np.nan, np.inf], "values: 2 of 3 are no finite number"),
        (["a", 2], "values: 2 of 2 are no finite number"),
        ([], "values: an arm has none"),
        ([[1.0, 2.0]], "no finite number"),
    ],
)
def test_what_is_no_number_is_counted(values, said):
    with pytest.raises(DataError, match=said):
        finite_values(values)
