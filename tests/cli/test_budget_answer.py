"""What is found is printed as it stands, or as one document."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from workbench.cli.budget_answer import answer
from workbench.cli.output import Defaults

FOUND = SimpleNamespace(
    summary=lambda: "tv [bold]local[/bold] gains [0.1, 0.2]", to_dict=lambda: {"gain": 0.1}
)


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_one_document_wherever_json_was_asked_for(capsys, before, after):
    answer(SimpleNamespace(obj=Defaults(as_json=before)), FOUND, ["more"], as_json=after)
    assert json.loads(capsys.readouterr().out) == {"gain": 0.1}


def test_words_keep_their_brackets(capsys):
    answer(SimpleNamespace(obj=None), FOUND, ["  [i]web[/i]: €1.00"], as_json=False)
    assert capsys.readouterr().out == "tv [bold]local[/bold] gains [0.1, 0.2]\n  [i]web[/i]: €1.00\n"
