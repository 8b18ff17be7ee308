"""The text of constraints: no number is read as another, and nothing is lost in silence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.budget.plan_file import exact_minor
from workbench.core.errors import DataError
from workbench.flows.plan_document import read_document


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("0500", 50_000),
        ("010", 1_000),
        ("100.10", 10_010),
        ("1e2", 10_000),
        (".5", 50),
        ("'7'", 700),
        ("5.", 500),
    ],
)
def test_an_amount_is_what_stands_there(written, minor):
    document = read_document(f"bounds: {{tv: [0, {written}]}}", "a.yaml")
    assert exact_minor("bounds.tv", document["bounds"]["tv"][1], "EUR") == minor


@pytest.mark.parametrize("written", ["1:30", "0x1F", "1.234,56", "2024-01-31", "true"])
def test_what_is_no_amount_is_left_to_be_refused(written):
    with pytest.raises(DataError, match="is no amount"):
        exact_minor("total", read_document(f"total: '{written}'", "a.yaml")["total"], "EUR")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bounds: {tv: [0, 1]}\nbounds: {web: [0, 1]}", "bounds is there twice in line 2, column 1"),
        ("bounds:\n  tv: [0, 1]\n  tv: [5, 9]", "tv is there twice in line 3, column 3"),
        ('{"fixed": ["tv"], "fixed": []}', "fixed is there twice"),
        ("a: b: c", "mapping values are not allowed here in line 1, column 5"),
        ("\tx", "cannot start any token in line 1"),
        ("[" * 3_000, "nested too deeply"),
        ("[1, 2]", "holds no fields"),
        ("3", "holds no fields"),
        ("\x00", "no YAML or JSON"),
        ("!!python/object/apply:os.getcwd []", "no YAML or JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(text, words):
    with pytest.raises(DataError) as error:
        read_document(text, "limits.yaml")
    assert words in str(error.value)
    assert "limits.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_nothing_is_no_constraint_and_names_may_be_shared():
    assert read_document("", "a.yaml") == {}
    assert read_document("a: &x {min: 1}\nb: {<<: *x, max: 2}", "a.yaml")["b"] == {"min": 1, "max": 2}


@given(st.dictionaries(st.text("abc", min_size=1), st.floats(0, 1e12) | st.integers(0, 10**12), max_size=4))
def test_json_is_read_as_json(values):
    assert read_document(json.dumps(values), "a.json") == values
