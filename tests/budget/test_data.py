"""What the data of a media mix must be, and how each fault is refused at its field."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from mixes import mix_frame

from workbench.budget.data import MixData, mix_data
from workbench.core.errors import DataError, NotEnoughData, SchemaError

COLUMNS = {"date_column": "day", "spend": ["social", "search"], "outcome": "sales"}


def read(frame, **given):
    return mix_data(frame, **{**COLUMNS, **given})


@pytest.mark.parametrize(("step_days", "word"), [(1, "day"), (7, "week")])
def test_days_and_weeks_are_known_by_their_distance(step_days, word):
    data = read(mix_frame(step_days=step_days), controls=["price"])
    assert (data.period, data.n_periods, data.channels) == (word, 60, ("social", "search"))
    assert data.controls.shape == (60, 1)


def test_rows_may_come_in_any_order_and_from_any_engine():
    import pyarrow as pa

    frame = mix_frame()
    mixed = read(frame.sample(frac=1, random_state=1))
    arrow = read(pa.table(frame.assign(day=frame["day"].astype(str))))
    for got in (mixed, arrow):
        np.testing.assert_array_equal(got.spend, read(frame).spend)
        assert got.dates == read(frame).dates


def test_holidays_become_controls():
    data = read(mix_frame(), holidays={"new year": [date(2024, 1, 3), date(2025, 1, 1)]})
    assert data.control_names == ("new year",)
    assert data.controls[:, 0].tolist() == [1.0] + [0.0] * 51 + [1.0] + [0.0] * 7


def spoiled(change):
    frame = mix_frame()
    return change(frame)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda f: f.drop(index=10), "dates", "2024-03-11 is missing"),
        (lambda f: f.drop(columns="search"), "search", "no such column"),
        (lambda f: f.assign(social=f["social"].where(f.index != 4, -5.0)), "social", "-5 on 2024-01-29"),
        (lambda f: f.assign(sales=f["sales"].where(f.index != 4)), "sales", "row 5"),
        (lambda f: f.assign(social=0.0), "social", "no spend"),
        (lambda f: f.assign(sales=3.0), "sales", "in every period"),
        (lambda f: f.assign(day=[f["day"][0], *f["day"][:-1]]), "dates", "is there twice"),
        (lambda f: f.iloc[::2], "dates", "14 days"),
        (lambda f: f.assign(day="soon"), "day", "'soon' in row 1 is not a date"),
        (lambda f: f.assign(search="many"), "search", "is not a number"),
        (lambda f: f.head(20), "dates", "20 periods are too few"),
        (
            lambda f: f.assign(search=f["search"].map("{:,.2f}".format).where(f.index != 2, "1.234,56")),
            "search",
            "'1.234,56' in row 3 (2024-01-15)",
        ),
        (lambda f: f.assign(day=f["day"].astype(str) + "x"), "day", "in row 1 is not a date"),
        (lambda f: f.assign(sales=-f["sales"]), "sales", "in all is not above 0"),
        (lambda f: f.assign(sales=f["sales"] - f["sales"].mean()), "sales", "in all is not above 0"),
        (lambda f: f.assign(sales=f["sales"] * 1e-300), "sales", "cannot be reckoned with"),
        (lambda f: f.assign(search=f["search"] * 1e15), "search", "cannot be reckoned with"),
    ],
)
def test_faults_are_refused_at_the_field_with_the_reason(change, field, words):
    with pytest.raises(DataError) as error:
        read(spoiled(change))
    assert error.value.field == field
    assert words in str(error.value)
    assert error.value.next_step


@pytest.mark.parametrize("code", ["eur", "EURO", "EUR,USD", "€"])
def test_a_currency_that_no_plan_could_use_is_refused_before_the_fit(code):
    with pytest.raises(DataError, match=r"currency: .* is no ISO 4217 code"):
        read(mix_frame(), currency=code)
    assert read(mix_frame(), currency="JPY").currency == "JPY"


def test_the_kinds_of_errors_say_what_is_wrong():
    with pytest.raises(NotEnoughData):
        read(mix_frame(20))
    with pytest.raises(SchemaError):
        read(mix_frame(), outcome="profit")
    with pytest.raises(DataError, match="named twice"):
        read(mix_frame(), outcome="social")


@pytest.mark.parametrize(
    ("field", "value", "shape"),
    [
        ("outcome", np.arange(39.0), "(40,)"),
        ("spend", np.ones((40, 1)), "(40, 2)"),
        ("spend", np.ones((39, 2)), "(40, 2)"),
        ("controls", np.ones((40, 1)), "(40, 0)"),
        ("channels", ("only",), "(40, 1)"),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(field, value, shape):
    rng = np.random.default_rng(1)
    given = {
        "dates": tuple(date(2026, 1, 1) + timedelta(days=k) for k in range(40)),
        "outcome": rng.normal(size=40),
        "spend": rng.gamma(2.0, size=(40, 2)),
        "channels": ("social", "search"),
        "controls": np.zeros((40, 0)),
    }
    assert MixData(**given).n_periods == 40
    with pytest.raises(DataError) as caught:
        MixData(**(given | {field: value}))
    assert caught.value.field == ("spend" if field == "channels" else field)
    assert f"shape {shape}" in caught.value.next_step
