"""Sums by a key: as grouping a data frame gives them, and exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench.performance.sums import codes_of, last_by, sum_by

NAMES = ["spend_micros", "results"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None]),
        st.one_of(st.none(), st.integers(0, 2**53)),
        st.one_of(st.none(), st.integers(0, 10**6).map(lambda n: n / 4)),
        st.one_of(st.none(), st.sampled_from(["x", "y"])),
    ),
    max_size=12,
)


def frame(rows):
    key, spend, results, name = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "key": pd.array(key, dtype="str"),
            "spend_micros": pd.array(spend, dtype="Int64"),
            "results": pd.array(results, dtype="float64"),
            "name": pd.array(name, dtype="str"),
        }
    )


@given(ROWS)
def test_sums_are_those_of_a_grouped_frame(rows):
    table = frame(rows)
    expected = table.groupby("key")[NAMES].sum(min_count=1)
    sums = sum_by(table, "key", NAMES)
    assert list(sums.keys) == expected.index.tolist()
    for name in NAMES:
        assert sums.or_none(name) == [None if pd.isna(v) else v for v in expected[name].tolist()]


@given(ROWS)
def test_the_last_name_is_that_of_a_grouped_frame(rows):
    table = frame(rows)
    codes, keys = codes_of(table, "key")
    expected = table.groupby("key")["name"].last()
    found = last_by(table, codes, len(keys), "name")
    assert found == [None if pd.isna(v) else v for v in expected.tolist()]


def test_money_is_added_as_whole_numbers():
    table = frame([("a", 2**53, None, None), ("a", 1, None, None)])
    assert sum_by(table, "key", NAMES).columns["spend_micros"].tolist() == [2**53 + 1]


def test_a_column_that_is_not_there_is_not_known():
    sums = sum_by(frame([("a", 1, 1.0, None)]), "key", ["clicks"])
    assert sums.or_none("clicks") == [None]
    assert np.array_equal(sums.floats("clicks"), [0.0])


def test_keys_are_in_ascending_order_whatever_the_order_of_the_rows():
    table = frame([("c", 1, None, None), (None, 9, None, None), ("a", 2, None, None)])
    codes, keys = codes_of(table, "key")
    assert (keys, codes.tolist()) == (("a", "c"), [1, -1, 0])
    assert sum_by(table, "key", NAMES).columns["spend_micros"].tolist() == [2, 1]
