"""What a figure may say, and what it says in words."""

from __future__ import annotations

import math
from datetime import date

import pytest

from workbench.core.errors import SchemaError
from workbench.core.number_text import Unit
from workbench.views.chart import Band, Bars, Chart, Dot, Dots, Event, Line, Step, Waterfall
from workbench.views.chart_words import chart_table, describe

DAYS = [date(2026, 11, d) for d in (1, 2, 3)]
EUR = Unit("money", "EUR")


def test_a_waterfall_that_does_not_add_up_is_refused_with_the_difference():
    with pytest.raises(SchemaError, match="add up to 22") as refused:
        Waterfall([Step("Before", 20, is_total=True), Step("CPM", 2), Step("Now", 23, is_total=True)])
    assert refused.value.difference == 1


def test_a_step_without_a_value_is_refused():
    with pytest.raises(SchemaError, match="Mix"):
        Waterfall([Step("Mix", math.nan)])


def test_kinds_of_figures_are_not_mixed():
    with pytest.raises(SchemaError, match="different kinds"):
        Chart("x", marks=[Line(DAYS, [1, 2, 3], "a"), Dots([Dot("a", 1)])])
    with pytest.raises(SchemaError, match="categories and days"):
        Chart("x", marks=[Line(DAYS, [1, 2, 3], "a"), Bars(["a"], [1], "b")])


def test_sequences_of_unlike_length_are_refused():
    with pytest.raises(SchemaError, match="3, 2"):
        Chart("x", marks=[Line(DAYS, [1, 2], "cost")])


def test_a_figure_of_large_amounts_drops_the_cents_of_all():
    chart = Chart("Spend", marks=[Bars(["a", "b"], [18_240, 880.5], "Spend")], unit=EUR, x_name="Campaign")
    assert chart_table(chart) == (["Campaign", "Spend"], [["a", "€18,240"], ["b", "€880"]])


def test_the_words_of_a_figure_name_its_ends_and_events():
    chart = Chart(
        "Cost per lead by day",
        marks=[
            Band(DAYS, [1, 2, 3], [3, 4, 5], "90 %"),
            Line(DAYS, [2, None, 4], "Cost"),
            Event(DAYS[1], "cap removed"),
        ],
        unit=EUR,
    )
    assert describe(chart) == (
        "Cost per lead by day. Cost from €2.00 (1 Nov) to €4.00 (3 Nov), between €2.00 and €4.00. "
        "2 Nov: cap removed."
    )
    names, rows = chart_table(chart)
    assert names == ["Day", "90 %", "Cost", "Event"]
    assert rows[1] == ["2 Nov 2026", "[2.00, 4.00]", "—", "cap removed"]


def test_a_chart_without_values_is_empty_though_it_has_marks():
    assert Chart("x", marks=[Line(DAYS, [None, math.nan, None], "a"), Event(DAYS[0], "b")]).is_empty
    assert Chart("x").is_empty
    assert "No data" in describe(Chart("x"))
