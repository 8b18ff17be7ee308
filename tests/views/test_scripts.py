"""Scripts that widgets share: whole once put together, and written once."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from workbench.views.experiments_form import FieldForm
from workbench.views.filters import FilterBar
from workbench.views.scripts import script_of


@pytest.mark.parametrize("widget", [FieldForm, FilterBar])
def test_a_script_holds_each_function_once_and_exports_at_its_end(widget):
    names = re.findall(r"^function (\w+)", str(widget._esm), flags=re.M)
    assert "asker" in names
    assert len(names) == len(set(names))
    assert str(widget._esm).count("export default") == 1
    assert str(widget._esm).rstrip().endswith("export default { render };")


def test_what_is_shared_stands_in_one_file():
    folder = files("workbench.views")
    holders = [
        one.name
        for one in folder.iterdir()
        if one.name.endswith(".js") and "function asker" in one.read_text()
    ]
    assert holders == ["asker.js"]


def test_a_script_that_is_not_there_is_no_silence():
    with pytest.raises(FileNotFoundError):
        script_of("nowhere.js")
