"""Fits of files: what is read, what is refused by row and column, nothing mended in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mixes import mix_frame

from workbench.core.errors import DataError, NotConverged
from workbench.core.settings import load_settings
from workbench.flows import budget_file
from workbench.flows.budget_file import fit_from_file, read_lift_tests, read_table

COLUMNS = {"date_column": "day", "spend": ("social", "search"), "outcome": "sales"}


@pytest.fixture
def frame():
    return mix_frame(60).assign(day=lambda f: f["day"].astype(str))


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.parquet", "a.xlsx"])
def test_a_table_is_the_same_in_every_form(frame, tmp_path, name):
    file = tmp_path / name
    write = {".parquet": frame.to_parquet, ".xlsx": frame.to_excel}.get(file.suffix, frame.to_csv)
    write(file, index=False)
    pd.testing.assert_frame_equal(read_table(file), frame, check_dtype=False)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"day;social\n2024-01-01;3,5\n", "separates its columns by semicolons"),
        ("a.csv", b"day\tsocial\n", "by tabs"),
        ("a.csv", b"day,social,social\n2024-01-01,1,2\n", "social: two columns have this name"),
        (
            "a.csv",
            b"day,social,sales\n2024-01-01,1,234,5\n2024-01-08,1,234,5\n",
            "more cells than its header",
        ),
        ("a.csv", b"", "No columns"),
        ("a.csv", "day,größe\n".encode("utf-16"), "utf-8"),
        ("a.xlsx", b"PK\x03\x04 torn", "zip"),
        ("a.parquet", b"PAR1", "cannot be read"),
        ("a.json", b'{\n "a": 1,\n "b": [2,\n3, 4, 5, 6, 7]}', "cannot be read"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_one_line(tmp_path, name, content, words):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(DataError, match=words) as error:
        read_table(file)
    assert "\n" not in str(error.value)
    assert error.value.next_step


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for place in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(DataError, match="cannot be read as a table") as error:
            read_table(place)
        assert "Errno" not in str(error.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "holds no row"),
        ("social,80,40,110,90,130,\nsocial,a,1,1,0,2,", "row 2: spend_before 'a' is not a number"),
        ("social,80,40,,90,130,", "row 1: effect nan is not a number"),
        ("social,80,40,110,130,90,", r"row 1: interval: \(130.0, 90.0\)"),
        ("social,80,40,110,90,130,95", "row 1: 95.0 is not the level"),
        ("social,80,0,110,90,130,.9", "row 1: spend_change: 0 from 80"),
    ],
)
def test_lift_tests_are_refused_by_their_row(tmp_path, rows, words):
    file = tmp_path / "lift.csv"
    file.write_text("channel,spend_before,spend_change,effect,low,high,level\n" + rows)
    with pytest.raises(DataError, match=words) as error:
        read_lift_tests(file)
    assert error.value.next_step


def test_a_lift_test_without_a_level_has_the_usual_one(tmp_path):
    file = tmp_path / "lift.csv"
    file.write_text(
        "channel,spend_before,spend_change,effect,low,high,level\na,80,40,110,90,130,\nb,8,4,2,1,3,.8\n"
    )
    assert [one.level for one in read_lift_tests(file)] == [0.95, 0.8]


def test_channels_that_move_alike_are_named_where_nothing_converges(frame, tmp_path, monkeypatch):
    def fail(data, spec, **how):
        raise NotConverged("The sampler did not converge.", next_step="Do this.", ess=3.0)

    monkeypatch.setattr(budget_file, "fit_mix", fail)
    file = tmp_path / "a.csv"
    frame.assign(search=2 * frame["social"] + np.linspace(0, 1e-6, 60)).to_csv(file, index=False)
    with pytest.raises(
        NotConverged, match=r"social and search move alike \(correlation 1.00\)\. Do this"
    ) as error:
        fit_from_file(load_settings(tmp_path), file, COLUMNS)
    assert error.value.ess == 3.0
    frame.to_csv(file, index=False)
    with pytest.raises(NotConverged, match=r"did not converge\. Do this"):
        fit_from_file(load_settings(tmp_path), file, COLUMNS)
