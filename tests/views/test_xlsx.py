"""A spreadsheet agrees with the figures to the cent, calculates its quotients itself, and runs nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError, SchemaError
from workbench.core.money import round_micros
from workbench.views import sheet_spec
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.xlsx import workbook

COLUMNS = (
    SheetColumn("campaign", "Campaign", "text", definition="Campaign's name"),
    SheetColumn("day", "Day", "date"),
    SheetColumn("impressions", "Impressions", "count", source="Ads Manager export"),
    SheetColumn("spend", "Spend", "money", definition="Money spent"),
    SheetColumn("reach", "Reach", "count", is_additive=False),
    SheetColumn("leads", "Leads", "number"),
    SheetColumn("cpl", "Cost per lead", "cost", numerator="spend", denominator="leads"),
    SheetColumn("cpm", "Price of a thousand", "cost", numerator="spend", denominator="impressions", per=1000),
)
ROWS = [
    {
        "campaign": "A",
        "day": date(2026, 11, 1),
        "impressions": 1000,
        "spend": 10_004_999,
        "reach": 5,
        "leads": 4,
    },
    {
        "campaign": "B",
        "day": "2026-11-02",
        "impressions": 0,
        "spend": 20_004_999,
        "reach": 7,
        "leads": Decimal(0),
    },
    {"campaign": "C", "day": date(2026, 11, 3), "spend": 4_999},
]


def spec(rows=ROWS, *, columns=COLUMNS, currency="EUR", **more):
    about = {"Dates": "2026-11-01 – 2026-11-03", "Figures": "Simulated"}
    return SheetSpec(columns, rows, currency, about, **more)


def read(data, *, formulas=False):
    return openpyxl.load_workbook(BytesIO(data), data_only=not formulas)


def test_figures_are_numbers_and_quotients_are_formulas_with_their_value():
    data = workbook(spec())
    values, formulas = read(data)["Figures"], read(data, formulas=True)["Figures"]
    assert [c.value for c in values[1]][3] == "Spend (EUR)"
    assert values["D2"].value == 10.0
    assert formulas["G2"].value == '=IF(OR(D2="",N(F2)=0),"",D2/F2)'
    assert values["G2"].value == 2.5
    assert formulas["H2"].value == '=IF(OR(D2="",N(C2)=0),"",D2/C2*1000)'
    assert values["H2"].value == 10.0
    assert values["B3"].value.date() == date(2026, 11, 2)


def test_a_quotient_by_nought_or_by_nothing_is_empty():
    figures = read(workbook(spec()))["Figures"]
    assert [figures[cell].value for cell in ("G3", "H3", "G4", "C4")] == [None, None, None, None]


def test_the_total_is_rounded_once_and_never_adds_reach():
    figures = read(workbook(spec()))["Figures"]
    assert figures["A5"].value == "Total"
    assert figures["D5"].value == 30.01  # 10.00 + 20.00 + 0.00 by the rounded rows
    assert figures["C5"].value == 1000
    assert figures["E5"].value is None
    assert figures["G5"].value == 30.01 / 4
    assert not read(workbook(spec(has_total=False)))["Figures"]["A5"].value


@settings(deadline=None, max_examples=40)  # a workbook is written and read each time
@given(st.lists(st.integers(-(10**12), 10**15), max_size=30), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_agrees_with_the_exact_amounts_to_the_minor_unit(micros, currency):
    rows = [{"campaign": "x", "spend": m, "leads": 1} for m in micros]
    figures = read(workbook(spec(rows, currency=currency)))["Figures"]
    cells = [figures.cell(n + 2, 4).value for n in range(len(micros))]
    assert cells == [float(round_micros(m, currency)) for m in micros]
    total = figures.cell(len(micros) + 2, 4).value
    assert total == (float(round_micros(sum(micros), currency)) if micros else None)


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-x", "@SUM(A1)", "http://127.0.0.1", "12", "a\x0bb\ud800"]
)
def test_texts_are_never_formulas_links_or_numbers(text):
    cell = read(workbook(spec([{"campaign": text}])), formulas=True)["Figures"]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value == text.replace("\x0b", "").replace("\ud800", "")
    assert bool(cell.quotePrefix) == (text[0] in "=+-@")


def test_definitions_and_origin_are_written():
    book = read(workbook(spec()))
    assert book.sheetnames == ["Figures", "Definitions", "About"]
    rows = {row[0]: row for row in book["Definitions"].iter_rows(values_only=True)}
    assert rows["Spend"] == ("Spend", "Money spent", "EUR", None)
    assert rows["Cost per lead"][1] == "Spend ÷ Leads"
    assert rows["Price of a thousand"][1] == "Spend ÷ Impressions × 1000"
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Figures"] == "Simulated"
    assert "exact amounts" in about["Total"]


def test_the_same_figures_are_the_same_bytes():
    assert workbook(spec()) == workbook(spec())


def test_a_long_text_is_cut_to_what_a_cell_holds():
    cell = read(workbook(spec([{"campaign": "x" * 40_000}])))["Figures"]["A2"]
    assert len(cell.value) == 32_767
    assert cell.value.endswith("…")


def test_too_many_rows_are_refused_before_anything_is_written(monkeypatch):
    monkeypatch.setattr(sheet_spec, "MAX_ROWS", 4)
    with pytest.raises(DataError, match="5 rows of 8 columns do not fit") as caught:
        workbook(spec())
    assert caught.value.n_rows == 5


def test_a_quotient_of_something_that_is_not_there_is_refused():
    bad = (*COLUMNS, SheetColumn("ctr", "Click rate", "share", numerator="clicks", denominator="impressions"))
    with pytest.raises(SchemaError, match="'clicks'"):
        workbook(spec(columns=bad))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**16])
def test_a_number_that_a_sheet_cannot_keep_is_refused(value):
    with pytest.raises(DataError, match="Leads holds"):
        workbook(spec([{"campaign": "A", "leads": value}]))


def test_columns_past_the_alphabet_are_named_rightly():
    many = tuple(SheetColumn(f"n{i}", f"N{i}", "count") for i in range(30))
    last = SheetColumn("q", "Q", "ratio", numerator="n26", denominator="n29")
    data = workbook(spec([{"n26": 3, "n29": 4}], columns=(*many, last), has_total=False))
    assert read(data, formulas=True)["Figures"]["AE2"].value == '=IF(OR(AA2="",N(AD2)=0),"",AA2/AD2)'
