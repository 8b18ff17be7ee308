"""The data dictionary in the tree is the one the schema gives."""

from __future__ import annotations

from pathlib import Path

from workbench.lake.dictionary import dictionary_text, write_dictionary
from workbench.lake.schema import ROLES, TABLES

FILE = Path(__file__).resolve().parents[2] / "data" / "README.md"


def test_the_file_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == dictionary_text(), "run python -m workbench.lake.dictionary"


def test_every_column_stands_in_its_table_with_six_cells():
    text = dictionary_text()
    for table in TABLES.values():
        section = text.split(f"## `{table.name}`\n")[1].split("\n## ")[0]
        for column in table.columns:
            (line,) = (part for part in section.splitlines() if part.startswith(f"| `{column.name}` |"))
            assert line.replace("\\|", "").count("|") == 7
            assert column.description
            assert column.role in ROLES


def test_it_is_written_where_it_is_asked_for(tmp_path):
    write_dictionary(tmp_path / "new" / "README.md")
    assert (tmp_path / "new" / "README.md").read_text(encoding="utf-8") == dictionary_text()
