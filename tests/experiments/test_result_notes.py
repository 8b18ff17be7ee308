"""A result with notes is the same result, and says them."""

from __future__ import annotations

from dataclasses import fields

from workbench.experiments.rates import analyse_rates
from workbench.experiments.result import ExperimentResult
from workbench.experiments.result_notes import with_notes


def test_notes_follow_the_verdict_and_change_nothing_else():
    plain = analyse_rates([49, 51], [100, 100])
    noted = with_notes(plain, ["One thing.", "Another."])
    assert all(getattr(noted, one.name) == getattr(plain, one.name) for one in fields(ExperimentResult))
    assert noted.summary() == f"{plain.summary()} One thing. Another."
    document = noted.to_dict()
    assert document.pop("notes") == ["One thing.", "Another."]
    assert document.pop("summary") == noted.summary()
    assert document == {k: v for k, v in plain.to_dict().items() if k != "summary"}
    assert with_notes(noted, ()).notes == ()
