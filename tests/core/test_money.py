"""Money: exact, integer, rounded once."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.core.money import (
    exact_text,
    format_micros,
    from_micros,
    minor_digits,
    round_micros,
    to_micros,
    to_minor,
)

MICROS = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=14)


@given(MICROS)
def test_text_and_back_is_the_identity(micros: int) -> None:
    assert to_micros(exact_text(micros)) == micros
    assert to_micros(from_micros(micros)) == micros


@given(AMOUNTS)
def test_rounding_is_half_even_and_never_off_by_more_than_half(amount: Decimal) -> None:
    micros = to_micros(str(amount))
    exact = amount * 1_000_000
    assert abs(exact - micros) <= Decimal("0.5")
    assert micros == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@given(AMOUNTS)
def test_the_sign_turns_with_the_amount(amount: Decimal) -> None:
    assert to_micros(-amount) == -to_micros(amount)


@given(st.lists(st.integers(-(10**12), 10**12), max_size=50))
def test_sums_are_exact(parts: list[int]) -> None:
    assert from_micros(sum(parts)) == sum((from_micros(part) for part in parts), Decimal(0))


@given(MICROS, st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
def test_minor_units_are_within_half_of_one(micros: int, currency: str) -> None:
    unit = Decimal(1).scaleb(-minor_digits(currency))
    assert abs(round_micros(micros, currency) - from_micros(micros)) <= unit / 2
    assert Decimal(to_minor(micros, currency)) * unit == round_micros(micros, currency)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0.21996948851659", 219_969),
        ("0.0000005", 0),
        ("0.0000015", 2),
        ("-0.0000015", -2),
        ("1e3", 1_000_000_000),
        ("9223372036854.775807", 2**63 - 1),
        ("  1.5 ", 1_500_000),
    ],
)
def test_known_amounts(text: str, micros: int) -> None:
    assert to_micros(text) == micros


@pytest.mark.parametrize("text", ["", "abc", "1,000.00", "12 €", "1.2.3"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(DataError, match=r"is not an amount of money.*such as 1010.00"):
        to_micros(text)


@pytest.mark.parametrize("text", ["NaN", "inf", "-Infinity", "1e13", "9223372036854.775808", "1e999999"])
def test_what_cannot_be_stored(text: str) -> None:
    with pytest.raises(DataError, match="not an amount that can be stored"):
        to_micros(text)


def test_floats_are_refused() -> None:
    with pytest.raises(DataError, match="must not pass through a float"):
        to_micros(0.1)  # type: ignore[arg-type]


def test_an_unknown_currency() -> None:
    with pytest.raises(DataError, match="'EURO' is not an ISO 4217"):
        minor_digits("EURO")


@pytest.mark.parametrize(
    ("micros", "currency", "locale", "whole", "shown"),
    [
        (1_234_567_890_000, "EUR", "de_DE", False, "1.234.567,89\xa0€"),
        (1_234_567_890_000, "USD", "en_US", False, "$1,234,567.89"),
        (1_234_567_890_000, "USD", "en_US", True, "$1,234,568"),
        (1_500_000, "JPY", "en_GB", False, "JP¥2"),
        (2_500_000, "JPY", "en_GB", False, "JP¥2"),
        (-5_000, "EUR", "en_GB", False, "€0.00"),
    ],
)
def test_how_it_reads(micros: int, currency: str, locale: str, *, whole: bool, shown: str) -> None:
    assert format_micros(micros, currency, locale, whole=whole).lstrip("−") == shown
