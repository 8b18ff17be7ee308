"""Encodings, delimiters and broken records."""

from __future__ import annotations

import pytest

from workbench.loaders.headers import count_recognised
from workbench.loaders.result import Unreadable
from workbench.loaders.text import decode, find_table, read_records

TEXT = "Campaign name,Amount spent (EUR)\n“Été” – Zürich,1.50\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_need_no_warning(encoding):
    decoded = decode(TEXT.encode(encoding))
    assert (decoded.text, decoded.warnings) == (TEXT, ())


def test_windows_1252_is_the_last_resort_with_a_warning():
    decoded = decode("Kampagne,Währung\nGrün,EUR".encode("cp1252"))
    assert "Grün" in decoded.text
    assert "Windows-1252" in decoded.warnings[0]


def test_a_text_cut_inside_a_character_is_refused():
    with pytest.raises(Unreadable, match="cut off or damaged"):
        decode("Zürich – ü".encode()[:-1])
    with pytest.raises(Unreadable, match="cut off or damaged"):
        decode(TEXT.encode("utf-16")[:-1])


def test_one_broken_byte_in_utf8_is_damage_not_another_encoding():
    with pytest.raises(Unreadable, match="damaged at byte"):
        decode("Zürich – “so”,".encode() + b"\xff,1")


def test_null_bytes_are_refused_with_their_line():
    with pytest.raises(Unreadable, match="Line 2 holds a null byte"):
        decode(b"a,b\n1,\x00\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_header_are_found_below_notes_and_across_quoted_breaks(delimiter):
    head = delimiter.join(["Campaign name", '"Text,;\nof two lines"', "Amount spent (EUR)"])
    text = f"Report of an account, made by hand\n\n{head}\n" + delimiter.join(['"a\nb"', "x", "1"]) + "\n"
    dialect = find_table(text, count_recognised)
    assert dialect is not None
    assert (dialect.delimiter, dialect.header_row, len(dialect.header)) == (delimiter, 3, 3)
    records = read_records(text, dialect)
    assert (records.cells, records.rows, records.lines) == ([["a\nb", "x", "1"]], [4], [5])


def test_no_known_header_is_no_table():
    assert find_table("a,b\n1,2\n", count_recognised) is None


@pytest.mark.parametrize(
    ("body", "row"), [('x,"open\ny,2\n', 2), ('x,1\n"a"b,2\n', 3), ("x,1\ny\n", 3), ("x,1\n\n,\nz,1,2\n", 5)]
)
def test_broken_records_name_their_row(body, row):
    text = "Campaign name,Amount spent\n" + body
    dialect = find_table(text, count_recognised)
    assert dialect is not None
    with pytest.raises(Unreadable) as caught:
        read_records(text, dialect)
    assert caught.value.row == row
