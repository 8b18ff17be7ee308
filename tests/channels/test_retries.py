"""Waits grow, keep to what was asked, and are the same for the same seed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.channels.retries import Retries
from workbench.core.errors import ConfigError


@given(
    n=st.integers(1, 60), asked=st.none() | st.floats(0, 1e5), is_rate=st.booleans(), seed=st.integers(0, 99)
)
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_allowed_beyond_it(n, asked, is_rate, seed):
    retries = Retries(rng=random.Random(seed))  # noqa: S311 (seeded)
    wait = retries.wait_s(n, asked_s=asked, is_rate=is_rate)
    assert (asked or 0) <= wait <= (asked or 0) + retries.longest_s


def test_the_same_seed_waits_the_same_and_two_seeds_do_not():
    def waits(seed: int) -> list[float]:
        retries = Retries(rng=random.Random(seed))  # noqa: S311 (seeded)
        return [retries.wait_s(n) for n in range(1, 9)]

    assert waits(1) == waits(1) != waits(2)


def test_the_ceiling_doubles():
    retries = Retries(base_s=2, rng=random.Random(0))  # noqa: S311 (seeded)
    longest = [max(retries.wait_s(n) for _ in range(4000)) for n in (1, 2, 3, 4)]
    assert longest == pytest.approx([2, 4, 8, 16], rel=0.02)


def test_a_used_up_quota_waits_at_least_half_of_its_own_ceiling():
    retries = Retries(rate_base_s=30, rng=random.Random(0))  # noqa: S311 (seeded)
    assert min(retries.wait_s(2, is_rate=True) for _ in range(500)) >= 30


@pytest.mark.parametrize("bad", [{"max_tries": 0}, {"base_s": -1.0}, {"total_wait_s": -1.0}])
def test_nonsense_is_refused(bad):
    with pytest.raises(ConfigError, match="at least one try"):
        Retries(**bad)
