"""Numbers in many notations, read exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.loaders.numbers import decimal_sign, parse_numbers, whole_counts
from workbench.loaders.result import Unreadable

amounts = st.decimals(
    min_value=-(10**11), max_value=10**11, allow_nan=False, allow_infinity=False, places=None
)


def micros(cells, decimal="."):
    return parse_numbers(pa.array(cells), decimal=decimal, header="Spend").micros.tolist()


@settings(deadline=None)  # the first example imports Arrow
@given(st.lists(amounts, min_size=1, max_size=20))
def test_every_amount_is_read_exactly(values):
    exact = [int((v * 10**6).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) for v in values]
    assert micros([f"{v:f}" for v in values]) == exact


@settings(deadline=None)  # the first example imports Arrow
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.sampled_from(",'’ \u00a0\u202f\u2009"))
def test_grouping_changes_nothing(cents, group):
    plain = [f"{c / 100:.2f}" if c < 10**9 else f"{c // 100}.00" for c in cents]
    grouped = [f"{p.split('.')[0]:>1}" for p in plain]
    grouped = [
        f"{int(w):,}".replace(",", group) + "." + p.split(".")[1] for w, p in zip(grouped, plain, strict=True)
    ]
    assert micros(grouped) == micros(plain)


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("1,010.00", ".", 1_010_000_000),
        ("1.010,00", ",", 1_010_000_000),
        ("1 010,00", ",", 1_010_000_000),
        ("1\u202f010,00", ",", 1_010_000_000),
        ("1'010.00", ".", 1_010_000_000),
        ("12,34,567.50", ".", 1_234_567_500_000),
        ("1.5E-05", ".", 15),
        ("−3.20", ".", -3_200_000),
        (".5", ".", 500_000),
        ("0.0000005", ".", 0),
        ("0.0000015", ".", 2),
        ("0.1234567890123456789", ".", 123_457),
        ("—", ".", 0),
        ("N/A", ".", 0),
        ("", ".", 0),
    ],
)
def test_notations(cell, decimal, expected):
    assert micros([cell], decimal) == [expected]


@pytest.mark.parametrize(
    "cell",
    ["12a", "#REF!", "NaN", "inf", "1,2,3", "1.2.3", "12 34", "1,23", "$5", "--5", "1e999", "１２", "1,0000"],
)
def test_anything_else_names_its_row_and_column(cell):
    with pytest.raises(Unreadable) as caught:
        micros(["1", cell, "x"])
    assert (caught.value.record, caught.value.column) == (1, "Spend")
    assert repr(cell) in str(caught.value)


def test_too_large_is_refused():
    with pytest.raises(Unreadable, match="too large"):
        micros(["1", "99999999999999"])


def test_blank_is_known_from_zero():
    numbers = parse_numbers(pa.array(["0", "", "—", "n/a"]), decimal=".", header="Clicks")
    assert numbers.is_blank.tolist() == [False, True, True, True]


@pytest.mark.parametrize("cell", ["1.5", "-1"])
def test_counts_are_whole_and_not_negative(cell):
    texts = pa.array(["3", cell])
    with pytest.raises(Unreadable, match="count"):
        whole_counts(parse_numbers(texts, decimal=".", header="Impressions"), texts, "Impressions")


def sign(spend, counts=(), hint=None, delimiter=","):
    columns = [("Spend", pa.array(spend), False), ("Impressions", pa.array(counts, pa.string()), True)]
    return decimal_sign(columns, hint=hint, delimiter=delimiter)


@pytest.mark.parametrize(
    ("spend", "counts", "expected"),
    [
        (["12.34"], [], "."),
        (["12,34"], [], ","),
        (["1.234,5"], [], ","),
        (["1,234.5"], [], "."),
        (["1.234.567"], [], ","),
        (["0.123"], [], "."),
        (["1234.567"], [], "."),
        (["1.234"], ["1.234"], ","),
        (["1,234"], ["1,234"], "."),
        (["1'234.5"], [], "."),
        (["1 234,567"], [], ","),
        (["0,21996948851659"], [], ","),
    ],
)
def test_cells_prove_the_decimal_sign(spend, counts, expected):
    assert sign(spend, counts) == expected


def test_contradicting_cells_are_refused():
    with pytest.raises(Unreadable, match="others with a decimal point") as caught:
        sign(["12.34", "12,34"])
    assert caught.value.record == 1


def test_headers_settle_what_cells_leave_open():
    assert sign(["1.234"], hint=",", delimiter=";") == ","
    assert sign(["1.234"], hint=".", delimiter=",") == "."


def test_what_nothing_settles_is_refused_not_guessed():
    with pytest.raises(Unreadable, match="No cell tells"):
        sign(["1.234"], hint=".", delimiter=";")
    with pytest.raises(Unreadable, match="No cell tells"):
        sign(["1.234"], hint=None)
    assert sign(["1234", "5"], hint=None) == "."
