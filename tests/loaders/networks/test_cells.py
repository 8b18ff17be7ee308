"""Amounts in millionths."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.loaders.networks.cells import read_micros
from workbench.loaders.result import Unreadable


def test_what_is_finer_than_a_millionth_is_rounded_half_to_even():
    texts = pa.array(["0.5", "1.5", "2.5", "-1.5", "7.500001", " 12 ", "—", "-"])
    assert read_micros(texts, "spend").tolist() == [0, 2, 2, -2, 8, 12, 0, 0]


@settings(deadline=None)
@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1))
def test_whole_millionths_are_exact(values):
    assert read_micros(pa.array([str(v) for v in values]), "spend").tolist() == values


@pytest.mark.parametrize("text", ["1,000", "1e6", "12 USD", "9999999999999999999", "+5"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Unreadable, match="not an amount in millionths") as caught:
        read_micros(pa.array(["1", text]), "spend")
    assert (caught.value.facts["record"], caught.value.facts["column"]) == (1, "spend")
