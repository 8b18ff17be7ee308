"""Numbers as a person reads them."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import number_text
from workbench.core.number_text import Unit
from workbench.views import date_text

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite, st.sampled_from(["en_GB", "de_DE", "fr_FR", "ar_EG", "tr_TR"]))
def test_any_number_is_written_without_a_hyphen_or_a_negative_zero(value, locale):
    for text in (
        number_text.number(value, locale),
        number_text.percent_change(value, locale),
        number_text.points(value, locale),
        number_text.compact(value, locale),
    ):
        assert text
        assert "-" not in text
        assert text not in ("−0", "+0")


@given(
    st.floats(-1e14, 1e14),
    st.integers(0, 6),
    st.sampled_from(["en_GB", "de_DE", "fr_FR", "de_CH", "pl_PL", "en_IN"]),
)
def test_fixed_decimals_are_those_of_the_locale_data(value, decimals, locale):
    rounded = round(value, decimals)
    pattern = ("#,##,##0" if locale == "en_IN" else "#,##0") + ("." + "0" * decimals if decimals else "")
    expected = format_decimal(Decimal(f"{rounded + 0.0:.{decimals}f}"), pattern, locale=locale)
    assert number_text.fixed(value, decimals, locale) == expected.replace("-", "−")


@pytest.mark.parametrize("absent", [None, math.nan, math.inf])
def test_what_is_absent_is_a_dash(absent):
    assert {number_text.number(absent), number_text.percent(absent), number_text.points(absent)} == {"—"}
    assert number_text.value_text(absent, Unit("money", "EUR")) == "—"
    assert number_text.probability(absent) == number_text.compact(absent) == "—"


def test_changes_carry_two_significant_digits_and_their_sign():
    texts = [number_text.percent_change(x) for x in (0.14, 0.0999, 2.5, -0.00051, 12.3)]
    assert [t.replace("\u202f", " ") for t in texts] == ["+14 %", "+10 %", "+250 %", "−0.051 %", "+1,230 %"]


def test_money_is_rounded_once_and_drops_cents_from_a_thousand_on():
    assert number_text.money(999_999_999, "EUR") == "€1,000.00"
    assert number_text.money(1_000_000_000, "EUR") == "€1,000"
    assert number_text.money(1_860_000, "EUR", "de_DE", signed=True) == "+1,86\xa0€"
    assert number_text.money(23_000_000, "JPY") == "¥23" or number_text.money(23_000_000, "JPY") == "JP¥23"
    assert number_text.money(None, "EUR") == "—"


def test_an_interval_needs_both_ends():
    assert number_text.unit_interval(1.0, None, Unit()) == ""
    assert number_text.unit_interval(1.0, math.nan, Unit()) == ""
    assert number_text.unit_interval(2900, 5500, Unit("money", "EUR")) == "[2,900, 5,500]"


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6))
def test_ticks_are_written_alike(ticks):
    texts = number_text.tick_texts(ticks, Unit("money", "EUR"))
    assert len(texts) == len(ticks)
    assert all("€" in text for text in texts)


def test_a_negative_tick_has_its_minus_before_the_currency():
    assert number_text.tick_texts([-2, 0], Unit("money", "EUR")) == ["−€2", "€0"]
    assert number_text.tick_texts([0, 50], Unit("money", "USD")) == ["US$0", "US$50"]
    assert number_text.tick_texts([50], Unit("money", "CHF")) == ["CHF\N{NO-BREAK SPACE}50"]
    assert number_text.tick_texts([-0.5, 0], Unit("percent"), "tr_TR") == ["−%50", "%0"]


def test_a_period_names_the_year_only_where_needed():
    assert date_text.day_range(date(2025, 1, 3), date(2025, 2, 1), year=2026) == "3 Jan – 1 Feb 2025"
    assert date_text.day_range(date(2026, 1, 3), date(2026, 1, 3), year=2026) == "3 Jan"
    assert date_text.day_range(date(2026, 1, 3), date(2026, 2, 1), "de_DE", year=2026) == "3. Jan. – 1. Feb."


@pytest.mark.parametrize("locale", ["en_GB", "de_DE", "tr_TR"])
@pytest.mark.parametrize("signed", [False, True])
def test_money_that_rounds_to_nothing_has_no_sign(locale, signed):
    for whole, small, least in ((True, 0.3, 0.6), (False, 0.003, 0.006)):
        unit = Unit("money", "EUR", whole=whole)
        nothing = number_text.value_text(0.0, unit, locale)
        assert number_text.value_text(-small, unit, locale, signed=signed) == nothing
        assert number_text.value_text(small, unit, locale, signed=signed) == nothing
        assert "−" in number_text.value_text(-least, unit, locale, signed=signed)
