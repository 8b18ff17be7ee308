"""Many roots at once: exact where they exist, refused where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import NotConverged
from workbench.stats.root_finding import find_roots


def test_roots_of_very_different_functions():
    power = np.array([1.0, 3.0, 9.0, 0.2])
    roots = find_roots(lambda x: np.clip(x, 0, None) ** power - 0.5, np.zeros(4), np.ones(4))
    assert roots == pytest.approx(0.5 ** (1 / power), rel=1e-9)


def test_a_root_on_the_bound_is_found():
    assert find_roots(lambda x: x, np.zeros(1), np.ones(1)).tolist() == [0.0]


def test_an_empty_bracket_is_refused():
    with pytest.raises(NotConverged, match="no root"):
        find_roots(lambda x: x + 1, np.zeros(1), np.ones(1))


def test_too_few_steps_are_refused():
    with pytest.raises(NotConverged, match="after 3 steps"):
        find_roots(lambda x: np.tanh(50 * (x - 0.7131)), np.zeros(1), np.ones(1), max_iterations=3)
