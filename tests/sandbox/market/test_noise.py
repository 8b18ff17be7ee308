"""The generator is the published one, and its numbers depend on their coordinates alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.sandbox.market.noise import Noise, Stream, around_one, philox


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0,) * 4, (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_known_answers(counter, key, answer):
    words = philox([np.array([c], np.uint64) for c in counter], key)
    assert " ".join(f"{int(w[0]):08x}" for w in words) == answer


def test_numbers_are_uniform_and_streams_are_independent():
    noise = Noise(3)
    one, other = (
        noise.uniform(s, np.arange(300)[:, None], np.arange(300)) for s in (Stream.PRICE, Stream.CLICK)
    )
    assert 0 < one.min() < one.max() < 1
    assert stats.kstest(one.ravel(), "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / 300
    assert abs(np.corrcoef(one[:-1].ravel(), one[1:].ravel())[0, 1]) < 4 / 300


def test_a_number_does_not_depend_on_what_else_is_asked():
    noise = Noise(2**63 + 5)
    many = noise.normal(Stream.SPEND, np.arange(10)[:, None], np.arange(7))
    assert many[4, 3] == noise.normal(Stream.SPEND, 4, 3)
    assert Noise(5).uniform(Stream.SPEND, 1, 1) != Noise(2**32 + 5).uniform(Stream.SPEND, 1, 1)


def test_factors_have_mean_one():
    z = Noise(1).normal(Stream.SPEND, np.arange(200_000), 0)
    assert around_one(z, 0.25).mean() == pytest.approx(1, abs=0.003)
